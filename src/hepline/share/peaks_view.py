"""From measured peaks to what their page shows: bins, error bars, smooth curves and names."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.interpolate import CubicSpline

from hepline.arrays import Floats
from hepline.records import Provenance
from hepline.show import rounding
from hepline.show.peaks_content import FitView, Marker, PeaksContent
from hepline.show.peaks_names import particle_symbol, peak_name
from hepline.spectra.bumps import WIDTHS
from hepline.spectra.masses import Masses
from hepline.spectra.particles.lookup import find
from hepline.spectra.results import PeakFit
from hepline.spectra.scale import MassScale
from hepline.spectra.search import Question, Search
from hepline.spectra.tables import LANDMARKS
from hepline.stats.counting import poisson_interval

__all__ = ["fit_view", "markers", "peaks_content", "scale_note", "spectrum_bins"]


_POINTS = 800
_PER_DECADE, _MOST_BINS = 110, 400
_BULK, _FAR = (0.05, 0.95), 100.0  # quantiles, and the factor beyond them that is drawn


def peaks_content(
    masses: Masses,
    question: Question,
    found: Search,
    *,
    calibration: MassScale | None,
    provenance: Provenance,
    seconds: Mapping[str, float],
) -> PeaksContent:
    """Collect all that the page shows.

    Parameters
    ----------
    masses : Masses
    question : Question
    found : Search
    calibration : MassScale or None
    provenance : Provenance
    seconds : mapping of str to float

    Returns
    -------
    PeaksContent
    """
    edges, counts = spectrum_bins(masses.values)
    beyond = len(masses.values) - int(counts.sum())
    window = question.window
    asked = f"What is the peak between {window[0]:g} and {window[1]:g} GeV?" if window else ""
    narrow, wide = 100 * WIDTHS[0], 100 * WIDTHS[-1]
    return PeaksContent(
        title=f"Peaks of {masses.label.partition(' [')[0]}",
        question=asked or "Which resonances are in this spectrum, and what are they?",
        axis_label=masses.label,
        edges=edges,
        counts=counts,
        provenance=provenance,
        facts=(
            f"{rounding.count(len(masses.values))} entries",
            *([" ".join(map(particle_symbol, masses.decay))] if masses.decay else []),
        ),
        markers=markers(masses, found.fits),
        window=window,
        fits=tuple(map(fit_view, found.fits)),
        peaks=found.peaks,
        bumps=found.bumps,
        scan_note=f"Excesses over a smooth background, of any width between {narrow:g} and "
        f"{wide:g} % of the mass. Global: after all places and widths.",
        steps=masses.steps,
        scale_note=scale_note(question, calibration),
        remarks=(*masses.losses, *found.remarks, *_far_away(beyond)),
        notes=masses.remarks,
        seconds=seconds,
    )


def scale_note(question: Question, calibration: MassScale | None) -> str:
    """What is assumed about the scale of momenta, in a sentence.

    Parameters
    ----------
    question : Question
    calibration : MassScale or None
    """
    known = f"known to {100 * question.scale:.2g} %, which moves every mass by as much"
    if calibration is None:
        return f"The scale of momenta is taken to be {known} (--scale, --calibrate)."
    factor = rounding.measured(calibration.scale, calibration.error)
    symbol = particle_symbol(calibration.reference)
    return (
        f"All masses were divided by {factor}, so that {symbol} has the mass of the table; "
        f"elsewhere the scale is taken to be the same, {known}."
    )


def spectrum_bins(values: Floats) -> tuple[Floats, Floats]:
    """Edges and counts from threshold up, all bins of one relative width.

    Parameters
    ----------
    values : ndarray, shape (entry,), GeV
        Above zero. Those that are far away from nearly all others have no bin: with them, nothing
        else would be seen.

    Returns
    -------
    edges, counts : ndarray, shape (bin + 1,) and (bin,)
    """
    low, high = (float(end) for end in np.quantile(values, _BULK, method="nearest"))
    near = values[(values >= low / _FAR) & (values <= high * _FAR)]
    low, high = float(near.min()), float(near.max())
    if high <= low:
        low, high = 0.9 * low, 1.1 * high
    decades = np.log10(high) - np.log10(low)
    # A few entries give a figure of spikes in fine bins.
    bins = int(np.clip(_PER_DECADE * decades, 40, min(_MOST_BINS, 40 + len(near) / 20)))
    edges = np.geomspace(low, high, bins + 1)
    edges[[0, -1]] = low, high
    return edges, np.histogram(near, edges)[0].astype(np.float64)


def _far_away(beyond: int) -> tuple[str, ...]:
    if not beyond:
        return ()
    entries = "1 entry lies" if beyond == 1 else f"{rounding.count(beyond)} entries lie"
    return (f"{entries} far away from all others, and outside of the figure of the spectrum.",)


def fit_view(fit: PeakFit) -> FitView:
    """A fit with the error bars and curves that are drawn.

    Parameters
    ----------
    fit : PeakFit

    Returns
    -------
    FitView
    """
    x = np.linspace(fit.edges[0], fit.edges[-1], _POINTS)
    width = float(np.diff(fit.edges).mean())
    return FitView(
        ", ".join(dict.fromkeys(peak_name(peak) for peak in fit.peaks)),
        fit,
        np.stack(poisson_interval(fit.counts)),
        x,
        _curve(fit.edges, fit.expected, x) * width,
        _curve(fit.edges, fit.expected_background, x) * width,
    )


def _curve(edges: Floats, expected: Floats, x: Floats) -> Floats:
    """Density whose integral over each bin is what is expected there."""
    total = np.concatenate([[0.0], np.cumsum(expected)])
    return np.asarray(CubicSpline(edges, total).derivative()(x), np.float64)


def markers(masses: Masses, fits: tuple[PeakFit, ...]) -> tuple[Marker, ...]:
    """Names on the spectrum: what was measured, and what is known to lie here besides.

    Parameters
    ----------
    masses : Masses
    fits : tuple of PeakFit
    """
    found = [Marker(peak.mass, peak_name(peak), True) for fit in fits for peak in fit.peaks]
    if masses.decay not in (("mu+", "mu-"), ("e+", "e-")):
        return tuple(found)
    names = {marker.text for marker in found}
    low, high = float(masses.values.min()), float(masses.values.max())
    known = (Marker(find(name).mass / 1e3, particle_symbol(name), False) for name in LANDMARKS)
    return (*found, *(one for one in known if low < one.mass < high and one.text not in names))
