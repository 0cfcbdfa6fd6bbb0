"""The folder of a trained model: the artefact, and a page about it."""

from __future__ import annotations

import sys
from pathlib import Path

from hepline.data.identity import file_records
from hepline.errors import AnalysisError
from hepline.learn.judgement import judgement_of
from hepline.learn.training import Trained
from hepline.records import Provenance, versions
from hepline.share.loading import execute
from hepline.show.drawing import Studio, draw_all
from hepline.show.figure_files import figure_files, figure_patterns
from hepline.show.model_figures import MODEL_FAMILIES, model_drawings
from hepline.show.model_page import ModelContent, render_model
from hepline.show.publish import publish

__all__ = ["load_trained", "write_model"]


def load_trained(path: str | Path) -> tuple[str, Trained]:
    """Execute a file that trains a model.

    Parameters
    ----------
    path : path
        Its top level assigns the result of one `hl.train`.

    Returns
    -------
    str, Trained
        Its name in the file, and the model.

    Raises
    ------
    AnalysisError
        If there is no such file, it stops at an error of Python, or it does not train exactly one
        model.
    """
    module = execute(Path(path), "a training", "an hl.train(…)")
    models = {name: value for name, value in vars(module).items() if isinstance(value, Trained)}
    if len({id(value) for value in models.values()}) != 1:
        raise AnalysisError(
            f"{path} trains {len(models)} models{': ' if models else ''}{', '.join(models)}.",
            why="a folder holds exactly one.",
            fix="assign one at the top level of the file: model = hl.train(…).",
        )
    return next(iter(models.items()))


def write_model(trained: Trained, out: Path, *, title: str, started: str) -> Path:
    """Write the artefact, ``index.html`` and its figures.

    Parameters
    ----------
    trained : Trained
    out : Path
    title : str
    started : str
        ISO 8601.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    OutputError
        If the folder cannot be written to.
    """
    trained.save(out)
    judgement = judgement_of(trained)
    figures = draw_all(model_drawings(trained, judgement), Studio())
    files = file_records((part.path, part.entries, part.size) for part in trained.files)
    recipes = tuple((f.name, f"{f.values.node}\nkey {f.values.node.key}") for f in trained.features)
    made = Provenance(" ".join(sys.argv), started, versions(), files, (), recipes)
    page = render_model(trained, judgement, ModelContent(title, made), figures)
    content = figure_files(figures)
    content["index.html"] = page.encode()
    publish(out, content, replaces=figure_patterns(MODEL_FAMILIES))
    return out / "index.html"
