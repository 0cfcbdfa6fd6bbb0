"""The error for integers that do not fit the dtype of a computation."""

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
    """Check that a conversion keeps every integer.

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
    """The exact conversions among nodes and their inputs."""
    return [node for node in walk(roots) if isinstance(node, ExactCast)]


def overflow(casts: list[ExactCast], *, value: int | None = None) -> IntegerOverflow:
    """Make the error, with the converted recipes and a way around.

    Parameters
    ----------
    casts : list of ExactCast
        The conversions that may have failed.
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
