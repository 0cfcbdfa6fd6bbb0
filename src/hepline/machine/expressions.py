"""Expressions: from Python's syntax to instructions and the name of what they compute."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from hepline.machine.arithmetic import binary, cast, compared, negative
from hepline.machine.builder import Builder, Operand, constant, unknown
from hepline.machine.calls import built_in
from hepline.machine.types import (
    BOOL,
    FLOAT64,
    INT64,
    NOTHING,
    Array,
    Nothing,
    Scalar,
    Tuple,
    Untranslated,
    common,
    scalar,
)

__all__ = ["Expressions", "Functions"]


class Functions(Protocol):
    """The module that a function belongs to."""

    def call(self, builder: Builder, function: Any, given: list[Operand]) -> Operand:
        """Call a function of ours, which is translated for these types."""

    def array(self, values: np.ndarray) -> Operand:
        """An array that the kernel holds as a constant."""


class Expressions:
    """The expressions of one function.

    Parameters
    ----------
    builder : Builder
    names : mapping of str to object
        What the function sees outside of itself.
    functions : Functions
    read : callable
        The value of a variable; None if there is none of this name.
    allocate : callable
        New memory for so many elements, and what fills it.
    checked : bool
        Whether every place is compared with the length of its array.
    """

    def __init__(
        self,
        builder: Builder,
        names: Mapping[str, Any],
        functions: Functions,
        read: Callable[[str], Operand | None],
        allocate: Callable[[Operand, Scalar, Operand | None], Operand],
        checked: bool = False,
    ) -> None:
        self._builder, self._names, self._functions = builder, names, functions
        self._read, self._allocate, self._checked = read, allocate, checked

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
        array = self.of(node.value)
        if not isinstance(array.type, Array):
            raise Untranslated(ast.unparse(node))
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if len(parts) != array.type.dimensions:
            raise Untranslated(ast.unparse(node))
        flat: str | None = None
        for part, length in zip(parts, array.parts[1:], strict=True):
            own = self._inside(self.of(part), length)
            if flat is not None:
                row = self._builder.value(f"mul i64 {flat}, {length}")
                own = self._builder.value(f"add i64 {row}, {own}")
            flat = own
        return array, flat or "0"

    def _inside(self, index: Operand, length: str) -> str:
        builder = self._builder
        if index.known is not None and index.known < 0:
            return builder.value(f"add i64 {length}, {index.known}")
        text = cast(builder, index, INT64).text
        if self._checked:
            beyond = builder.value(f"icmp uge i64 {text}, {length}")
            before = builder.value("load i8, ptr %failed")
            now = builder.value(f"select i1 {beyond}, i8 3, i8 {before}")
            builder.line(f"store i8 {now}, ptr %failed")
            text = builder.value(f"select i1 {beyond}, i64 0, i64 {text}")
        return text

    # --- one rule for each kind of expression ----------------------------------------------------

    def _constant(self, node: ast.Constant) -> Operand:
        match node.value:
            case bool():
                return constant(node.value, BOOL)
            case int():
                return constant(node.value, INT64)
            case float():
                return constant(node.value, FLOAT64)
            case None:
                return Operand(NOTHING)
        raise Untranslated(ast.unparse(node))

    def _name(self, node: ast.Name) -> Operand:
        return self._read(node.id) or self._value_of(self._outside(node))

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
        """What Python has under a name."""
        if isinstance(node, ast.Attribute):
            return getattr(self._outside(node.value), node.attr)
        if isinstance(node, ast.Name):
            if node.id in self._names:
                return self._names[node.id]
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
        return binary(self._builder, node.op, self.of(node.left), self.of(node.right))

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
        """``and`` and ``or``, which look no further than they must."""
        stops = isinstance(node.op, ast.Or)
        left: list[ast.expr] = []
        for part in node.values:
            known = self._known(part)
            if known is None:
                left.append(part)
            elif known is stops:
                if not left:
                    return constant(stops, BOOL)
                break
        if not left:
            return constant(not stops, BOOL)
        builder = self._builder
        result, end = builder.slot("i1", "truth"), builder.fresh("end")
        for place, part in enumerate(left):
            builder.store(self.truth(part), result)
            if place < len(left) - 1:
                further = builder.fresh("further")
                now = builder.load(BOOL, result).text
                builder.branch(now, *((end, further) if stops else (further, end)))
                builder.label(further)
        builder.label(end)
        return builder.load(BOOL, result)

    def _known(self, node: ast.expr) -> bool | None:
        """A condition that is decided by types alone, such as whether something is None."""
        if isinstance(node, ast.Constant) and isinstance(node.value, bool):
            return node.value
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Is | ast.IsNot):
            is_none = isinstance(self.of(node.left).type, Nothing)
            return is_none == isinstance(node.ops[0], ast.Is)
        return None

    def _compared(self, node: ast.Compare) -> Operand:
        known = self._known(node)
        if known is not None:
            return constant(known, BOOL)
        builder, left = self._builder, self.of(node.left)
        if len(node.ops) == 1:
            return compared(builder, node.ops[0], left, self.of(node.comparators[0]))
        truths = []
        for operator, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.of(comparator)
            truths.append(compared(builder, operator, left, right))
            left = right
        both = truths[0]
        for truth in truths[1:]:
            both = binary(builder, ast.BitAnd(), both, truth)
        return both

    def _choice(self, node: ast.IfExp) -> Operand:
        known = self._known(node.test)
        if known is not None:
            return self.of(node.body if known else node.orelse)
        builder = self._builder
        true, false, end = (builder.fresh(stem) for stem in ("true", "false", "end"))
        builder.branch(self.truth(node.test).text, true, false)
        sides: list[tuple[str, Operand]] = []
        for label, side in ((true, node.body), (false, node.orelse)):
            builder.label(label)
            sides.append((builder.fresh("after"), self.of(side)))
            builder.jump(sides[-1][0])
        # The type of the result is known when both sides are.
        type_ = self._joined(*(value for _, value in sides))
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

    def _joined(self, one: Operand, other: Operand) -> Scalar | Tuple:
        """The type of a choice."""
        if isinstance(one.type, Tuple) and isinstance(other.type, Tuple):
            pairs = zip(one.type.items, other.type.items, strict=True)
            return Tuple(tuple(common(*pair) for pair in pairs))
        return common(one.scalar, other.scalar)

    def _subscript(self, node: ast.Subscript) -> Operand:
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int):
            value = self.of(node.value)
            if isinstance(value.type, Tuple):
                return self._builder.item(value, node.slice.value)
        return self._builder.element(*self.place(node))

    def _call(self, node: ast.Call) -> Operand:
        if isinstance(node.func, ast.Attribute) and node.func.attr == "view":
            return self._viewed(node.func.value, self._outside(node.args[0]))
        function = self._outside(node.func)
        if function in (np.empty, np.full):
            element = scalar(self._outside(node.args[-1]))
            filling = self.of(node.args[1]) if function is np.full else None
            return self._allocate(self.of(node.args[0]), element, filling)
        given = [self._argument(argument) for argument in node.args]
        result = built_in(self._builder, function, given)
        if result is None:
            result = self._functions.call(
                self._builder, function, [unknown(each) for each in given]
            )
        return result

    def _argument(self, node: ast.expr) -> Operand:
        """An argument; several numbers in a row are an array."""
        if isinstance(node, ast.Tuple):
            numbers = eval(compile(ast.Expression(node), "", "eval"), dict(self._names))  # noqa: S307
            return self._functions.array(np.array(numbers, np.float64))
        return self.of(node)

    def _viewed(self, value: ast.expr, dtype: Any) -> Operand:
        """The bits of a number as another type."""
        taken, given = self.of(value), scalar(dtype)
        if taken.scalar.bits != given.bits:
            raise Untranslated(ast.unparse(value))
        if taken.scalar.code == given.code:
            return Operand(given, taken.parts)
        text = f"bitcast {taken.scalar.code} {taken.text} to {given.code}"
        return Operand(given, (self._builder.value(text),))


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
