"""Ranges of files behind any other address, such as ``s3://…``: through fsspec."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import fsspec

from hepline.data.fetching import Range
from hepline.data.remote.file import RemoteFile
from hepline.data.remote.joining import Joining
from hepline.errors import FileUnreadable

__all__ = ["FileSystemTransfer", "open_in_filesystem"]


class FileSystemTransfer:
    """A file of one of fsspec's file systems.

    Parameters
    ----------
    system : fsspec.AbstractFileSystem
    path : str
        In the file system.
    """

    joining = Joining(segments=1, size=4 << 20, free=1 << 10, share=0.1, longest=1 << 16)

    def __init__(self, system: Any, path: str) -> None:
        self._system = system
        self._path = path

    def bring(self, segments: Sequence[Range]) -> list[memoryview]:
        """The bytes of ranges.

        Raises
        ------
        OSError
            If they do not come.
        """
        try:
            contents = [
                memoryview(self._system.cat_file(self._path, start=begin, end=end))
                for begin, end in segments
            ]
        except Exception as error:
            raise OSError(str(error) or type(error).__name__) from error
        for content, (begin, end) in zip(contents, segments, strict=True):
            if len(content) != end - begin:
                raise OSError(f"{len(content)} of the bytes {begin} to {end} came")
        return contents

    def checksum(self) -> str:
        """None: each file system has its own."""
        return ""


def open_in_filesystem(address: str) -> RemoteFile:
    """Open a file; credentials and end points are those of the library behind fsspec.

    Raises
    ------
    FileUnreadable
        If it is not there.
    """
    try:
        system, path = fsspec.core.url_to_fs(address)
        facts = system.info(path)
    except Exception as error:
        raise FileUnreadable(
            f"{address} cannot be read.",
            why=f"{type(error).__name__}: {error}.",
            fix="check the address, and whether you may read it.",
        ) from error
    version = next((f"{facts[key]}" for key in ("ETag", "etag", "mtime") if facts.get(key)), "")
    transfer = FileSystemTransfer(system, path)
    return RemoteFile(address, transfer, size=int(facts["size"]), version=version)
