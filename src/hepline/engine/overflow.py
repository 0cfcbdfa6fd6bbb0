"""The error for integers that the dtype of a computation cannot hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.columns.elementwise import ExactCast
from hepline.columns.nodes import Node, walk
from hepline.errors import IntegerOverflow

__all__ = ["check_exact", "exact_casts", "overflow"]


def check_exact(node: ExactCast, values: NDArray[Any]) -> None:
    """Make sure that a conversion keeps every integer.

    Parameters
    ----------
    node : ExactCast
        Of integers, to integers.
    values : ndarray of int, shape (element,)

    Raises
    ------
    IntegerOverflow
        With a value that does not fit.
    """
    limits = np.iinfo(node.type.dtype)
    bad = (values > limits.max) | (values < limits.min)
    if bad.any():
        raise overflow([node], value=int(values[bad][0]))


def exact_casts(roots: Iterable[Node]) -> list[ExactCast]:
    """Conversions among these nodes, and what they depend on, that must keep every integer."""
    return [node for node in walk(roots) if isinstance(node, ExactCast)]


def overflow(casts: list[ExactCast], *, value: int | None = None) -> IntegerOverflow:
    """Name what was converted, and say how to compute with it.

    Parameters
    ----------
    casts : list of ExactCast
        Those that may have failed.
    value : int, optional
        The value that does not fit, if it is known.
    """
    recipes = ", ".join(dict.fromkeys(cast.value.brief(80) for cast in casts))
    dtypes = " or ".join(sorted({cast.type.dtype.name for cast in casts}))
    subject = "a value" if value is None else f"the value {value}"
    return IntegerOverflow(
        f"{subject} of {recipes} does not fit into {dtypes}.",
        why="a difference, or a combination with signed integers, is computed in int64, where "
        "unsigned integers from 2**63 on would turn negative.",
        fix="convert the column first: .astype('float64') keeps 15 digits, .astype('int64') "
        "wraps around; +, *, //, % and comparisons with positive numbers are exact as they are.",
    )
