"""Conversion of numbers and expressions to nodes with the right dtypes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from hepline.columns.conversion import converted
from hepline.columns.elementwise import OPERATIONS, Cast, Elementwise, Operation
from hepline.columns.leaves import Constant
from hepline.columns.nodes import Node
from hepline.columns.types import BOOL, FLOAT64, INT64, UINT64
from hepline.columns.unsigned import compared, is_natural, unsigned_operands
from hepline.errors import TypeMismatch

__all__ = ["Number", "build", "cast", "constant", "joined"]

Number = bool | int | float | np.generic


def constant(value: Number, like: np.dtype | None = None) -> Constant:
    """Make a constant, in the dtype it takes beside a column (NEP 50: a Python number is weak).

    Parameters
    ----------
    value : number
    like : numpy.dtype, optional
        Of the column; a float beside integers becomes float64.
    """
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, bool):
        return Constant(plain, "bool")
    if isinstance(plain, int):
        if not -(2**63) <= plain < 2**64:
            raise TypeMismatch(
                f"the integer {plain} is too large.",
                why="it does not fit into 64 bits, in which the language computes.",
                fix="use a smaller number, or a float.",
            )
        if like is not None and np.issubdtype(like, np.floating):
            return Constant(float(like.type(plain)), like.name)
        return Constant(plain, "int64" if plain < 2**63 else "uint64")
    if like is not None and np.issubdtype(like, np.floating):
        return Constant(float(like.type(plain)), like.name)
    return Constant(float(plain), "float64")


def cast(node: Node, dtype: np.dtype) -> Node:
    """Convert the elements of a node; the node itself if it has the dtype."""
    if node.type.dtype == dtype:
        return node
    if isinstance(node, Constant):
        number = converted(np.array([node.value], node.dtype), dtype)[0]
        return Constant(number.item(), dtype.name)
    return Cast(node, dtype.name)


def build(name: str, operands: tuple[Node | Number, ...]) -> Node:
    """Build an elementwise operation on nodes and numbers.

    Parameters
    ----------
    name : str
        A name in `OPERATIONS`.
    operands : tuple of Node or number

    Raises
    ------
    TypeMismatch
        If the operation is not defined for these types.
    ShapeMismatch
        If the operands are lists of different things.
    """
    operation = OPERATIONS[name]
    values = operands[1:] if name == "where" else operands
    likes = [operand.type.dtype for operand in values if isinstance(operand, Node)]
    like = np.result_type(*likes) if likes else None
    nodes = [
        operand if isinstance(operand, Node) else constant(operand, like) for operand in operands
    ]
    _check(operation, [node.type.dtype for node in nodes])
    condition, nodes = (nodes[:1], nodes[1:]) if name == "where" else ([], nodes)
    if name == "power":
        nodes = _safe_power(nodes)
    if _are_wide(operation, nodes):
        if operation.boolean and not all(map(is_natural, nodes)):
            return compared(name, *nodes)
        return Elementwise(name, (*condition, *unsigned_operands(name, nodes)))
    common = _common(operation, [node.type.dtype for node in nodes])
    nodes = [cast(node, common) for node in nodes]
    return Elementwise(name, (*condition, *nodes))


def joined(name: str, operands: Iterable[Node]) -> Node | None:
    """Chain operands with an operation; equal ones once, None without operands.

    Parameters
    ----------
    name : str
        A name in `OPERATIONS`: ``bitwise_and``, ``bitwise_or``.
    operands : iterable of Node
    """
    whole: Node | None = None
    for operand in dict.fromkeys(operands):
        whole = operand if whole is None else build(name, (whole, operand))
    return whole


def _are_wide(operation: Operation, nodes: list[Node]) -> bool:
    """Whether these are integers, at least one of them uint64."""
    dtypes = [node.type.dtype for node in nodes]
    if operation.floating or UINT64 not in dtypes:
        return False
    return all(dtype.kind in "iub" for dtype in dtypes)


def _safe_power(nodes: list[Node]) -> list[Node]:
    """Convert integers to float64 if the power may be negative."""
    whole = all(node.type.dtype.kind in "iub" for node in nodes)
    is_natural_power = isinstance(nodes[1], Constant) and is_natural(nodes[1])
    return [cast(node, FLOAT64) for node in nodes] if whole and not is_natural_power else nodes


def _check(operation: Operation, dtypes: list[np.dtype]) -> None:
    spelled = operation.symbol or operation.name
    if operation.name == "where" and dtypes[0] != BOOL:
        raise TypeMismatch(
            f"where() chooses by {dtypes[0].name}.",
            why="the first argument must be true or false.",
            fix="write a comparison, such as hl.where(jet.pt > 30, a, b).",
        )
    if operation.operands == "integer":
        booleans = [dtype == BOOL for dtype in dtypes]
        integers = [np.issubdtype(dtype, np.integer) for dtype in dtypes]
        if not (all(booleans) or all(integers)):
            raise TypeMismatch(
                f"'{spelled}' between {' and '.join(dtype.name for dtype in dtypes)}.",
                why=f"'{spelled}' joins two conditions, or the bits of two integers; it binds "
                "tighter than a comparison.",
                fix="put each comparison in parentheses: (mu.pt > 20) & (abs(mu.eta) < 2.4).",
            )


def _common(operation: Operation, dtypes: list[np.dtype]) -> np.dtype:
    """The common dtype of operands."""
    common = np.result_type(*dtypes)
    if operation.floating:
        return common if np.issubdtype(common, np.floating) else FLOAT64
    arithmetic = operation.operands == "number" and not operation.boolean
    if arithmetic and not np.issubdtype(common, np.floating):
        # Counters are unsigned in the files: nJet - 4 must not wrap around.
        return INT64
    if operation.operands == "integer" and common != BOOL:
        return INT64
    if all(np.issubdtype(dtype, np.integer) for dtype in dtypes):
        # NumPy would compare signed with unsigned 64-bit integers as floats.
        return np.dtype(np.uint64) if all(dtype.kind == "u" for dtype in dtypes) else INT64
    return common
