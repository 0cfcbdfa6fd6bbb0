"""Models of XGBoost, from their JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from hepline.errors import FileUnreadable
from hepline.learn.forest import Forest, Link, Tree

__all__ = ["forest_of", "is_xgboost"]

# Objective → from sums to scores, and from `base_score` to what the sums begin with.
_LOGIT: Callable[[float], float] = lambda p: math.log(p / (1 - p))  # noqa: E731
_OBJECTIVES: dict[str, tuple[Link, Callable[[float], float]]] = {
    "binary:logistic": ("logistic", _LOGIT),
    "reg:logistic": ("logistic", _LOGIT),
    "multi:softprob": ("softmax", float),
    "multi:softmax": ("softmax", float),
    "count:poisson": ("exponential", math.log),
    "reg:gamma": ("exponential", math.log),
    "reg:tweedie": ("exponential", math.log),
    **dict.fromkeys(
        (
            "binary:logitraw",
            "reg:squarederror",
            "reg:absoluteerror",
            "reg:pseudohubererror",
            "reg:quantileerror",
            "rank:pairwise",
            "rank:ndcg",
            "rank:map",
        ),
        ("identity", float),
    ),
}


def is_xgboost(content: object) -> bool:
    """Whether parsed JSON is a model of XGBoost."""
    return isinstance(content, Mapping) and "gradient_booster" in content.get("learner", {})


def forest_of(text: str, path: str) -> Forest:
    """The trees of a model.

    Parameters
    ----------
    text : str
        As ``Booster.save_model("model.json")`` writes it.
    path : str
        For messages.

    Raises
    ------
    FileUnreadable
        If it is no such model, or one with trees of another kind.
    """
    try:
        content = json.loads(text)
        return _forest(content["learner"], path)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise FileUnreadable(
            f"{path} cannot be read as a model of XGBoost.",
            why=f"{type(error).__name__}: {error}.",
            fix="save it again: booster.save_model('model.json').",
        ) from error


def _forest(learner: Mapping[str, Any], path: str) -> Forest:
    objective = learner["objective"]["name"]
    booster = learner["gradient_booster"]
    if objective not in _OBJECTIVES or booster.get("name", "gbtree") != "gbtree":
        raise FileUnreadable(
            f"{path} is a model of XGBoost for '{objective}' ({booster.get('name')}).",
            why=f"scores are computed for gbtree and {', '.join(_OBJECTIVES)}.",
            fix="call it through hl.call, or train it with one of these.",
        )
    link, begin = _OBJECTIVES[objective]
    parameters = learner["learner_model_param"]
    groups = max(1, int(parameters["num_class"]), int(parameters.get("num_target", 1)))
    model = booster["model"]
    trees = [
        _tree(tree, group, path)
        for tree, group in zip(model["trees"], model["tree_info"], strict=True)
    ]
    return Forest.of(
        trees,
        features=int(parameters["num_feature"]),
        names=learner.get("feature_names") or (),
        groups=groups,
        link=link,
        base=_base(parameters["base_score"], groups, begin),
        dtype="float32",
    )


def _base(written: str, groups: int, begin: Callable[[float], float]) -> tuple[float, ...]:
    """What the sums begin with: one number, or since version 3.1 one for each class."""
    numbers = json.loads(written) if written.startswith("[") else [float(written)]
    base = tuple(begin(float(number)) for number in numbers)
    return base if len(base) == groups else base * groups


def _tree(tree: Mapping[str, Any], group: int, path: str) -> Tree:
    if any(tree.get("split_type", ())) or int(tree["tree_param"].get("size_leaf_vector", 0)) > 1:
        raise FileUnreadable(
            f"{path} has trees that split by categories, or leaves with several values.",
            why="scores are computed for trees that compare numbers.",
            fix="encode categories as numbers, and train one output per tree.",
        )
    return Tree(
        tree["split_indices"],
        tree["split_conditions"],
        tree["left_children"],
        tree["right_children"],
        [bool(left) for left in tree["default_left"]],
        tree["split_conditions"],
        int(group),
    )
