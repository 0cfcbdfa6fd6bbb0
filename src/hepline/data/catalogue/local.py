"""Files on this machine: a folder, a pattern or a path."""

from __future__ import annotations

import glob
from pathlib import Path

from hepline.data.catalogue.record import Record, RemoteFile, safe_names
from hepline.errors import FetchFailed

__all__ = ["record_of"]


def record_of(address: str) -> Record:
    """The dataset of the files that are there now; hidden ones are left out.

    Raises
    ------
    FetchFailed
        If there is nothing.
    """
    place = Path(address)
    if place.is_dir():
        paths = sorted(path for path in place.iterdir() if not path.name.startswith("."))
    elif place.exists():
        paths = [place]
    else:
        paths = [Path(path) for path in sorted(glob.glob(address, recursive=True))]  # noqa: PTH207
    files = [path.resolve() for path in paths if path.is_file()]
    if not files:
        raise FetchFailed(
            f"there is nothing at {address}.",
            why="it is neither a folder with files, nor a pattern that matches, nor an address.",
            fix="check the path; addresses begin with cod:, zenodo:, hf:, https:// or root://.",
        )
    names = safe_names([str(path) for path in files], address)
    return Record(
        address,
        tuple(
            RemoteFile(name, str(path), path.stat().st_size)
            for name, path in zip(names, files, strict=True)
        ),
    )
