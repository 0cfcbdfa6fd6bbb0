"""Instructions of one function in LLVM's text.

Every variable has a place in memory: LLVM turns these into registers in no time, and nobody has
to say which value a variable has where branches meet.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from hepline.machine.types import Array, Scalar, Tuple, Type, Untranslated

__all__ = ["Builder", "Operand"]


@dataclass(frozen=True)
class Operand:
    """A value: what it is, and the text that stands for it.

    Attributes
    ----------
    type : Type
    parts : tuple of str
        One for a scalar, those of its items for a tuple; where it begins and its lengths for an
        array.
    known : int or None
        The value of an integer or a truth that is written in the kernel.
    """

    type: Type
    parts: tuple[str, ...] = ()
    known: int | None = None

    @property
    def text(self) -> str:
        """That of a scalar."""
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
    """A number that is written in the kernel."""
    if type_.kind == "f":
        # A float is written as the bits of its float64, which no locale reads in another way.
        rounded = type_.dtype.type(value)
        (bits,) = struct.unpack("<Q", struct.pack("<d", float(rounded)))
        return Operand(type_, (f"0x{bits:016X}",))
    text = str(int(value)) if type_.kind != "b" else ("true" if value else "false")
    return Operand(type_, (text,), int(value))


class Builder:
    """The text of a function while it is being written."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.slots: list[str] = []
        self._number = 0
        # What follows a jump in the same block is never reached.
        self.ended = False

    def fresh(self, stem: str = "v") -> str:
        """A name that is not in use."""
        self._number += 1
        return f"{stem if stem.isascii() else 'v'}.{self._number}"

    def line(self, text: str) -> None:
        """An instruction without a result."""
        if not self.ended:
            self.lines.append(f"  {text}")

    def value(self, text: str) -> str:
        """An instruction with a result, which is given."""
        name = f"%{self.fresh()}"
        self.line(f"{name} = {text}")
        return name

    def label(self, name: str) -> None:
        """Begin a block, which the one above runs into."""
        self.jump(name)
        self.lines.append(f"{name}:")
        self.ended = False

    def jump(self, name: str) -> None:
        """Go on in another block."""
        self._end(f"br label %{name}")

    def branch(self, condition: str, true: str, false: str) -> None:
        """Go on in one of two blocks."""
        self._end(f"br i1 {condition}, label %{true}, label %{false}")

    def leave(self, text: str) -> None:
        """Return."""
        self._end(f"ret {text}")

    def _end(self, text: str) -> None:
        self.line(text)
        self.ended = True

    def slot(self, type_: str, stem: str, start: str | None = None) -> str:
        """Memory for a variable, which begins at `start`."""
        name = f"%{self.fresh(stem)}"
        self.slots.append(f"  {name} = alloca {type_}")
        if start is not None:
            self.slots.append(f"  store {type_} {start}, ptr {name}")
        return name

    def load(self, type_: Scalar, place: str) -> Operand:
        """What a variable holds."""
        return Operand(type_, (self.value(f"load {type_.code}, ptr {place}"),))

    def store(self, value: Operand, place: str) -> None:
        """Set a variable."""
        self.line(f"store {value.scalar.code} {value.text}, ptr {place}")

    def element(self, array: Operand, index: str) -> Operand:
        """An element at a flat position."""
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
        """Where an element stands in memory."""
        return self.value(
            f"getelementptr {_element(array).stored}, ptr {array.parts[0]}, i64 {index}"
        )

    def packed(self, type_: Tuple, items: Sequence[Operand]) -> str:
        """Several numbers as one value, to return them."""
        text = "undef"
        for place, item in enumerate(items):
            element = f"{item.scalar.code} {item.text}"
            text = self.value(f"insertvalue {type_.code} {text}, {element}, {place}")
        return text

    def unpacked(self, type_: Tuple, text: str) -> Operand:
        """The numbers that were returned as one value."""
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
