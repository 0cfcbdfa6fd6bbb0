"""The main job: from an analysis file and a list of files to the folder of a measurement."""

from __future__ import annotations

import copy
import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hepline.analysis.checks import check_poi
from hepline.analysis.results import Blinding, Notice
from hepline.engine.run import Options
from hepline.errors import AnalysisError, FitError, HeplineError, ModelError, NothingToFit
from hepline.pipeline.analysis import Analysis, run
from hepline.pipeline.result import Result
from hepline.pipeline.scanning import GridScan
from hepline.share.folder import aside, move, writing
from hepline.share.grid import MeasuredGrid, grid_content, measured_grid
from hepline.share.loading import load_analysis
from hepline.share.report_content import report_content
from hepline.share.summary import summary
from hepline.share.unblinding import (
    blinding_of,
    first_unblinding,
    write_unblinding,
)
from hepline.show.content import ReportContent
from hepline.show.drawing import Studio
from hepline.show.figures import draw_figures
from hepline.show.report import write_report
from hepline.stats.model import Model
from hepline.stats.preflight import preflight, summaries
from hepline.stats.results import ChannelPrediction, FitResult

__all__ = ["Measurement", "measure"]


@dataclass(frozen=True)
class Measurement:
    """A finished measurement.

    Attributes
    ----------
    out : Path
        Folder with ``histograms.root``, ``workspace.json`` (if a model could be built),
        ``summary.json`` and, unless it was not wanted, ``index.html``. Of a grid of signals,
        ``workspace.json`` is the background, to which ``patchset.json`` adds each signal.
    result : Result
    fit : FitResult or None
        A hidden parameter of interest is shifted.
    no_fit_reason : str
    fit_failed : bool
        Whether a fit was asked for, and the likelihood could not be built or did not converge.
    blinding : Blinding
    grid : GridScan or None
        Limits of a grid of signals; the fit is that of its most significant one.
    """

    out: Path
    result: Result
    fit: FitResult | None
    no_fit_reason: str
    fit_failed: bool
    blinding: Blinding
    grid: GridScan | None = None


