"""How good is a score? Numbers with intervals, on weighted rows.

The formulas are those of scikit-learn where it has them (the tests compare); the significance is
G. Cowan et al., Eur. Phys. J. C 71 (2011) 1554, eq. 97, the AMS of the Higgs challenge with
a regularisation of 10.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BOOTSTRAPS",
    "LEAST_BACKGROUND",
    "Interval",
    "auc",
    "best_ams",
    "classification",
    "explained",
    "regression",
    "roc",
]

LEAST_BACKGROUND = 10
"""Background rows that must remain for a rejection or a significance to mean something."""

_REGULARIZATION = 10.0
BOOTSTRAPS = 200
"""Of an interval: its ends are then known to a tenth of its width."""

Numbers = NDArray[np.float64]
Metric = Callable[[Numbers, Numbers, Numbers], float]


@dataclass(frozen=True)
class Interval:
    """A number with its central 68.27 % interval, by the Poisson bootstrap.

    Attributes
    ----------
    value, low, high : float
        NaN where it means nothing.
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4g} ({self.low:.4g} to {self.high:.4g})"


def roc(scores: Numbers, labels: Numbers, weights: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Efficiencies for signal and background above every cut on the score.

    Returns
    -------
    signal, background, cuts : ndarray, shape (cut,)
        From no row to all; rows of equal scores pass together.
    """
    order = np.argsort(-scores, kind="stable")
    scores, labels, weights = scores[order], labels[order], weights[order]
    last = np.flatnonzero(np.append(scores[1:] != scores[:-1], True))
    signal = np.cumsum(weights * (labels == 1))[last]
    background = np.cumsum(weights * (labels != 1))[last]
    with np.errstate(invalid="ignore", divide="ignore"):
        ends = (np.append(0.0, part / part[-1]) for part in (signal, background))
    passed, leaked = ends
    return passed, leaked, np.append(np.inf, scores[last])


def auc(scores: Numbers, labels: Numbers, weights: Numbers) -> float:
    """Area under the ROC curve."""
    signal, background, _ = roc(scores, labels, weights)
    return float(np.trapezoid(signal, background))


def best_ams(scores: Numbers, labels: Numbers, weights: Numbers) -> tuple[float, float, int]:
    """Largest approximate median significance over the cuts that leave enough background.

    Returns
    -------
    significance, cut : float
        NaN if no cut leaves ten background rows, and sums of weights that are not negative.
    background : int
        Background rows above the cut.
    """
    order = np.argsort(-scores, kind="stable")
    is_signal = labels[order] == 1
    s = np.cumsum(np.where(is_signal, weights[order], 0.0))
    b = np.cumsum(np.where(is_signal, 0.0, weights[order])) + _REGULARIZATION
    rows = np.cumsum(~is_signal)
    is_last = np.append(scores[order][1:] != scores[order][:-1], True)
    # Negative weights can leave less than nothing, of which no significance is known.
    allowed = is_last & (rows >= LEAST_BACKGROUND) & (s >= 0) & (b >= _REGULARIZATION)
    if not allowed.any():
        return np.nan, np.nan, 0
    s, b = np.where(allowed, s, 0.0), np.where(allowed, b, 1.0)
    squared = 2 * ((s + b) * np.log1p(s / b) - s)
    ams = np.where(allowed, np.sqrt(np.maximum(squared, 0)), -1.0)
    best = int(np.argmax(ams))
    return float(ams[best]), float(scores[order][best]), int(rows[best])


def classification(
    scores: Numbers,
    labels: Numbers,
    weights: Numbers,
    *,
    seed: int = 1,
    bootstraps: int = BOOTSTRAPS,
) -> dict[str, Interval]:
    """All numbers of a score between 0 and 1; a row is called signal above 0.5.

    Parameters
    ----------
    scores, labels, weights : ndarray, shape (row,)
    seed : int
        Of the bootstrap.
    bootstraps : int
        0 leaves the intervals out.
    """
    return _with_intervals(
        {
            "auc": auc,
            "accuracy": _accuracy,
            "precision": lambda *rows: _ratios(*rows)[0],
            "recall": lambda *rows: _ratios(*rows)[1],
            "f1": lambda *rows: _ratios(*rows)[2],
            "log_loss": _log_loss,
            "brier": lambda s, y, w: float(np.average((s - y) ** 2, weights=w)),
            "rejection_at_50": lambda *rows: _rejection(*rows, efficiency=0.5),
            "rejection_at_30": lambda *rows: _rejection(*rows, efficiency=0.3),
            "ams": lambda *rows: best_ams(*rows)[0],
        },
        scores,
        labels,
        weights,
        (seed, bootstraps),
    )


def regression(
    predictions: Numbers,
    truth: Numbers,
    weights: Numbers,
    *,
    seed: int = 1,
    bootstraps: int = BOOTSTRAPS,
) -> dict[str, Interval]:
    """Bias, resolution and correlation of a prediction."""

    def resolution(p: Numbers, t: Numbers, w: Numbers) -> float:
        off = p - t
        return float(np.sqrt(np.average((off - np.average(off, weights=w)) ** 2, weights=w)))

    return _with_intervals(
        {
            "bias": lambda p, t, w: float(np.average(p - t, weights=w)),
            "resolution": resolution,
            "rmse": lambda p, t, w: float(np.sqrt(np.average((p - t) ** 2, weights=w))),
            "mae": lambda p, t, w: float(np.average(np.abs(p - t), weights=w)),
            "r2": explained,
        },
        predictions,
        truth,
        weights,
        (seed, bootstraps),
    )


def explained(predictions: Numbers, truth: Numbers, weights: Numbers) -> float:
    """Share of the variance that a prediction explains (R²)."""
    mean = np.average(truth, weights=weights)
    spread = float(np.average((truth - mean) ** 2, weights=weights))
    missed = float(np.average((predictions - truth) ** 2, weights=weights))
    return 1 - missed / spread if spread else np.nan


def _with_intervals(
    metrics: Mapping[str, Metric],
    scores: Numbers,
    labels: Numbers,
    weights: Numbers,
    drawing: tuple[int, int],
) -> dict[str, Interval]:
    """Each number with an interval: rows are repeated as often as a Poisson variable of mean 1."""
    seed, bootstraps = drawing
    generator = np.random.default_rng(seed)
    samples: dict[str, list[float]] = {name: [] for name in metrics}
    for _ in range(bootstraps):
        drawn = generator.poisson(1.0, len(scores))
        there = drawn > 0
        rows = scores[there], labels[there], weights[there] * drawn[there]
        for name, metric in metrics.items():
            samples[name].append(metric(*rows))
    answers = {}
    for name, metric in metrics.items():
        known = np.array([value for value in samples[name] if np.isfinite(value)])
        low, high = np.quantile(known, [0.15865, 0.84135]) if len(known) else (np.nan, np.nan)
        answers[name] = Interval(metric(scores, labels, weights), float(low), float(high))
    return answers


def _accuracy(scores: Numbers, labels: Numbers, weights: Numbers) -> float:
    return float(np.average((scores > 0.5) == (labels == 1), weights=weights))


def _ratios(scores: Numbers, labels: Numbers, weights: Numbers) -> tuple[float, float, float]:
    """Precision, recall and their harmonic mean."""
    called, is_signal = scores > 0.5, labels == 1
    right = float(weights[called & is_signal].sum())
    all_called, all_signal = float(weights[called].sum()), float(weights[is_signal].sum())
    precision = right / all_called if all_called else np.nan
    recall = right / all_signal if all_signal else np.nan
    return precision, recall, 2 * right / (all_called + all_signal) if right else 0.0


def _log_loss(scores: Numbers, labels: Numbers, weights: Numbers) -> float:
    smallest = np.finfo(np.float64).eps
    p = np.clip(np.where(labels == 1, scores, 1 - scores), smallest, 1)
    return float(np.average(-np.log(p), weights=weights))


def _rejection(scores: Numbers, labels: Numbers, weights: Numbers, *, efficiency: float) -> float:
    """One over the background efficiency; NaN if fewer than ten background rows remain."""
    signal, background, cuts = roc(scores, labels, weights)
    place = int(np.searchsorted(signal, efficiency))
    if place >= len(cuts):
        return np.nan
    remaining = np.count_nonzero((scores >= cuts[place]) & (labels != 1))
    if remaining < LEAST_BACKGROUND or background[place] <= 0:
        return np.nan
    return float(1 / background[place])
