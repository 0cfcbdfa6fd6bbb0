"""The folder of a measurement: written aside, put in place only when all of it is there."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hepline.errors import OutputError
from hepline.show.figure_files import figure_patterns
from hepline.show.figures import FIGURE_FAMILIES
from hepline.show.report_tables import table_patterns

__all__ = ["aside", "move", "writing"]


@contextmanager
def aside(folder: Path) -> Iterator[Path]:
    """Make a hidden folder beside the results, from which they are moved at the very end.

    Its name holds the machine and the process, so that what a killed run has left behind is
    recognised and swept by the next one.

    Raises
    ------
    OutputError
        If the folder cannot be written to: found before any event is read.
    """
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            prefix = f".partial-{_machine()}-{os.getpid()}-"
            partial = Path(tempfile.mkdtemp(prefix=prefix, dir=folder))
            _sweep(folder)
        try:
            yield partial
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    finally:
        # Folders that were made for nothing go again; one that holds results stays.
        with contextlib.suppress(OSError):
            for path in made:
                path.rmdir()


def _machine() -> str:
    return re.sub(r"\W", "_", socket.gethostname())


def _sweep(folder: Path) -> None:
    """Remove what runs on this machine left behind when they were killed."""
    for left in folder.glob(f".partial-{_machine()}-*"):
        process = left.name.split("-")[2]
        if process.isdigit() and not _runs(int(process)):
            shutil.rmtree(left, ignore_errors=True)


def _runs(process: int) -> bool:
    # Windows knows no signal 0: there, asking would end the process.
    if os.name == "nt":
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn what the system says about a full disk or a missing permission into one error."""
    try:
        yield
    except (OSError, OutputError) as error:
        # What failed was a file in the hidden folder; the user knows only the folder.
        cause = error.__cause__ if isinstance(error, OutputError) else error
        if not isinstance(cause, OSError):
            raise
        raise OutputError(
            f"results cannot be written to {folder}.",
            why=f"{cause.strerror or cause}.",
            fix="choose another folder (out='…'), or free some space; earlier results are "
            "untouched.",
        ) from error


def move(partial: Path, folder: Path) -> None:
    """Put new results in place of earlier ones, and remove of those what has no successor."""
    # A model that can no longer be built must not leave the workspace of an earlier run behind, nor
    # a run without a report a page of other numbers, which may be blinded now.
    for name in ("workspace.json", "patchset.json", "index.html"):
        if not (partial / name).exists():
            (folder / name).unlink(missing_ok=True)
    files = sorted(path for path in partial.rglob("*") if path.is_file())
    # The page comes last: it is what a person opens, and it speaks of all the others.
    for path in sorted(files, key=lambda path: path.name == "index.html"):
        target = folder / path.relative_to(partial)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
    new = {folder / path.relative_to(partial) for path in files}
    for figure in _figures(folder) - new:
        figure.unlink(missing_ok=True)


def _figures(folder: Path) -> set[Path]:
    """Figures and tables that a report has written; others are the user's own."""
    patterns = (*figure_patterns(FIGURE_FAMILIES), *table_patterns())
    return {path for pattern in patterns for path in folder.glob(pattern) if path.is_file()}
