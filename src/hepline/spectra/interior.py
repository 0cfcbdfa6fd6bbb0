"""A peak inside of its window, where a free fit mends the background instead.

On a steeply falling spectrum, the largest gain of a fit from anywhere is often a "peak" half
outside of the window, or a broad one beside a background of the wrong shape. The excess that a
reader looks for is small beside it. So the window is scanned on the background that describes it
best; where the largest excess is not what was fitted, a peak is fitted there.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from hepline.errors import FitError
from hepline.spectra.doubts import half_width, is_background
from hepline.spectra.fitting import background_alone, fit_peaks
from hepline.spectra.results import PeakFit
from hepline.spectra.spectrum import Spectrum
from hepline.spectra.start import largest_gain

__all__ = ["at_the_end", "inner_fit", "largest_excess"]

_BINS = 100
_WIDTHS = 8
_CLEAR = 2.0  # widths between a place and the ends
_REACH = 3.0  # widths of an excess around it in which its mass is fitted


def at_the_end(fit: PeakFit) -> bool:
    """Whether the one peak of a fit stands at an end of its window: less than half is inside."""
    if len(fit.peaks) > 1:
        return False
    (peak,) = fit.peaks
    margin = max(half_width(peak), (fit.high - fit.low) / _BINS)
    return not fit.low + margin < peak.mass < fit.high - margin


def inner_fit(spectrum: Spectrum, fit: PeakFit, shapes: Mapping[str, Any]) -> PeakFit:
    """The fit of one peak, or a better one at the largest excess of its window.

    Parameters
    ----------
    spectrum : Spectrum
    fit : PeakFit
        From anywhere.
    shapes : mapping
        Signal and background, as `fit_peaks` takes them.

    Returns
    -------
    PeakFit
    """
    (peak,) = fit.peaks
    place, width, background = largest_excess(spectrum, fit.low, fit.high, shapes["background"])
    reach = _REACH * width
    if not at_the_end(fit) and abs(place - peak.mass) < max(reach, half_width(peak)):
        return fit
    asked: dict[str, Any] = {
        "within": (place - reach, place + reach),
        "first": background,
        "bins": fit.edges,
    }
    with suppress(FitError):
        inner = fit_peaks(spectrum, fit.low, fit.high, masses=[place], **asked, **shapes)
        mends = is_background(inner.peaks[0], inner)
        if not mends and (at_the_end(fit) or inner.price < fit.price):
            return inner
    return fit


def largest_excess(
    spectrum: Spectrum, low: float, high: float, background: str = "auto"
) -> tuple[float, float, str]:
    """Place and width of the largest excess over the background that describes a window best.

    Everywhere and for a ladder of widths, the likelihood of a Gaussian on this background is
    compared with that of the background alone, whose parameters are profiled to first order.

    Parameters
    ----------
    spectrum : Spectrum
    low, high : float
        Window, GeV.
    background : str
        As for `fit_peaks`.

    Returns
    -------
    place, width : float
        GeV; not near an end.
    background : str
        What describes the window best without a peak.
    """
    bare = background_alone(spectrum, low, high, background=background)
    edges = bare.edges
    middle = (edges[1:] + edges[:-1]) / 2
    step, span = float(np.diff(edges).mean()), float(edges[-1] - edges[0])
    ladder = []
    for width in np.geomspace(1.2 * step, span / 10, _WIDTHS):
        clear = (middle - edges[0] > _CLEAR * width) & (edges[-1] - middle > _CLEAR * width)
        # A coarse histogram has no bin so far from both ends for each width.
        if clear.any():
            ladder.append((float(width), middle[clear]))
    rest = bare.counts - bare.expected
    place, width = largest_gain(rest, 1 / bare.expected, bare.slopes.T, middle, ladder)
    return place, width, bare.background
