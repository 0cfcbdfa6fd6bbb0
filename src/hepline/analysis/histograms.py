"""Conversion of filled bins to `hist.Hist`."""

from __future__ import annotations

import hist
import numpy as np
from numpy.typing import NDArray

from hepline.columns.axes import Axis, IntegerAxis, RegularAxis
from hepline.engine.filled import Filled

__all__ = ["to_hist"]


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