def measure(
    analysis: str | Path,
    samples: str | Path,
    out: str | Path,
    *,
    options: Options | None = None,
    poi: str | None = None,
    unblind: bool = False,
    reason: str = "",
    report: bool = True,
    figures: str = "both",
    drawing_workers: int = 1,
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
    poi : str, optional
        The parameter of interest, instead of that of the analysis.
    unblind : bool
        Show what the analysis hides with ``blind=``. The first time is kept in
        ``unblinding.json``.
    reason : str, optional
        Why: kept with it.
    report : bool
        Write ``index.html`` and ``figures/``. Without, those of an earlier run are removed.
    figures : str
        What figures are saved as: ``both`` (PDF and PNG), ``pdf``, ``png`` or ``none``.
    drawing_workers : int
        Processes that draw figures.

    Returns
    -------
    Measurement
        If no region has both data and expected events, or no likelihood can be built from the
        templates, there is no fit, and the reason is given.

    Raises
    ------
    HeplineError
        For bad input, negative counts among it; nothing is written then.
    """
    given = options if options is not None else Options()
    folder = Path(out)
    studio = Studio(figures, drawing_workers, folder, given.progress) if report else None
    with aside(folder) as partial:
        declared = _about(load_analysis(analysis), poi, unblind=unblind)
        unblinding = first_unblinding(folder, declared, unblind=unblind, reason=reason)
        result = run(declared, samples, given, unblind=unblind)
        blinding = blinding_of(declared, result.templates, unblinding, unblind=unblind)
        began = time.perf_counter()
        grid = measured_grid(result, given.progress)
        fitted = _fit(result if grid is None else grid.chosen)
        notices = [*result.notices, *(() if grid is None else grid.notices)]
        if fitted.model is not None:
            notices += _checked(fitted.model)
        result = replace(result, notices=tuple(notices))
        seconds = {**result.seconds, "fit": time.perf_counter() - began}
        with writing(folder):
            _write(partial, result, grid, fitted, blinding, seconds, studio)
            if unblinding is not None:
                write_unblinding(partial, unblinding)
            move(partial, folder)
    scan = None if grid is None else grid.scan
    return Measurement(folder, result, fitted.fit, fitted.reason, fitted.failed, blinding, scan)


def _about(declared: Analysis, poi: str | None, *, unblind: bool) -> Analysis:
    """The analysis with its parameter of interest, which must be known before events are read."""
    if poi and declared.blind and poi != declared.poi and not unblind:
        raise AnalysisError(
            f"poi='{poi}' of a blinded analysis.",
            why=f"the secret shift hides '{declared.poi}', whose value this fit would show.",
            fix="leave poi= out, or run with unblind=True.",
        )
    chosen = copy.copy(declared)
    chosen.chosen_poi = poi or declared.chosen_poi
    check_poi(chosen)
    return chosen


@dataclass(frozen=True)
class _Fitted:
    """As far as a fit came, and why it came no farther."""

    workspace: dict[str, Any] | None = None
    model: Model | None = None
    fit: FitResult | None = None
    postfit: tuple[ChannelPrediction, ...] = ()
    reason: str = ""
    failed: bool = False


def _fit(result: Result) -> _Fitted:
    try:
        # Negative counts are bad input, and end the run; what follows leaves templates to look at.
        result.check()
    except NothingToFit as error:
        return _Fitted(reason=f"{error.what} {error.why}")
    try:
        workspace = result.workspace()
        model = Model(workspace)
    except NothingToFit as error:
        return _Fitted(reason=f"{error.what} {error.why}")
    except ModelError as error:
        return _Fitted(reason=_said(error), failed=True)
    try:
        return _Fitted(workspace, model, *result.fitted())
    except FitError as error:
        return _Fitted(workspace, model, reason=_said(error), failed=True)


def _checked(model: Model) -> tuple[Notice, ...]:
    """What the pre-flight check finds, one line for each code; notes are for `hepline lint`."""
    serious = [one for one in preflight(model) if one.severity != "note"]
    return tuple(Notice("pre-flight", str(one)) for one in summaries(serious))


def _said(error: HeplineError) -> str:
    return f"{error.what} {error.why} {error.fix}"


def _write(
    folder: Path,
    result: Result,
    grid: MeasuredGrid | None,
    fitted: _Fitted,
    blinding: Blinding,
    seconds: dict[str, float],
    studio: Studio | None,
) -> None:
    began = time.perf_counter()
    result.templates.write(folder / "histograms.root")
    if grid is not None and grid.patches is not None:
        grid.patches.write(folder)
    elif fitted.workspace is not None:
        _write_json(folder / "workspace.json", fitted.workspace)
    scan = None if grid is None else grid.scan
    if studio is not None:
        shown = result if grid is None else replace(grid.chosen, notices=result.notices)
        content = report_content(
            shown,
            fitted.model,
            fitted.fit,
            postfit=fitted.postfit,
            blinding=blinding,
            no_fit_reason=fitted.reason,
            seconds=seconds,
        )
        content = replace(content, grid=grid_content(scan, result.analysis))
        seconds = _write_report(folder, content, studio)
    seconds = {**seconds, "report": time.perf_counter() - began}
    numbers = summary(
        result,
        fitted.fit,
        blinding=blinding,
        no_fit_reason=fitted.reason,
        seconds=seconds,
        grid=scan,
    )
    _write_json(folder / "summary.json", numbers)


def _write_report(folder: Path, content: ReportContent, studio: Studio) -> dict[str, float]:
    """Write the page, which says how long its figures took; returns the seconds of all stages."""
    began = time.perf_counter()
    figures = draw_figures(content, studio)
    seconds = {**content.seconds, "figures": time.perf_counter() - began}
    write_report(folder, replace(content, seconds=seconds), figures)
    return seconds


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
