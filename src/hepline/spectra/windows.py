"""What a window holds: the ends of the data, several peaks, or a sample that is one peak."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hepline.errors import AnalysisError
from hepline.spectra.results import Bump
from hepline.spectra.spectrum import Spectrum

__all__ = ["peaks_inside", "window_of_data", "window_of_lone_peak"]

_LAST = 0.1  # of the data's range: what is looked at beside an end
_MANY = 10.0  # entries there; a tail has hardly any left
_POINT = 0.01  # of the window: data on less of it are one peak
_PEAK = 3.0  # times as many: more than a background has there
_DENSE = 0.05  # times as many as elsewhere

_MOST_PEAKS = 3  # of one window, beside families
_BINS = 100
_FEWEST = 100  # entries
_ALIKE = 0.1  # of the mass: range that holds nine tenths of a sample that is one peak
_SHARES = (0.05, 0.5, 0.95)
_NARROW = 0.05  # of the whole range: no background is so dense
_THIN = 0.08  # of the entries, at most, lie in the outer tenths of its range
_AROUND = 3.0  # times that range on either side belong to its window


def window_of_data(
    spectrum: Spectrum, low: float, high: float
) -> tuple[float, float, tuple[str, ...]]:
    """Cut a window to where the data were cut: a step down to nothing looks like half of a peak.

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
    # A peak may stand at the end of its data.
    peak = _PEAK * float(counts.mean())
    if first - low > gap and dense <= counts[0] < peak:
        low = first
        remarks.append(f"the data begin at {first:.4g} GeV, and so does the window")
    if high - last > gap and dense <= counts[-1] < peak:
        high = last
        remarks.append(f"the data end at {last:.4g} GeV, and so does the window")
    return low, high, tuple(remarks)


def window_of_lone_peak(spectrum: Spectrum) -> tuple[float, float] | None:
    """Window around a sample that is one peak and little else.

    Parameters
    ----------
    spectrum : Spectrum

    Returns
    -------
    (float, float) or None
        GeV; None if there is more than that, or too little.
    """
    low, high = spectrum.span
    bins = np.linspace(low, high, _BINS + 1) if spectrum.values is not None else spectrum.edges
    if spectrum.entries < _FEWEST or bins is None or not high > low:
        return None
    counts, edges = spectrum.histogram(bins)
    below = np.append(0.0, np.cumsum(counts)) / counts.sum()
    first, middle, last = (
        np.interp(_SHARES, below, edges)
        if spectrum.values is None
        else np.quantile(spectrum.values, _SHARES)
    )
    outside = counts[: len(counts) // 10].sum() + counts[-(len(counts) // 10) :].sum()
    # A sample that was cut out of a wide spectrum is dense up to its ends.
    dense = outside > _THIN * counts.sum() and last - first > _NARROW * (high - low)
    if last - first > _ALIKE * middle or dense:
        return None
    reach = _AROUND * (last - first)
    return float(middle - reach), float(middle + reach)


def peaks_inside(bumps: Sequence[Bump], low: float, high: float) -> tuple[Bump, ...]:
    """What else stands in a window.

    Parameters
    ----------
    bumps : sequence of Bump
    low, high : float
        GeV.

    Returns
    -------
    tuple of Bump
        Empty if there is one peak, which a fit finds itself.

    Raises
    ------
    AnalysisError
        If there are too many for one fit.
    """
    inside = tuple(
        bump for bump in bumps if low + 2 * bump.width < bump.center < high - 2 * bump.width
    )
    if len(inside) > _MOST_PEAKS:
        places = ", ".join(f"{bump.center:.3g}" for bump in inside)
        raise AnalysisError(
            f"{len(inside)} peaks stand between {low:g} and {high:g} GeV: at {places} GeV",
            why="one curve for the background of all of them describes none",
            fix="choose a window around one of them, or none: then each has its own",
        )
    return inside if len(inside) > 1 else ()
