"""Operations on one element at a time: arithmetic, comparison, functions, choice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from hepline.columns.nodes import Node
from hepline.columns.types import BOOL, Type, broadcast

__all__ = [
    "OPERATIONS",
    "UFUNCS",
    "Cast",
    "Elementwise",
    "ExactCast",
    "FillMissing",
    "IsMissing",
    "Masked",
    "Operation",
]


@dataclass(frozen=True)
class Operation:
    """One entry of the table of elementwise operations.

    Attributes
    ----------
    name : str
    function : callable
        The NumPy function that defines it, on scalars and arrays alike.
    symbol : str
        How it is printed: an infix symbol, or empty for ``name(…)``.
    arity : int
    operands : str
        ``number``, ``integer`` (bitwise; booleans too), ``boolean`` or ``any``.
    floating : bool
        Whether integers are converted to float64 (true division, square root, …).
    boolean : bool
        Whether the result is true or false.
    """

    name: str
    function: Callable[..., Any]
    symbol: str = ""
    arity: int = 2
    operands: str = "number"
    floating: bool = False
    boolean: bool = False


def _table(*operations: Operation) -> dict[str, Operation]:
    return {operation.name: operation for operation in operations}


_FLOATING_UNARY = [
    "sqrt",
    "exp",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sin",
    "cos",
    "tan",
    "arcsin",
    "arccos",
    "arctan",
    "sinh",
    "cosh",
    "tanh",
    "arcsinh",
    "arccosh",
    "arctanh",
    "floor",
    "ceil",
    "trunc",
    "rint",
]

OPERATIONS: dict[str, Operation] = _table(
    Operation("add", np.add, "+"),
    Operation("subtract", np.subtract, "-"),
    Operation("multiply", np.multiply, "*"),
    Operation("true_divide", np.true_divide, "/", floating=True),
    Operation("floor_divide", np.floor_divide, "//"),
    Operation("remainder", np.remainder, "%"),
    Operation("power", np.power, "**"),
    Operation("negative", np.negative, "-", arity=1),
    Operation("absolute", np.absolute, arity=1),
    Operation("sign", np.sign, arity=1),
    Operation("minimum", np.minimum),
    Operation("maximum", np.maximum),
    Operation("arctan2", np.arctan2, floating=True),
    Operation("hypot", np.hypot, floating=True),
    Operation("less", np.less, "<", boolean=True),
    Operation("less_equal", np.less_equal, "<=", boolean=True),
    Operation("greater", np.greater, ">", boolean=True),
    Operation("greater_equal", np.greater_equal, ">=", boolean=True),
    Operation("equal", np.equal, "==", operands="any", boolean=True),
    Operation("not_equal", np.not_equal, "!=", operands="any", boolean=True),
    Operation("bitwise_and", np.bitwise_and, "&", operands="integer"),
    Operation("bitwise_or", np.bitwise_or, "|", operands="integer"),
    Operation("bitwise_xor", np.bitwise_xor, "^", operands="integer"),
    Operation("invert", np.invert, "~", arity=1, operands="integer"),
    Operation("left_shift", np.left_shift, "<<", operands="integer"),
    Operation("right_shift", np.right_shift, ">>", operands="integer"),
    Operation("isnan", np.isnan, arity=1, floating=True, boolean=True),
    Operation("isfinite", np.isfinite, arity=1, floating=True, boolean=True),
    Operation("where", np.where, arity=3, operands="any"),
    *(Operation(name, getattr(np, name), arity=1, floating=True) for name in _FLOATING_UNARY),
)

UFUNCS: dict[Callable[..., Any], str] = {
    operation.function: name for name, operation in OPERATIONS.items() if name != "where"
} | {np.logical_and: "bitwise_and", np.logical_or: "bitwise_or", np.logical_not: "invert"}


@dataclass(frozen=True, eq=False)
class Elementwise(Node):
    """One operation of the table, applied element by element.

    Operands have the dtypes of the operation's loop already: conversions are explicit `Cast`
    nodes. Shallower operands repeat along the lists of deeper ones. A missing operand makes the
    result missing, but ``where`` needs its condition and the chosen side only. Floats follow
    IEEE 754 without warnings (1/0 is infinite, a comparison with NaN is false); integers wrap
    around, and dividing them by zero gives zero, as in NumPy.

    Attributes
    ----------
    operation : str
        A name in `OPERATIONS`.
    operands : tuple of Node
    """

    operation: str
    operands: tuple[Node, ...]

    def spell(self, depth: int) -> str:
        """Print with the infix symbol, if the operation has one."""
        operation = OPERATIONS[self.operation]
        parts = [operand.spell(depth - 1) if depth > 0 else "…" for operand in self.operands]
        if operation.symbol and operation.arity == 2:
            return f"({parts[0]} {operation.symbol} {parts[1]})"
        if operation.symbol:
            return f"{operation.symbol}{parts[0]}"
        return f"{operation.name}({', '.join(parts)})"

    def infer(self) -> Type:
        """The broadcast axes and the dtype of NumPy's loop."""
        operation = OPERATIONS[self.operation]
        types = tuple(operand.type for operand in self.operands)
        axes = broadcast(types, operation=operation.symbol or operation.name)
        return Type(self._dtype(operation), axes, any(type_.optional for type_ in types))

    def _dtype(self, operation: Operation) -> np.dtype:
        if operation.boolean:
            return BOOL
        if operation.name == "where":
            return self.operands[1].type.dtype
        operands = tuple(operand.type.dtype for operand in self.operands)
        resolved: tuple[np.dtype, ...] = operation.function.resolve_dtypes((*operands, None))  # type: ignore[attr-defined]
        return resolved[-1]


@dataclass(frozen=True, eq=False)
class Cast(Node):
    """Elements converted to another dtype; missing stays missing.

    Floats that become integers are truncated towards zero; those out of range become the nearest
    integer of the dtype, and NaN becomes zero. Integers wrap around. Everything but zero is true.
    """

    spelling: ClassVar[str] = "{dtype}({value})"

    value: Node
    dtype: str

    def infer(self) -> Type:
        """The same axes, with the new dtype."""
        return Type(np.dtype(self.dtype), self.value.type.axes, self.value.type.optional)


@dataclass(frozen=True, eq=False)
class ExactCast(Cast):
    """Integers converted to another integer dtype by the language itself.

    An integer that the dtype cannot hold ends the computation with an error.
    """


@dataclass(frozen=True, eq=False)
class IsMissing(Node):
    """True where an element is missing."""

    spelling: ClassVar[str] = "is_missing({value})"

    value: Node

    def infer(self) -> Type:
        """One boolean per element, never missing."""
        return Type(BOOL, self.value.type.axes)


@dataclass(frozen=True, eq=False)
class FillMissing(Node):
    """Elements with a constant in place of missing ones."""

    spelling: ClassVar[str] = "fill_missing({value}, {replacement})"

    value: Node
    replacement: Node

    def infer(self) -> Type:
        """The same type, never missing."""
        return Type(self.value.type.dtype, self.value.type.axes)


@dataclass(frozen=True, eq=False)
class Masked(Node):
    """Elements where a condition is true; missing elsewhere, and where the condition is missing.

    A shallower side repeats along the lists of the deeper one.
    """

    spelling: ClassVar[str] = "mask({value}, {condition})"

    value: Node
    condition: Node

    def infer(self) -> Type:
        """The deeper axes; elements may be missing."""
        types = (self.value.type, self.condition.type)
        return Type(self.value.type.dtype, broadcast(types, operation="mask()"), optional=True)
