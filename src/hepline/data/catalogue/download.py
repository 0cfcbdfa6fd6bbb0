"""One file, brought whole and verified against its record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hepline.data.catalogue.checksums import digests_of
from hepline.data.catalogue.record import RemoteFile
from hepline.data.catalogue.xrootd import opened_xrootd
from hepline.data.retrying import Stop, Stopped, retried
from hepline.data.transport import Answer, Cut, Exhausted, opened
from hepline.errors import FetchFailed

__all__ = ["Download", "Report", "download", "verified"]

_STEP = 1 << 20  # bytes between two reports

Report = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Download:
    """What to bring, and where to.

    Attributes
    ----------
    file : RemoteFile
    partial : Path
        Stays after an interruption, for the next time; is removed if its content is wrong.
    address : str
        Of the record, for messages.
    mirrors : tuple of str
    report : callable
        ``report(name, done, total)`` in bytes.
    stop : Stop
        Ends the download.
    """

    file: RemoteFile
    partial: Path
    address: str
    mirrors: tuple[str, ...]
    report: Report
    stop: Stop


def download(task: Download) -> str:
    """Bring a file to its partial path, adding to what is there already.

    Returns
    -------
    str
        SHA-256 of the file.

    Raises
    ------
    FetchFailed
        If it cannot be brought, or is not what the record says.
    Stopped
        If `stop` was set.
    """
    resumed = _size(task.partial) > 0
    try:
        return _brought(task)
    except FetchFailed:
        # What an earlier run left may be of another version.
        if not resumed or task.partial.exists():
            raise
    return _brought(task)


def _brought(task: Download) -> str:
    partial = task.partial

    def attempt() -> None:
        try:
            _continue(task)
        except Exhausted:
            _forget(partial)
            raise

    retried(attempt, task.file.name, progress=lambda: _size(partial), stop=task.stop)
    try:
        sha256 = verified(partial, task.file, task.address)
    except FetchFailed:
        _forget(partial)
        raise
    _note(partial).unlink(missing_ok=True)
    return sha256


def verified(path: Path, file: RemoteFile, address: str) -> str:
    """SHA-256 of a file that has the size and the checksum of its record.

    Raises
    ------
    FetchFailed
        If it has not.
    """
    _check_size(path.stat().st_size, file, address)
    digest, sha256 = digests_of(path, file.checksum)
    if digest.lower() == file.checksum.lower():
        return sha256
    raise FetchFailed(
        f"{file.name} is damaged: its checksum is {digest}.",
        why=f"the record {address} says {file.checksum}.",
        fix="fetch it again; if that does not help, tell those who keep the record.",
    )


def _check_size(size: int, file: RemoteFile, address: str, kind: str = "") -> None:
    if file.size is None or size == file.size:
        return
    page = " The server sent a web page in its place." if kind.startswith("text/html") else ""
    raise FetchFailed(
        f"{file.name} has {size} bytes, and is refused.",
        why=f"the record {address} says {file.size} bytes: this is another file.{page}",
        fix="tell those who keep the record; fetch the other files of it by their names (files=).",
    )


def _continue(task: Download) -> None:
    """Ask for what is missing, and add it as it comes."""
    file, partial = task.file, task.partial
    start, version = _resumable(file, partial)
    if start == file.size and partial.exists():
        return
    with (
        _opened(file.url, start, version, task.mirrors) as answer,
        task.stop.ending(answer.end),
    ):
        if answer.start not in (0, start):
            _forget(partial)
            raise Cut("the server sent another part of the file than the missing one")
        if answer.total is not None:
            _check_size(answer.total, file, task.address, answer.kind)
        total = file.size if file.size is not None else answer.total
        _note(partial).write_text(answer.version, "utf-8")
        done = _added(task, answer, total)
    if total is not None and done > total:
        _forget(partial)
        _check_size(done, file, task.address)
        raise Cut("more bytes came than the server had said")
    if total is not None and done < total:
        raise Cut(f"{done} of {total} bytes came")


def _added(task: Download, answer: Answer, total: int | None) -> int:
    """Write an answer as it comes; the bytes that are there then."""
    done = reported = answer.start
    # Not buffered: what is on disk counts for the next try.
    with task.partial.open("ab" if answer.start else "wb", buffering=0) as out:
        for chunk in answer.chunks:
            if task.stop.is_set():
                raise Stopped
            out.write(chunk)
            done += len(chunk)
            if total is not None and done > total:
                break
            if done - reported >= _STEP:
                # Never the whole: it has not been verified yet.
                task.report(task.file.name, min(done, (total or done + 1) - 1), total or done + 1)
                reported = done
    return done


@contextmanager
def _opened(url: str, start: int, version: str, mirrors: tuple[str, ...]) -> Iterator[Answer]:
    if url.startswith(("root://", "xroot://")):
        with opened_xrootd(url, start) as answer:
            yield answer
        return
    with opened(url, start=start, version=version, mirrors=mirrors) as answer:
        yield answer


def _resumable(file: RemoteFile, partial: Path) -> tuple[int, str]:
    """The byte to go on from, and the version of those before it."""
    start = _size(partial)
    version = _note(partial).read_text("utf-8") if _note(partial).exists() else ""
    # Neither a version nor a checksum would tell that two halves belong together.
    unsafe = not version and not file.checksum
    if unsafe or (file.size is not None and start > file.size):
        _forget(partial)
        return 0, ""
    return start, version


def _size(partial: Path) -> int:
    return partial.stat().st_size if partial.exists() else 0


def _note(partial: Path) -> Path:
    return partial.with_name(f"{partial.name}.version")


def _forget(partial: Path) -> None:
    partial.unlink(missing_ok=True)
    _note(partial).unlink(missing_ok=True)
