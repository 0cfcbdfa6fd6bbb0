"""How far evaluators may be apart: nothing, but for functions; and values on a bin edge.

Functions of floats differ in the last place because NumPy's vector instructions, the C library
and our own series do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hepline.columns.axes import Axis
from hepline.columns.elementwise import Elementwise
from hepline.columns.nodes import Node
from hepline.engine.filled import Filled, bin_index

# Units in the last place of float32 and float64 between the compiled evaluator and the definition,
# over all values that tests try. What is not named is correctly rounded: it may not differ.
ULPS = {
    "exp": (2, 1),
    "expm1": (2, 1),
    "log": (2, 1),
    "log2": (1, 1),
    "log10": (2, 1),
    "log1p": (1, 1),
    "sin": (3, 3),
    "cos": (3, 3),
    "tan": (3, 2),
    "arcsin": (2, 1),
    "arccos": (2, 1),
    "arctan": (1, 1),
    "arctan2": (3, 1),
    "sinh": (3, 3),
    "cosh": (3, 3),
    "tanh": (2, 2),
    "arcsinh": (1, 1),
    "arccosh": (1, 1),
    "arctanh": (2, 1),
    "power": (2, 1),
}


def allowed(node: Node) -> int:
    """Units in the last place by which evaluators may differ for the last operation of a node."""
    if not isinstance(node, Elementwise) or node.type.dtype.kind != "f":
        return 0
    single, double = ULPS.get(node.operation, (0, 0))
    return single if node.type.dtype == np.float32 else double


def apart(left: object, right: object, dtype: np.dtype) -> float:
    """Most units in the last place between elements of two lists of lists of numbers.

    Infinite if lengths differ, or if anything but finite, nonzero floats does: a sign of zero, a
    missing value, an infinity, an integer.
    """
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        return max(
            (apart(one, other, dtype) for one, other in zip(left, right, strict=True)), default=0
        )
    # repr tells -0.0 from 0.0 and makes NaN equal to itself.
    if repr(left) == repr(right):
        return 0
    if not isinstance(left, float) or not isinstance(right, float):
        return np.inf
    if not np.isfinite([left, right]).all() or np.sign(left) * np.sign(right) != 1:
        return np.inf
    one, other = (dtype.type(abs(number)) for number in (left, right))
    bits = np.dtype(f"i{dtype.itemsize}")
    return float(abs(int(one.view(bits)) - int(other.view(bits))))


@dataclass(frozen=True)
class OnEdge:
    """A value that two evaluators put into different bins because it lies on their edge."""

    axis: str
    edge: float
    value: float


def moved_across_edges(
    axes: Sequence[Axis],
    expected: tuple[Filled, Sequence[NDArray[np.float64]]],
    found: tuple[Filled, Sequence[NDArray[np.float64]]],
    *,
    ulps: int,
) -> list[OnEdge]:
    """Require that two histograms are equal, except for values on a bin edge, which are named.

    Parameters
    ----------
    axes : sequence of Axis
    expected, found : (Filled, sequence of ndarray of float64, shape (entry,))
        A histogram, and what was filled into each axis.
    ulps : int
        How near to an edge a value on it is, in units in the last place of the largest number
        on the axis.

    Returns
    -------
    list of OnEdge
        By axis and entry.

    Raises
    ------
    AssertionError
        If a value that is on no edge is in another bin, or a bin differs for another reason.
    """
    (left, values), (right, others) = expected, found
    named = [
        edge
        for axis, one, other in zip(axes, values, others, strict=True)
        for edge in _moved(axis, one, other, ulps)
    ]
    count = len(values[0])
    before, after = bin_index(axes, values, count), bin_index(axes, others, count)
    bins = len(left.entries)
    changes = np.bincount(after, minlength=bins) - np.bincount(before, minlength=bins)
    np.testing.assert_array_equal(right.entries, left.entries + changes)
    same = np.ones(bins, np.bool_)
    moved = before != after
    same[before[moved]] = same[after[moved]] = False
    for one, other in (
        (left.contents(), right.contents()),
        (left.variances(), right.variances()),
    ):
        np.testing.assert_array_equal(other.ravel()[same], one.ravel()[same])
    return named


def _moved(
    axis: Axis, values: NDArray[np.float64], others: NDArray[np.float64], ulps: int
) -> list[OnEdge]:
    near = ulps * np.spacing(np.abs(axis.edges).max())
    named = []
    for place in np.flatnonzero(axis.index(values) != axis.index(others)).tolist():
        value, other = float(values[place]), float(others[place])
        edge = float(axis.edges[np.argmin(np.abs(axis.edges - value))])
        assert max(abs(value - edge), abs(other - edge)) <= near, (
            f"{axis.label}: {value!r} became {other!r}, and neither is on the edge {edge!r}"
        )
        named.append(OnEdge(axis.label, edge, value))
    return named
