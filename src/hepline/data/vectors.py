"""How ROOT writes lists of lists and text of one branch, as uproot understands its type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from uproot.containers import AsArray, AsSet, AsString, AsVector

__all__ = ["Vectors", "text_of", "vectors_of"]

# Before each event: its number of bytes, and a version.
_HEADER = 6
_DEEPEST = 3
# An object of ElementLink, and in it one of its base: a number of bytes, no version, a checksum.
_LINK = np.dtype(
    [
        ("bytes", ">u4"), ("version", ">u2"), ("checksum", ">u4"),
        ("base_bytes", ">u4"), ("base_version", ">u2"), ("base_checksum", ">u4"),
        ("m_persKey", ">u4"), ("m_persIndex", ">u4"),
    ]
)  # fmt: skip
_LETTER = np.dtype("u1")
_COUNTED = 0x40000000
_LINKED = ("m_persKey", "m_persIndex")


@dataclass(frozen=True, eq=False)
class Vectors:
    """The bytes of lists of lists, or of text.

    Attributes
    ----------
    header : int
        Bytes before the lists of each event.
    counted : bool
        Whether the outermost list says how long it is; otherwise it ends with the event.
    depth : int
        List levels; of numbers at least 2, of texts at most 2.
    record : dtype
        Of an element.
    members : tuple of str
        Numbers in an element; none if it is one.
    is_boolean : bool
        Whether each element is a byte that says true or false.
    is_text : bool
        Whether each element is a string.
    """

    header: int
    counted: bool
    depth: int
    record: np.dtype[Any]
    members: tuple[str, ...] = ()
    is_boolean: bool = False
    is_text: bool = False

    def check(self, records: NDArray[Any]) -> None:
        """Make sure that elements begin as objects of their class do.

        Raises
        ------
        ValueError
            If one does not.
        """
        if not self.members:
            return
        inside = self.record.itemsize - 4
        base = inside - 2 - 4 - 4
        right = (records["bytes"] == _COUNTED + inside) & (records["base_bytes"] == _COUNTED + base)
        if not right.all():
            raise ValueError("an object in a list of lists is of another version")


def vectors_of(interpretation: Any) -> Vectors | None:
    """How lists of lists of numbers or links, or lists of text, are written; None if it is else.

    Parameters
    ----------
    interpretation : uproot.interpretation.objects.AsObjects
    """
    outer = interpretation.model
    header = _HEADER if getattr(outer, "header", False) else 0
    depth, counted = 1, isinstance(outer, AsVector | AsSet)
    if isinstance(outer, AsArray) and (outer.speedbump or outer.inner_shape):
        return None
    if not counted and not isinstance(outer, AsArray):
        return None
    item = _item(outer)
    while isinstance(item, AsVector | AsSet) and not item.header:
        depth, item = depth + 1, _item(item)
    if isinstance(item, AsString):
        plain = not item.header and item.length_bytes == "1-5" and depth < _DEEPEST
        return Vectors(header, counted, depth, _LETTER, is_text=True) if plain else None
    if not 2 <= depth <= _DEEPEST:
        return None
    if isinstance(item, np.dtype):
        if item.names is not None or item.shape or item.kind not in "biuf":
            return None
        # Any byte but 0 is true.
        record = np.dtype("u1") if item.kind == "b" else item
        return Vectors(header, counted, depth, record, is_boolean=item.kind == "b")
    if getattr(item, "__name__", "").startswith("Model_ElementLink_"):
        return Vectors(header, counted, depth, _LINK, _LINKED)
    return None


def text_of(header: int) -> Vectors:
    """How one text for each event is written, after so many bytes."""
    return Vectors(header, False, 0, _LETTER, is_text=True)


def _item(container: Any) -> Any:
    return container.keys if isinstance(container, AsSet) else container.values
