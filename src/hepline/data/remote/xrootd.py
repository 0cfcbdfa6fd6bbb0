"""Ranges of a file on an XRootD server: many in one request."""

from __future__ import annotations

import queue
import re
import threading
import weakref
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NoReturn

from hepline.data.fetching import Range
from hepline.data.remote.file import RemoteFile
from hepline.data.remote.joining import Joining
from hepline.data.remote.lanes import started
from hepline.data.remote.refusing import changed
from hepline.data.remote.trying import brought, opened_at
from hepline.data.transport import Cut, Unreachable
from hepline.errors import FileUnreadable, MissingPackage

__all__ = ["XRootDTransfer", "open_xrootd"]

# In place of windows of minutes and half hours, made for batch jobs. Who sets XRD_CONNECTIONWINDOW
# and its like overrides them. Seconds, but for the number of tries.
_SETTINGS = {
    "ConnectionWindow": 20,
    "ConnectionRetry": 1,
    "RequestTimeout": 60,
    "StreamErrorWindow": 60,
}
# Limits of servers for one element of a vector read, and half of that for their number: long ranges
# are divided.
_ELEMENT = 2_097_136
_ELEMENTS = 512

# For a checksum, seconds.
_PATIENCE = 5

# Numbers of XrdCl and of the protocol.
_UNREACHABLE, _NO_LOGIN = (101, 108, 206), (203, 204)  # no host, no connection, no answer in time
_ANSWERED, _NOT_AUTHORIZED = 400, 3010
_REFUSED = (3011, 3013, 3015, 3016)  # not found, unsupported, no file, a folder
_PREFIX = re.compile(r"^\[\w+\] (Server responded with an error: \[\d+\] )?")


class XRootDTransfer:
    """A file, in the state in which it was opened.

    Parameters
    ----------
    address : str

    Attributes
    ----------
    size : int
    version : str
        When it was modified.

    Raises
    ------
    Cut
        If it is worth trying again.
    FileUnreadable
        If the server refuses.
    """

    # An element of a vector read costs 16 bytes each way.
    joining = Joining(segments=_ELEMENTS, size=4 << 20, free=1 << 6)

    def __init__(self, address: str) -> None:
        self._address = address
        self._lock = threading.Lock()
        self._file = self._opened()
        status, facts = self._file.stat()
        self._check(status)
        self.size = int(facts.size)
        self._state = (self.size, facts.modtime)
        self.version = f"modified {facts.modtimestr}"

    def bring(self, segments: Sequence[Range]) -> list[memoryview]:
        """The bytes of ranges, in one request.

        Raises
        ------
        FileUnreadable
            If they do not come, or belong to another state of the file.
        """
        return brought(lambda: self._attempt(segments), self._address)

    def checksum(self) -> str:
        """What the server keeps; it is not waited for while the server reads the file for it."""
        client = _client()
        url = client.URL(self._address)
        system = client.FileSystem(f"{url.protocol}://{url.hostid}")
        code = client.flags.QueryCode.CHECKSUM
        status, answer = system.query(code, url.path_with_params, timeout=_PATIENCE)
        words = answer.rstrip(b"\0").decode().split() if status.ok else []
        return ":".join(words) if len(words) == 2 else ""

    def _attempt(self, segments: Sequence[Range]) -> list[memoryview]:
        file = self._current()
        # Asked for at the same time, so that it costs no time.
        facts: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._check(file.stat(force=True, callback=lambda *answer: facts.put(answer)))
        if len(segments) == 1:
            ((begin, end),) = segments
            status, content = file.read(begin, end - begin)
            contents = [content]
        else:
            status, contents = _elements(file, segments)
        self._check_state(*facts.get()[:2])
        self._check(status)
        for content, (begin, end) in zip(contents, segments, strict=True):
            if len(content) != end - begin:
                raise Cut(f"{len(content)} of {end - begin} bytes came")
        return [memoryview(content) for content in contents]

    def _current(self) -> Any:
        """The open file; opened anew after its connection was lost."""
        with self._lock:
            if not self._file.is_open():
                self._file = self._opened()
            return self._file

    def _opened(self) -> Any:
        file = _client().File()
        self._check(file.open(self._address)[0])
        # Without waiting, since garbage may be collected anywhere.
        weakref.finalize(self, _close, file)
        return file

    def _check_state(self, status: Any, facts: Any) -> None:
        self._check(status)
        state = (int(facts.size), facts.modtime)
        if state != self._state:
            raise changed(
                self._address,
                f"it had {self._state[0]} bytes and was {self.version}; now it has {facts.size} "
                f"bytes and is modified {facts.modtimestr}",
            )

    def _check(self, status: Any) -> None:
        if not status.ok:
            _raise(self._address, status)


def open_xrootd(address: str) -> RemoteFile:
    """Open a file.

    Raises
    ------
    FileUnreadable
        If it is not there, or the server does not answer.
    MissingPackage
        Without XRootD's Python bindings.
    """
    _client()

    def attempt() -> XRootDTransfer:
        # In a thread: Ctrl-C cannot end a call of the library.
        (opened,) = started([lambda: XRootDTransfer(address)], 1, "xrootd")
        return opened.result()

    transfer = opened_at(attempt, address)
    return RemoteFile(address, transfer, size=transfer.size, version=transfer.version)


def _elements(file: Any, segments: Sequence[Range]) -> tuple[Any, list[Any]]:
    """Read ranges as elements of one request."""
    elements = [
        (begin, min(_ELEMENT, high - begin))
        for low, high in segments
        for begin in range(low, high, _ELEMENT)
    ]
    status, answer = file.vector_read(elements)
    if not status.ok:
        return status, [b""] * len(segments)
    parts = iter([chunk.buffer for chunk in answer.chunks])
    contents = []
    for low, high in segments:
        own = [next(parts, b"") for _ in range(low, high, _ELEMENT)]
        contents.append(own[0] if len(own) == 1 else b"".join(own))
    return status, contents


def _close(file: Any) -> None:
    if file.is_open():
        file.close(callback=lambda *_: None)


def _raise(address: str, status: Any) -> NoReturn:
    """Tell a server that is busy from one that refuses."""
    message = _PREFIX.sub("", str(status.message)).strip().rstrip(".")
    errno = status.errno if status.code == _ANSWERED else 0
    if status.code in _UNREACHABLE:
        raise Unreachable(f"the XRootD client says: {message}")
    relative = "//" not in address.partition("://")[2]
    if errno in _REFUSED or (errno == _NOT_AUTHORIZED and relative):
        raise FileUnreadable(
            f"{address} cannot be read.",
            why=f"the server says: {message}.",
            fix="check the path: behind the server it begins with two slashes, as in "
            "root://server//path/file.root.",
        )
    if status.code in _NO_LOGIN or errno == _NOT_AUTHORIZED:
        raise FileUnreadable(
            f"{address} cannot be read: its server does not let you.",
            why=f"it says: {message}.",
            fix="get a ticket, a proxy or a token as the site wants it (kinit, voms-proxy-init, "
            "BEARER_TOKEN_FILE), or give the https:// address of the same file.",
        )
    raise Cut(f"the XRootD client says: {message}")


@lru_cache(maxsize=1)
def _client() -> Any:
    try:
        import XRootD.client as client
    except ImportError:
        raise MissingPackage(
            "root:// addresses cannot be read without another library.",
            why="they are read through XRootD's own client, and it is not installed.",
            fix="pip install 'hepline[xrootd]', or give the https:// address of the same file.",
        ) from None
    for name, value in _SETTINGS.items():
        client.EnvPutInt(name, value)
    return client
