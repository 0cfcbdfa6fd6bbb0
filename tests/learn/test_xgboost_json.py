"""Scores of XGBoost's JSON, against XGBoost itself."""

import json

import numpy as np
import pytest
import xgboost
from hypothesis import given, settings
from hypothesis import strategies as st

from hepline.errors import FileUnreadable
from hepline.learn.xgboost_json import forest_of, is_xgboost

OBJECTIVES = [
    "binary:logistic", "binary:logitraw", "reg:logistic", "reg:squarederror", "count:poisson",
    "multi:softprob", "reg:absoluteerror", "rank:pairwise",
]  # fmt: skip


def trained(objective, *, rows=300, rounds=7, depth=5, seed=1, **more):
    generator = np.random.default_rng(seed)
    features = generator.normal(size=(rows, 4)).astype(np.float32)
    features[generator.uniform(size=features.shape) < 0.1] = np.nan
    truth = np.nan_to_num(features).sum(axis=1) + generator.normal(size=rows)
    labels = {"multi:softprob": np.digitize(truth, [-1, 1]), "reg:squarederror": truth}
    target = labels.get(objective, (truth > 0).astype(int))
    matrix = xgboost.DMatrix(features, target)
    if objective.startswith("rank"):
        matrix.set_group([rows])
    parameters = {"objective": objective, "seed": seed, **more}
    if more.get("booster") != "gblinear":
        parameters["max_depth"] = depth
    if objective.startswith("multi"):
        parameters["num_class"] = 3
    return xgboost.train(parameters, matrix, rounds), features


def text_of(booster):
    return booster.save_raw("json").decode()


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_scores_are_those_of_xgboost(objective):
    booster, features = trained(objective)
    forest = forest_of(text_of(booster), "model.json")
    expected = booster.predict(xgboost.DMatrix(features)).reshape(len(features), -1)
    np.testing.assert_allclose(forest.scores(features), expected, rtol=2e-6, atol=2e-7)


@given(seed=st.integers(0, 1000), depth=st.integers(1, 9), rounds=st.integers(1, 30))
@settings(deadline=None, max_examples=15)
def test_rows_on_the_borders_go_the_same_way(seed, depth, rounds):
    booster, _ = trained("binary:logistic", rows=120, seed=seed, depth=depth, rounds=rounds)
    text = text_of(booster)
    borders = np.array([
        border
        for tree in json.loads(text)["learner"]["gradient_booster"]["model"]["trees"]
        for border in tree["split_conditions"]
    ], np.float32)  # fmt: skip
    generator = np.random.default_rng(seed)
    near = generator.choice(borders, (203, 4))
    near = np.where(
        generator.uniform(size=near.shape) < 0.3, np.nextafter(near, np.float32(9)), near
    )
    for rows in (near, np.where(generator.uniform(size=near.shape) < 0.1, np.nan, near)):
        rows = rows.astype(np.float32)
        expected = booster.predict(xgboost.DMatrix(rows))
        scores = forest_of(text, "model.json").scores(rows)[:, 0]
        np.testing.assert_allclose(scores, expected, rtol=1e-6)


def test_published_models(shared_data):
    generator = np.random.default_rng(5)
    rows = np.concatenate(
        [
            generator.uniform(low, high, (500, count))
            for low, high, count in ((0, 6, 4), (30, 300, 8), (0, 1, 4), (-1, 1, 4))
        ],
        axis=1,
    ).astype(np.float32)
    for name in ("even", "odd"):
        path = shared_data / f"agc/models/model_{name}.json"
        booster = xgboost.Booster(model_file=path)
        expected = booster.predict(xgboost.DMatrix(rows))
        np.testing.assert_allclose(
            forest_of(path.read_text(), str(path)).scores(rows)[:, 0], expected, atol=1e-6
        )


def test_what_cannot_be_scored_is_refused():
    booster, _ = trained("binary:logistic", booster="gblinear")
    with pytest.raises(FileUnreadable, match="gblinear"):
        forest_of(text_of(booster), "model.json")
    booster, _ = trained("binary:logistic", booster="dart", rate_drop=0.5)
    with pytest.raises(FileUnreadable, match="dart"):
        forest_of(text_of(booster), "model.json")
    booster, _ = trained("binary:hinge")
    with pytest.raises(FileUnreadable, match="binary:hinge"):
        forest_of(text_of(booster), "model.json")
    for text in ("{", "{}", '{"learner": {}}', "[]"):
        with pytest.raises(FileUnreadable, match="cannot be read"):
            forest_of(text, "model.json")
    assert not is_xgboost({"schema_version": 2})
    matrix = xgboost.DMatrix(
        np.array([[0], [1], [2], [1]] * 20), np.array([0, 1, 1, 0] * 20),
        feature_types=["c"], enable_categorical=True,
    )  # fmt: skip
    categories = xgboost.train({"objective": "binary:logistic", "max_cat_to_onehot": 1}, matrix, 2)
    with pytest.raises(FileUnreadable, match="categories"):
        forest_of(text_of(categories), "model.json")
