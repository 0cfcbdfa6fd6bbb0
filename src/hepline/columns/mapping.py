"""`hl.map`: a user's plain function of the lists of one event, compiled into the kernel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any, ClassVar

import numpy as np

from hepline.columns.calling import checked_dtype, checked_signature
from hepline.columns.expression import Expr, common_origin, node_of
from hepline.columns.freezing import Portable, frozen
from hepline.columns.leaves import Constant
from hepline.columns.nodes import Node
from hepline.columns.records import Records
from hepline.columns.types import Type
from hepline.errors import LanguageError, ShapeMismatch, TypeMismatch, checked_keywords

__all__ = ["EventFunction", "Map", "map"]


@dataclass(frozen=True)
class EventFunction:
    """A function of one event, frozen when the recipe is written.

    Attributes
    ----------
    name : str
    fingerprint : str
        Digest of its code and of everything it uses.
    is_checked : bool
        Whether the compiled function checks every index against its list.
    function : Portable
    """

    name: str
    fingerprint: str
    is_checked: bool
    function: Portable = field(compare=False, repr=False)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, eq=False)
class Map(Node):
    """The result of a function of one event: a number, or a list.

    The function gets a NumPy array for each operand that is a list, and a number for each other.

    Attributes
    ----------
    function : EventFunction
    operands : tuple of Node
        At most one list level each, nothing missing.
    dtype : str
        Of the result.
    along : Node or None
        The list that the result runs along, if it has one value for each of its elements.
    makes_list : bool
        Whether the result is a list of its own.
    """

    spelling: ClassVar[str] = "{function}({operands})"

    function: EventFunction
    operands: tuple[Node, ...]
    dtype: str
    along: Node | None
    makes_list: bool

    def infer(self) -> Type:
        """The declared dtype, along the declared list."""
        axes: tuple[Node, ...] = () if self.along is None else (self.along,)
        return Type(np.dtype(self.dtype), (self,) if self.makes_list else axes)


@checked_keywords
def map(
    function: Callable[..., Any],
    *columns: Expr | float,
    returns: str = "float64",
    along: Records | Expr | None = None,
    checked: bool = True,
) -> Expr:
    """Apply a plain function of one event, with any loops and branches.

    The compiled engine compiles it into its kernel. If that fails, Python runs it and a warning
    says so. The function is frozen, with everything it uses, when this line runs.

    Parameters
    ----------
    function : callable
        Of one event: a NumPy array for each list, a number for each other column.
    *columns : Expr or number
        Columns with one value, or one list, per event; nothing may be missing.
    returns : str
        ``"float64"`` (any NumPy dtype) for a number, ``"var * float64"`` for a list.
    along : Records or Expr, optional
        The list that the result belongs to: the function returns one value for each of its
        elements, and the result combines with its fields.
    checked : bool
        False compiles without bounds checks, as numba does by default: faster for small functions,
        and silently wrong for an index outside its list.

    Returns
    -------
    Expr

    Raises
    ------
    TypeMismatch
        If the result is not a number, or the function does not take so many columns.
    ShapeMismatch
        For a list of lists.
    LanguageError
        For columns with missing values, or a function that cannot be fingerprinted.

    Examples
    --------
    >>> from hepline.columns.events import events
    >>> ev = events("nanoaod")
    >>> def leading_sum(pt):
    ...     total = 0.0
    ...     for i in range(min(len(pt), 4)):
    ...         total += pt[i]
    ...     return total
    >>> map(leading_sum, ev.Jet.pt)
    <leading_sum(Jet_pt)  type='event * float64'>
    """
    checked_signature(function, len(columns), "hl.map")
    makes_list, dtype = _announced(returns)
    name = getattr(function, "__name__", type(function).__name__)
    nodes = tuple(node_of(column) for column in columns)
    for node in nodes:
        _check_operand(node, name)
    if all(isinstance(node, Constant) for node in nodes):
        raise LanguageError(
            f"{name}() is mapped over no column.",
            why="there is no event that it could be computed for.",
            fix="give at least one column of events; for numbers call the function itself.",
        )
    axis = None if along is None else _axis(along)
    copy, fingerprint = frozen(function)
    if not isinstance(copy, FunctionType) and not hasattr(copy, "py_func"):
        copy = _plain(copy, len(columns))
    called = EventFunction(name.strip("<>"), fingerprint, checked, Portable(copy))
    node = Map(called, nodes, dtype, axis, makes_list and axis is None)
    return Expr(node, common_origin(*columns, along))


def _plain(function: Callable[..., Any], count: int) -> Callable[..., Any]:
    """Wrap a function in C, such as NumPy's, in a Python function, because numba needs one."""
    names = ", ".join(f"operand_{place}" for place in range(count))
    scope: dict[str, Any] = {"function": function}
    wrapper: Callable[..., Any] = eval(f"lambda {names}: function({names})", scope)  # noqa: S307
    return wrapper


def _announced(returns: object) -> tuple[bool, str]:
    """Whether the function returns a list, and the dtype of its values."""
    if isinstance(returns, str):
        lists, star, element = returns.rpartition("*")
        if lists.strip() == "var":
            return True, checked_dtype(element.strip(), "hl.map")
        if not star:
            return False, checked_dtype(returns, "hl.map")
    raise TypeMismatch(
        f"hl.map(…, returns={returns!r:.40}).",
        why="a function of one event returns a number or a list of numbers.",
        fix='write "float64" for a number and "var * float64" for a list, with any dtype.',
    )


def _axis(along: Records | Expr) -> Node:
    axes = along.fields.axes if isinstance(along, Records) else along.type.axes
    if len(axes) != 1:
        raise ShapeMismatch(
            f"hl.map(…, along={along!r:.80}).",
            why="the result runs along one list per event.",
            fix="give a collection, such as along=ev.Jet.",
        )
    return axes[0]


def _check_operand(node: Node, name: str) -> None:
    if node.type.depth > 1:
        raise ShapeMismatch(
            f"{name}() is mapped over {node.type}.",
            why="a function of one event takes numbers and lists, not lists of lists.",
            fix="reduce the inner lists first, or give a collection's own columns.",
        )
    if node.type.optional:
        raise LanguageError(
            f"{name}() is mapped over {node.brief()}, which may be missing.",
            why="a plain function knows no missing values.",
            fix="say what stands for them: x.fill_missing(-1).",
        )
