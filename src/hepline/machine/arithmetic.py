"""Operations on numbers, in one or a few instructions: numba's results with NumPy's errors."""

from __future__ import annotations

import ast

from hepline.machine.builder import Builder, Operand, constant
from hepline.machine.types import (
    BOOL,
    FLOAT64,
    INT64,
    UINT64,
    Scalar,
    Untranslated,
    common,
    computed,
)

__all__ = ["UNPREDICTABLE", "binary", "cast", "compared", "negative", "power", "select"]

_FLOATS = {ast.Add: "fadd", ast.Sub: "fsub", ast.Mult: "fmul", ast.Div: "fdiv"}
_INTEGERS = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul",
    ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor", ast.LShift: "shl",
}  # fmt: skip
# What LLVM's text ends with, and what refers to it.
UNPREDICTABLE, _GUESS = "!0 = !{}", ", !unpredictable !0"
# Of a power that is written as products, as numba does.
_MOST_FACTORS = 64
_ORDERS = {ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge"}


def cast(builder: Builder, value: Operand, target: Scalar) -> Operand:
    """Convert a value to another type, like C."""
    source = value.scalar
    if source == target:
        return value
    if value.known is not None and target.kind in "fiu":
        wrapped = value.known
        if target.kind != "f":
            wrapped &= (1 << target.bits) - 1
            wrapped -= (wrapped >> (target.bits - 1) << target.bits) if target.kind == "i" else 0
        return constant(wrapped, target)
    if target.kind == "b":
        return compared(builder, ast.NotEq(), value, constant(0, source))
    word = _conversion(source, target)
    if word is None:
        return Operand(target, value.parts)
    return Operand(target, (builder.value(f"{word} {source.code} {value.text} to {target.code}"),))


def _conversion(source: Scalar, target: Scalar) -> str | None:
    if source.kind == target.kind == "f":
        return "fpext" if target.bits > source.bits else "fptrunc"
    if target.kind == "f":
        return "sitofp" if source.kind == "i" else "uitofp"
    if source.kind == "f":
        return "fptosi" if target.kind == "i" else "fptoui"
    if source.kind == "b" or (target.bits > source.bits and source.kind == "u"):
        return "zext"
    if target.bits > source.bits:
        return "sext"
    return "trunc" if target.bits < source.bits else None


def binary(builder: Builder, operator: ast.operator, left: Operand, right: Operand) -> Operand:
    """Arithmetic, or a bitwise operation on two integers."""
    kind = type(operator)
    if left.type == right.type == BOOL and kind in (ast.BitAnd, ast.BitOr, ast.BitXor):
        return Operand(BOOL, (builder.value(f"{_INTEGERS[kind]} i1 {left.text}, {right.text}"),))
    type_ = computed(left.scalar, right.scalar)
    if kind is ast.Div and type_.kind != "f":
        type_ = FLOAT64
    left, right = cast(builder, left, type_), cast(builder, right, type_)
    if type_.kind == "f" and kind is ast.Pow:
        name = f"llvm.pow.f{type_.bits}"
        arguments = f"{type_.code} {left.text}, {type_.code} {right.text}"
        return Operand(type_, (builder.value(f"call {type_.code} @{name}({arguments})"),))
    if type_.kind == "f":
        return _instruction(builder, _FLOATS.get(kind), left, right)
    if kind is ast.RShift:
        return _instruction(builder, "ashr" if type_.kind == "i" else "lshr", left, right)
    if kind in (ast.FloorDiv, ast.Mod):
        return _divided(builder, kind is ast.FloorDiv, left, right)
    return _instruction(builder, _INTEGERS.get(kind), left, right)


def _instruction(builder: Builder, word: str | None, left: Operand, right: Operand) -> Operand:
    type_ = left.scalar
    if word is None:
        raise Untranslated(f"an operation on {type_.dtype}")
    return Operand(type_, (builder.value(f"{word} {type_.code} {left.text}, {right.text}"),))


def _divided(builder: Builder, is_quotient: bool, dividend: Operand, divisor: Operand) -> Operand:
    """Python's quotient or remainder; the caller has excluded a zero divisor."""
    type_ = dividend.scalar
    if type_.kind == "u":
        return _instruction(builder, "udiv" if is_quotient else "urem", dividend, divisor)
    whole = divisor
    if divisor.known is None:
        # The quotient of the most negative integer and -1 overflows, which traps.
        turns = builder.value(f"icmp eq i64 {divisor.text}, -1")
        whole = Operand(INT64, (builder.value(f"select i1 {turns}, i64 1, i64 {divisor.text}"),))
    remainder = _instruction(builder, "srem", dividend, whole)
    # C rounds towards zero, Python down: they differ if the remainder has the opposite sign.
    signs = builder.value(f"xor i64 {remainder.text}, {divisor.text}")
    opposite = builder.value(f"icmp slt i64 {signs}, 0")
    is_inexact = builder.value(f"icmp ne i64 {remainder.text}, 0")
    apart = builder.value(f"and i1 {opposite}, {is_inexact}")
    if is_quotient:
        step = builder.value(f"sext i1 {apart} to i64")
        quotient = builder.value(f"sdiv i64 {dividend.text}, {whole.text}")
        if divisor.known is None:
            opposite = builder.value(f"sub i64 0, {dividend.text}")
            quotient = builder.value(f"select i1 {turns}, i64 {opposite}, i64 {quotient}")
        return Operand(INT64, (builder.value(f"add i64 {quotient}, {step}"),))
    step = builder.value(f"select i1 {apart}, i64 {divisor.text}, i64 0")
    return Operand(INT64, (builder.value(f"add i64 {remainder.text}, {step}"),))


def compared(builder: Builder, operator: ast.cmpop, left: Operand, right: Operand) -> Operand:
    """Compare two numbers; only ``!=`` holds for NaN."""
    type_ = _compared_as(left, right)
    left, right = cast(builder, left, type_), cast(builder, right, type_)
    kind = type(operator)
    if kind is ast.Eq:
        word = "fcmp oeq" if type_.kind == "f" else "icmp eq"
    elif kind is ast.NotEq:
        word = "fcmp une" if type_.kind == "f" else "icmp ne"
    elif kind not in _ORDERS:
        raise Untranslated(f"a comparison {kind.__name__}")
    elif type_.kind == "f":
        word = f"fcmp o{_ORDERS[kind]}"
    else:
        word = f"icmp {'s' if type_.kind == 'i' else 'u'}{_ORDERS[kind]}"
    return Operand(BOOL, (builder.value(f"{word} {type_.code} {left.text}, {right.text}"),))


def power(builder: Builder, value: Operand, exponent: int) -> Operand:
    """An integer power, by repeated squaring."""
    type_ = computed(value.scalar, value.scalar)
    if not 0 < exponent <= _MOST_FACTORS:
        if type_.kind != "f":
            raise Untranslated(f"an integer to the power of {exponent}")
        return binary(builder, ast.Pow(), value, constant(exponent, INT64))
    square, result = cast(builder, value, type_), None
    while exponent:
        if exponent & 1:
            result = square if result is None else binary(builder, ast.Mult(), result, square)
        exponent >>= 1
        if exponent:
            square = binary(builder, ast.Mult(), square, square)
    return value if result is None else result


def _compared_as(left: Operand, right: Operand) -> Scalar:
    """A type that holds both; a literal integer may become unsigned."""
    for number, beside in ((left, right), (right, left)):
        if number.known is not None and number.known >= 0 and beside.scalar.kind == "u":
            return beside.scalar if number.known < 1 << beside.scalar.bits else UINT64
    return common(left.scalar, right.scalar)


def select(builder: Builder, condition: Operand, true: Operand, false: Operand) -> Operand:
    """Choose one of two computed numbers without a branch.

    LLVM would turn many choices into branches, but whether a value lies outside a histogram is
    unpredictable.
    """
    type_ = common(true.scalar, false.scalar)
    true, false = cast(builder, true, type_), cast(builder, false, type_)
    sides = f"{type_.code} {true.text}, {type_.code} {false.text}"
    return Operand(type_, (builder.value(f"select i1 {condition.text}, {sides}{_GUESS}"),))


def negative(builder: Builder, value: Operand) -> Operand:
    """The negative of a number."""
    type_ = computed(value.scalar, value.scalar)
    value = cast(builder, value, type_)
    if type_.kind == "f":
        return Operand(type_, (builder.value(f"fneg {type_.code} {value.text}"),))
    if value.known is not None and type_.kind == "i":
        return constant(-value.known, type_)
    return Operand(type_, (builder.value(f"sub {type_.code} 0, {value.text}"),))
