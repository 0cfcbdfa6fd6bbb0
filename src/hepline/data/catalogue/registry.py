"""Which source an address belongs to."""

from __future__ import annotations

from collections.abc import Callable

from hepline.data.catalogue import (
    atlas,
    cernopendata,
    huggingface,
    local,
    rucio,
    servicex,
    web,
    xrootd,
    zenodo,
)
from hepline.data.catalogue.record import Record
from hepline.errors import FetchFailed

__all__ = ["is_local", "record_of"]

Source = Callable[[str], Record]
"""A source answers an address with the record of the dataset."""

SOURCES: dict[str, Source] = {
    "cod:": cernopendata.record_of,
    "zenodo:": zenodo.record_of,
    "hf:": huggingface.record_of,
    "atlas:": atlas.record_of,
    "rucio:": rucio.record_of,
    "servicex:": servicex.record_of,
    "https://": web.record_of,
    "http://": web.record_of,
    "root://": xrootd.record_of,
    "xroot://": xrootd.record_of,
}
"""By the beginning of their addresses; anything else is a path."""


def record_of(address: str) -> Record:
    """Ask the source of an address for its record.

    Raises
    ------
    FetchFailed
        If no source has such addresses, or the source does not have the dataset.
    """
    for beginning, source in SOURCES.items():
        if address.startswith(beginning):
            return source(address)
    if "://" in address:
        raise FetchFailed(
            f"{address} belongs to no source that is known here.",
            why=f"addresses begin with {', '.join(SOURCES)}; anything else is a path.",
            fix="give another address of the same files.",
        )
    return local.record_of(address)


def is_local(address: str) -> bool:
    """Whether an address is a path on this machine."""
    return not address.startswith(tuple(SOURCES)) and "://" not in address
