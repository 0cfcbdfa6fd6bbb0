"""Instructions of one function in LLVM's text.

Every variable has a place in memory, which LLVM turns into registers: no phi nodes are needed where
branches meet.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from hepline.machine.types import Array, Scalar, Tuple, Type, Untranslated

__all__ = ["Builder", "Operand"]


@dataclass(frozen=True)
class Operand:
    """A value: its type, and its LLVM text.

    Attributes
    ----------
    type : Type
    parts : tuple of str
        One for a scalar, those of the items for a tuple; start and lengths for an array.
    known : int or None
        The value of a literal integer or boolean.
    """

    type: Type
    parts: tuple[str, ...] = ()
    known: int | None = None

    @property
    def text(self) -> str:
        """The text of a scalar."""
        if len(self.parts) != 1:
            raise Untranslated(f"{self.type} where a number is expected")
        return self.parts[0]

    @property
    def scalar(self) -> Scalar:
        """The type of a scalar."""
        if not isinstance(self.type, Scalar):
            raise Untranslated(f"{self.type} where a number is expected")
        return self.type


def constant(value: float | bool, type_: Scalar) -> Operand:
    """A literal number."""
    if type_.kind == "f":
        # LLVM takes floats as the bits of a float64, which are exact.
        rounded = type_.dtype.type(value)
        (bits,) = struct.unpack("<Q", struct.pack("<d", float(rounded)))
        return Operand(type_, (f"0x{bits:016X}",))
    text = str(int(value)) if type_.kind != "b" else ("true" if value else "false")
    return Operand(type_, (text,), int(value))


class Builder:
    """The text of a function under construction."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.slots: list[str] = []
        self._number = 0
        # Code after a jump in the same block is unreachable.
        self.ended = False

    def fresh(self, stem: str = "v") -> str:
        """A fresh name."""
        self._number += 1
        return f"{stem if stem.isascii() else 'v'}.{self._number}"

    def line(self, text: str) -> None:
        """Write an instruction without a result."""
        if not self.ended:
            self.lines.append(f"  {text}")

    def value(self, text: str) -> str:
        """Write an instruction, and return its result."""
        name = f"%{self.fresh()}"
        self.line(f"{name} = {text}")
        return name

    def label(self, name: str) -> None:
        """Begin a block, entered from the one above."""
        self.jump(name)
        self.lines.append(f"{name}:")
        self.ended = False

    def jump(self, name: str) -> None:
        """Continue in another block."""
        self._end(f"br label %{name}")

    def branch(self, condition: str, true: str, false: str) -> None:
        """Continue in one of two blocks."""
        self._end(f"br i1 {condition}, label %{true}, label %{false}")

    def leave(self, text: str) -> None:
        """Return."""
        self._end(f"ret {text}")

    def _end(self, text: str) -> None:
        self.line(text)
        self.ended = True

    def slot(self, type_: str, stem: str, start: str | None = None) -> str:
        """Allocate a variable with the initial value `start`."""
        name = f"%{self.fresh(stem)}"
        self.slots.append(f"  {name} = alloca {type_}")
        if start is not None:
            self.slots.append(f"  store {type_} {start}, ptr {name}")
        return name

    def load(self, type_: Scalar, place: str) -> Operand:
        """Read a variable."""
        return Operand(type_, (self.value(f"load {type_.code}, ptr {place}"),))

    def store(self, value: Operand, place: str) -> None:
        """Set a variable."""
        self.line(f"store {value.scalar.code} {value.text}, ptr {place}")

    def element(self, array: Operand, index: str) -> Operand:
        """Read an element at a flat position."""
        element = _element(array)
        place = self.address(array, index)
        text = self.value(f"load {element.stored}, ptr {place}")
        if element.kind == "b":
            text = self.value(f"icmp ne i8 {text}, 0")
        return Operand(element, (text,))

    def set_element(self, array: Operand, index: str, value: Operand) -> None:
        """Write an element at a flat position."""
        element, text = _element(array), value.text
        place = self.address(array, index)
        if element.kind == "b":
            text = self.value(f"zext i1 {text} to i8")
        self.line(f"store {element.stored} {text}, ptr {place}")

    def address(self, array: Operand, index: str) -> str:
        """The address of an element."""
        return self.value(
            f"getelementptr {_element(array).stored}, ptr {array.parts[0]}, i64 {index}"
        )

    def packed(self, type_: Tuple, items: Sequence[Operand]) -> str:
        """Pack several numbers into one value, to return them."""
        text = "undef"
        for place, item in enumerate(items):
            element = f"{item.scalar.code} {item.text}"
            text = self.value(f"insertvalue {type_.code} {text}, {element}, {place}")
        return text

    def unpacked(self, type_: Tuple, text: str) -> Operand:
        """Unpack numbers that were returned as one value."""
        parts = [
            self.value(f"extractvalue {type_.code} {text}, {place}")
            for place in range(len(type_.items))
        ]
        return Operand(type_, tuple(parts))

    def item(self, value: Operand, place: int) -> Operand:
        """One of several numbers."""
        if not isinstance(value.type, Tuple):
            raise Untranslated(f"{value.type} has no items")
        return Operand(value.type.items[place], (value.parts[place],))


def _element(array: Operand) -> Scalar:
    if not isinstance(array.type, Array):
        raise Untranslated(f"{array.type} has no elements")
    return array.type.element
