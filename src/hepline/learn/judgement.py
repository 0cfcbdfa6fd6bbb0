"""Curves of a trained model: ROC with its band, over-training, calibration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from hepline.learn import metrics
from hepline.learn.importance import Importance, importance_of

if TYPE_CHECKING:
    from hepline.learn.training import Trained

__all__ = ["Calibration", "Judgement", "Shapes", "judgement_of"]

Numbers = NDArray[np.float64]
_BINS = 40
_CALIBRATION_BINS = 10
_BOOTSTRAPS = 100


@dataclass(frozen=True, eq=False)
class Shapes:
    """Scores of one class, of events that models have seen and of those that they have not.

    Attributes
    ----------
    name : str
    unseen, errors, seen : ndarray, shape (bin,)
        Normalized to one.
    p_value : float
        Of the two-sample test by Kolmogorov and Smirnov: small if the model is over-trained.
    """

    name: str
    unseen: Numbers
    errors: Numbers
    seen: Numbers
    p_value: float


@dataclass(frozen=True, eq=False)
class Calibration:
    """How often events with a score are signal, for equal numbers of signal and background.

    Attributes
    ----------
    predicted, observed, errors : ndarray, shape (bin,)
        Bins without events are left out.
    """

    predicted: Numbers
    observed: Numbers
    errors: Numbers


@dataclass(frozen=True, eq=False)
class Judgement:
    """What a page shows of a model.

    Attributes
    ----------
    efficiency : ndarray, shape (point,)
        For signal.
    leaked, low, high : ndarray, shape (point,)
        Efficiency for background, with its central 68.27 % interval.
    edges : ndarray, shape (bin + 1,)
        Of the shapes.
    shapes : tuple of Shapes
        Background and signal; none for a regression.
    calibration : Calibration or None
    importance : tuple of Importance
    residuals : ndarray, shape (row,)
        Prediction minus truth; empty for a classifier.
    """

    efficiency: Numbers
    leaked: Numbers
    low: Numbers
    high: Numbers
    edges: Numbers
    shapes: tuple[Shapes, ...]
    calibration: Calibration | None
    importance: tuple[Importance, ...]
    residuals: Numbers


def judgement_of(trained: Trained) -> Judgement:
    """Compute the curves of a model.

    Parameters
    ----------
    trained : Trained
    """
    empty = np.zeros(0)
    importance = importance_of(trained)
    if trained.task == "regression":
        residuals = trained.scores - trained.sample.labels
        return Judgement(empty, empty, empty, empty, empty, (), None, importance, residuals)
    grid = np.linspace(0, 1, 201)
    leaked, low, high = _band(trained, grid)
    edges = np.linspace(0, 1, _BINS + 1)
    return Judgement(
        grid, leaked, low, high, edges, _shapes(trained, edges), _calibration(trained), importance,
        empty,
    )  # fmt: skip


def _band(trained: Trained, grid: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    sample = trained.sample
    generator = np.random.default_rng(trained.folds.seed)

    def curve(drawn: NDArray[np.int64] | None = None) -> Numbers:
        weights = sample.weights if drawn is None else sample.weights * drawn
        signal, background, _ = metrics.roc(trained.scores, sample.labels, weights)
        # Negative weights let efficiencies go down again: the curve is read from below.
        leaked: Numbers = np.interp(grid, np.maximum.accumulate(signal), background)
        return leaked

    curves = [curve(generator.poisson(1.0, len(sample))) for _ in range(_BOOTSTRAPS)]
    low, high = np.quantile(curves, [0.15865, 0.84135], axis=0)
    return curve(), low, high


def _shapes(trained: Trained, edges: Numbers) -> tuple[Shapes, ...]:
    """Each event is scored once unseen, and once by the model that is two folds away."""
    sample, count = trained.sample, trained.folds.count
    seen = np.empty(len(sample))
    for fold, model in enumerate(trained.models):
        # This model has judged `fold` and watched the next: the one after is in its training.
        trained_on = sample.folds == (fold + 2) % count
        seen[trained_on] = model.scores(sample.rows[trained_on])
    shapes = []
    for name, label in (("background", 0.0), ("signal", 1.0)):
        mine = sample.labels == label
        weights = np.abs(sample.weights[mine])
        total = weights.sum()
        unseen_shape, seen_shape = (
            np.histogram(scores[mine], edges, weights=weights)[0] / total
            for scores in (trained.scores, seen)
        )
        squares = np.histogram(trained.scores[mine], edges, weights=weights**2)[0]
        p_value = float(stats.ks_2samp(trained.scores[mine], seen[mine]).pvalue)
        shapes.append(Shapes(name, unseen_shape, np.sqrt(squares) / total, seen_shape, p_value))
    return tuple(shapes)


def _calibration(trained: Trained) -> Calibration:
    sample = trained.sample
    weights = np.abs(sample.weights)
    for label in (0.0, 1.0):
        mine = sample.labels == label
        weights[mine] /= weights[mine].sum()
    place = np.minimum((trained.scores * _CALIBRATION_BINS).astype(int), _CALIBRATION_BINS - 1)
    predicted, observed, errors = [], [], []
    for number in range(_CALIBRATION_BINS):
        mine = place == number
        if np.count_nonzero(mine) < 2:
            continue
        share = float(np.average(sample.labels[mine], weights=weights[mine]))
        effective = weights[mine].sum() ** 2 / (weights[mine] ** 2).sum()
        predicted.append(float(np.average(trained.scores[mine], weights=weights[mine])))
        observed.append(share)
        errors.append(float(np.sqrt(max(share * (1 - share), 0.25 / effective) / effective)))
    return Calibration(np.array(predicted), np.array(observed), np.array(errors))
