"""Checks of a file before it is opened: existence, format, completeness."""

from __future__ import annotations

import os
import struct
from contextlib import closing
from pathlib import Path

from hepline.data.access import remote_file, stream_of
from hepline.data.addresses import is_remote
from hepline.data.damage import reading
from hepline.data.refusals import refusal
from hepline.errors import FileUnreadable, nearest

__all__ = ["kind_of", "size_of", "stamp"]

# Signatures and name endings of each format. Text has no signature.
_MAGIC = {b"root": "root", b"PAR1": "parquet", b"\x89HDF": "hdf5"}
_KINDS = {
    ".root": "root",
    ".parquet": "parquet",
    **dict.fromkeys((".h5", ".hdf5", ".hdf"), "hdf5"),
    **dict.fromkeys((".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz"), "csv"),
    **dict.fromkeys((".json", ".jsonl", ".ndjson"), "json"),
    **dict.fromkeys((".json.gz", ".jsonl.gz", ".ndjson.gz"), "json"),
}

# Text files that are seldom tables.
_NOTES = (".txt", ".txt.gz", ".json", ".json.gz")


def stamp(path: str) -> tuple[int | str, int]:
    """A stamp that changes when a file is rewritten; for an address, when it is opened anew."""
    if is_remote(path):
        file = remote_file(path)
        return (file.version, file.size)
    status = os.stat(path)  # noqa: PTH116 (asked for every chunk)
    return (status.st_mtime_ns, status.st_size)


def size_of(path: str) -> int:
    """Size of a file in bytes."""
    return remote_file(path).size if is_remote(path) else Path(path).stat().st_size


def kind_of(path: str) -> str:
    """``root``, ``parquet``, ``hdf5``, ``csv`` or ``json``.

    Recognized by signature; by the ending of the name for text (``.csv``, ``.tsv``, ``.txt``,
    ``.json``, ``.jsonl``, ``.ndjson``, each also with ``.gz``).

    Raises
    ------
    FileUnreadable
        If the file is missing, empty, truncated, or of another format.
    MissingPackage
        If an address needs a library that is not installed.
    """
    if not is_remote(path):
        _check_there(path)
    name = path.partition("?")[0] if is_remote(path) else path
    with reading(path), closing(stream_of(path)) as stream:
        magic = stream.read(4)
        header = stream.read(16)
    kind = _MAGIC.get(magic)
    if kind is None and magic:
        ending = _by_ending(name)
        kind = ending if ending in ("csv", "json") else None
    if kind is None:
        raise refusal(path, magic)
    if kind == "root":
        with reading(path):
            _check_whole(path, header)
    return kind


def _check_there(path: str) -> None:
    file = Path(path)
    if not file.exists():
        folder = file.parent
        raise FileUnreadable(
            f"there is no file {path}.",
            why=f"the folder {folder} "
            + ("has no file of this name." if folder.is_dir() else "is not there."),
            fix=_near(file.name, folder),
        )
    if not file.is_file():
        raise FileUnreadable(
            f"{path} is a folder.",
            why="events are read from files.",
            fix=f"name the files: {path.rstrip('/')}/*.root",
        )


def _by_ending(path: str) -> str | None:
    return next((kind for ending, kind in _KINDS.items() if path.lower().endswith(ending)), None)


def _check_whole(path: str, header: bytes) -> None:
    # Offset 12: fEND, the size of the file when it was closed (8 bytes from version 1000000 on).
    version, _begin, short_end = struct.unpack(">iii", header[:12])
    end = struct.unpack(">q", header[8:16])[0] if version >= 1_000_000 else short_end
    if end > size_of(path):
        raise FileUnreadable(
            f"{path} is truncated: {size_of(path)} of {end} bytes.",
            why="a copy or a download broke off before its end.",
            fix="fetch or copy the file again.",
        )


def _near(name: str, folder: Path) -> str:
    """Suggest a file: event files before all others, never hidden ones."""
    if not folder.is_dir():
        return "check the path."
    names = sorted(e.name for e in folder.iterdir() if e.is_file() and not e.name.startswith("."))
    events = [entry for entry in names if _by_ending(entry) and not entry.endswith(_NOTES)]
    for candidates in (events, names):
        hint = nearest(name, candidates)
        if hint.startswith("did you mean"):
            return hint
    others = (
        f"{len(names) - len(events)} other files" if len(names) > len(events) else "nothing else"
    )
    if not events:
        return f"check the path: the folder holds no file of events, and {others}."
    listed = ", ".join(events[:6]) + (", …" if len(events) > 6 else "")
    return f"choose one of its {len(events)} files of events: {listed}"
