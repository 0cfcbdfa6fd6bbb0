"""Verified files of a dataset in a folder, with a lock file."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from hepline.data.catalogue import store
from hepline.data.catalogue.archives import is_archive
from hepline.data.catalogue.archives import unpack as archive_to_folder
from hepline.data.catalogue.checksums import is_known
from hepline.data.catalogue.download import Download, Report, download, verified
from hepline.data.catalogue.lock import Lock, LockedFile, check_same, read_lock, write_lock
from hepline.data.catalogue.record import Record, RemoteFile, chosen_files
from hepline.data.catalogue.registry import is_local, record_of
from hepline.data.retrying import Stop, Stopped
from hepline.errors import FetchFailed, HeplineError, OutputError
from hepline.files import replacing
from hepline.records import cache_folder, known_checksum

__all__ = ["Fetched", "fetch"]

_AT_ONCE = 4  # files; what portals take without complaint
_HIDDEN = ".hepline"  # where files are while they are incomplete: no pattern of files matches it


@dataclass(frozen=True)
class Fetched:
    """A dataset in a folder.

    Attributes
    ----------
    record : Record
    paths : tuple of Path
        Verified files.
    brought : int
        How many of them were not on this machine before.
    notices : tuple of str
        What could not be verified, by file.
    folders : tuple of Path
        Of archives that were unpacked.
    """

    record: Record
    paths: tuple[Path, ...]
    brought: int
    notices: tuple[str, ...]
    folders: tuple[Path, ...] = ()


def _silent(_name: str, _done: int, _total: int) -> None:
    return None


def fetch(
    address: str,
    *,
    out: str | Path,
    files: Sequence[str] = (),
    unpack: bool = False,
    progress: Report = _silent,
) -> Fetched:
    """Bring files of a dataset into a folder, each verified by its size and checksum.

    Parameters
    ----------
    address : str
        ``cod:12341`` (CERN Open Data), ``zenodo:3934663``, ``hf:owner/name@revision``,
        ``atlas:release/dataset@skim``, ``rucio:scope:name``, ``https://…``, ``root://…``, a
        folder, a pattern.
    out : path
        Folder; is made if need be.
    files : sequence of str
        Names or patterns; all files by default.
    unpack : bool
        Whether archives (zip, tar) are unpacked, each into a folder beside it.
    progress : callable
        ``progress(name, done, total)`` in bytes.

    Returns
    -------
    Fetched

    Raises
    ------
    FetchFailed
        If a file is not there and verified; the others are.
    OutputError
    """
    record = record_of(address)
    wanted = chosen_files(record, files)
    _check_readable(record, files)
    folder = Path(out)
    try:
        with _alone(folder):
            fetched = _fetched(record, wanted, folder, progress)
            archives = [path for path in fetched.paths if unpack and is_archive(path)]
            folders = tuple(archive_to_folder(path, within=folder) for path in archives)
            return replace(fetched, folders=folders)
    except OSError as error:
        raise OutputError(
            f"cannot write to {error.filename or folder}.",
            why=f"the system says: {error.strerror or error}.",
            fix="choose a folder that you may write to, with space left (out=).",
        ) from error


def _check_readable(record: Record, files: Sequence[str]) -> None:
    if record.obstacle and not files:
        raise FetchFailed(
            f"the events of {record.address}, '{record.title}', cannot be read here.",
            why=f"{record.obstacle}. What can be read here: NanoAOD, PHYSLITE and other flat "
            "ROOT files, Parquet, HDF5, CSV.",
            fix="look for a record of the same data in NanoAOD; or name the files that you want "
            "all the same (files=), to use them with that software.",
        )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time write to a folder; a second one waits, and uses what is there."""
    hidden = folder / _HIDDEN
    key = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:32]
    lock = cache_folder() / "locks" / key
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        hidden.mkdir(parents=True, exist_ok=True)
        try:
            yield
        finally:
            # Partial files stay for the next time.
            with suppress(OSError):
                hidden.rmdir()


