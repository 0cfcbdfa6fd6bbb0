"""Filled bins as `hist.Hist`: their conversion, sums and multiples, and where they belong."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import hist
import numpy as np
from numpy.typing import NDArray

from hepline.columns.axes import Axis, IntegerAxis, RegularAxis
from hepline.engine.filled import Filled

__all__ = ["Histograms", "Place", "as_counts", "scaled", "to_hist", "total"]


@lru_cache(maxsize=1024)
def _axis(axis: Axis) -> hist.axis.AxesMixin:
    if isinstance(axis, RegularAxis):
        return hist.axis.Regular(axis.count, axis.low, axis.high, label=axis.label)
    if isinstance(axis, IntegerAxis):
        return hist.axis.Integer(axis.low, axis.high, label=axis.label)
    return hist.axis.Variable(axis.edges, label=axis.label)


def to_hist(filled: Filled, *, scale: float | None = None) -> hist.Hist:
    """Make a histogram with variances, underflow and overflow.

    Parameters
    ----------
    filled : Filled
    scale : float, optional
        Factor on the contents, such as cross-section × luminosity / generated events; its square
        multiplies the variances.

    Returns
    -------
    hist.Hist
        ``Weight`` storage if there are weights or a scale, ``Double`` if entries are counted. Its
        ``metadata`` counts the entries that are in no bin: ``undefined`` (not a number) and
        ``missing``.
    """
    weighted = filled.weights is not None or scale is not None
    storage = hist.storage.Weight() if weighted else hist.storage.Double()
    histogram = hist.Hist(*(_axis(axis) for axis in filled.axes), storage=storage)
    histogram.metadata = {"undefined": filled.undefined, "missing": filled.missing}
    factor = 1.0 if scale is None else scale
    contents: NDArray[np.float64] = filled.contents() * factor
    view = histogram.view(flow=True)
    if weighted:
        view["value"] = contents
        view["variance"] = filled.variances() * (factor * factor)
    else:
        view[...] = contents
    return histogram


class Place(NamedTuple):
    """Where a histogram belongs.

    Attributes
    ----------
    region : str
    plot : str
        Empty for the observable.
    moment : int
        Of a profile; see `Request`.
    """

    region: str
    plot: str = ""
    moment: int = 0


Histograms = dict[Place, dict[tuple[str, str], hist.Hist]]
"""By place, then by process and variation."""


def total(histograms: Iterable[hist.Hist]) -> hist.Hist:
    """The sum of histograms with equal axes; a single one is returned as it is."""
    first, *others = histograms
    if not others:
        return first
    whole = first.copy()
    for other in others:
        view = whole.view(flow=True)
        if view.dtype.names:
            view["value"] += other.values(flow=True)
            view["variance"] += other.variances(flow=True)
        else:
            view += other.values(flow=True)
        whole.metadata = {
            key: count + (other.metadata or {}).get(key, 0)
            for key, count in (whole.metadata or {}).items()
        }
    return whole


def scaled(histogram: hist.Hist, factor: float) -> hist.Hist:
    """A histogram times a factor, with variances."""
    whole = hist.Hist(*histogram.axes, storage=hist.storage.Weight())
    view = whole.view(flow=True)
    view["value"] = histogram.values(flow=True) * factor
    view["variance"] = histogram.variances(flow=True) * (factor * factor)
    whole.metadata = histogram.metadata
    return whole


def as_counts(terms: Iterable[tuple[hist.Hist, float]]) -> hist.Hist:
    """A sum with factors, whose variance is that of counted events."""
    pairs = list(terms)
    whole = pairs[0][0].copy()
    view = whole.view(flow=True)
    view["value"] = sum(factor * histogram.values(flow=True) for histogram, factor in pairs)
    # Data scatter as Poisson counts, whatever made them.
    view["variance"] = np.abs(view["value"])
    return whole
