"""Figures of a trained model: ROC, scores, calibration, importance, learning curves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from matplotlib.figure import Figure

from hepline.learn.importance import Importance
from hepline.learn.judgement import Calibration, Judgement, Shapes
from hepline.learn.training import Trained
from hepline.show.encoding import Drawing
from hepline.show.labels import shortened
from hepline.show.style import INK, MUTED, PETROFF6, house_style, ticks_inside

__all__ = [
    "MODEL_FAMILIES",
    "draw_calibration",
    "draw_history",
    "draw_importance",
    "draw_residuals",
    "draw_roc",
    "draw_scores",
    "model_drawings",
]

MODEL_FAMILIES = ("roc", "scores", "calibration", "importance", "history", "residuals")
_SIZE, _BOX = (6.4, 5.0), (0.14, 0.135, 0.825, 0.785)
_BACKGROUND, _SIGNAL = PETROFF6[0], PETROFF6[2]
_LONGEST = 30


def model_drawings(trained: Trained, judgement: Judgement) -> Iterator[Drawing]:
    """The figures that a model has numbers for.

    Parameters
    ----------
    trained : Trained
    judgement : Judgement
    """
    if trained.task == "classification":
        auc = trained.metrics["auc"].value
        alt = f"Efficiency for background against that for signal; the area is {auc:.3f}."
        yield Drawing("roc", alt, partial(draw_roc, judgement, auc))
        alt = "Scores of signal and background, of events that the models have and have not seen."
        yield Drawing("scores", alt, partial(draw_scores, judgement.shapes, judgement.edges))
        if judgement.calibration is not None:
            alt = "Share of signal among events with a score, against the score."
            yield Drawing("calibration", alt, partial(draw_calibration, judgement.calibration))
    else:
        alt = "Prediction minus truth."
        yield Drawing("residuals", alt, partial(draw_residuals, judgement.residuals))
    alt = "Loss when the values of features are shuffled; the numbers are in the table."
    quantity = "AUC" if trained.task == "classification" else "R²"
    yield Drawing("importance", alt, partial(draw_importance, judgement.importance, quantity))
    histories = [model.fitted.history for model in trained.models if model.fitted.history]
    if histories:
        rounds = [model.fitted.rounds for model in trained.models]
        alt = "Loss of training and validation samples after each round."
        yield Drawing("history", alt, partial(draw_history, histories, rounds))


@house_style()
def draw_roc(judgement: Judgement, auc: float) -> Figure:
    """Draw the efficiency for background against that for signal, with its band."""
    figure = Figure(figsize=_SIZE)
    ax = figure.add_axes(_BOX)
    at = judgement.efficiency
    smallest = judgement.leaked[judgement.leaked > 0]
    floor = float(smallest.min()) / 2 if len(smallest) else 1e-3
    low, high = (np.maximum(edge, floor) for edge in (judgement.low, judgement.high))
    ax.fill_between(at, low, high, color=_BACKGROUND, alpha=0.3, linewidth=0)
    leaked = np.where(judgement.leaked > 0, judgement.leaked, np.nan)
    ax.plot(at, leaked, color=_BACKGROUND, linewidth=2, label=f"area {auc:.3f}")
    ax.plot(at[1:], at[1:], color=MUTED, linewidth=1, linestyle="--", label="chance")
    ax.set(xlim=(0, 1), ylim=(floor, 1.5))
    ax.set_xlabel("efficiency for signal", loc="right")
    ax.set_ylabel("efficiency for background", loc="top")
    ax.legend(loc="lower right", frameon=False)
    ticks_inside(ax)
    # Afterwards: a logarithmic axis has minor ticks of its own.
    ax.set_yscale("log")
    return figure


@house_style()
def draw_scores(shapes: Sequence[Shapes], edges: np.ndarray) -> Figure:
    """Draw scores of events that the models have seen (lines) and not (points)."""
    figure = Figure(figsize=_SIZE)
    ax = figure.add_axes(_BOX)
    centers = (edges[1:] + edges[:-1]) / 2
    for shape, color in zip(shapes, (_BACKGROUND, _SIGNAL), strict=True):
        label = f"{shape.name}, in training"
        ax.stairs(shape.seen, edges, color=color, fill=True, alpha=0.25)
        ax.stairs(shape.seen, edges, color=color, linewidth=1.4, label=label)
        ax.errorbar(
            centers, shape.unseen, shape.errors, color=color, fmt="o", markersize=3.5, linewidth=1,
            label=f"{shape.name}, not seen",
        )  # fmt: skip
    highest = max(float(np.max(part)) for shape in shapes for part in (shape.seen, shape.unseen))
    ax.set(xlim=(edges[0], edges[-1]), ylim=(0, 1.45 * highest))
    ax.set_xlabel("score", loc="right")
    ax.set_ylabel("share of the class", loc="top")
    ax.legend(loc="upper center", frameon=False, ncols=2)
    ticks_inside(ax)
    return figure


@house_style()
def draw_calibration(calibration: Calibration) -> Figure:
    """Draw how often events with a score are signal."""
    figure = Figure(figsize=_SIZE)
    ax = figure.add_axes(_BOX)
    ax.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--", label="as the score says")
    ax.errorbar(
        calibration.predicted, calibration.observed, calibration.errors, color=INK, fmt="o",
        markersize=5, linewidth=1.2, label="share of signal",
    )  # fmt: skip
    ax.set(xlim=(0, 1), ylim=(-0.03, 1.03))
    ax.set_xlabel("score", loc="right")
    ax.set_ylabel("share of signal (classes of equal size)", loc="top")
    ax.legend(loc="upper left", frameon=False)
    ticks_inside(ax)
    return figure


@house_style()
def draw_importance(importance: Sequence[Importance], quantity: str) -> Figure:
    """Draw what is lost when groups of features are shuffled."""
    rows = list(importance)[:20][::-1]
    figure = Figure(figsize=(6.4, 1.2 + 0.3 * len(rows)))
    height = 1.2 + 0.3 * len(rows)
    ax = figure.add_axes((0.42, 0.75 / height, 0.55, (height - 0.95) / height))
    places = np.arange(len(rows))
    losses, errors = [row.loss for row in rows], [row.error for row in rows]
    ax.barh(places, losses, xerr=errors, color=_BACKGROUND, height=0.7, ecolor=INK)
    ax.axvline(0, color=INK, linewidth=1)
    names = [shortened(", ".join(row.features), _LONGEST) for row in rows]
    ax.set_yticks(places, names)
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.set_xlabel(f"loss of {quantity} when shuffled", loc="right")
    ticks_inside(ax)
    ax.tick_params(axis="y", which="both", length=0)
    return figure


@house_style()
def draw_history(
    histories: Sequence[Sequence[tuple[float, float]]], rounds: Sequence[int]
) -> Figure:
    """Draw the loss after each round, of all folds."""
    figure = Figure(figsize=_SIZE)
    ax = figure.add_axes(_BOX)
    for number, (history, best) in enumerate(zip(histories, rounds, strict=True)):
        train, validation = np.array(history).T
        at = np.arange(1, len(history) + 1)
        labels = ("training", "validation") if not number else (None, None)
        ax.plot(at, train, color=_BACKGROUND, linewidth=1, label=labels[0])
        ax.plot(at, validation, color=_SIGNAL, linewidth=1, label=labels[1])
        stop = min(best, len(history))
        ax.plot([stop], [validation[stop - 1]], marker="o", color=INK, markersize=4)
    ax.plot([], [], marker="o", color=INK, linestyle="", markersize=4, label="stopped")
    ax.set_xlabel("round", loc="right")
    ax.set_ylabel("loss", loc="top")
    ax.legend(loc="upper right", frameon=False)
    ticks_inside(ax)
    return figure


@house_style()
def draw_residuals(residuals: np.ndarray) -> Figure:
    """Draw prediction minus truth."""
    figure = Figure(figsize=_SIZE)
    ax = figure.add_axes(_BOX)
    low, high = np.quantile(residuals, [0.005, 0.995])
    counts, edges = np.histogram(residuals, 60, (low, high))
    ax.stairs(counts, edges, color=_BACKGROUND, fill=True, alpha=0.6)
    ax.axvline(0, color=INK, linewidth=1)
    ax.set_xlim(low, high)
    ax.set_xlabel("prediction − truth", loc="right")
    ax.set_ylabel("events", loc="top")
    ticks_inside(ax)
    return figure
