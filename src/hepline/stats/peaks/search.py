"""From a spectrum to named peaks: find them, fit each with what is known of it, and name it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hepline.errors import AnalysisError, FitError, NothingToFit
from hepline.stats.inference.lookelsewhere import global_significance
from hepline.stats.particles.lookup import find
from hepline.stats.peaks.bumps import find_bumps
from hepline.stats.peaks.decays import known
from hepline.stats.peaks.fitting import fit_peaks
from hepline.stats.peaks.naming import candidates
from hepline.stats.peaks.results import Bump, Candidate, Peak, PeakFit
from hepline.stats.peaks.scale import MassScale, calibrate
from hepline.stats.peaks.spectrum import Spectrum
from hepline.stats.peaks.start import glimpse
from hepline.stats.peaks.systematics import systematics_of

__all__ = ["Question", "Search", "named", "scale_from", "search"]

_BROAD = 0.2  # of the window: a resonance that is wider is background there
_SEPARABLE = 10.0  # standard deviations by which a natural width must change the shape of a peak
_EDGE = 0.01  # of the mass: a peak closer to the end of its window has no background
_OFF = 0.01  # of the mass: how far a family may be from where the table has it
_CLEAR, _REFERENCE_CLEAR = 3.0, 5.0  # standard deviations
_GLIMPSE = 100  # bins
# Places in a window: as many as peaks of the narrowest width that a fit starts from. Upcrossings of
# q0 = 2² by a Gaussian process, for each of them (S. O. Rice, Bell Syst. Tech. J. 24 (1945) 46).
_PLACES, _RATE = 80.0, math.exp(-2.0) / (2 * math.pi * math.sqrt(2))
_LEVEL = 4.0
# Sets of states so near to each other that each is in the others' background.
_FAMILIES = (
    ("Upsilon(1S)", "Upsilon(2S)", "Upsilon(3S)"),
    ("J/psi(1S)", "psi(2S)"),
)
_REFERENCE = (0.9, 1.15)  # window around a reference, of its mass
_LEPTONS = {"e+", "e-", "mu+", "mu-"}


@dataclass(frozen=True)
class Question:
    """What is asked of a spectrum, and what is known beforehand.

    Attributes
    ----------
    window : tuple of (float, float) or None
        GeV; None scans everything.
    signal, background : str
        Names of shapes, or ``auto``.
    charge : int
        Total charge of the combinations.
    decay : tuple of str or None
        What was combined.
    scale : float
        Relative uncertainty of the scale of momenta, hence of masses.
    """

    window: tuple[float, float] | None = None
    signal: str = "auto"
    background: str = "auto"
    charge: int = 0
    decay: tuple[str, ...] | None = None
    scale: float = 0.0


@dataclass(frozen=True, eq=False)
class Search:
    """What was found.

    Attributes
    ----------
    fits : tuple of PeakFit
        By mass; peaks have systematics, candidates and global significances.
    bumps : tuple of Bump
        What a scan found; empty where a window was given.
    remarks : tuple of str
        Bumps that could not be fitted, say.
    """

    fits: tuple[PeakFit, ...]
    bumps: tuple[Bump, ...]
    remarks: tuple[str, ...]

    @property
    def peaks(self) -> tuple[Peak, ...]:
        """Of all fits, by mass."""
        found = (peak for fit in self.fits for peak in fit.peaks)
        return tuple(sorted(found, key=lambda peak: peak.mass))


def search(spectrum: Spectrum, question: Question | None = None) -> Search:
    """Measure the peak of a window, or find and measure all peaks.

    Parameters
    ----------
    spectrum : Spectrum
    question : Question, optional

    Returns
    -------
    Search

    Raises
    ------
    NothingToFit
        If the window has too few entries.
    FitError
        If the fit of the window did not converge; of a scan, it is left out with a remark.
    """
    asked = question or Question()
    if asked.window is not None:
        fit = _measured(spectrum, asked, asked.window, ())
        return Search((fit,), (), _doubts(fit))
    bumps = find_bumps(spectrum)
    fits: list[PeakFit] = []
    remarks: list[str] = []
    for low, high in dict.fromkeys((bump.low, bump.high) for bump in bumps):
        here = tuple(bump for bump in bumps if (bump.low, bump.high) == (low, high))
        try:
            fits.append(_measured(spectrum, asked, (low, high), here))
        except (FitError, NothingToFit) as error:
            places = ", ".join(f"{bump.center:.4g}" for bump in here)
            remarks.append(f"the bump at {places} GeV was not measured: {error.what} {error.why}")
    return Search(tuple(fits), bumps, tuple(remarks))


def scale_from(spectrum: Spectrum, reference: str, question: Question) -> MassScale:
    """Measure the scale of masses with a resonance of the same spectrum.

    Parameters
    ----------
    spectrum : Spectrum
    reference : str
        Name of the resonance; ``J/psi`` will do for ``J/psi(1S)``.
    question : Question
        What was combined.

    Returns
    -------
    MassScale

    Raises
    ------
    AnalysisError
        If the name is unknown, or there is no clear peak at its mass.
    """
    known_one = find(reference)
    name, mass = known_one.name, (known_one.mass or 0.0) / 1e3
    low, high = (mass * ratio for ratio in _REFERENCE)
    try:
        fit = _fitted(spectrum, replace(question, window=(low, high)), (low, high), ())
    except (FitError, NothingToFit) as error:
        raise AnalysisError(
            f"the scale cannot be measured with {name}.",
            why=f"between {low:.4g} and {high:.4g} GeV, {error.what} {error.why}",
            fix="choose another reference, or give --scale.",
        ) from error
    peak = min(fit.peaks, key=lambda one: abs(one.mass - mass))
    if peak.local_significance < _REFERENCE_CLEAR:
        raise AnalysisError(
            f"the scale cannot be measured with {name}.",
            why=f"its peak has a significance of {peak.local_significance:.1f} in these data.",
            fix="choose a reference that stands out, or give --scale.",
        )
    return calibrate(peak.mass, peak.mass_error, name)


def _measured(
    spectrum: Spectrum, asked: Question, window: tuple[float, float], bumps: Sequence[Bump]
) -> PeakFit:
    """One window: fitted, with systematics, significances and names."""
    # Dozens of fits look at this window: ten million values are cut to it once.
    inside = spectrum.window(*window)
    fit = _fitted(inside, asked, window, bumps)
    fit = systematics_of(inside, fit, scale=asked.scale)
    peaks = (replace(one, global_significance=_global(one, bumps)) for one in fit.peaks)
    return replace(fit, peaks=tuple(named(one, asked) for one in peaks))


def _fitted(
    spectrum: Spectrum, asked: Question, window: tuple[float, float], bumps: Sequence[Bump]
) -> PeakFit:
    shapes: dict[str, Any] = {"signal": asked.signal, "background": asked.background}
    relatives = _relatives(asked, window, bumps)
    if relatives:
        fit = fit_peaks(spectrum, *window, masses=relatives, **shapes)
        clear = sum(one.local_significance > _CLEAR for one in fit.peaks) > 1
        off = abs(fit.peaks[0].mass / relatives[0] - 1)
        if clear and off < _OFF:
            return fit
    if len(bumps) > 1:
        return fit_peaks(spectrum, *window, masses=[one.center for one in bumps], **shapes)
    place, width, events = _seen(spectrum, window, bumps)
    masses = [place] if bumps else None
    natural = _natural_width(asked, place, width, most=_BROAD * (window[1] - window[0]))
    if natural is None or asked.signal != "auto":
        return fit_peaks(spectrum, *window, masses=masses, **shapes)
    # A width that the resolution does not hide is what the fit is after; one that it hides is given
    # to the fit, which then measures the resolution.
    hidden: tuple[str, ...] = ()
    # A natural width moves about (Γ/σ)² of the events, to be seen among √N.
    if (natural / width) ** 2 * math.sqrt(max(events, 0.0)) > _SEPARABLE:
        fit = fit_peaks(spectrum, *window, masses=masses, **{**shapes, "signal": "natural"})
        if not fit.peaks[0].width_is_limit:
            return fit
        limit = f"{fit.peaks[0].width:.2g} GeV at 95 %"
        hidden = (
            f"the resolution hides the natural width (below {limit}): {natural:.3g} GeV, that of "
            "the most likely particle, is taken",
        )
    fit = fit_peaks(spectrum, *window, masses=masses, natural_width=natural, **shapes)
    return replace(fit, remarks=(*fit.remarks, *hidden))


def _relatives(
    asked: Question, window: tuple[float, float], bumps: Sequence[Bump]
) -> tuple[float, ...]:
    """Masses of a family of which several members lie in the window, GeV."""
    if asked.charge or (asked.decay is not None and not _LEPTONS.issuperset(asked.decay)):
        return ()
    low, high = window
    for family in _FAMILIES:
        table = [one.mass / 1e3 for one in known() if one.name in family]
        inside = tuple(
            one for one in sorted(table) if low < one * (1 - _EDGE) and one * (1 + _EDGE) < high
        )
        near = [abs(bump.center / one - 1) < 2 * _OFF for bump in bumps for one in inside]
        if len(inside) > 1 and (not bumps or any(near)):
            return inside
    return ()


def _seen(
    spectrum: Spectrum, window: tuple[float, float], bumps: Sequence[Bump]
) -> tuple[float, float, float]:
    """Place, width and events of the highest peak before any fit."""
    if bumps:
        return bumps[0].center, bumps[0].width, bumps[0].events
    inside = spectrum.window(*window)
    bins = np.linspace(*window, _GLIMPSE + 1) if inside.values is not None else inside.edges
    seen = glimpse(*inside.histogram(_GLIMPSE if bins is None else bins), None)
    return seen.mass, seen.sigma, seen.events[0]


def _natural_width(asked: Question, place: float, width: float, *, most: float) -> float | None:
    """What the table says of the width of what stands there, GeV; None if that is not known."""
    if asked.decay is None:
        return None
    likely = _candidates(asked, place, width / 2, resolution=width)
    return likely[0].width if likely and 0 < likely[0].width < most else None


def _global(peak: Peak, bumps: Sequence[Bump]) -> float:
    """Significance after all places where a peak was looked for."""
    local = peak.local_significance
    if local <= 0:
        return 0.0
    if bumps:
        nearest = min(bumps, key=lambda one: abs(one.center - peak.mass))
        # The scan's places count for the fit as they do for the scan: −2 ln p grows like z².
        places = nearest.local_significance**2 - nearest.global_significance**2
        return math.sqrt(max(local**2 - places, 0.0))
    if local**2 <= _LEVEL:
        return 0.0
    return global_significance(local, upcrossings=_RATE * _PLACES, reference_level=_LEVEL).observed


def named(peak: Peak, asked: Question) -> Peak:
    """The same peak with its candidates.

    Parameters
    ----------
    peak : Peak
    asked : Question
        Charge, decay and scale are used.
    """
    shifts = [one.mass for one in peak.systematics if one.name != "scale"]
    error = math.hypot(peak.mass_error, *shifts)
    natural = peak.width if peak.width_kind == "natural" and not peak.width_is_limit else None
    likely = _candidates(asked, peak.mass, error, width=natural, resolution=peak.resolution)
    return replace(peak, candidates=likely)


def _candidates(
    asked: Question,
    mass: float,
    error: float,
    *,
    width: float | None = None,
    resolution: float | None = None,
) -> tuple[Candidate, ...]:
    return candidates(
        mass,
        error,
        width=width,
        resolution=resolution,
        charge=asked.charge,
        decay=asked.decay,
        scale_error=asked.scale,
    )


def _doubts(fit: PeakFit) -> tuple[str, ...]:
    weak = [peak for peak in fit.peaks if not peak.global_significance > _CLEAR]
    if len(weak) < len(fit.peaks):
        return ()
    return (
        "no peak of this window is significant: what was fitted may well be a fluctuation of "
        "the background.",
    )
