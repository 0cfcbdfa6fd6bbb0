"""Access to a file by its path or its address: to its bytes, or as a stream."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from hepline.data.addresses import is_remote
from hepline.data.fetching import Bytes, OnDisk

if TYPE_CHECKING:
    from hepline.data.remote.file import RemoteFile

__all__ = ["bytes_of", "give_up", "remote_file", "stream_of"]


def remote_file(address: str, *, anew: bool = False) -> RemoteFile:
    """The file behind an address.

    Parameters
    ----------
    address : str
    anew : bool
        Whether to ask the server for its present state.

    Raises
    ------
    FileUnreadable, MissingPackage
    """
    # Most sessions read files that are here: they need no library for servers.
    from hepline.data.remote import opening

    return opening.looked_at(address) if anew else opening.remote_file(address)


def give_up(address: str) -> None:
    """End the waits of threads for bytes of a file, if it is open."""
    from hepline.data.remote import opening

    opening.give_up(address)


def bytes_of(path: str) -> Bytes:
    """The bytes of a file, for readers that know which they need."""
    return remote_file(path) if is_remote(path) else OnDisk(path)


def stream_of(path: str) -> IO[bytes]:
    """A file for libraries that read and seek; the caller closes it."""
    if is_remote(path):
        return cast("IO[bytes]", remote_file(path).stream())
    return Path(path).open("rb", buffering=0)
