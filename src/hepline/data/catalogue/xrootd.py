"""Files of an XRootD server: ``root://server//path``, with fsspec-xrootd."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import fsspec

from hepline.data.catalogue.record import Record, RemoteFile, safe_names
from hepline.data.transport import Answer, Cut
from hepline.errors import MissingPackage

__all__ = ["opened_xrootd", "record_of"]

_CHUNK = 1 << 20


def record_of(address: str) -> Record:
    """The dataset of a single file; the server says its size.

    Raises
    ------
    MissingPackage
        Without fsspec-xrootd.
    """
    _file_system(address)
    (name,) = safe_names([address.partition("?")[0]], address)
    return Record(address, (RemoteFile(name, address),))


@contextmanager
def opened_xrootd(url: str, start: int) -> Iterator[Answer]:
    """Ask for a file from a byte on.

    Raises
    ------
    Cut
        If the server does not answer.
    MissingPackage
        Without fsspec-xrootd.
    """
    system, path = _file_system(url), "/" + url.partition("://")[2].partition("/")[2].lstrip("/")
    try:
        size, file = system.size(path), system.open(path, "rb")
    except OSError as error:
        raise Cut(f"the XRootD server says: {error}") from error
    with file:
        yield Answer(start, size, "", "", _chunks(file, start))


def _chunks(file: Any, start: int) -> Iterator[bytes]:
    try:
        file.seek(start)
        while chunk := file.read(_CHUNK):
            yield chunk
    except OSError as error:
        raise Cut(f"the XRootD server says: {error}") from error


def _file_system(url: str) -> Any:
    try:
        return fsspec.core.url_to_fs(url)[0]
    except (ImportError, ValueError):
        raise MissingPackage(
            f"{url} cannot be fetched here.",
            why="root:// addresses need fsspec-xrootd, which is not installed.",
            fix="pip install 'hepline[xrootd]', or give the https:// address of the same file.",
        ) from None
