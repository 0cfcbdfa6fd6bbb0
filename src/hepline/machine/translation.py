"""Translation of a kernel to LLVM IR, with each called function once per types."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hepline.machine.arithmetic import UNPREDICTABLE
from hepline.machine.builder import Builder, Operand, constant
from hepline.machine.calls import EXTERNAL
from hepline.machine.expressions import Functions
from hepline.machine.places import Manner
from hepline.machine.source import Users, plain_of, syntax_of
from hepline.machine.statements import Body
from hepline.machine.types import (
    NOTHING,
    Array,
    Nothing,
    Result,
    Scalar,
    Tuple,
    Type,
    Untranslated,
    scalar,
)

__all__ = ["Parameter", "result_of", "translated"]

_BODY = "kernel.body"
_HEAD = f"""\
declare noalias ptr @malloc(i64)
declare void @free(ptr)
{EXTERNAL}
attributes #0 = {{ nounwind }}
attributes #1 = {{ nounwind willreturn memory(none) }}
"""


@dataclass(frozen=True)
class Parameter:
    """A parameter of a kernel.

    Attributes
    ----------
    name : str
    dtype : numpy.dtype
    dimensions : int
        Zero for a number.
    """

    name: str
    dtype: np.dtype
    dimensions: int = 1

    @property
    def type(self) -> Type:
        """Its type inside the kernel."""
        element = scalar(self.dtype)
        return Array(element, self.dimensions) if self.dimensions else element


def translated(
    body: Sequence[ast.stmt],
    parameters: Sequence[Parameter],
    names: Mapping[str, Any],
    *,
    checked: bool = False,
) -> str:
    """Translate a kernel to LLVM IR.

    The function ``kernel`` takes one pointer to 64-bit integers: the bits of a number, or the
    address and lengths of an array. It returns 0, or the reason why it stopped early
    (`statements`).

    Parameters
    ----------
    body : sequence of ast.stmt
    parameters : sequence of Parameter
    names : mapping of str to object
        Global names of the kernel: constants, types, functions.
    checked : bool
        Whether to check every index, for tests.

    Raises
    ------
    Untranslated
        If the kernel uses an unsupported feature.
    """
    module, manner = _Module(), Manner.WATCHED if checked else Manner.TRUSTED
    types = tuple(parameter.type for parameter in parameters)
    module.write(
        _BODY, [parameter.name for parameter in parameters], types, list(body), names, manner
    )
    return module.text(_entry(types))


def _entry(types: Sequence[Type]) -> str:
    """The entry point, which unpacks its arguments from one array."""
    lines, arguments = [], ["ptr %failed"]
    for place, code in enumerate(code for type_ in types for code in _codes(type_)):
        lines.append(f"  %at.{place} = getelementptr i64, ptr %arguments, i64 {place}")
        lines.append(f"  %given.{place} = load {code}, ptr %at.{place}")
        arguments.append(f"{code} %given.{place}")
    return "\n".join(
        [
            "define i8 @kernel(ptr %arguments) #0 {",
            "  %failed = alloca i8",
            "  store i8 0, ptr %failed",
            *lines,
            f"  call void @{_BODY}({', '.join(arguments)})",
            "  %reason = load i8, ptr %failed",
            "  ret i8 %reason",
            "}",
        ]
    )


# LLVM would optimise a function that it inlines as often as it is called: of a kernel with forty
# control plots, that takes a quarter of the time (`bench/control_plots.py`).
_MANY_CALLS = 64


class _Module(Functions):
    def __init__(self) -> None:
        self._parts: list[str] = []
        self._known: dict[tuple[Any, Manner, tuple[Type, ...]], tuple[str, Result | None]] = {}
        self._begun: set[tuple[Any, Manner, tuple[Type, ...]]] = set()
        self._arrays: dict[bytes, Operand] = {}

    def text(self, entry: str) -> str:
        """The complete text of the module."""
        body = "\n".join(self._parts)
        calls = Counter(re.findall(r"call [^@\n]*@([\w.]+)\(", body))
        for name, count in calls.items():
            if count >= _MANY_CALLS:
                head = rf"(define internal [^@\n]*@{re.escape(name)}\([^\n]*\)) #0 {{"
                body = re.sub(head, r"\1 noinline #0 {", body)
        return "\n".join([_HEAD, body, entry, UNPREDICTABLE])

    def array(self, values: np.ndarray) -> Operand:
        element = scalar(values.dtype)
        key = values.dtype.str.encode() + values.tobytes()
        if key not in self._arrays:
            name = f"@array.{len(self._arrays)}"
            items = ", ".join(
                f"{element.stored} {constant(value, element).text}" for value in values.tolist()
            )
            kind = f"[{len(values)} x {element.stored}]"
            self._parts.append(f"{name} = private unnamed_addr constant {kind} [{items}]")
            self._arrays[key] = Operand(Array(element), (name, str(len(values))))
        return self._arrays[key]

    def call(
        self, builder: Builder, function: Any, operands: list[Operand], manner: Manner
    ) -> Operand:
        types = tuple(value.type for value in operands)
        name, returned = self.specialised(function, types, manner)
        arguments = ["ptr %failed"]
        for value in operands:
            codes = _codes(value.type)
            arguments += [f"{code} {part}" for code, part in zip(codes, value.parts, strict=True)]
        call = f"@{name}({', '.join(arguments)})"
        if returned is None:
            builder.line(f"call void {call}")
            return Operand(NOTHING)
        result = builder.value(f"call {returned.code} {call}")
        if isinstance(returned, Tuple):
            return builder.unpacked(returned, result)
        return Operand(returned, (result,))

    def specialised(
        self, function: Any, types: tuple[Type, ...], manner: Manner
    ) -> tuple[str, Result | None]:
        """The name of a function for these types, and the type of its result."""
        plain, manner = plain_of(function, manner)
        key = plain, manner, types
        if key not in self._known:
            tree = syntax_of(plain, is_users=manner.is_users)
            parameters = [argument.arg for argument in tree.args.args]
            if len(parameters) != len(types) or key in self._begun:
                raise Untranslated(f"{plain.__name__}() calls itself, or is called otherwise")
            self._begun.add(key)
            name = f"{plain.__name__ if plain.__name__.isascii() else 'f'}.{len(self._begun)}"
            names = plain.__globals__
            returned = self.write(name, parameters, types, tree.body, names, manner)
            self._known[key] = name, returned
        return self._known[key]

    def write(
        self,
        name: str,
        parameters: Sequence[str],
        types: Sequence[Type],
        body: list[ast.stmt],
        names: Mapping[str, Any],
        manner: Manner,
    ) -> Result | None:
        """Write one function, and return the type of its result."""
        types_of_names: dict[str, Scalar] = {}
        returned: Result | None = None
        while True:
            writing = Body(names, self, types_of_names, returned, manner)
            codes = ["ptr %failed"]
            for number, (parameter, type_) in enumerate(zip(parameters, types, strict=True)):
                parts = tuple(f"%given.{number}.{part}" for part in range(len(_codes(type_))))
                codes += [f"{code} {part}" for code, part in zip(_codes(type_), parts, strict=True)]
                writing.given(parameter, Operand(type_, parts))
            writing.write(body)
            writing.finish()
            returned = writing.returned
            if not writing.changed:
                break
        code = "void" if returned is None else returned.code
        if name == _BODY:
            # The arrays of a kernel do not overlap.
            codes = [text.replace("ptr ", "ptr noalias ") for text in codes]
        lines = [*writing.builder.slots, *writing.builder.lines]
        self._parts.append(
            "\n".join([f"define internal {code} @{name}({', '.join(codes)}) #0 {{", *lines, "}"])
        )
        return returned


def _codes(type_: Type) -> tuple[str, ...]:
    """LLVM's types of a parameter's parts."""
    match type_:
        case Array():
            return type_.codes
        case Scalar():
            return (type_.code,)
        case Nothing():
            return ()
    raise Untranslated(f"{type_} as a parameter")


def result_of(function: Users, types: Sequence[Type]) -> np.dtype[Any]:
    """The dtype of the number that a function of the user returns.

    Raises
    ------
    Untranslated
        If it returns something else, or cannot be translated.
    """
    _, returned = _Module().specialised(function, tuple(types), Manner.TRUSTED)
    if not isinstance(returned, Scalar):
        raise Untranslated(f"{returned} as a result")
    return returned.dtype
