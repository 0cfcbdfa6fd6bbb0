"""From the answers about a workspace to the content of their page."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from hepline.analysis.results import Blinding
from hepline.show.content import RegionInfo
from hepline.show.drawing import Studio
from hepline.show.inference import InferenceContent
from hepline.show.inference_figures import draw_inference
from hepline.show.inference_page import write_inference
from hepline.stats.inference.asymptotic import asymptotics
from hepline.stats.inference.results import HypothesisTest
from hepline.stats.model import Model
from hepline.stats.questions import Answers

__all__ = ["write_page"]

_NOTE = "The parameter of interest is shown with a secret shift."
_BAND = 25  # values of the parameter of interest that make a smooth band


def write_page(out: Path, workspace: Path, model: Model, answers: Answers, studio: Studio) -> Path:
    """Draw everything that was asked into ``index.html``.

    Parameters
    ----------
    out : Path
        Folder.
    workspace : Path
        What was fitted. A ``summary.json`` of hepline beside it says what its bins are bins of.
    model : Model
    answers : Answers
    studio : Studio
        How figures are drawn.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    OutputError
        If the folder cannot be written to.
    """
    content = _content(workspace, model, answers)
    began = time.perf_counter()
    figures = draw_inference(content, studio)
    seconds = {**content.seconds, "figures": time.perf_counter() - began}
    return write_inference(out, replace(content, seconds=seconds), figures)


def _content(workspace: Path, model: Model, answers: Answers) -> InferenceContent:
    fit, blinded = answers.fit, answers.blinded
    hidden = Blinding("blinded", poi=fit.poi, note=_NOTE) if blinded else Blinding()
    return InferenceContent(
        title=workspace.name,
        answers=answers,
        blinding=hidden,
        regions=_regions_beside(workspace, model),
        # After the fit of hidden data, the prediction would tell the hidden value.
        prefit=() if blinded else model.prefit(),
        postfit=() if blinded else model.postfit(fit),
        band=_band(model, answers),
        seconds={"fit": fit.seconds},
    )


def _band(model: Model, answers: Answers) -> tuple[HypothesisTest, ...]:
    """Tests between the few that a limit needs, so that its curves are smooth."""
    limit = answers.limit
    if limit is None or limit.method != "asymptotic":
        return ()
    highest = 1.3 * max(limit.observed, limit.expected[-1])
    fits = asymptotics(model)  # shared by all tests
    return tuple(fits.test(mu) for mu in np.linspace(0, highest, _BAND + 1)[1:].tolist())


def _regions_beside(workspace: Path, model: Model) -> tuple[RegionInfo, ...]:
    """Names and edges of the channels, from the summary of the run that made the workspace."""
    try:
        summary = json.loads((workspace.parent / "summary.json").read_text("utf-8"))
        known = summary["regions"]
        found = [_region(one.name, known[one.name]) for one in model.channels if one.name in known]
    except (OSError, ValueError, TypeError, LookupError):
        # There is none, or it belongs to another program: bins are then drawn by number.
        return ()
    # A folder may hold the summary of another run.
    bins = {channel.name: len(channel.observed) for channel in model.channels}
    return tuple(region for region in found if len(region.fit_edges) == bins[region.name] + 1)


def _region(name: str, known: dict[str, Any]) -> RegionInfo:
    edges = np.asarray(known["fit_edges"], np.float64)
    return RegionInfo(name, str(known["label"]), str(known["observable"]), edges, edges)
