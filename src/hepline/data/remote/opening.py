"""Opening of files behind addresses: which library reads them, and which are open."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

import fsspec

from hepline.data.remote.file import RemoteFile
from hepline.data.remote.filesystem import open_in_filesystem
from hepline.data.remote.http import open_http
from hepline.errors import FileUnreadable, MissingPackage

__all__ = ["give_up", "looked_at", "remote_file"]

# Files that stay open after they were read.
_MOST = 32

_files: OrderedDict[str, RemoteFile] = OrderedDict()
_lock = threading.Lock()


def remote_file(address: str) -> RemoteFile:
    """The file behind an address, as it was when it was opened first.

    Raises
    ------
    FileUnreadable
        If it cannot be read.
    MissingPackage
        If its protocol needs a library that is not installed.
    """
    with _lock:
        file = _files.get(address)
        if file is not None:
            _files.move_to_end(address)
            return file
    return _keep(_opened(address))


def looked_at(address: str) -> RemoteFile:
    """The file behind an address, as it is now.

    Raises
    ------
    FileUnreadable, MissingPackage
    """
    new = _opened(address)
    with _lock:
        file = _files.get(address)
    # What is known of it stays, unless it has changed.
    unchanged = file is not None and (file.size, file.version) == (new.size, new.version)
    return file if file is not None and unchanged else _keep(new)


def give_up(address: str) -> None:
    """End the waits for bytes of a file, if it is open."""
    with _lock:
        file = _files.get(address)
    if file is not None:
        file.give_up()


def _keep(file: RemoteFile) -> RemoteFile:
    with _lock:
        _files[file.address] = file
        _files.move_to_end(file.address)
        while len(_files) > _MOST:
            _files.popitem(last=False)
    return file


def _opened(address: str) -> RemoteFile:
    protocol = address.partition("://")[0].lower()
    opener = _OPENERS.get(protocol)
    if opener is not None:
        return opener(address)
    _check_protocol(address, protocol)
    return open_in_filesystem(address)


def _xrootd(address: str) -> RemoteFile:
    from hepline.data.remote.xrootd import open_xrootd

    return open_xrootd(address)


_OPENERS: dict[str, Callable[[str], RemoteFile]] = {
    "http": open_http,
    "https": open_http,
    "root": _xrootd,
    "roots": _xrootd,
    "xroot": _xrootd,
    "xroots": _xrootd,
}


def _check_protocol(address: str, protocol: str) -> None:
    try:
        fsspec.get_filesystem_class(protocol)
    except ImportError as error:
        raise MissingPackage(
            f"{address} cannot be read without another library.",
            why=f"addresses that begin with {protocol}:// are read through it, and it is not "
            f"installed ({error}).",
            fix="install it with pip.",
        ) from None
    except ValueError:
        raise FileUnreadable(
            f"{address} is an address of an unknown kind.",
            why=f"nothing is known about how to read {protocol}://.",
            fix="use root://, https:// or a path; fsspec's own protocols work, too (s3://, …).",
        ) from None
