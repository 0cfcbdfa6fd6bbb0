"""A peak inside of its window, where a free fit has run to the window's end.

On a steeply falling spectrum, the largest gain of a fit is often a "peak" half outside of the
window that mends the background where it is largest. The excess that a reader looks for is small
beside it. So the fit begins again, at the largest excesses over a smooth curve that a peak inside
can make.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from hepline.arrays import Floats
from hepline.errors import FitError
from hepline.spectra.doubts import half_width, is_background
from hepline.spectra.fitting import fit_peaks
from hepline.spectra.results import Peak, PeakFit
from hepline.spectra.spectrum import Spectrum

__all__ = ["at_the_end", "excesses", "inner_fit"]

_BINS = 100
_DEGREE = 4  # of the logarithm of the smooth curve
_STEPS = 30
_WIDTHS = 8
_CLEAR = 2.0  # widths between a place and the ends, and between two places
_MOST = 2  # places


def at_the_end(fit: PeakFit) -> bool:
    """Whether the one peak of a fit stands at an end of its window: less than half is inside."""
    return len(fit.peaks) == 1 and _is_outer(fit.peaks[0], fit)


def _is_outer(peak: Peak, fit: PeakFit) -> bool:
    margin = max(half_width(peak), (fit.high - fit.low) / _BINS)
    return not fit.low + margin < peak.mass < fit.high - margin


def inner_fit(
    spectrum: Spectrum, window: tuple[float, float], shapes: Mapping[str, Any]
) -> PeakFit | None:
    """Fit a peak that stands inside of a window.

    Parameters
    ----------
    spectrum : Spectrum
    window : (float, float)
        GeV.
    shapes : mapping
        Signal and background, as `fit_peaks` takes them.

    Returns
    -------
    PeakFit or None
        Of the largest excess that has one; None where every fit runs to an end, or mends the
        background.
    """
    bins = np.linspace(*window, _BINS + 1) if spectrum.values is not None else spectrum.edges
    counts, edges = spectrum.histogram(_BINS if bins is None else bins)
    for place, width in excesses(counts, edges):
        fits: list[PeakFit] = []
        # From the bump, a fit may still run to the end: which way it goes is a matter of its start.
        for start in (place, place - width / 2, place + width / 2):
            with suppress(FitError):
                fits.append(fit_peaks(spectrum, *window, masses=[start], **shapes))
        inner = [fit for fit in fits if not is_background(fit.peaks[0], fit)]
        if inner:
            return min(inner, key=lambda fit: fit.aic)
    return None


def excesses(counts: Floats, edges: Floats) -> list[tuple[float, float]]:
    """Places and widths of the largest excesses over a smooth curve, GeV.

    Parameters
    ----------
    counts : ndarray, shape (bin,)
    edges : ndarray, shape (bin + 1,)
        GeV.

    Returns
    -------
    list of (float, float)
        At most two, the largest first, none near an end or near another one.
    """
    middle = (edges[1:] + edges[:-1]) / 2
    smooth = _smooth(counts, middle)
    step, span = float(np.diff(edges).mean()), float(edges[-1] - edges[0])
    found: list[tuple[float, float, float]] = []
    for width in np.geomspace(1.2 * step, span / 10, _WIDTHS):
        shape = np.exp(-0.5 * ((middle[:, None] - middle) / width) ** 2)
        size = (counts - smooth) @ shape / np.sqrt(smooth @ shape**2)
        clear = (middle - edges[0] > _CLEAR * width) & (edges[-1] - middle > _CLEAR * width)
        places = zip(size[clear].tolist(), middle[clear].tolist(), strict=True)
        found += [(value, place, float(width)) for value, place in places]
    chosen: list[tuple[float, float, float]] = []
    for each in sorted(found, reverse=True):
        if all(abs(each[1] - one[1]) > _CLEAR * (each[2] + one[2]) for one in chosen):
            chosen.append(each)
        if len(chosen) == _MOST:
            break
    return [(place, width) for value, place, width in chosen if value > 0]


def _smooth(counts: Floats, middle: Floats) -> Floats:
    """The exponential of a polynomial, by Poisson likelihood: Newton's steps from a parabola."""
    u = 2 * (middle - middle[0]) / (middle[-1] - middle[0]) - 1
    design = np.polynomial.chebyshev.chebvander(u, _DEGREE)
    start = np.log(np.maximum(counts, 0.5))
    values = np.linalg.lstsq(design, start, rcond=None)[0]
    for _ in range(_STEPS):
        rates = np.exp(np.clip(design @ values, -30, 30))
        hessian = (design.T * rates) @ design + 1e-9 * np.eye(_DEGREE + 1)
        change = np.linalg.solve(hessian, design.T @ (counts - rates))
        values = values + change / max(1.0, float(np.abs(change).max()))
    return np.asarray(np.exp(np.clip(design @ values, -30, 30)))
