"""Ranges of a file on a server that speaks HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from hepline.data.catalogue.transport import Answer, Cut, Exhausted, opened
from hepline.data.fetching import Range
from hepline.data.remote.file import PAGE, RemoteFile
from hepline.data.remote.joining import Joining
from hepline.data.remote.refusing import changed, no_ranges
from hepline.data.remote.trying import brought, opened_at
from hepline.errors import FileUnreadable

__all__ = ["HTTPTransfer", "open_http"]

WHOLE = 32 << 20
"""A file of so many bytes is read whole, once, from a server that knows no ranges."""

# Servers answer several ranges at once badly, or not at all: each has a request of its own.
JOINING = Joining(segments=1, size=4 << 20, free=1 << 10, share=0.1, longest=1 << 16)

_PAGES_OF_THE_WEB = (b"<!doctype html", b"<html")


class HTTPTransfer:
    """A file, in the state in which it was opened.

    Parameters
    ----------
    address : str
    size : int
    version : str
    """

    joining = JOINING

    def __init__(self, address: str, size: int, version: str) -> None:
        self._address = address
        self._size = size
        self._version = version

    def bring(self, segments: Sequence[Range]) -> list[memoryview]:
        """The bytes of ranges, one request for each.

        Raises
        ------
        FileUnreadable
            If they do not come, or belong to another state of the file.
        """
        return [
            brought(partial(self._attempt, begin, end), self._address) for begin, end in segments
        ]

    def _attempt(self, begin: int, end: int) -> memoryview:
        try:
            with opened(self._address, start=begin, stop=end) as answer:
                self._check(answer, begin)
                return _content(answer, end - begin)
        except Exhausted:
            raise changed(self._address, "it ends earlier now, as its server says") from None

    def _check(self, answer: Answer, begin: int) -> None:
        if not answer.partial:
            _check_no_page(self._address, answer.kind, b"")
            raise no_ranges(self._address, "sent it whole where it was asked for a part")
        if answer.total not in (None, self._size):
            raise changed(self._address, f"it had {self._size} bytes, and has {answer.total} now")
        if answer.version != self._version:
            raise changed(
                self._address,
                f"its server calls it {answer.version or 'nothing'} now, and called it "
                f"{self._version or 'nothing'}",
            )
        if answer.start != begin:
            raise Cut(f"the server sent another part of the file, from byte {answer.start} on")


class _Whole:
    """A file that has come whole."""

    joining = JOINING

    def __init__(self, content: bytes) -> None:
        self._content = memoryview(content)

    def bring(self, segments: Sequence[Range]) -> list[memoryview]:
        """Parts of it."""
        return [self._content[begin:end] for begin, end in segments]


def open_http(address: str) -> RemoteFile:
    """Open a file, with its first bytes.

    Raises
    ------
    FileUnreadable
        If it is not there, or the server gives it only whole and it is large.
    """
    return opened_at(lambda: _opened(address), address)


def _opened(address: str) -> RemoteFile:
    try:
        with opened(address, start=0, stop=PAGE) as answer:
            if not answer.partial:
                return _whole(address, answer)
            if answer.total is None:
                raise no_ranges(address, "does not say how large the file is")
            size = answer.total
            head = bytes(_content(answer, min(PAGE, size)))
    except Exhausted:
        # An empty file has no byte that could be asked for.
        return RemoteFile(address, _Whole(b""), size=0)
    _check_no_page(address, answer.kind, head)
    transfer = HTTPTransfer(address, size, answer.version)
    return RemoteFile(address, transfer, size=size, version=answer.version, head=head)


def _whole(address: str, answer: Answer) -> RemoteFile:
    """A file from a server that knows no ranges."""
    _check_no_page(address, answer.kind, b"")
    parts: list[bytes] = []
    if (answer.total or 0) <= WHOLE:
        come = 0
        for chunk in answer.chunks:
            parts.append(chunk)
            come += len(chunk)
            if come > WHOLE:
                break
        else:
            content = b"".join(parts)
            _check_no_page(address, answer.kind, content)
            return RemoteFile(address, _Whole(content), size=come, version=answer.version)
    raise no_ranges(address, "gives files only whole")


def _content(answer: Answer, size: int) -> memoryview:
    content = b"".join(answer.chunks)
    if len(content) != size:
        raise Cut(f"{len(content)} of {size} bytes came")
    return memoryview(content)


def _check_no_page(address: str, kind: str, head: bytes) -> None:
    """Notice a page of a proxy or of a login, in place of the file."""
    begin = head[:64].lstrip().lower()
    if "text/html" not in kind and not begin.startswith(_PAGES_OF_THE_WEB):
        return
    raise FileUnreadable(
        f"{address} answers with a page of the web, not with a file of events.",
        why="it is the address of a page about the file, or a proxy or a login stands in between.",
        fix="open the address in a browser, and give that of the file itself.",
    )
