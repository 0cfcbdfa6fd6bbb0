"""Trees of LightGBM and scikit-learn, against their own predictions: equal in every bit."""

import json

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

from hepline.errors import LanguageError
from hepline.learn.artefact import _forest, _forest_json
from hepline.learn.models.lightgbm_trees import LightGBM, forest_of_lightgbm
from hepline.learn.models.protocol import Rows
from hepline.learn.models.registry import kind_of
from hepline.learn.models.sklearn_trees import HistGradientBoosting, RandomForest

NAMES = ("a", "b", "c")


def rows(seed, *, missing=True, size=400, task="classification"):
    generator = np.random.default_rng(seed)
    inputs = np.round(generator.normal(size=(size, 3)), 2)
    truth = inputs.sum(axis=1) + generator.normal(size=size)
    if missing:
        inputs[generator.uniform(size=inputs.shape) < 0.1] = np.nan
    labels = truth if task == "regression" else (truth > 0).astype(float)
    return Rows(inputs, labels, generator.uniform(0.5, 2, size))


def borders(forest, seed):
    """Rows whose values lie on the borders of the trees, or next to them."""
    generator = np.random.default_rng(seed)
    values = generator.choice(forest.border[np.isfinite(forest.border)], (300, 3))
    values = np.where(generator.uniform(size=values.shape) < 0.4, np.nextafter(values, -9), values)
    return np.where(generator.uniform(size=values.shape) < 0.05, np.nan, values)


@given(
    seed=st.integers(0, 99),
    missing=st.booleans(),
    task=st.sampled_from(["classification", "regression"]),
)
@settings(deadline=None, max_examples=10)
def test_lightgbm(seed, missing, task):
    train, validation = rows(seed, missing=missing, task=task), rows(seed + 1, task=task)
    fitted = LightGBM({"num_iterations": 40}).fit(train, validation, task=task, seed=1, names=NAMES)
    parameters = {
        "objective": {"classification": "binary", "regression": "regression"}[task],
        "learning_rate": 0.05, "seed": 1, "deterministic": True, "force_row_wise": True,
        "verbosity": -1,
    }  # fmt: skip
    booster = lightgbm.train(
        parameters,
        lightgbm.Dataset(train.inputs, train.labels, weight=train.weights),
        fitted.rounds,
    )
    assert fitted.forest.names == NAMES
    assert len(fitted.history) >= fitted.rounds
    for inputs in (validation.inputs, borders(fitted.forest, seed)):
        np.testing.assert_allclose(
            fitted.forest.scores(inputs)[:, 0], booster.predict(inputs), rtol=1e-15, atol=1e-15
        )


def test_the_same_seed_gives_the_same_model():
    train, validation = rows(1), rows(2)
    for name in ("lightgbm", "random_forest", "gradient_boosting"):
        prints = [
            kind_of(name, {}).fit(train, validation, task="classification", seed=seed, names=NAMES)
            for seed in (1, 1)
        ]
        assert prints[0].forest.fingerprint == prints[1].forest.fingerprint


@given(seed=st.integers(0, 99))
@settings(deadline=None, max_examples=5)
def test_random_forest(seed):
    train, validation = rows(seed), rows(seed + 1)
    settings_ = {"n_estimators": 20, "min_samples_leaf": 5, "random_state": 3}
    fitted = RandomForest(settings_).fit(
        train, validation, task="classification", seed=1, names=NAMES
    )
    model = RandomForestClassifier(**settings_)
    model.fit(train.inputs, train.labels, sample_weight=train.weights)
    for inputs in (validation.inputs, borders(fitted.forest, seed)):
        np.testing.assert_allclose(
            fitted.forest.scores(inputs)[:, 0], model.predict_proba(inputs)[:, 1], rtol=1e-14
        )


@given(seed=st.integers(0, 99))
@settings(deadline=None, max_examples=5)
def test_gradient_boosting(seed):
    train, validation = rows(seed), rows(seed + 1)
    fitted = HistGradientBoosting({"max_iter": 30}).fit(
        train, validation, task="classification", seed=1, names=NAMES
    )
    model = HistGradientBoostingClassifier(
        max_iter=30, learning_rate=0.05, early_stopping=True, n_iter_no_change=20, random_state=1
    )
    model.fit(
        train.inputs, train.labels, sample_weight=train.weights, X_val=validation.inputs,
        y_val=validation.labels, sample_weight_val=validation.weights,
    )  # fmt: skip
    for inputs in (validation.inputs, borders(fitted.forest, seed)):
        np.testing.assert_allclose(
            fitted.forest.scores(inputs)[:, 0], model.predict_proba(inputs)[:, 1], rtol=1e-14
        )
    assert len(fitted.history) == fitted.rounds + 1


def test_regression_of_forests():
    train, validation = rows(1, task="regression"), rows(2, task="regression")
    for name in ("random_forest", "gradient_boosting"):
        fitted = kind_of(name, {}).fit(train, validation, task="regression", seed=1, names=NAMES)
        scores = fitted.forest.scores(validation.inputs)[:, 0]
        assert np.corrcoef(scores, validation.labels)[0, 1] > 0.6


def test_what_cannot_be_scored_is_refused():
    generator = np.random.default_rng(1)
    inputs = np.stack([generator.integers(0, 4, 500), generator.normal(size=500)], axis=1)
    labels = (inputs[:, 0] % 2).astype(float)
    for more, columns in (({}, [0]), ({"zero_as_missing": True}, [])):
        data = lightgbm.Dataset(inputs, labels, categorical_feature=columns)
        booster = lightgbm.train({"objective": "binary", "verbosity": -1, **more}, data, 3)
        with pytest.raises(LanguageError, match="categories"):
            forest_of_lightgbm(booster.dump_model())
    with pytest.raises(LanguageError, match="did you mean 'lightgbm'"):
        kind_of("lightgb", {})


@pytest.mark.parametrize("model", ["random_forest", "gradient_boosting"])
def test_a_split_of_missing_values_from_all_others_is_stored(model, tmp_path):
    """scikit-learn writes it as an infinite border, which JSON does not have."""
    generator = np.random.default_rng(3)
    inputs = np.ones((600, 1))
    inputs[generator.uniform(size=600) < 0.5] = np.nan
    labels = (np.isnan(inputs[:, 0]) ^ (generator.uniform(size=600) < 0.1)).astype(float)
    sample = Rows(inputs, labels, np.ones(600))
    fitted = kind_of(model, {}).fit(
        sample, sample, task="classification", seed=1, names=("a",)
    ).forest  # fmt: skip
    again = _forest(json.loads(json.dumps(_forest_json(fitted), allow_nan=False)))
    scores = again.scores(np.array([[np.nan], [1.0], [-1e30]]))[:, 0]
    assert scores[0] > 0.85 > 0.15 > max(scores[1:])
    assert again.fingerprint == fitted.fingerprint
