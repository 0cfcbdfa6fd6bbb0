"""The page of a trained model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from hepline.learn.importance import TOGETHER
from hepline.learn.judgement import Judgement
from hepline.learn.training import Trained
from hepline.records import Provenance
from hepline.show.encoding import EncodedFigure
from hepline.show.model_figures import MODEL_FAMILIES
from hepline.show.page import environment

__all__ = ["ModelContent", "render_model"]

_TITLES = {
    "auc": "area under the ROC curve",
    "f1": "F1",
    "log_loss": "log loss",
    "brier": "Brier score",
    "rejection_at_50": "background rejection at 50 % signal",
    "rejection_at_30": "background rejection at 30 % signal",
    "ams": "best approximate median significance",
    "rmse": "root mean square error",
    "mae": "mean absolute error",
    "r2": "explained variance R²",
}


@dataclass(frozen=True)
class ModelContent:
    """What a page says besides the model.

    Attributes
    ----------
    title : str
    provenance : Provenance
    """

    title: str
    provenance: Provenance


def render_model(
    trained: Trained,
    judgement: Judgement,
    content: ModelContent,
    figures: Mapping[str, EncodedFigure],
) -> str:
    """Render the page as HTML, with nothing to fetch from anywhere.

    Parameters
    ----------
    trained : Trained
    judgement : Judgement
    content : ModelContent
    figures : mapping of str to EncodedFigure
        By name.
    """
    preparation = trained.models[0].preparation
    return (
        environment()
        .get_template("model.html.j2")
        .render(
            trained=trained,
            judgement=judgement,
            content=content,
            figures=dict.fromkeys(MODEL_FAMILIES) | dict(figures),
            metrics=list(_metric_rows(trained)),
            overtraining=_overtraining(judgement),
            features=list(zip(trained.features, preparation.columns, strict=True)),
            together=TOGETHER,
            columns=(),
            colors={},
        )
    )


def _metric_rows(trained: Trained) -> Iterator[tuple[str, str, str, str]]:
    """Title, value, interval, and scatter over the folds."""
    for name, number in trained.metrics.items():
        known = [value for value in trained.by_fold[name] if math.isfinite(value)]
        scatter = f"± {np.std(known, ddof=1):.2g}" if len(known) > 1 else "–"
        if not math.isfinite(number.value):
            yield _TITLES.get(name, name), "–", "fewer than ten background events", scatter
            continue
        interval = f"{_short(number.low)} to {_short(number.high)}"
        yield _TITLES.get(name, name), _short(number.value), interval, scatter


def _short(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")


def _overtraining(judgement: Judgement) -> str:
    tests = ", ".join(f"{shape.name} p = {shape.p_value:.2g}" for shape in judgement.shapes)
    return (
        "Scores of events in training (lines) and of the same events where the model has not seen "
        f"them (points). Kolmogorov–Smirnov: {tests}; trees remember what they have seen, so that "
        "lines and points differ: only the points count."
    )
