"""Translation of Python expressions to instructions."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from hepline.machine.arithmetic import binary, cast, compared, negative, power, select
from hepline.machine.builder import Builder, Operand, constant
from hepline.machine.calls import built_in
from hepline.machine.places import Manner, at
from hepline.machine.types import (
    BOOL,
    FLOAT64,
    INT64,
    NOTHING,
    UINT64,
    Array,
    Nothing,
    Scalar,
    Tuple,
    Untranslated,
    scalar,
    wider,
)

__all__ = ["Expressions", "Functions"]


# Names and constants cost nothing to evaluate, so choosing between them needs no branch.
_AT_HAND = (ast.Name, ast.Constant)
_TRAPS = (ast.FloorDiv, ast.Mod, ast.LShift, ast.RShift)


class Functions(Protocol):
    """The module that a function belongs to."""

    def call(
        self, builder: Builder, function: Any, arguments: list[Operand], manner: Manner
    ) -> Operand:
        """Call a Python function, translated for these types."""

    def array(self, values: np.ndarray) -> Operand:
        """A constant array."""


class Expressions:
    """The expressions of one function.

    Parameters
    ----------
    builder : Builder
    names : mapping of str to object
        Global names of the function.
    functions : Functions
    read : callable
        Gives the value of a variable; None for an unknown name.
    allocate : callable
        Allocates memory for a number of elements, with an initial value.
    manner : Manner
        How indices are checked.
    """

    def __init__(
        self,
        builder: Builder,
        names: Mapping[str, Any],
        functions: Functions,
        read: Callable[[str], Operand | None],
        allocate: Callable[[Operand, Scalar, Operand | None], Operand],
        manner: Manner,
    ) -> None:
        self._builder, self._names, self._functions = builder, names, functions
        self._read, self._allocate, self._manner = read, allocate, manner

    def of(self, node: ast.expr) -> Operand:
        """The value of an expression."""
        rule = _RULES.get(type(node))
        if rule is None:
            raise Untranslated(ast.unparse(node))
        return rule(self, node)

    def truth(self, node: ast.expr) -> Operand:
        """The value of a condition."""
        value = self.of(node)
        return value if value.type == BOOL else cast(self._builder, value, BOOL)

    def place(self, node: ast.Subscript) -> tuple[Operand, str]:
        """An array, and the flat position of one of its elements."""
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        places = [self.of(part) for part in parts]
        return at(self._builder, self.of(node.value), places, self._manner)

    # --- one rule for each kind of expression ----------------------------------------------------

    def _constant(self, node: ast.Constant) -> Operand:
        match node.value:
            case bool():
                return constant(node.value, BOOL)
            case int() if 0 <= node.value < 2**64:
                # A literal that needs the highest bit is unsigned.
                return constant(node.value, INT64 if node.value < 2**63 else UINT64)
            case float():
                return constant(node.value, FLOAT64)
            case None:
                return Operand(NOTHING)
        raise Untranslated(ast.unparse(node))

    def _name(self, node: ast.Name) -> Operand:
        value = self._read(node.id)
        return self._value_of(self._outside(node)) if value is None else value

    def _value_of(self, value: Any) -> Operand:
        if isinstance(value, bool | np.bool_):
            return constant(bool(value), BOOL)
        if isinstance(value, np.number):
            return constant(value.item(), scalar(value.dtype))
        if isinstance(value, int | float):
            return constant(value, INT64 if isinstance(value, int) else FLOAT64)
        if isinstance(value, np.ndarray):
            return self._functions.array(value)
        raise Untranslated(f"a value of type {type(value).__name__}")

    def _outside(self, node: ast.expr) -> Any:
        """The Python object behind a global name."""
        if isinstance(node, ast.Attribute):
            owner = self._outside(node.value)
            if isinstance(owner, ModuleType) and hasattr(owner, node.attr):
                return getattr(owner, node.attr)
        elif isinstance(node, ast.Name):
            if node.id in self._names:
                return self._names[node.id]
            if hasattr(builtins, node.id):
                return getattr(builtins, node.id)
        raise Untranslated(ast.unparse(node))

    def _attribute(self, node: ast.Attribute) -> Operand:
        return self._value_of(self._outside(node))

    def _tuple(self, node: ast.Tuple) -> Operand:
        items = [self.of(item) for item in node.elts]
        return Operand(
            Tuple(tuple(item.scalar for item in items)), tuple(item.text for item in items)
        )

    def _binary(self, node: ast.BinOp) -> Operand:
        left, right = self.of(node.left), self.of(node.right)
        if isinstance(node.op, ast.Pow) and right.known is not None:
            return power(self._builder, left, right.known)
        if self._manner.is_users and isinstance(node.op, _TRAPS) and not right.known:
            # Kernels check divisors; users may not, and a zero divisor traps.
            raise Untranslated(ast.unparse(node))
        return binary(self._builder, node.op, left, right)

    def _unary(self, node: ast.UnaryOp) -> Operand:
        if isinstance(node.op, ast.Not):
            value = self.truth(node.operand)
            return Operand(BOOL, (self._builder.value(f"xor i1 {value.text}, true"),))
        value = self.of(node.operand)
        if isinstance(node.op, ast.USub):
            return negative(self._builder, value)
        if isinstance(node.op, ast.Invert) and value.scalar.kind in "iu":
            return binary(self._builder, ast.BitXor(), value, constant(-1, value.scalar))
        raise Untranslated(ast.unparse(node))

    def _either(self, node: ast.BoolOp) -> Operand:
        """``and`` and ``or`` of booleans, with short-circuit evaluation."""
        stops = isinstance(node.op, ast.Or)
        undecided: list[ast.expr] = []
        for part in node.values:
            decided = self._known(part)
            if decided is None:
                undecided.append(part)
            elif decided is stops:
                if not undecided:
                    return constant(stops, BOOL)
                break
        if not undecided:
            return constant(not stops, BOOL)
        builder = self._builder
        result, end = builder.slot("i1", "truth"), builder.fresh("end")
        for place, part in enumerate(undecided):
            truth = self.of(part)
            if truth.type != BOOL:
                # Python's result is one of the two values.
                raise Untranslated(ast.unparse(node))
            builder.store(truth, result)
            if place < len(undecided) - 1:
                further = builder.fresh("further")
                now = builder.load(BOOL, result).text
                builder.branch(now, *((end, further) if stops else (further, end)))
                builder.label(further)
        builder.label(end)
        return builder.load(BOOL, result)

    def _known(self, node: ast.expr) -> bool | None:
        """The value of a condition that the types decide, such as ``is None``; None for others."""
        if isinstance(node, ast.Constant) and isinstance(node.value, bool):
            return node.value
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Is | ast.IsNot):
            is_none = isinstance(self.of(node.left).type, Nothing)
            return is_none == isinstance(node.ops[0], ast.Is)
        return None

    def _compared(self, node: ast.Compare) -> Operand:
        decided = self._known(node)
        if decided is not None:
            return constant(decided, BOOL)
        builder, left = self._builder, self.of(node.left)
        if len(node.ops) == 1:
            return compared(builder, node.ops[0], left, self.of(node.comparators[0]))
        truths = []
        for operator, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.of(comparator)
            truths.append(compared(builder, operator, left, right))
            left = right
        result = truths[0]
        for truth in truths[1:]:
            result = binary(builder, ast.BitAnd(), result, truth)
        return result

    def _choice(self, node: ast.IfExp) -> Operand:
        decided = self._known(node.test)
        if decided is not None:
            return self.of(node.body if decided else node.orelse)
        builder = self._builder
        if isinstance(node.body, _AT_HAND) and isinstance(node.orelse, _AT_HAND):
            return select(builder, self.truth(node.test), self.of(node.body), self.of(node.orelse))
        true, false, end = (builder.fresh(stem) for stem in ("true", "false", "end"))
        builder.branch(self.truth(node.test).text, true, false)
        sides: list[tuple[str, Operand]] = []
        for label, side in ((true, node.body), (false, node.orelse)):
            builder.label(label)
            sides.append((builder.fresh("after"), self.of(side)))
            builder.jump(sides[-1][0])
        # The type of the result is known when both sides are.
        type_ = wider(*(value.type for _, value in sides))
        items = type_.items if isinstance(type_, Tuple) else (type_,)
        places = [builder.slot(item.code, "choice") for item in items]
        for label, value in sides:
            builder.label(label)
            for number, (item, place) in enumerate(zip(items, places, strict=True)):
                part = builder.item(value, number) if isinstance(type_, Tuple) else value
                builder.store(cast(builder, part, item), place)
            builder.jump(end)
        builder.label(end)
        texts = [builder.load(item, place).text for item, place in zip(items, places, strict=True)]
        return Operand(type_, tuple(texts))

    def _subscript(self, node: ast.Subscript) -> Operand:
        if isinstance(node.slice, ast.Slice):
            return self._sliced(node.value, node.slice)
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int):
            value = self.of(node.value)
            if isinstance(value.type, Tuple):
                return self._builder.item(value, node.slice.value)
        return self._builder.element(*self.place(node))

    def _sliced(self, row: ast.expr, bounds: ast.Slice) -> Operand:
        """A slice of an array; the kernel guarantees that it is inside."""
        array, builder = self.of(row), self._builder
        is_row = isinstance(array.type, Array) and array.type.dimensions == 1
        if self._manner.is_users or bounds.step is not None or not is_row:
            raise Untranslated(ast.unparse(row))
        low = constant(0, INT64) if bounds.lower is None else self.of(bounds.lower)
        high = Operand(INT64, array.parts[1:]) if bounds.upper is None else self.of(bounds.upper)
        length = binary(builder, ast.Sub(), high, low)
        return Operand(array.type, (builder.address(array, low.text), length.text))

    def _call(self, node: ast.Call) -> Operand:
        if node.keywords:
            raise Untranslated(ast.unparse(node))
        callee = node.func
        if isinstance(callee, ast.Attribute) and callee.attr == "view" and len(node.args) == 1:
            return self._viewed(callee.value, self._dtype(node.args[0]))
        function = self._outside(node.func)
        if function is np.empty and len(node.args) == 2:
            return self._allocate(self.of(node.args[0]), self._dtype(node.args[1]), None)
        if function is np.full and len(node.args) == 3:
            size, filling, dtype = node.args
            return self._allocate(self.of(size), self._dtype(dtype), self.of(filling))
        arguments = [self._argument(argument) for argument in node.args]
        result = built_in(self._builder, function, arguments)
        if result is None:
            result = self._functions.call(self._builder, function, arguments, self._manner)
        return result

    def _dtype(self, node: ast.expr) -> Scalar:
        value = self._outside(node)
        if not isinstance(value, type) or not issubclass(value, np.generic):
            raise Untranslated(ast.unparse(node))
        return scalar(value)

    def _argument(self, node: ast.expr) -> Operand:
        """An argument; a tuple of literals becomes an array."""
        if isinstance(node, ast.Tuple) and not self._manner.is_users:
            numbers = eval(compile(ast.Expression(node), "", "eval"), dict(self._names))  # noqa: S307
            return self._functions.array(np.array(numbers, np.float64))
        return self.of(node)

    def _viewed(self, value: ast.expr, target: Scalar) -> Operand:
        """The bits of a number as another type."""
        operand = self.of(value)
        if operand.scalar.bits != target.bits:
            raise Untranslated(ast.unparse(value))
        if operand.scalar.code == target.code:
            return Operand(target, operand.parts)
        text = f"bitcast {operand.scalar.code} {operand.text} to {target.code}"
        return Operand(target, (self._builder.value(text),))


_RULES: Mapping[type[ast.expr], Callable[[Expressions, Any], Operand]] = {
    ast.Constant: Expressions._constant,
    ast.Name: Expressions._name,
    ast.Attribute: Expressions._attribute,
    ast.Tuple: Expressions._tuple,
    ast.BinOp: Expressions._binary,
    ast.UnaryOp: Expressions._unary,
    ast.BoolOp: Expressions._either,
    ast.Compare: Expressions._compared,
    ast.IfExp: Expressions._choice,
    ast.Subscript: Expressions._subscript,
    ast.Call: Expressions._call,
}
