"""Where data end inside of a window: a step down to nothing looks like half of a peak."""

from __future__ import annotations

import numpy as np

from hepline.stats.peaks.spectrum import Spectrum

__all__ = ["window_of_data"]

_LAST = 0.1  # of the data's range: what is looked at beside an end
_MANY = 10.0  # entries there; a tail has hardly any left
_POINT = 0.01  # of the window: data on less of it are one peak
_DENSE = 0.05  # times as many as elsewhere


def window_of_data(
    spectrum: Spectrum, low: float, high: float
) -> tuple[float, float, tuple[str, ...]]:
    """Cut a window to where the data were cut.

    Parameters
    ----------
    spectrum : Spectrum
    low, high : float
        GeV.

    Returns
    -------
    low, high : float
        GeV; as they were, unless entries are dense up to a place and absent beyond it.
    remarks : tuple of str

    Raises
    ------
    AnalysisError, NothingToFit
        As `Spectrum.window`.
    """
    inside = spectrum.window(low, high)
    parts = round(1 / _LAST)
    if inside.counts is not None and inside.edges is not None:
        seen = np.flatnonzero(inside.counts)
        first, last = float(inside.edges[seen[0]]), float(inside.edges[seen[-1] + 1])
        below = np.append(0.0, np.cumsum(inside.counts))
        counts = np.diff(np.interp(np.linspace(first, last, parts + 1), inside.edges, below))
    else:
        (first, last), counts = inside.span, inside.histogram(parts)[0]
    if last - first < _POINT * (high - low):
        return low, high, ()
    dense = max(_MANY, _DENSE * float(counts.mean()))
    gap = _LAST * (last - first)
    remarks = []
    if first - low > gap and counts[0] >= dense:
        low = first
        remarks.append(f"the data begin at {first:.4g} GeV, and so does the window")
    if high - last > gap and counts[-1] >= dense:
        high = last
        remarks.append(f"the data end at {last:.4g} GeV, and so does the window")
    return low, high, tuple(remarks)
