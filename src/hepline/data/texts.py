"""Texts among the bytes of a file, and their codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hepline.data.lengths import offsets_of
from hepline.data.textcodes import codes_of

__all__ = ["Texts"]


@dataclass(frozen=True, eq=False)
class Texts:
    """Some texts in a row.

    Attributes
    ----------
    content : ndarray of uint8, shape (byte,)
    begins, ends : ndarray of int64, shape (text,)
        First byte of each text, and the one after its last.
    """

    content: NDArray[np.uint8]
    begins: NDArray[np.int64]
    ends: NDArray[np.int64]

    @classmethod
    def joined(cls, content: NDArray[np.uint8], offsets: NDArray[np.int64]) -> Texts:
        """Make texts from adjacent parts of a buffer."""
        return cls(content, offsets[:-1], offsets[1:])

    @classmethod
    def gathered(cls, texts: Sequence[bytes]) -> Texts:
        """Make texts from separate bytes."""
        ends = offsets_of(np.fromiter(map(len, texts), np.int64, len(texts)))
        return cls.joined(np.frombuffer(b"".join(texts), np.uint8), ends)

    @classmethod
    def padded(cls, strings: NDArray[np.bytes_]) -> Texts:
        """Make texts from strings of fixed length, padded with zeros."""
        strings = np.ascontiguousarray(strings)
        width = max(strings.dtype.itemsize, 1)
        begins = np.arange(len(strings), dtype=np.int64) * width
        content = strings.view(np.uint8) if strings.dtype.itemsize else np.zeros(0, np.uint8)
        return cls(content, begins, begins + np.strings.str_len(strings))

    def codes(self) -> NDArray[np.uint64]:
        """The code of each text, as `hepline.columns.text.code_of` defines it."""
        return codes_of(self.content, self.begins, self.ends)

    def words(self) -> Mapping[int, str]:
        """The distinct texts by code."""
        codes, places = np.unique(self.codes(), return_index=True)
        texts = (bytes(self.content[self.begins[n] : self.ends[n]]) for n in places)
        decoded = (text.decode("utf-8", "backslashreplace") for text in texts)
        return dict(zip(codes.tolist(), decoded, strict=True))
