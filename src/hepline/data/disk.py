"""A file before it is opened: whether it is there, what it is, whether it is whole."""

from __future__ import annotations

import struct
from pathlib import Path

from hepline.data.damage import reading
from hepline.errors import FileUnreadable, nearest

__all__ = ["is_remote", "kind_of", "size_of", "stamp"]

_PARQUET = b"PAR1"
_ENDINGS = (".root", ".parquet")


def is_remote(path: str) -> bool:
    """Whether a path is an address such as ``https://…`` or ``root://…``."""
    return "://" in path


def stamp(path: str) -> tuple[int, int]:
    """Tells a rewritten file from the one that was opened before."""
    if is_remote(path):
        return (0, 0)
    status = Path(path).stat()
    return (status.st_mtime_ns, status.st_size)


def size_of(path: str) -> int:
    """Bytes of a file on disk; 0 for an address."""
    return 0 if is_remote(path) else Path(path).stat().st_size


def kind_of(path: str) -> str:
    """``root`` or ``parquet``: told by the first letters of a file, by the ending of an address.

    Raises
    ------
    FileUnreadable
        If it is missing, empty, truncated, or neither of the two.
    """
    if is_remote(path):
        return "parquet" if path.partition("?")[0].endswith(".parquet") else "root"
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
    with reading(path), file.open("rb") as stream:
        magic = stream.read(4)
        header = stream.read(16)
    if magic == _PARQUET:
        return "parquet"
    if magic != b"root":
        raise FileUnreadable(
            f"{path} is not a ROOT file." if magic else f"{path} is empty (0 bytes).",
            why=f"a ROOT file begins with the letters 'root' (Parquet with 'PAR1'), "
            f"this one with {magic!r}.",
            fix="name a ROOT or Parquet file; if a download broke off, fetch it again.",
        )
    with reading(path):
        _check_whole(path, header)
    return "root"


def _check_whole(path: str, header: bytes) -> None:
    # Offset 12: fEND, the size the file had when it was closed (8 bytes from version 1000000 on).
    version, _begin, short_end = struct.unpack(">iii", header[:12])
    end = struct.unpack(">q", header[8:16])[0] if version >= 1_000_000 else short_end
    if end > size_of(path):
        raise FileUnreadable(
            f"{path} is truncated: {size_of(path)} of {end} bytes.",
            why="a copy or a download broke off before its end.",
            fix="fetch or copy the file again.",
        )


def _near(name: str, folder: Path) -> str:
    """What could be meant: files of events before all others, never hidden ones."""
    if not folder.is_dir():
        return "check the path."
    shown = sorted(e.name for e in folder.iterdir() if e.is_file() and not e.name.startswith("."))
    events = [entry for entry in shown if entry.endswith(_ENDINGS)]
    for candidates in (events, shown):
        hint = nearest(name, candidates)
        if hint.startswith("did you mean"):
            return hint
    others = (
        f"{len(shown) - len(events)} other files" if len(shown) > len(events) else "nothing else"
    )
    if not events:
        return f"check the path: the folder holds no ROOT file, and {others}."
    listed = ", ".join(events[:6]) + (", …" if len(events) > 6 else "")
    return f"choose one of its {len(events)} ROOT files: {listed}"
