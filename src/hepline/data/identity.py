"""Which files were read: by the checksum of each, or by what its server says of it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from hepline.data.access import remote_file
from hepline.data.addresses import is_remote
from hepline.data.remote.lanes import started
from hepline.errors import HeplineError
from hepline.records import FileRecord, known_checksum

__all__ = ["file_records"]

# Servers that are asked at a time.
_AT_A_TIME = 8


def file_records(sources: Iterable[tuple[str, int, int]]) -> tuple[FileRecord, ...]:
    """The records of files that were read.

    A file on a server is never fetched for its checksum. The server is asked for one (XRootD's
    answer at once if they keep it), else for the tag or the time of its state.

    Parameters
    ----------
    sources : iterable of (str, int, int)
        Path or address, events, bytes.
    """
    listed = list(sources)
    addresses = list(dict.fromkeys(path for path, *_ in listed if is_remote(path)))
    futures = started([partial(_state, address) for address in addresses], _AT_A_TIME, "state")
    states = {address: future.result() for address, future in zip(addresses, futures, strict=True)}
    return tuple(
        FileRecord(path, entries, size, "", states[path])
        if is_remote(path)
        else FileRecord(path, entries, size, known_checksum(path))
        for path, entries, size in listed
    )


def _state(address: str) -> str:
    try:
        file = remote_file(address)
    except HeplineError:
        # It was there when it was read; the result does not depend on it any more.
        return ""
    return file.checksum() or file.version