def _fetched(
    record: Record, wanted: Sequence[RemoteFile], folder: Path, progress: Report
) -> Fetched:
    lock = read_lock(folder)
    checkable, notices = _checkable(record, wanted, lock)
    stop = Stop()
    arrivals: dict[str, tuple[LockedFile, bool]] = {}
    failures: list[HeplineError] = []
    pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="fetch")
    jobs: list[Future[None]] = []

    def bring(file: RemoteFile) -> None:
        try:
            arrivals[file.name] = _one(file, record, lock, folder, progress, stop)
        except HeplineError as error:
            failures.append(error)

    try:
        jobs = [pool.submit(bring, file) for file in checkable]
        for job in wait(jobs, return_when=FIRST_EXCEPTION).done:
            job.result()
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)
        # What is there and verified stays so, whatever happened to the others.
        if arrivals:
            locked = {name: file for name, (file, _) in sorted(arrivals.items())}
            write_lock(lock.with_files(record, locked), folder)
    if failures:
        raise _failure(failures, len(wanted))
    return Fetched(
        record,
        tuple(folder / file.name for file in wanted),
        sum(new for _, new in arrivals.values()),
        tuple(notices),
    )


def _checkable(
    record: Record, wanted: Sequence[RemoteFile], lock: Lock
) -> tuple[list[RemoteFile], list[str]]:
    """The files with the checksums that can be verified, and notices of the others."""
    files, notices = [], []
    for file in wanted:
        verifiable = is_known(file.checksum)
        files.append(file if verifiable else replace(file, checksum=""))
        lock.check(files[-1], record.address)
        if not verifiable and not is_local(record.address):
            notices.append(
                f"{file.name}: the source gives no checksum that can be verified; its SHA-256 is "
                "in the lock file, and later fetches are held to it."
            )
    return files, notices


def _failure(failures: Sequence[HeplineError], count: int) -> HeplineError:
    first = failures[0]
    if len(failures) == 1:
        return first
    lines = "".join(f"\n    {error.what.rstrip('.')}: {error.why}" for error in failures)
    return FetchFailed(
        f"{len(failures)} of {count} files were not fetched:{lines}",
        why="every file that is written has been verified, and these could not be.",
        fix=first.fix,
    )


def _one(
    file: RemoteFile,
    record: Record,
    lock: Lock,
    folder: Path,
    progress: Report,
    stop: Stop,
) -> tuple[LockedFile, bool]:
    """Have a file in the folder, and say whether it was new to this machine."""
    target, address = folder / file.name, record.address
    locked = lock.check(file, address)
    sha256, new = _present(target, file, locked, address), False
    if sha256 is None and (kept := store.stored(file)) is not None:
        check_same(locked, kept.sha256, file.name)
        store.place(kept, target)
        sha256 = kept.sha256
    if sha256 is None:
        sha256, new = _new(file, record, locked, target, progress, stop), True
    size = target.stat().st_size
    progress(file.name, size, size)
    counted = locked is not None and locked.sha256 == sha256 and locked.events is not None
    events = locked.events if locked is not None and counted else _events_in(target)
    # A signed address opens the file to everybody who reads the lock file.
    url = file.url.partition("?")[0] if "X-Amz-Signature=" in file.url else file.url
    return LockedFile(file.name, url, size, sha256, file.checksum, events), new


def _events_in(path: Path) -> int | None:
    """Entries of a file; None if it is of another kind, or its tree has no usual name."""
    from hepline.data.filesource import look

    try:
        return look(str(path), "Events")[0].entries
    except HeplineError:
        return None


def _present(target: Path, file: RemoteFile, locked: LockedFile | None, address: str) -> str | None:
    """SHA-256 of a file that is in the folder already, if it is the right one."""
    if not target.is_file():
        return None
    if locked is not None and known_checksum(target) == locked.sha256:
        return locked.sha256
    # Without a checksum or a lock, nothing says that this is the file.
    if file.checksum and locked is None:
        with suppress(FetchFailed):
            return verified(target, file, address)
    return None


def _new(
    file: RemoteFile,
    record: Record,
    locked: LockedFile | None,
    target: Path,
    progress: Report,
    stop: Stop,
) -> str:
    if is_local(record.address):
        with replacing(target) as partial:
            shutil.copyfile(file.url, partial)
            sha256 = verified(partial, file, record.address)
            check_same(locked, sha256, file.name)
        return sha256
    partial = target.parent / _HIDDEN / f"{file.name}.partial"
    sha256 = download(Download(file, partial, record.address, record.mirrors, progress, stop))
    try:
        check_same(locked, sha256, file.name)
    except FetchFailed:
        partial.unlink()
        raise
    if stop.is_set():
        raise Stopped
    partial.replace(target)
    store.keep(target, file, sha256=sha256, address=record.address)
    return sha256
