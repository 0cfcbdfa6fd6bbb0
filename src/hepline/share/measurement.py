"""The main job: from an analysis file and a list of files to the folder of a measurement."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
        result = load_analysis(analysis).run(
            samples,
            on=given.on,
            engine=given.engine,
            workers=given.workers,
            chunk=given.chunk,
            skip_unreadable=given.skip_unreadable,
            progress=given.progress,
        )
        say("fitting")
        began = time.perf_counter()
        fitted = _fit(result)
        seconds = {**result.seconds, "fit": time.perf_counter() - began}
        say("drawing")
        with _writing(folder):
            _write(partial, result, fitted, seconds)
            _move(partial, folder)
    failed = fitted.model is not None and fitted.fit is None
    return Measurement(folder, result, fitted.fit, fitted.reason, failed)


def _quiet(_: str) -> None:
    return


@dataclass(frozen=True)
class _Fitted:
    """As far as a fit came, and why it came no farther."""

    workspace: dict[str, Any] | None = None
    model: Model | None = None
    fit: FitResult | None = None
    reason: str = ""


def _fit(result: Result) -> _Fitted:
    try:
        workspace = result.workspace()
    except NothingToFit as error:
        return _Fitted(reason=f"{error.what} {error.why}")
    model = Model(workspace)
    try:
        return _Fitted(workspace, model, model.fit())
    except FitError as error:
        return _Fitted(workspace, model, reason=f"{error.what} {error.why} {error.fix}")


def _write(folder: Path, result: Result, fitted: _Fitted, seconds: dict[str, float]) -> None:
    began = time.perf_counter()
    result.templates.write(folder / "histograms.root")
    if fitted.workspace is not None:
        _write_json(folder / "workspace.json", fitted.workspace)
    content = report_content(
        result, fitted.model, fitted.fit, no_fit_reason=fitted.reason, seconds=seconds
    )
    write_report(folder, content)
    seconds = {**seconds, "report": time.perf_counter() - began}
    numbers = summary(result, fitted.fit, no_fit_reason=fitted.reason, seconds=seconds)
    _write_json(folder / "summary.json", numbers)


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """Make a hidden folder beside the results, from which they are moved at the very end.

    Raises
    ------
    OutputError
        If the folder cannot be written to: found before any event is read.
    """
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        with _writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder))
        try:
            yield partial
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    finally:
        # Folders that were made for nothing go again; one that holds results stays.
        with contextlib.suppress(OSError):
            for path in made:
                path.rmdir()


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, OutputError) as error:
        # What failed was a file in the hidden folder; the user knows only the folder.
        cause = error.__cause__ if isinstance(error, OutputError) else error
        raise OutputError(
            f"results cannot be written to {folder}.",
            why=f"{getattr(cause, 'strerror', None) or cause or error}.",
            fix="choose another --out folder, or free some space; earlier results are untouched.",
        ) from error


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
