"""Archives: unpacked into a folder of their own, and nowhere else."""

from __future__ import annotations

import lzma
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from hepline.errors import FetchFailed
from hepline.files import replacing
from hepline.records import known_checksum

__all__ = ["is_archive", "unpack"]

# NotImplementedError: zipfile's for methods of packing that it does not know.
_DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
)
_NOTE = ".hepline-archive"  # in a folder: the SHA-256 of the archive that it came of
_ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")


def is_archive(path: str | Path) -> bool:
    """Whether a file is a zip or tar archive, by its name."""
    return str(path).lower().endswith(_ENDINGS)


def unpack(archive: Path, *, within: Path) -> Path:
    """Unpack an archive into a folder with its name, which appears when it is whole.

    Parameters
    ----------
    archive : Path
    within : Path
        Where the folder is made.

    Returns
    -------
    Path
        One that this archive was unpacked into before is kept as it is.

    Raises
    ------
    FetchFailed
        If a folder of this name came of something else; if a member would lead out of the folder,
        or is a link or a device; if the archive is damaged, or larger than the disk has room for.
        Nothing is left behind.
    """
    ending = next(end for end in _ENDINGS if archive.name.lower().endswith(end))
    folder = within / archive.name[: -len(ending)]
    digest, note = known_checksum(archive), folder / _NOTE
    if folder.exists():
        if note.is_file() and note.read_text("utf-8").strip() == digest:
            return folder
        raise FetchFailed(
            f"{folder} is there, and did not come of {archive}.",
            why="what is in it would be taken for the content of this archive.",
            fix="move it away, or unpack into another folder (out=).",
        )
    with _reading(archive), replacing(folder) as partial:
        partial.mkdir()
        if ending == ".zip":
            with zipfile.ZipFile(archive) as packed:
                _unzip(packed, archive, partial)
        else:
            with tarfile.open(archive) as packed:
                _untar(packed, archive, partial)
        (partial / _NOTE).write_text(f"{digest}\n", "utf-8")
    return folder


@contextmanager
def _reading(archive: Path) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise FetchFailed(
            f"{archive} cannot be unpacked.",
            why=f"{error or type(error).__name__}.",
            fix="fetch it again; an archive with a password must be unpacked by hand.",
        ) from error


def _unzip(packed: zipfile.ZipFile, archive: Path, folder: Path) -> None:
    members = packed.infolist()
    for member in members:
        kind = stat.S_IFMT(member.external_attr >> 16)
        _check(archive, member.filename, is_plain=kind in (0, stat.S_IFREG, stat.S_IFDIR))
    _check_room(archive, sum(member.file_size for member in members), folder)
    packed.extractall(folder, members)  # noqa: S202 (every member has been checked)


def _untar(packed: tarfile.TarFile, archive: Path, folder: Path) -> None:
    members = packed.getmembers()
    for member in members:
        _check(archive, member.name, is_plain=member.isreg() or member.isdir())
    _check_room(archive, sum(member.size for member in members), folder)
    # Python 3.11.4 and later check once more.
    again: Any = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    packed.extractall(folder, members, **again)  # noqa: S202


def _check(archive: Path, name: str, *, is_plain: bool) -> None:
    path = PurePosixPath(name)
    leads_out = path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name[:2]
    if leads_out or not is_plain:
        raise FetchFailed(
            f"{archive} holds {name!r}.",
            why="it would be written outside of the folder."
            if leads_out
            else "a link or a device can lead out of the folder.",
            fix="do not trust this archive; nothing of it was unpacked.",
        )


def _check_room(archive: Path, size: int, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if size > free:
        raise FetchFailed(
            f"{archive} needs {size:,} bytes unpacked, and {free:,} are free.".replace(",", " "),
            why="an archive can be a thousand times smaller than what is in it.",
            fix="unpack it on a larger disk (out=).",
        )
