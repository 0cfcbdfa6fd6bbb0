"""The main job: from an analysis file and a list of files to the folder of a measurement."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hepline.engine.run import Options
from hepline.errors import FitError, NothingToFit, OutputError
from hepline.share.loading import load_analysis
from hepline.share.report_content import report_content
from hepline.share.summary import summary
from hepline.show.report import write_report
from hepline.stats.build import Result
from hepline.stats.model import Model
from hepline.stats.results import FitResult

__all__ = ["Measurement", "measure"]

Announce = Callable[[str], None]


@dataclass(frozen=True)
class Measurement:
    """A finished measurement.

    Attributes
    ----------
    out : Path
        Folder with ``histograms.root``, ``workspace.json`` (if a model could be built),
        ``summary.json`` and ``index.html``.
    result : Result
    fit : FitResult or None
    no_fit_reason : str
    fit_failed : bool
        Whether a fit was tried and did not converge.
    """

    out: Path
    result: Result
    fit: FitResult | None
    no_fit_reason: str
    fit_failed: bool


def measure(
    analysis: str | Path,
    samples: str | Path,
    out: str | Path,
    *,
    options: Options | None = None,
    announce: Announce | None = None,
) -> Measurement:
    """Run an analysis, fit it and write everything into a folder.

    Parameters
    ----------
    analysis : path
        Python file that defines an `Analysis`.
    samples : path
        JSON list of files.
    out : path
        Folder; made if needed. Earlier results stay until all new ones are written.
    options : Options, optional
    announce : callable, optional
        Called with the name of each stage as it begins.

    Returns
    -------
    Measurement
        If no region has both data and expected events, there is no fit, and the reason is given.
    """
    given = options if options is not None else Options()
    say = announce if announce is not None else _quiet
    folder = Path(out)
    with _aside(folder) as partial:
        say("checking")
        loaded = load_analysis(analysis)
        result = loaded.run(
            samples,
            on=given.on,
            engine=given.engine,
            workers=given.workers,
            chunk=given.chunk,
            skip_unreadable=given.skip_unreadable,
            progress=given.progress,
        )
        seconds = dict(result.seconds)
        say("fitting")
        began = time.perf_counter()
        model, fit, reason, failed = _fit(result, partial)
        seconds["fit"] = time.perf_counter() - began
        say("drawing")
        began = time.perf_counter()
        result.templates.write(partial / "histograms.root")
        content = report_content(result, model, fit, no_fit_reason=reason, seconds=seconds)
        write_report(partial, content)
        seconds["report"] = time.perf_counter() - began
        numbers = summary(result, fit, no_fit_reason=reason, seconds=seconds)
        _write_json(partial / "summary.json", numbers)
    return Measurement(folder, result, fit, reason, failed)


def _quiet(_: str) -> None:
    return


def _fit(result: Result, folder: Path) -> tuple[Model | None, FitResult | None, str, bool]:
    try:
        workspace = result.workspace()
    except NothingToFit as error:
        return None, None, f"{error.what} {error.why}", False
    _write_json(folder / "workspace.json", workspace)
    model = Model(workspace)
    try:
        return model, model.fit(), "", False
    except FitError as error:
        return model, None, f"{error.what} {error.why} {error.fix}", True


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """A hidden folder beside the results; its files are moved into place at the very end.

    Raises
    ------
    OutputError
        If the folder cannot be written to (found before any event is read), or the disk is full.
    """
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder))
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        yield partial
        _move(partial, folder)
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if made and not any(folder.iterdir()):
            folder.rmdir()


def _move(partial: Path, folder: Path) -> None:
    # A model that can no longer be built must not leave the workspace of an earlier run behind.
    if not (partial / "workspace.json").exists():
        (folder / "workspace.json").unlink(missing_ok=True)
    files = sorted(path for path in partial.rglob("*") if path.is_file())
    # The page comes last: it is what a person opens, and it speaks of all the others.
    for path in sorted(files, key=lambda path: path.name == "index.html"):
        target = folder / path.relative_to(partial)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)


def _unwritable(folder: Path, error: OSError) -> OutputError:
    return OutputError(
        f"results cannot be written to {folder}.",
        why=f"{error.strerror or error}.",
        fix="choose another --out folder, or free some space; earlier results there are untouched.",
    )
