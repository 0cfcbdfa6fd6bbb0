"""Settings that make a library do more than add leaves up are refused, never scored silently."""

import numpy as np
import pytest

from hepline.errors import LanguageError
from hepline.learn.models.protocol import Rows
from hepline.learn.models.registry import kind_of


def sample(seed):
    generator = np.random.default_rng(seed)
    inputs = generator.integers(0, 6, (300, 2)).astype(float) + 1
    labels = (inputs[:, 0] + generator.normal(0, 2, 300) > 3).astype(float)
    return Rows(inputs, labels, np.ones(300))


@pytest.mark.parametrize(
    ("model", "task", "parameters"),
    [
        ("lightgbm", "classification", {"sigmoid": 2.0}),
        ("lightgbm", "classification", {"linear_tree": True}),
        ("lightgbm", "classification", {"objective": "cross_entropy"}),
        (
            "lightgbm",
            "classification",
            {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.7},
        ),
        ("lightgbm", "regression", {"objective": "poisson"}),
        ("lightgbm", "regression", {"reg_sqrt": True}),
        ("gradient_boosting", "regression", {"loss": "poisson", "max_iter": 20}),
        ("gradient_boosting", "classification", {"categorical_features": [0], "max_iter": 20}),
    ],
)
def test_refused(model, task, parameters):
    few = {"num_iterations": 20} if model == "lightgbm" else {}
    with pytest.raises(LanguageError, match="cannot be stored as trees"):
        kind_of(model, few | parameters).fit(
            sample(1), sample(2), task=task, seed=1, names=("a", "b")
        )
