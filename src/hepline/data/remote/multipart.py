"""Several ranges of a file in one answer: ``multipart/byteranges`` of RFC 9110, section 14.6."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["PartOfFile", "boundary_of", "parts_of"]

_BOUNDARY = re.compile(r'multipart/byteranges\s*;.*?\bboundary="?([^";]+)"?', re.IGNORECASE)
_RANGE = re.compile(rb"\ncontent-range:\s*bytes\s+(\d+)-(\d+)/(\d+|\*)\s*\r\n", re.IGNORECASE)
_END_OF_HEADERS = b"\r\n\r\n"


class PartOfFile(NamedTuple):
    """Bytes of a file.

    Attributes
    ----------
    begin : int
        Where they begin.
    total : int or None
        Size of the file, if the server says.
    content : memoryview
    """

    begin: int
    total: int | None
    content: memoryview


def boundary_of(kind: str) -> str | None:
    """What separates the parts of an answer, from its content type; None if it has one part."""
    match = _BOUNDARY.match(kind)
    return None if match is None else match[1]


def parts_of(answer: bytes, boundary: str) -> Iterator[PartOfFile]:
    """The parts of an answer, in its order.

    Parameters
    ----------
    answer : bytes
    boundary : str

    Raises
    ------
    ValueError
        If the answer breaks off, or is not built as it should be.
    """
    line, whole, place = b"--" + boundary.encode(), memoryview(answer), 0
    while True:
        # Bytes of the file may contain the boundary: the search never looks inside of them.
        place = answer.find(line, place)
        if place < 0:
            raise ValueError("the parts of an answer do not end as they should")
        place += len(line)
        if answer.startswith(b"--", place):
            return
        end = answer.find(_END_OF_HEADERS, place)
        match = _RANGE.search(answer[place : max(end, place)] + b"\r\n")
        if match is None:
            raise ValueError("a part of an answer does not say which bytes it has")
        begin, last, total = int(match[1]), int(match[2]), match[3]
        place = end + len(_END_OF_HEADERS)
        content = whole[place : place + last + 1 - begin]
        if len(content) != last + 1 - begin:
            raise ValueError(f"{len(content)} of {last + 1 - begin} bytes of a part came")
        yield PartOfFile(begin, None if total == b"*" else int(total), content)
        place += len(content)
