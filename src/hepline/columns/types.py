"""The type of an expression: an element type inside lists, with the identity of each list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hepline.errors import ShapeMismatch

if TYPE_CHECKING:
    from hepline.columns.nodes import Node

__all__ = ["BOOL", "FLOAT32", "FLOAT64", "INT64", "UINT64", "Type", "broadcast", "named_dtype"]

BOOL = np.dtype(np.bool_)
INT64 = np.dtype(np.int64)
UINT64 = np.dtype(np.uint64)
FLOAT32 = np.dtype(np.float32)
FLOAT64 = np.dtype(np.float64)


@dataclass(frozen=True)
class Type:
    """What one event holds.

    Attributes
    ----------
    dtype : numpy.dtype
        Of the innermost element.
    axes : tuple of Node
        The list levels inside the event, outermost first. Each is the node that decides
        how many elements there are: two expressions pair one to one when, and only when,
        their axes are the same nodes.
    optional : bool
        Whether elements may be missing.
    """

    dtype: np.dtype
    axes: tuple[Node, ...] = ()
    optional: bool = False

    @property
    def depth(self) -> int:
        """Number of list levels inside the event."""
        return len(self.axes)

    def __str__(self) -> str:
        element = f"{'?' if self.optional else ''}{self.dtype.name}"
        return " * ".join(["event", *["var"] * self.depth, element])


def named_dtype(given: object) -> np.dtype:
    """NumPy's dtype of this name; that of objects, which no column has, if there is none."""
    try:
        return np.dtype(given)  # type: ignore[call-overload,no-any-return]
    except TypeError:
        return np.dtype(object)


def broadcast(types: tuple[Type, ...], *, what: str) -> tuple[Node, ...]:
    """Axes of an elementwise result: the deepest operand's, if all others fit inside.

    Parameters
    ----------
    types : tuple of Type
        Of the operands. Event scalars fit everywhere; a list fits a list of lists that
        hangs from the same elements.
    what : str
        The operation, for the message.

    Raises
    ------
    ShapeMismatch
        If two operands are lists of different things.
    """
    deepest = max(types, key=lambda type_: type_.depth).axes
    for type_ in types:
        if type_.axes != deepest[: type_.depth]:
            raise ShapeMismatch(
                f"{what}: the two sides are lists of different things.",
                why=f"one counts {_describe(deepest)}, the other {_describe(type_.axes)}; "
                "their lengths differ from event to event.",
                fix="apply the same selection to both sides, or combine them with cross(), "
                "nearest() or near().",
            )
    return deepest


def _describe(axes: tuple[Node, ...]) -> str:
    return " of ".join(axis.brief() for axis in axes)
