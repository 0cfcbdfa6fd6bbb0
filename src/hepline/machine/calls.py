"""Functions that kernels may call besides translated ones: types, builtins, mathematics."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hepline.machine.arithmetic import cast, compared, negative, select
from hepline.machine.builder import Builder, Operand, constant
from hepline.machine.types import (
    BOOL,
    FLOAT64,
    INT64,
    Array,
    Scalar,
    Untranslated,
    common,
    scalar,
)

__all__ = ["EXTERNAL", "as_it_is", "built_in"]

# LLVM's intrinsics; the last two letters of the full name are the width.
_INTRINSIC: dict[Any, str] = {
    math.sqrt: "sqrt", np.sqrt: "sqrt", math.exp: "exp", math.log: "log", math.log10: "log10",
    np.log2: "log2", math.fabs: "fabs", np.floor: "floor", np.ceil: "ceil", np.trunc: "trunc",
    np.rint: "rint", math.copysign: "copysign", np.exp: "exp", np.log: "log", np.log10: "log10",
}  # fmt: skip
# Functions of the C library; their float32 versions end with f.
_EXTERNAL: dict[Any, str] = {
    math.sin: "sin", math.cos: "cos", math.sinh: "sinh", math.cosh: "cosh", math.tan: "tan",
    math.asin: "asin", math.acos: "acos", math.atan: "atan", math.tanh: "tanh",
    math.asinh: "asinh", math.acosh: "acosh", math.atanh: "atanh", math.expm1: "expm1",
    math.log1p: "log1p", math.atan2: "atan2", math.hypot: "hypot",
    np.sin: "sin", np.cos: "cos", np.sinh: "sinh", np.cosh: "cosh", np.tan: "tan",
    np.arcsin: "asin", np.arccos: "acos", np.arctan: "atan", np.tanh: "tanh",
    np.arcsinh: "asinh", np.arccosh: "acosh", np.arctanh: "atanh", np.expm1: "expm1",
    np.log1p: "log1p", np.arctan2: "atan2", np.hypot: "hypot",
}  # fmt: skip
# Functions of two arguments; all others take one.
_OF_TWO = {"copysign", "atan2", "hypot", "pow"}
_OF_TWO_OURS = (min, max, np.fmod)

EXTERNAL = "\n".join(
    [
        f"declare {code} @llvm.{name}.{width}({', '.join([code] * (1 + (name in _OF_TWO)))})"
        for name in sorted({*_INTRINSIC.values(), "pow"})
        for code, width in (("double", "f64"), ("float", "f32"))
    ]
    + [
        f"declare {code} @{name}{end}({', '.join([code] * (1 + (name in _OF_TWO)))}) #1"
        for name in dict.fromkeys(_EXTERNAL.values())
        for code, end in (("double", ""), ("float", "f"))
    ]
)


def built_in(builder: Builder, function: Any, arguments: Sequence[Operand]) -> Operand | None:
    """Call a builtin function; None if the function is not one.

    Parameters
    ----------
    builder : Builder
    function : object
        The called Python object.
    arguments : sequence of Operand
    """
    if isinstance(function, type) and issubclass(function, np.generic):
        _expect(1, function, arguments)
        return cast(builder, arguments[0], scalar(function))
    if type(function).__hash__ is None:
        raise Untranslated(f"a call of {function!r:.60}")
    rule = _KNOWN.get(function)
    if rule is not None:
        _expect(2 if function in _OF_TWO_OURS else 1, function, arguments)
        return rule(builder, *arguments)
    if function in _INTRINSIC:
        name = _INTRINSIC[function]
        _expect(2 if name in _OF_TWO else 1, function, arguments)
        return _called(builder, arguments, lambda type_: f"llvm.{name}.f{type_.bits}")
    if function in _EXTERNAL:
        name = _EXTERNAL[function]
        _expect(2 if name in _OF_TWO else 1, function, arguments)
        return _called(builder, arguments, lambda type_: name if type_ == FLOAT64 else f"{name}f")
    return None


def _expect(count: int, function: Any, arguments: Sequence[Operand]) -> None:
    if len(arguments) != count:
        raise Untranslated(f"{function!r:.60} of {len(arguments)} arguments")


def _called(
    builder: Builder, arguments: Sequence[Operand], name: Callable[[Scalar], str]
) -> Operand:
    type_ = arguments[0].scalar
    for other in arguments[1:]:
        type_ = common(type_, other.scalar)
    if type_.kind == "b" or type_.bits < 32:
        raise Untranslated(f"a function of {type_.dtype}")  # of which float is another question
    type_ = type_ if type_.kind == "f" else FLOAT64
    texts = [f"{type_.code} {cast(builder, value, type_).text}" for value in arguments]
    return Operand(type_, (builder.value(f"call {type_.code} @{name(type_)}({', '.join(texts)})"),))


def _absolute(builder: Builder, value: Operand) -> Operand:
    if value.scalar.kind == "f":
        return _called(builder, [value], lambda type_: f"llvm.fabs.f{type_.bits}")
    if value.scalar.kind != "i":
        return value
    opposite = negative(builder, value)
    value = cast(builder, value, opposite.scalar)
    below = compared(builder, ast.Lt(), value, constant(0, value.scalar))
    return select(builder, below, opposite, value)


def _extreme(order: ast.cmpop) -> Callable[..., Operand]:
    def of_two(builder: Builder, first: Operand, second: Operand) -> Operand:
        # As Python has it: the first one, unless the second one is beyond it.
        type_ = common(first.scalar, second.scalar)
        first, second = cast(builder, first, type_), cast(builder, second, type_)
        return select(builder, compared(builder, order, second, first), second, first)

    return of_two


def _is_nan(builder: Builder, value: Operand) -> Operand:
    if value.scalar.kind != "f":
        return constant(False, BOOL)
    return compared(builder, ast.NotEq(), value, value)


def _is_finite(builder: Builder, value: Operand) -> Operand:
    if value.scalar.kind != "f":
        return constant(True, BOOL)
    size = _absolute(builder, value)
    return compared(builder, ast.Lt(), size, constant(math.inf, value.scalar))


def _length(_builder: Builder, value: Operand) -> Operand:
    if not isinstance(value.type, Array):
        raise Untranslated(f"the length of {value.type}")
    return Operand(INT64, (value.parts[1],))


def _remainder(builder: Builder, left: Operand, right: Operand) -> Operand:
    type_ = common(left.scalar, right.scalar)
    if type_.kind != "f":
        raise Untranslated("np.fmod of integers")
    left, right = cast(builder, left, type_), cast(builder, right, type_)
    return Operand(type_, (builder.value(f"frem {type_.code} {left.text}, {right.text}"),))


def as_it_is(value: Any) -> Any:
    """Return the value unchanged; kernels call this `lent`."""
    return value


def _converted(type_: Scalar) -> Callable[..., Operand]:
    return lambda builder, value: cast(builder, value, type_)


_KNOWN: dict[Any, Callable[..., Operand]] = {
    as_it_is: lambda _builder, value: value,
    float: _converted(FLOAT64),
    int: _converted(INT64),
    bool: _converted(BOOL),
    np.abs: _absolute,
    np.isnan: _is_nan,
    np.isfinite: _is_finite,
    abs: _absolute,
    min: _extreme(ast.Lt()),
    max: _extreme(ast.Gt()),
    math.isnan: _is_nan,
    math.isfinite: _is_finite,
    len: _length,
    np.fmod: _remainder,
}
