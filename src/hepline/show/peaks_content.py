"""What the page of a peak search is made of: a spectrum, its fits, and how it came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hepline.arrays import Floats
from hepline.records import Provenance
from hepline.spectra.results import Bump, Peak, PeakFit

__all__ = ["FitView", "Marker", "PeaksContent"]


@dataclass(frozen=True)
class Marker:
    """A resonance to be named on the spectrum.

    Attributes
    ----------
    mass : float
        GeV.
    text : str
    found : bool
        Whether it was measured, or is only known to lie here.
    """

    mass: float
    text: str
    found: bool


@dataclass(frozen=True, eq=False)
class FitView:
    """One fit as it is drawn.

    Attributes
    ----------
    title : str
        Names of its peaks.
    fit : PeakFit
    interval : ndarray, shape (2, bin)
        Ends of the central 68 % Poisson interval of each count.
    x : ndarray, shape (point,), GeV
        Where the curves are drawn.
    curve, background : ndarray, shape (point,)
        Model and its background, per bin.
    """

    title: str
    fit: PeakFit
    interval: Floats
    x: Floats
    curve: Floats
    background: Floats


@dataclass(frozen=True, eq=False)
class PeaksContent:
    """All numbers of the page.

    Attributes
    ----------
    title, question : str
    facts : tuple of str
        Short ones, for the top of the page.
    axis_label : str
        ``m(μμ) [GeV]``.
    edges, counts : ndarray, shape (bin + 1,) and (bin,)
        Spectrum, in bins that grow with the mass.
    markers : tuple of Marker
    window : tuple of (float, float) or None
        GeV; None where the whole spectrum was scanned.
    fits : tuple of FitView
        In the order of their windows.
    peaks : tuple of Peak
        Of all fits, by mass.
    bumps : tuple of Bump
        What the scan found.
    scan_note : str
        How many places were looked at, say.
    steps : tuple of (str, int)
        What was counted, from events to selected combinations.
    scale_note : str
        What is assumed about the scale of momenta.
    remarks : tuple of str
        What a reader must know.
    notes : tuple of str
        What was found and assumed in the files.
    provenance : Provenance
    seconds : mapping of str to float
    """

    title: str
    question: str
    axis_label: str
    edges: Floats
    counts: Floats
    provenance: Provenance
    facts: tuple[str, ...] = ()
    markers: tuple[Marker, ...] = ()
    window: tuple[float, float] | None = None
    fits: tuple[FitView, ...] = ()
    peaks: tuple[Peak, ...] = ()
    bumps: tuple[Bump, ...] = ()
    scan_note: str = ""
    steps: tuple[tuple[str, int], ...] = ()
    scale_note: str = ""
    remarks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
