"""Boosted trees of LightGBM."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hepline.errors import LanguageError, MissingPackage
from hepline.learn.forest import Forest, Tree
from hepline.learn.models.faithful import check_faithful
from hepline.learn.models.protocol import Fitted, Rows, Task

__all__ = ["LightGBM", "forest_of_lightgbm"]

_ROUNDS, _PATIENCE = 2000, 50
# What LightGBM takes for zero (kZeroThreshold, a float32).
_ZERO = float(np.float32(1e-35))
_OBJECTIVES: Mapping[str, str] = {"classification": "binary", "regression": "regression"}


@dataclass(frozen=True)
class LightGBM:
    """Boosted trees, with as many rounds as the validation sample allows.

    Attributes
    ----------
    parameters : mapping of str to object
        LightGBM's own names; they go before the defaults.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict)
    takes_missing: bool = True

    def fit(
        self, train: Rows, validation: Rows, *, task: Task, seed: int, names: tuple[str, ...]
    ) -> Fitted:
        """Train until the loss of the validation sample has not fallen for 50 rounds."""
        lightgbm = _package()
        parameters = {
            "objective": _OBJECTIVES[task],
            "learning_rate": 0.05,
            "seed": seed,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
            **self.parameters,
        }
        rounds = int(parameters.pop("num_iterations", _ROUNDS))
        patience = int(parameters.pop("early_stopping_round", _PATIENCE))
        sets = [
            lightgbm.Dataset(part.inputs, part.labels, weight=part.weights, params=parameters)
            for part in (train, validation)
        ]
        losses: dict[str, dict[str, list[float]]] = {}
        booster = lightgbm.train(
            parameters,
            sets[0],
            rounds,
            valid_sets=sets,
            valid_names=["train", "validation"],
            callbacks=[
                lightgbm.record_evaluation(losses),
                lightgbm.early_stopping(patience, first_metric_only=True, verbose=False),
            ],
        )
        best = int(booster.best_iteration) or int(booster.current_iteration())
        history = tuple(
            zip(
                *(next(iter(losses[name].values())) for name in ("train", "validation")),
                strict=True,
            )
        )
        forest = forest_of_lightgbm(booster.dump_model(best), names)
        check_faithful(forest, lambda rows: booster.predict(rows, num_iteration=best), train.inputs)
        return Fitted(forest, best, history)


def _package() -> Any:
    try:
        import lightgbm
    except ImportError:
        raise MissingPackage(
            "model='lightgbm' needs LightGBM.",
            why="it is not installed.",
            fix="pip install 'hepline[learn]'",
        ) from None
    return lightgbm


def forest_of_lightgbm(dump: Mapping[str, Any], names: tuple[str, ...] = ()) -> Forest:
    """The trees of LightGBM's JSON (``booster.dump_model()``).

    Raises
    ------
    LanguageError
        If trees split by categories, or take zero for missing.
    """
    objective = str(dump.get("objective", "")).split(" ")[0]
    is_binary = objective == "binary"
    return Forest.of(
        [_tree(info["tree_structure"]) for info in dump["tree_info"]],
        features=int(dump["max_feature_idx"]) + 1,
        names=names,
        link="logistic" if is_binary else "identity",
        dtype="float64",
    )


def _tree(root: Mapping[str, Any]) -> Tree:
    feature: list[int] = []
    border: list[float] = []
    left: list[int] = []
    right: list[int] = []
    default_left: list[bool] = []
    leaf: list[float] = []

    def add(node: Mapping[str, Any]) -> int:
        place = len(feature)
        if node.get("decision_type", "<=") != "<=" or node.get("missing_type") == "Zero":
            raise LanguageError(
                "this model of LightGBM splits by categories, or takes zero for missing.",
                why="scores are computed for trees that compare numbers.",
                fix="train without categorical_feature and zero_as_missing.",
            )
        threshold = float(node.get("threshold", 0.0))
        feature.append(int(node.get("split_feature", 0)))
        border.append(_border(threshold))
        # Without missing values in training, LightGBM takes NaN for zero.
        none = node.get("missing_type", "None") == "None"
        default_left.append(threshold >= 0 if none else bool(node["default_left"]))
        leaf.append(float(node.get("leaf_value", 0.0)))
        left.append(-1)
        right.append(-1)
        if "split_feature" in node:
            left[place] = add(node["left_child"])
            right[place] = add(node["right_child"])
        return place

    add(root)
    return Tree(feature, border, left, right, default_left, leaf)


def _border(threshold: float) -> float:
    """Where rows go right from: LightGBM goes left up to the threshold, and takes ±1e-35 for 0."""
    if -_ZERO <= threshold < 0:
        return -_ZERO
    return float(np.nextafter(max(threshold, _ZERO) if threshold >= 0 else threshold, math.inf))
