"""Kinds of models by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hepline.errors import LanguageError, nearest
from hepline.learn.models.lightgbm_trees import LightGBM
from hepline.learn.models.protocol import Kind
from hepline.learn.models.sklearn_trees import HistGradientBoosting, RandomForest

__all__ = ["kind_of"]

KINDS: dict[str, Any] = {
    "lightgbm": LightGBM,
    "random_forest": RandomForest,
    "gradient_boosting": HistGradientBoosting,
}


def kind_of(name: str, parameters: Mapping[str, Any]) -> Kind:
    """A kind of model with its settings.

    Raises
    ------
    LanguageError
        For an unknown name.
    """
    if name not in KINDS:
        raise LanguageError(
            f"model='{name}'.",
            why=f"the models are {', '.join(KINDS)}.",
            fix=nearest(name, KINDS),
        )
    kind: Kind = KINDS[name](parameters)
    return kind
