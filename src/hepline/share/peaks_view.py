"""From measured peaks to what their page shows: bins, error bars, smooth curves and names."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.special import chdtri

from hepline.analysis.spectra import Masses
from hepline.show.peaks_content import FitView, Marker, particle_symbol
from hepline.show.peaks_fit import peak_name
from hepline.stats.peaks.results import PeakFit

__all__ = ["fit_view", "markers", "spectrum_bins"]

Floats = NDArray[np.float64]

_ONE_SIGMA = 0.158655253931457  # probability in each tail
_POINTS = 800
_PER_DECADE, _MOST_BINS = 110, 400
# What stands out in a spectrum of lepton pairs. GeV; PDG, Review of Particle Physics (2024).
_KNOWN = {
    "η": 0.547862,
    "ρ": 0.77526,
    "ω": 0.78266,
    "φ": 1.019461,
    "J/ψ": 3.0969,
    "ψ(2S)": 3.6861,
    "Υ(1S)": 9.4604,
    "Υ(2S)": 10.0234,
    "Υ(3S)": 10.3551,
    "Z": 91.188,
}


def spectrum_bins(values: Floats) -> tuple[Floats, Floats]:
    """Edges and counts from threshold up, all bins of one relative width.

    Parameters
    ----------
    values : ndarray, shape (entry,), GeV

    Returns
    -------
    edges, counts : ndarray, shape (bin + 1,) and (bin,)
    """
    positive = values[values > 0]
    low, high = float(positive.min()), float(positive.max())
    if high <= low:
        low, high = 0.9 * low, 1.1 * high
    decades = np.log10(high / low)
    # A few entries give a figure of spikes in fine bins.
    bins = int(np.clip(_PER_DECADE * decades, 40, min(_MOST_BINS, 40 + len(positive) / 20)))
    edges = np.geomspace(low, high, bins + 1)
    edges[[0, -1]] = low, high
    return edges, np.histogram(positive, edges)[0].astype(np.float64)


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
        _poisson_interval(fit.counts),
        x,
        _curve(fit.edges, fit.expected, x) * width,
        _curve(fit.edges, fit.expected_background, x) * width,
    )


def _curve(edges: Floats, expected: Floats, x: Floats) -> Floats:
    """Density whose integral over each bin is what is expected there."""
    total = np.concatenate([[0.0], np.cumsum(expected)])
    return np.asarray(CubicSpline(edges, total).derivative()(x), np.float64)


def _poisson_interval(counts: Floats) -> Floats:
    """Central 68 % interval of the mean of each count; an empty bin reaches up to 1.84.

    References
    ----------
    F. Garwood, Biometrika 28 (1936) 437.
    """
    low = np.where(counts > 0, chdtri(2 * np.maximum(counts, 1), 1 - _ONE_SIGMA) / 2, 0.0)
    return np.stack([low, chdtri(2 * (counts + 1), _ONE_SIGMA) / 2])


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
    names = {particle_symbol(marker.text) for marker in found}
    low, high = float(masses.values.min()), float(masses.values.max())
    known = (
        Marker(mass, name, False)
        for name, mass in _KNOWN.items()
        if low < mass < high and name not in names
    )
    return (*found, *known)
