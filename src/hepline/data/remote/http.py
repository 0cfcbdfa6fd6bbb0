"""Ranges of a file on a server that speaks HTTP: many in one request, where it can do that."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from urllib.parse import urlsplit

from hepline.data.fetching import Range
from hepline.data.remote.file import PAGE, RemoteFile
from hepline.data.remote.joining import Joining
from hepline.data.remote.multipart import PartOfFile, boundary_of, parts_of
from hepline.data.remote.refusing import changed, no_ranges
from hepline.data.remote.trying import brought, opened_at
from hepline.data.transport import Answer, Cut, Exhausted, opened
from hepline.errors import FetchFailed, FileUnreadable

__all__ = ["ALONE", "MANY", "HTTPTransfer", "open_http"]

WHOLE = 32 << 20
"""A file of so many bytes is read whole, once, from a server that knows no ranges."""

# The headers of a part take a hundred bytes; servers read 8 KiB of headers, and give 200 parts.
MANY = Joining(segments=64, size=4 << 20, free=1 << 7)
# With a tenth, a quarter of the requests goes for 8 to 10 % more bytes; twice as much would use up
# what reading in place may cost (bench/in_place.py --gaps).
ALONE = Joining(segments=1, size=4 << 20, free=1 << 10, share=0.1, longest=1 << 16)

_PAGES_OF_THE_WEB = (b"<!doctype html", b"<html")


class HTTPTransfer:
    """A file, in the state in which it was opened.

    Parameters
    ----------
    address : str
    size : int
    version : str
    many : bool
        Whether the server gives several ranges in one answer.
    """

    def __init__(self, address: str, size: int, version: str, *, many: bool = False) -> None:
        self._address = address
        self._size = size
        self._version = version
        self.joining = MANY if many else ALONE

    def bring(self, segments: Sequence[Range]) -> list[memoryview]:
        """The bytes of ranges, in one request if the server can do that.

        Raises
        ------
        FileUnreadable
            If they do not come, or belong to another state of the file.
        """
        if len(segments) > 1:
            parts = brought(partial(self._attempt, segments), self._address)
            contents = [_inside(parts, *segment) for segment in segments]
            come = [content for content in contents if content is not None]
            if len(come) == len(segments):
                return come
            # The server, or another one behind its name, gives only some of them.
            self.joining = ALONE
        return [self._alone(*segment) for segment in segments]

    def checksum(self) -> str:
        """None: its tag stands for its state."""
        return ""

    def _alone(self, begin: int, end: int) -> memoryview:
        (part,) = brought(partial(self._attempt, [(begin, end)]), self._address)
        return part.content[begin - part.begin : end - part.begin]

    def _attempt(self, segments: Sequence[Range]) -> list[PartOfFile]:
        """What the server gives of several ranges; one of them is given, or it is an error."""
        try:
            with opened(self._address, spans=segments) as answer:
                if not answer.partial and len(segments) > 1:
                    return []
                if not answer.partial:
                    _check_no_page(self._address, answer.kind, b"")
                    raise no_ranges(self._address, "sent it whole where it was asked for a part")
                self._check_version(answer.version)
                parts = _parts(answer)
        except Exhausted:
            raise changed(self._address, "it ends earlier now, as its server says") from None
        for part in parts:
            if part.total not in (None, self._size):
                raise changed(self._address, f"it had {self._size} bytes, and has {part.total} now")
        if len(segments) == 1 and _inside(parts, *segments[0]) is None:
            raise Cut("the server sent another part of the file, or less of it")
        return parts

    def _check_version(self, version: str) -> None:
        if version != self._version:
            raise changed(
                self._address,
                f"its server calls it {version or 'nothing'} now, and called it "
                f"{self._version or 'nothing'}",
            )


class _Whole:
    """A file that has come whole."""

    joining = ALONE

    def __init__(self, content: bytes) -> None:
        self._content = memoryview(content)

    def bring(self, segments: Sequence[Range]) -> list[memoryview]:
        """Parts of it."""
        return [self._content[begin:end] for begin, end in segments]

    def checksum(self) -> str:
        """None."""
        return ""


def open_http(address: str) -> RemoteFile:
    """Open a file, with its first bytes.

    Raises
    ------
    FileUnreadable
        If it is not there, or the server gives it only whole and it is large.
    """
    return opened_at(partial(_opened, address), address)


def _opened(address: str) -> RemoteFile:
    try:
        with opened(address, spans=[(0, PAGE)]) as answer:
            if not answer.partial:
                return _whole(address, answer)
            ((_, size, head),) = _parts(answer)
    except Exhausted:
        # An empty file has no byte that could be asked for.
        return RemoteFile(address, _Whole(b""), size=0)
    if size is None:
        raise no_ranges(address, "does not say how large the file is")
    if len(head) != min(PAGE, size):
        raise Cut(f"{len(head)} of {min(PAGE, size)} bytes came")
    _check_no_page(address, answer.kind, bytes(head[:64]))
    parts = urlsplit(address)
    many = size > PAGE and _gives_many(f"{parts.scheme}://{parts.netloc}", address)
    transfer = HTTPTransfer(address, size, answer.version, many=many)
    return RemoteFile(address, transfer, size=size, version=answer.version, head=bytes(head))


@lru_cache(maxsize=64)
def _gives_many(_server: str, address: str) -> bool:
    """Whether a server gives several ranges in one answer; asked once for each server."""
    try:
        with opened(address, spans=[(0, 1), (PAGE // 2, PAGE // 2 + 1)]) as answer:
            return answer.partial and len(_parts(answer)) == 2
    except (Cut, FetchFailed):
        return False


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


def _parts(answer: Answer) -> list[PartOfFile]:
    """The parts of a file in an answer."""
    content = answer.read()
    boundary = boundary_of(answer.kind)
    if boundary is None:
        return [PartOfFile(answer.start, answer.total, memoryview(content))]
    try:
        return list(parts_of(content, boundary))
    except ValueError as error:
        raise Cut(str(error)) from error


def _inside(parts: Sequence[PartOfFile], begin: int, end: int) -> memoryview | None:
    """The bytes of a range, if one of the parts has all of them."""
    for part in parts:
        if part.begin <= begin and end <= part.begin + len(part.content):
            return part.content[begin - part.begin : end - part.begin]
    return None


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
