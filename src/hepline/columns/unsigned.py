"""Unsigned 64-bit integers beside signed ones: event numbers, hashes and time stamps.

No 64-bit integer dtype holds the values of both. Operations are exact where possible; a value that
may not fit `int64` is checked when the events are read, because NumPy's results (a rounded float, a
number that wrapped around) would go unnoticed.
"""

from __future__ import annotations

import numpy as np

from hepline.columns.elementwise import Cast, Elementwise, ExactCast
from hepline.columns.leaves import Constant
from hepline.columns.nodes import Node
from hepline.columns.types import INT64, UINT64
from hepline.errors import TypeMismatch

__all__ = ["compared", "exactly", "is_natural", "unsigned_operands"]

# The sign of the result is unknown beforehand.
_SIGNED = {"subtract", "negative"}
# Bits do not depend on the sign, except for the value that is shifted.
_BITS = {"bitwise_and", "bitwise_or", "bitwise_xor", "invert"}


def is_natural(node: Node) -> bool:
    """Whether a node cannot be negative, by its dtype or as a constant."""
    if isinstance(node, Constant):
        return node.type.dtype.kind in "iub" and node.value >= 0
    return node.type.dtype.kind in "ub"


def exactly(node: Node, dtype: np.dtype) -> Node:
    """Convert integers to another dtype; a value that does not fit is an error.

    Raises
    ------
    TypeMismatch
        For a constant that does not fit. Columns are checked when they are computed.
    """
    if node.type.dtype == dtype:
        return node
    if not isinstance(node, Constant):
        return ExactCast(node, dtype.name)
    limits = np.iinfo(dtype)
    if not limits.min <= node.value <= limits.max:
        raise TypeMismatch(
            f"the integer {node.value} does not fit into {dtype.name}.",
            why="it is combined with integers of another sign, which are computed in "
            f"{dtype.name}.",
            fix="use a smaller number, or convert the column first: column.astype('float64').",
        )
    return Constant(int(node.value), dtype.name)


def unsigned_operands(name: str, nodes: list[Node]) -> tuple[Node, ...]:
    """Convert the operands of an integer operation, at least one of them `uint64`.

    Parameters
    ----------
    name : str
        In `OPERATIONS`.
    nodes : list of Node
        Without the condition of a choice.

    Returns
    -------
    tuple of Node
        All `uint64` where nothing is negative, all `int64` otherwise.
    """
    if name in _BITS:
        return tuple(_bits(node) for node in nodes)
    if name in ("left_shift", "right_shift"):
        value, places = nodes
        shifted = UINT64 if is_natural(value) else INT64
        return exactly(value, shifted), exactly(places, shifted)
    natural = name not in _SIGNED and all(map(is_natural, nodes))
    return tuple(exactly(node, UINT64 if natural else INT64) for node in nodes)


def _bits(node: Node) -> Node:
    if isinstance(node, Constant):
        return Constant(int(node.value) % 2**64, UINT64.name)
    return node if node.type.dtype == UINT64 else Cast(node, UINT64.name)


def compared(name: str, left: Node, right: Node) -> Node:
    """Compare an unsigned integer with one that may be negative.

    A negative number is smaller; all others compare as `uint64`. Both sides take part in either
    case, so that a missing value makes the result missing.
    """
    signed = right if is_natural(left) else left
    zero = Constant(0, signed.type.dtype.name)
    negative = Elementwise("less", (signed, zero))
    same_sign = Elementwise(name, tuple(_bits(node) for node in (left, right)))
    # Whether the comparison holds for a negative number on the signed side.
    holds = {
        "equal": False,
        "not_equal": True,
        "less": signed is left,
        "less_equal": signed is left,
        "greater": signed is right,
        "greater_equal": signed is right,
    }[name]
    if holds:
        return Elementwise("bitwise_or", (negative, same_sign))
    return Elementwise("bitwise_and", (Elementwise("invert", (negative,)), same_sign))
