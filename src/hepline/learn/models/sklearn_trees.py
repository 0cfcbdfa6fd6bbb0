"""Forests and boosted trees of scikit-learn."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.errors import DataError, MissingPackage
from hepline.learn.forest import Forest, Tree
from hepline.learn.models.faithful import check_faithful
from hepline.learn.models.protocol import Fitted, Rows, Task

__all__ = ["HistGradientBoosting", "RandomForest"]


@dataclass(frozen=True)
class RandomForest:
    """The mean of deep trees, each of a bootstrap sample.

    Attributes
    ----------
    parameters : mapping of str to object
        scikit-learn's own names; they go before the defaults.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict)
    takes_missing: bool = True

    def fit(
        self,
        train: Rows,
        validation: Rows,  # noqa: ARG002 (part of the protocol)
        *,
        task: Task,
        seed: int,
        names: tuple[str, ...],
    ) -> Fitted:
        """Train the trees; the validation sample is not needed."""
        ensemble = _ensemble()
        _check_finite(train.inputs, names)
        kind = (
            ensemble.RandomForestClassifier
            if task == "classification"
            else ensemble.RandomForestRegressor
        )
        settings = {"n_estimators": 200, "min_samples_leaf": 5, "random_state": seed, "n_jobs": -1}
        model = kind(**{**settings, **self.parameters})
        model.fit(train.inputs, train.labels, sample_weight=train.weights)
        trees = [_tree(estimator.tree_, task) for estimator in model.estimators_]
        forest = Forest.of(
            trees,
            features=train.inputs.shape[1],
            names=names,
            scale=float(len(trees)),
            rounds=True,
        )
        check_faithful(forest, _scorer(model, task), train.inputs)
        return Fitted(forest, len(trees))


@dataclass(frozen=True)
class HistGradientBoosting:
    """scikit-learn's boosted trees on binned features.

    Attributes
    ----------
    parameters : mapping of str to object
        scikit-learn's own names; they go before the defaults.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict)
    takes_missing: bool = True

    def fit(
        self, train: Rows, validation: Rows, *, task: Task, seed: int, names: tuple[str, ...]
    ) -> Fitted:
        """Train until the loss of the validation sample has not fallen for 20 rounds."""
        ensemble = _ensemble()
        kind = (
            ensemble.HistGradientBoostingClassifier
            if task == "classification"
            else ensemble.HistGradientBoostingRegressor
        )
        settings = {
            "max_iter": 1000,
            "learning_rate": 0.05,
            "early_stopping": True,
            "n_iter_no_change": 20,
            "random_state": seed,
        }
        model = kind(**{**settings, **self.parameters})
        model.fit(
            train.inputs,
            train.labels,
            sample_weight=train.weights,
            X_val=validation.inputs,
            y_val=validation.labels,
            sample_weight_val=validation.weights,
        )
        trees = [_binned(round_[0].nodes) for round_ in model._predictors]
        forest = Forest.of(
            trees,
            features=train.inputs.shape[1],
            names=names,
            link="logistic" if task == "classification" else "identity",
            base=(float(np.ravel(model._baseline_prediction)[0]),),
            dtype="float64",
        )
        check_faithful(forest, _scorer(model, task), train.inputs)
        losses = zip(-model.train_score_, -model.validation_score_, strict=True)
        return Fitted(forest, len(trees), tuple((float(a), float(b)) for a, b in losses))


def _scorer(model: Any, task: Task) -> Callable[[NDArray[np.float64]], Any]:
    if task == "regression":
        return lambda rows: model.predict(rows)
    return lambda rows: model.predict_proba(rows)[:, 1]


def _check_finite(inputs: NDArray[np.float64], names: Sequence[str]) -> None:
    with np.errstate(over="ignore"):
        infinite = np.isinf(inputs.astype(np.float32)).any(axis=0)
    if infinite.any():
        raise DataError(
            f"the feature '{names[int(np.argmax(infinite))]}' is infinite for some rows.",
            why="forests of scikit-learn take numbers of float32, and NaN for missing ones.",
            fix="say that infinity is missing: ev.clean({…: hl.missing(infinite=True)}), or leave "
            "these events out with where=.",
        )


def _ensemble() -> Any:
    try:
        from sklearn import ensemble
    except ImportError:
        raise MissingPackage(
            "this model needs scikit-learn.",
            why="it is not installed.",
            fix="pip install 'hepline[learn]'",
        ) from None
    return ensemble


def _tree(tree: Any, task: Task) -> Tree:
    """A tree of a forest: rows go left up to the threshold, and are compared in float32."""
    values = tree.value[:, 0, :]
    leaf = values[:, 1] / values.sum(axis=1) if task == "classification" else values[:, 0]
    default = getattr(tree, "missing_go_to_left", np.zeros(tree.node_count))
    return Tree(
        np.maximum(tree.feature, 0).tolist(),
        _right_from(tree.threshold),
        tree.children_left.tolist(),
        tree.children_right.tolist(),
        [bool(left) for left in default],
        leaf.tolist(),
    )


def _binned(nodes: Any) -> Tree:
    """A tree of boosting: rows go left up to the threshold, and are compared in float64."""
    is_leaf = nodes["is_leaf"].astype(bool)
    return Tree(
        nodes["feature_idx"].tolist(),
        _right_from(nodes["num_threshold"]),
        np.where(is_leaf, -1, nodes["left"].astype(np.int64)).tolist(),
        np.where(is_leaf, -1, nodes["right"].astype(np.int64)).tolist(),
        [bool(left) for left in nodes["missing_go_to_left"]],
        nodes["value"].tolist(),
    )


def _right_from(thresholds: Any) -> Sequence[float]:
    numbers = thresholds.astype(np.float64)
    # A split of missing values from all others: no number is at least NaN.
    borders = np.where(numbers == math.inf, math.nan, np.nextafter(numbers, math.inf))
    return borders.tolist()  # type: ignore[no-any-return]
