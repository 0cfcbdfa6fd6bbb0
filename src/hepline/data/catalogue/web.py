"""Any file behind an ``https://`` address."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from hepline.data.catalogue.record import Record, RemoteFile, safe_names

__all__ = ["record_of"]


def record_of(address: str) -> Record:
    """The dataset of a single file, of which nobody says what it must be.

    Raises
    ------
    FetchFailed
        If the address does not end in the name of a file.
    """
    (name,) = safe_names([unquote(urlsplit(address).path)], address)
    return Record(address, (RemoteFile(name, address),))
