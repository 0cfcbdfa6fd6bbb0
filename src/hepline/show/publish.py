"""A folder of finished files, put in place only when all of them are written."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from hepline.errors import OutputError

__all__ = ["publish"]


def publish(out: Path, files: Mapping[str, bytes], *, replaces: tuple[str, ...] = ()) -> None:
    """Write files aside and rename them into place, in the order given.

    Parameters
    ----------
    out : Path
        Folder; made where it is missing.
    files : mapping of str to bytes
        Path inside `out`, with slashes, and content. The last file is renamed last: a page
        that refers to the others never stands there without them.
    replaces : tuple of str
        Glob patterns inside `out`: files that match and are not written now are left over from
        an earlier result, and are removed.

    Raises
    ------
    OutputError
        If the folder cannot be written to; an earlier result is then still in place.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".writing-", dir=out))
        try:
            _write(aside, files)
            _rename(aside, out, files, replaces)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as problem:
        raise OutputError(
            f"the report could not be written to '{out}': {problem.strerror or problem}.",
            why="all files of a report are written before any of them is put in place.",
            fix="choose a folder that can be written to (out='…'), or make room on the disk.",
        ) from problem


def _write(aside: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = aside / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _rename(aside: Path, out: Path, files: Mapping[str, bytes], replaces: tuple[str, ...]) -> None:
    old = {path for pattern in replaces for path in out.glob(pattern)}
    for path in old - {out / name for name in files}:
        path.unlink()
    for name in files:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (aside / name).replace(out / name)
