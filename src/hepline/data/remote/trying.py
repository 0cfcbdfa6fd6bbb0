"""Patience with servers: how often they are asked again, and what is said in the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hepline.data.retrying import retried
from hepline.data.transport import Unreachable
from hepline.errors import FetchFailed, FileUnreadable

__all__ = ["brought", "opened_at"]

_T = TypeVar("_T")

# A wrong name, most often: nobody should wait for it as for a server that is busy.
_TRIES = 2


def brought(attempt: Callable[[], _T], address: str) -> _T:
    """What an attempt returns, once it is not cut off.

    Parameters
    ----------
    attempt : callable
        Raises `Cut` if it is worth another try.
    address : str

    Raises
    ------
    FileUnreadable
        If it is cut off again and again, or the server refuses.
    """
    fix = f"check the network, and start again; or fetch it: hl.open(hl.dataset('{address}'))."
    try:
        return retried(attempt, address, fix=fix)
    except FetchFailed as error:
        raise FileUnreadable(error.what, why=error.why, fix=error.fix) from error


def opened_at(attempt: Callable[[], _T], address: str) -> _T:
    """What an attempt to open a file returns; a server that cannot be reached is soon given up.

    Parameters
    ----------
    attempt : callable
    address : str

    Raises
    ------
    FileUnreadable
    """
    failures: list[Unreachable] = []

    def counted() -> _T:
        try:
            return attempt()
        except Unreachable as error:
            failures.append(error)
            if len(failures) < _TRIES:
                raise
            server = address.partition("://")[2].partition("/")[0]
            raise FileUnreadable(
                f"{address} cannot be read: there is no connection to {server}.",
                why=f"{error}.",
                fix="check the name of the server in the address, the network, and firewalls.",
            ) from error

    return brought(counted, address)
