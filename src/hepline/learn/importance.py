"""Which features matter? The loss of AUC when their values are shuffled among events.

Gain and number of splits credit noise, and correlated features share what they know (ml.md 2.6): so
events are shuffled after training, in the fold that a model has not seen, and features that go
together are shuffled together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.cluster import hierarchy

from hepline.learn import metrics

if TYPE_CHECKING:
    from hepline.learn.training import Trained

__all__ = ["TOGETHER", "Importance", "importance_of"]

TOGETHER = 0.7
"""Rank correlation from which on features count as one group, whatever the sign."""

_SHUFFLES = 5


@dataclass(frozen=True)
class Importance:
    """What a group of features is worth.

    Attributes
    ----------
    features : tuple of str
    loss, error : float
        Loss of AUC (of R² for a regression), and its standard deviation over shuffles.
    """

    features: tuple[str, ...]
    loss: float
    error: float


def importance_of(trained: Trained) -> tuple[Importance, ...]:
    """Shuffle each group of features.

    Parameters
    ----------
    trained : Trained

    Returns
    -------
    tuple of Importance
        The largest first.
    """
    sample, names = trained.sample, trained.features.names
    judge = metrics.auc if trained.task == "classification" else metrics.explained
    whole = judge(trained.scores, sample.labels, sample.weights)
    generator = np.random.default_rng(trained.folds.seed)
    worths = []
    for group in _groups(sample.rows):
        losses = []
        for _ in range(_SHUFFLES):
            scores = np.empty(len(sample))
            for fold, model in enumerate(trained.models):
                mine = np.flatnonzero(sample.folds == fold)
                rows = sample.rows[mine].copy()
                rows[:, group] = rows[generator.permutation(len(mine))][:, group]
                scores[mine] = model.scores(rows)
            losses.append(whole - judge(scores, sample.labels, sample.weights))
        features = tuple(names[place] for place in group)
        worths.append(Importance(features, float(np.mean(losses)), float(np.std(losses, ddof=1))))
    return tuple(sorted(worths, key=lambda entry: -entry.loss))


def _groups(rows: NDArray[np.float64]) -> list[list[int]]:
    """Features whose ranks are correlated, by single linkage."""
    count = rows.shape[1]
    if count < 2:
        return [[place] for place in range(count)]
    distance = np.ones((count, count))
    for first in range(count):
        for second in range(first):
            there = np.isfinite(rows[:, first]) & np.isfinite(rows[:, second])
            pair = rows[there][:, [first, second]]
            constant = len(pair) < 3 or (pair == pair[0]).all(axis=0).any()
            rank = 0.0 if constant else abs(float(stats.spearmanr(pair).statistic))
            distance[first, second] = distance[second, first] = 1 - rank
    condensed = distance[np.triu_indices(count, 1)]
    labels = hierarchy.fcluster(hierarchy.linkage(condensed, "single"), 1 - TOGETHER, "distance")
    return [np.flatnonzero(labels == label).tolist() for label in np.unique(labels)]
