"""`hl.train`: cross-validated training, in which no event judges a model that has seen it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hepline.columns.expression import Expr
from hepline.columns.source import Part
from hepline.columns.weight import Weight
from hepline.errors import AnalysisError, LanguageError, checked_keywords
from hepline.learn import metrics as judged
from hepline.learn.features import Features
from hepline.learn.folds import Folds
from hepline.learn.metrics import Interval
from hepline.learn.models.protocol import Fitted, Kind, Rows, Task
from hepline.learn.models.registry import kind_of
from hepline.learn.preparation import Preparation, names_of, preparation_of
from hepline.learn.sample import ClassSource, Sample, collected
from hepline.learn.suspicion import warn_of_copies, warn_of_disguises

__all__ = ["Trained", "train"]

Negative = Literal["refuse", "absolute", "drop"]
Progress = Callable[[str, int, int], None]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FoldModel:
    """The model of one fold.

    Attributes
    ----------
    fitted : Fitted
    preparation : Preparation
    """

    fitted: Fitted
    preparation: Preparation

    def scores(self, rows: Numbers) -> Numbers:
        """Score rows of features."""
        scores: Numbers = self.fitted.forest.scores(self.preparation(rows))[:, -1]
        return scores.astype(np.float64)


@dataclass(frozen=True, eq=False)
class Trained:
    """A model for each fold, and how good they are on events that they have not seen.

    Attributes
    ----------
    features : Features
    model : str
    parameters : mapping of str to object
    task : str
        ``classification`` or ``regression``.
    folds : Folds
    models : tuple of FoldModel
        The first scores the events of fold 0.
    metrics : mapping of str to Interval
        Of all events, each scored by the model that has not seen it.
    by_fold : mapping of str to tuple of float
        The same numbers for each fold: their scatter.
    baseline : mapping of str to float
        Of the best single feature (AUC), or of the mean (RMSE).
    scores : ndarray, shape (row,)
    sample : Sample
        With labels and weights, in the same order.
    seconds : float
    """

    features: Features
    model: str
    parameters: Mapping[str, Any]
    task: Task
    folds: Folds
    models: tuple[FoldModel, ...] = field(repr=False)
    metrics: Mapping[str, Interval]
    by_fold: Mapping[str, tuple[float, ...]] = field(repr=False)
    baseline: Mapping[str, float]
    scores: Numbers = field(repr=False)
    sample: Sample = field(repr=False)
    seconds: float

    @property
    def files(self) -> tuple[Part, ...]:
        """Files that it was trained on."""
        return self.sample.files

    def save(self, folder: str | Path) -> Path:
        """Write the model: ``trees.json``, ``card.json`` and ``metrics.json``.

        Parameters
        ----------
        folder : path
            For `predict`; is made if need be.
        """
        from hepline.learn.artefact import write

        return write(self, Path(folder))

    def __repr__(self) -> str:
        lines = [f"  {name:16} {value}" for name, value in self.metrics.items()]
        lines += [f"  baseline: {name} {value:.4g}" for name, value in self.baseline.items()]
        head = f"<Trained {self.model} ({self.task}), {self.folds.count} folds, {len(self.sample)} "
        return "\n".join([f"{head}{self.features.of}s", *lines, ">"])


@checked_keywords
def train(
    features: Features,
    *,
    signal: ClassSource | None = None,
    background: ClassSource | None = None,
    target: Expr | None = None,
    events: ClassSource | None = None,
    model: str = "lightgbm",
    parameters: Mapping[str, Any] | None = None,
    folds: int = 5,
    fold_by: str = "",
    seed: int = 1,
    weight: Expr | Weight | None = None,
    where: Expr | None = None,
    negative_weights: Negative = "refuse",
    progress: Progress = lambda _name, _done, _total: None,
) -> Trained:
    """Train a model for each fold, and judge it on the events of this fold.

    Parameters
    ----------
    features : Features
    signal, background : Events, files, or Expr of bool
        The two classes: files, opened events, or conditions on the events of the features.
    target : Expr, optional
        In place of two classes: the quantity of a regression.
    events : Events or files, optional
        Of a regression; those of the features by default.
    model : str
        ``lightgbm``, ``random_forest``, ``gradient_boosting``.
    parameters : mapping, optional
        The model's own settings.
    folds : int
        At least 3: one is judged, one says when to stop, the others train.
    fold_by : str, optional
        A column that tells events, or groups of events, apart; run, luminosity block and event by
        default.
    seed : int
    weight : Expr or Weight, optional
    where : Expr, optional
        Only events that pass.
    negative_weights : {"refuse", "absolute", "drop"}
        What training does with rows of negative weight; they are judged as they are.
    progress : callable
        ``progress(name, done, total)`` in folds.

    Returns
    -------
    Trained

    Warns
    -----
    DataWarning
        Of features that may be the label in disguise, and of copies of events.

    Raises
    ------
    LanguageError
        If classes or target are missing, or nothing tells events apart.
    AnalysisError
        If a fold has no events of a class, or weights are negative and no policy says what to do.
    """
    begun = time.perf_counter()
    task, classes = _task(signal, background, target, events)
    division = _division(folds, seed, fold_by)
    kind = kind_of(model, parameters or {})
    _check_missing(features, kind, model)
    sample = collected(features, classes, division, weight=weight, where=where)
    if task == "classification":
        warn_of_disguises(features, sample)
    warn_of_copies(sample)
    training = _trainable(sample, task, negative_weights)
    models = []
    for fold in range(folds):
        progress(f"training {model}", fold, folds)
        models.append(_fitted(features, sample, training, fold, division, task, kind))
    progress(f"training {model}", folds, folds)
    scores = np.empty(len(sample))
    for fold, trained in enumerate(models):
        mine = sample.folds == fold
        scores[mine] = trained.scores(sample.rows[mine])
    numbers, by_fold = _judged(task, scores, sample, division)
    return Trained(
        features, model, dict(parameters or {}), task, division, tuple(models), numbers, by_fold,
        _baseline(task, features, sample), scores, sample, time.perf_counter() - begun,
    )  # fmt: skip


def _task(
    signal: ClassSource | None,
    background: ClassSource | None,
    target: Expr | None,
    events: ClassSource | None,
) -> tuple[Task, list[tuple[ClassSource | None, float | Expr]]]:
    if target is not None and signal is None and background is None:
        return "regression", [(events, target)]
    if target is None and signal is not None and background is not None:
        return "classification", [(background, 0.0), (signal, 1.0)]
    raise LanguageError(
        "train(…) needs two classes, or a target.",
        why="a classifier tells signal from background; a regression finds a quantity.",
        fix="give signal= and background=, or target= alone.",
    )


def _division(folds: int, seed: int, by: str) -> Folds:
    if folds < 3:
        raise LanguageError(
            f"folds={folds}.",
            why="one fold is judged, and another says when to stop: without a third, nothing is "
            "left to train on.",
            fix="take folds=5.",
        )
    return Folds(folds, seed, by)


def _check_missing(features: Features, kind: Kind, model: str) -> None:
    if kind.takes_missing:
        return
    kept = [feature.name for feature in features if feature.missing == "keep"]
    if kept and any(feature.values.type.optional for feature in features):
        raise LanguageError(
            f"'{kept[0]}' may be missing, and {model} cannot take that.",
            why="NaN would spread through the whole network.",
            fix="say what takes its place: features(…, missing='median').",
        )


def _trainable(sample: Sample, task: Task, policy: Negative) -> Numbers:
    """Weights for training: not negative, and as much signal as background; 0 leaves a row out."""
    weights = sample.weights.copy()
    if not np.isfinite(weights).all():
        raise AnalysisError(
            f"{np.count_nonzero(~np.isfinite(weights))} weights are not finite.",
            why="they would make every number of the model undefined.",
            fix="look at what the weight is made of, or leave these events out with where=.",
        )
    aimless = np.count_nonzero(~np.isfinite(sample.labels))
    if aimless:
        raise AnalysisError(
            f"the target of {aimless} of {len(weights)} rows is missing or not finite.",
            why="there is nothing to learn from them, and no error of a prediction.",
            fix="leave them out: where=~target.is_missing().",
        )
    negative = weights < 0
    if negative.any():
        if policy == "refuse":
            raise AnalysisError(
                f"{np.count_nonzero(negative)} of {len(weights)} weights are negative.",
                why="trees and losses assume that more events are more evidence.",
                fix="say negative_weights='absolute' (their size counts) or 'drop' (they are left "
                "out of training); judging takes them as they are.",
            )
        weights = np.abs(weights) if policy == "absolute" else np.where(negative, 0.0, weights)
    if task == "classification":
        for label in (0.0, 1.0):
            mine = sample.labels == label
            total = weights[mine].sum()
            if not total > 0:
                raise AnalysisError(
                    f"the weights of the {'signal' if label else 'background'} sum to {total:.6g}.",
                    why="a class without weight cannot be balanced with the other.",
                    fix="look at what the weight is made of.",
                )
            weights[mine] *= len(weights) / 2 / total
    return weights


def _fitted(
    features: Features,
    sample: Sample,
    weights: Numbers,
    fold: int,
    division: Folds,
    task: Task,
    kind: Kind,
) -> FoldModel:
    """Train on all folds but that which is judged, and the next, which says when to stop."""
    following = (fold + 1) % division.count
    in_training = (sample.folds != fold) & (sample.folds != following) & (weights > 0)
    in_validation = (sample.folds == following) & (weights > 0)
    for part in (in_training, in_validation, sample.folds == fold):
        labels = sample.labels[part]
        if not len(labels) or (task == "classification" and len(np.unique(labels)) < 2):
            raise AnalysisError(
                f"fold {fold} has too few {features.of}s.",
                why=f"{len(labels)} of {len(sample)} are in it, of {len(np.unique(labels))} class.",
                fix="take fewer folds, or more events.",
            )
    preparation = preparation_of(features, sample.rows[in_training], weights[in_training])
    train_rows, validation_rows = (
        Rows(preparation(sample.rows[part]), sample.labels[part], weights[part])
        for part in (in_training, in_validation)
    )
    fitted = kind.fit(
        train_rows,
        validation_rows,
        task=task,
        seed=division.seed + fold,
        names=tuple(names_of(preparation.columns)),
    )
    return FoldModel(fitted, preparation)


def _judged(
    task: Task, scores: Numbers, sample: Sample, division: Folds
) -> tuple[dict[str, Interval], dict[str, tuple[float, ...]]]:
    judge = judged.classification if task == "classification" else judged.regression
    numbers = judge(scores, sample.labels, sample.weights, seed=division.seed)
    by_fold: dict[str, list[float]] = {name: [] for name in numbers}
    for fold in range(division.count):
        mine = sample.folds == fold
        for name, value in judge(
            scores[mine], sample.labels[mine], sample.weights[mine], bootstraps=0
        ).items():
            by_fold[name].append(value.value)
    return numbers, {name: tuple(values) for name, values in by_fold.items()}


def _baseline(task: Task, features: Features, sample: Sample) -> dict[str, float]:
    """The best that a single feature, or the mean, does."""
    labels, weights = sample.labels, sample.weights
    if task == "regression":
        mean = np.average(labels, weights=weights)
        return {
            "rmse of the mean": float(np.sqrt(np.average((labels - mean) ** 2, weights=weights)))
        }
    areas = {}
    for name, values in zip(features.names, sample.rows.T, strict=True):
        lowest = np.nanmin(values) if np.isfinite(values).any() else 0.0
        area = judged.auc(np.where(np.isnan(values), lowest - 1, values), labels, weights)
        areas[name] = max(area, 1 - area)
    best = max(areas, key=areas.__getitem__)
    return {f"auc of {best} alone": areas[best]}
