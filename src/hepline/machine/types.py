"""Types of values in a kernel, and their combination by those rules of numba that are
safe.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = [
    "BOOL", "FLOAT32", "FLOAT64", "INT64", "NOTHING", "UINT64",
    "Array", "Nothing", "Result", "Scalar", "Tuple", "Type", "Untranslated", "common", "computed",
    "scalar", "wider",
]  # fmt: skip


class Untranslated(Exception):
    """A kernel that the translation does not support; numba compiles it."""


@dataclass(frozen=True)
class Scalar:
    """A number or boolean.

    Attributes
    ----------
    kind : str
        As in NumPy: ``b``, ``i``, ``u`` or ``f``.
    bits : int
        In memory; in registers, a boolean has one.
    """

    kind: str
    bits: int

    @property
    def code(self) -> str:
        """LLVM's name."""
        if self.kind == "f":
            return {16: "half", 32: "float", 64: "double"}[self.bits]
        return "i1" if self.kind == "b" else f"i{self.bits}"

    @property
    def stored(self) -> str:
        """LLVM's name of the type in memory, where a boolean takes a byte."""
        return "i8" if self.kind == "b" else self.code

    @property
    def dtype(self) -> np.dtype:
        """NumPy's name."""
        return np.dtype("?" if self.kind == "b" else f"{self.kind}{self.bits // 8}")


@dataclass(frozen=True)
class Array:
    """A contiguous array.

    Attributes
    ----------
    element : Scalar
    dimensions : int
    """

    element: Scalar
    dimensions: int = 1

    @property
    def codes(self) -> tuple[str, ...]:
        """LLVM's types of its parts: address and lengths."""
        return ("ptr", *["i64"] * self.dimensions)


@dataclass(frozen=True)
class Tuple:
    """Several numbers."""

    items: tuple[Scalar, ...]

    @property
    def code(self) -> str:
        """LLVM's name."""
        return "{ " + ", ".join(item.code for item in self.items) + " }"


@dataclass(frozen=True)
class Nothing:
    """The type of None."""


Type = Scalar | Array | Tuple | Nothing
Result = Scalar | Tuple

BOOL, INT64, UINT64 = Scalar("b", 8), Scalar("i", 64), Scalar("u", 64)
FLOAT32, FLOAT64 = Scalar("f", 32), Scalar("f", 64)
NOTHING = Nothing()


def scalar(dtype: np.dtype | type) -> Scalar:
    """The type of a NumPy dtype."""
    type_ = np.dtype(dtype)
    return Scalar(type_.kind, 8 * type_.itemsize)


def common(first: Scalar, second: Scalar) -> Scalar:
    """The type that holds values of both, for a variable or a choice."""
    if first == second:
        return first
    kinds = {first.kind, second.kind}
    if "b" in kinds:
        return second if first.kind == "b" else first
    if kinds == {"f"} or len(kinds) == 1:
        return first if first.bits > second.bits else second
    if "f" in kinds:
        return FLOAT64
    return _signed(first, second)


def wider(first: Type, second: Type) -> Result:
    """The type of a choice or result with two possible types: a number, or several."""
    if (
        isinstance(first, Tuple)
        and isinstance(second, Tuple)
        and len(first.items) == len(second.items)
    ):
        return Tuple(tuple(map(common, first.items, second.items)))
    if isinstance(first, Scalar) and isinstance(second, Scalar):
        return common(first, second)
    raise Untranslated(f"{first} or {second}")


def computed(first: Scalar, second: Scalar) -> Scalar:
    """The type for arithmetic on two numbers: 64 bits for any integer."""
    type_ = common(first, second)
    if type_.kind in "bi":
        return INT64
    return UINT64 if type_.kind == "u" else type_


def _signed(first: Scalar, second: Scalar) -> Scalar:
    unsigned, signed = (first, second) if first.kind == "u" else (second, first)
    if unsigned.bits == 64:
        raise Untranslated(f"{unsigned.dtype} beside {signed.dtype}")
    return signed if signed.bits > unsigned.bits else Scalar("i", min(2 * unsigned.bits, 64))
