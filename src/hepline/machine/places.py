"""Indices of arrays: trusted in kernels, checked in functions of the user."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum

from hepline.machine.arithmetic import cast
from hepline.machine.builder import Builder, Operand
from hepline.machine.types import INT64, Array, Untranslated

__all__ = ["BEYOND", "OUTSIDE", "Manner", "at"]

# What stands at a kernel's `failed`: a kernel or a user looked where nothing is.
OUTSIDE, BEYOND = 3, 4


class Manner(Enum):
    """How indices are checked.

    A negative index counts from the end if it is a constant, or in functions of the user.
    """

    TRUSTED = 0
    """As they are: of kernels."""
    WATCHED = OUTSIDE
    """Compared with the length: of kernels under test."""
    CHECKED = BEYOND
    """Compared with the length: of functions of the user."""
    UNCHECKED = 5
    """As they are: of functions of the user who says so."""

    @property
    def is_users(self) -> bool:
        """Whether a user wrote the function."""
        return self in (Manner.CHECKED, Manner.UNCHECKED)


def at(builder: Builder, array: Operand, places: list[Operand], manner: Manner) -> tuple[
    Operand, str
]:  # fmt: skip
    """The place of an element: an array, and a flat position in it.

    An index outside the array takes no branch: the kernel reads a dummy value and reports the error
    at its end, so that LLVM can still reorder the code around.
    """
    if not isinstance(array.type, Array) or len(places) != array.type.dimensions:
        raise Untranslated(f"{len(places)} places in {array.type}")
    flat: str | None = None
    beyond: list[str] = []
    for index, length in zip(places, array.parts[1:], strict=True):
        position = _from_the_end(builder, index, length, manner)
        if manner in (Manner.WATCHED, Manner.CHECKED):
            beyond.append(builder.value(f"icmp uge i64 {position}, {length}"))
        if flat is not None:
            row = builder.value(f"mul i64 {flat}, {length}")
            position = builder.value(f"add i64 {row}, {position}")
        flat = position
    place = flat or "0"
    for outside in beyond:
        array, place = _noted(builder, array, place, outside, manner.value)
    return array, place


def _from_the_end(builder: Builder, index: Operand, length: str, manner: Manner) -> str:
    if index.scalar.kind not in "iu":
        raise Untranslated(f"{index.scalar.dtype} as a place")
    if index.known is not None:
        text = str(index.known)
        return text if index.known >= 0 else builder.value(f"add i64 {length}, {text}")
    text = cast(builder, index, INT64).text
    if not manner.is_users:
        return text
    below = builder.value(f"icmp slt i64 {text}, 0")
    turned = builder.value(f"add i64 {text}, {length}")
    return builder.value(f"select i1 {below}, i64 {turned}, i64 {text}")


def _noted(
    builder: Builder, array: Operand, place: str, beyond: str, reason: int
) -> tuple[Operand, str]:
    before = builder.value("load i8, ptr %failed")
    now = builder.value(f"select i1 {beyond}, i8 {reason}, i8 {before}")
    builder.line(f"store i8 {now}, ptr %failed")
    nothing = builder.slot("i64", "nothing", "0")
    begin = builder.value(f"select i1 {beyond}, ptr {nothing}, ptr {array.parts[0]}")
    index = builder.value(f"select i1 {beyond}, i64 0, i64 {place}")
    return replace(array, parts=(begin, *array.parts[1:])), index
