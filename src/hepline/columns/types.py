"""The type of an expression: an element type inside lists, with the identity of each list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hepline.errors import ShapeMismatch

if TYPE_CHECKING:
    from hepline.columns.nodes import Node

__all__ = [
    "BOOL", "FLOAT32", "FLOAT64", "INT64", "TEXT", "UINT64", "Type", "broadcast", "holds_integers",
    "named_dtype", "row_dtype",
]  # fmt: skip

BOOL = np.dtype(np.bool_)
INT64 = np.dtype(np.int64)
UINT64 = np.dtype(np.uint64)
FLOAT32 = np.dtype(np.float32)
FLOAT64 = np.dtype(np.float64)
TEXT = "string"
"""The dtype that a column of text has by name; its rows hold a code for each text."""


@dataclass(frozen=True)
class Type:
    """The type of an expression, for one event.

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
        return self.called(self.dtype.name)

    def called(self, element: str) -> str:
        """Print the type with another name for its elements."""
        there = f"{'?' if self.optional else ''}{element}"
        return " * ".join(["event", *["var"] * self.depth, there])


def row_dtype(name: str) -> np.dtype:
    """The dtype of the row that holds a column; for text, that of the codes."""
    return UINT64 if name == TEXT else np.dtype(name)


def holds_integers(name: str) -> bool:
    """Whether a column of this dtype holds integers, so that it could be a counter."""
    return name != TEXT and np.dtype(name).kind in "iu"


def named_dtype(name: object) -> np.dtype:
    """NumPy's dtype of this name; ``object``, which no column has, for an unknown name."""
    try:
        return np.dtype(name)  # type: ignore[call-overload,no-any-return]
    except TypeError:
        return np.dtype(object)


def broadcast(types: tuple[Type, ...], *, operation: str) -> tuple[Node, ...]:
    """The axes of an elementwise result: those of the deepest operand, if all others fit.

    Parameters
    ----------
    types : tuple of Type
        Of the operands. Event scalars fit everywhere; a list fits a list of lists that
        hangs from the same elements.
    operation : str
        For the message.

    Raises
    ------
    ShapeMismatch
        If two operands are lists of different things.
    """
    deepest = max(types, key=lambda type_: type_.depth).axes
    for type_ in types:
        if type_.axes != deepest[: type_.depth]:
            raise ShapeMismatch(
                f"{operation}: the two sides are lists of different things.",
                why=f"one counts {_describe(deepest)}, the other {_describe(type_.axes)}; "
                "their lengths differ from event to event.",
                fix="apply the same selection to both sides, or combine them with cross(), "
                "nearest() or near().",
            )
    return deepest


def _describe(axes: tuple[Node, ...]) -> str:
    return " of ".join(axis.brief() for axis in axes)
