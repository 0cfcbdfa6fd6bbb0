"""Metrics, against scikit-learn and loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from hepline.learn.metrics import LEAST_BACKGROUND, auc, best_ams, classification, regression, roc


def drawn(seed, size=300, digits=2):
    generator = np.random.default_rng(seed)
    labels = (generator.uniform(size=size) < 0.4).astype(float)
    scores = np.clip(np.round(generator.normal(0.4 + 0.2 * labels, 0.2), digits), 0, 1)
    return scores, labels, generator.uniform(0.2, 3, size)


@given(st.integers(0, 500), st.integers(1, 3))
@settings(deadline=None, max_examples=40)
def test_roc_is_that_of_scikit_learn(seed, digits):
    scores, labels, weights = drawn(seed, digits=digits)
    leaked, passed, cuts = oracle.roc_curve(
        labels, scores, sample_weight=weights, drop_intermediate=False
    )
    signal, background, mine = roc(scores, labels, weights)
    np.testing.assert_allclose(signal, passed, atol=1e-12)
    np.testing.assert_allclose(background, leaked, atol=1e-12)
    np.testing.assert_array_equal(mine[1:], cuts[1:])
    expected = oracle.roc_auc_score(labels, scores, sample_weight=weights)
    assert auc(scores, labels, weights) == pytest.approx(expected, abs=1e-12)


def test_numbers_are_those_of_scikit_learn():
    scores, labels, weights = drawn(3)
    mine = classification(scores, labels, weights)
    called = scores > 0.5
    options = {"sample_weight": weights}
    expected = {
        "accuracy": oracle.accuracy_score(labels, called, **options),
        "precision": oracle.precision_score(labels, called, **options),
        "recall": oracle.recall_score(labels, called, **options),
        "f1": oracle.f1_score(labels, called, **options),
        "log_loss": oracle.log_loss(labels, scores, **options),
        "brier": oracle.brier_score_loss(labels, scores, **options),
    }
    for name, value in expected.items():
        assert mine[name].value == pytest.approx(value, rel=1e-9), name
        assert mine[name].low < mine[name].value < mine[name].high


def test_the_interval_covers_as_it_says():
    """The true AUC of two Gaussians one sigma apart is Φ(1/√2)."""
    truth, inside = 0.7602499389065233, 0
    for seed in range(60):
        generator = np.random.default_rng(seed)
        labels = np.repeat([0.0, 1.0], 150)
        scores = 1 / (1 + np.exp(-generator.normal(labels, 1)))
        answer = classification(scores, labels, np.ones(300), seed=seed)["auc"]
        inside += answer.low <= truth <= answer.high
    # 0.6827 of 60, within three standard deviations.
    assert abs(inside - 41) <= 11


@given(st.integers(0, 100))
@settings(deadline=None, max_examples=20)
def test_the_best_significance_is_that_of_a_loop(seed):
    scores, labels, weights = drawn(seed, size=80)
    best = (np.nan, np.nan, 0)
    for cut in np.unique(scores):
        above = scores >= cut
        rows = np.count_nonzero(above & (labels == 0))
        if rows < LEAST_BACKGROUND:
            continue
        s, b = weights[above & (labels == 1)].sum(), weights[above & (labels == 0)].sum() + 10
        ams = np.sqrt(2 * ((s + b) * np.log(1 + s / b) - s))
        if not best[0] >= ams:
            best = (ams, cut, rows)
    ams, cut, rows = best_ams(scores, labels, weights)
    assert (ams, cut, rows) == (pytest.approx(best[0], nan_ok=True), *best[1:])


def test_few_background_rows_give_no_rejection():
    scores, labels = np.array([0.9] * 50 + [0.1] * 50), np.array([1.0] * 50 + [0.0] * 50)
    numbers = classification(scores, labels, np.ones(100))
    assert np.isnan(numbers["rejection_at_50"].value)
    scores, labels, weights = drawn(1, size=3000)
    numbers = classification(scores, labels, weights)
    leaked, passed, _ = oracle.roc_curve(
        labels, scores, sample_weight=weights, drop_intermediate=False
    )
    place = np.searchsorted(passed, 0.5)
    assert numbers["rejection_at_50"].value == pytest.approx(1 / leaked[place])
    assert str(numbers["auc"]).count(" to ") == 1


def test_regression_numbers():
    generator = np.random.default_rng(2)
    truth, weights = generator.normal(size=400), generator.uniform(0.5, 2, 400)
    predictions = truth + generator.normal(0.1, 0.3, 400)
    mine = regression(predictions, truth, weights)
    options = {"sample_weight": weights}
    assert mine["mae"].value == pytest.approx(
        oracle.mean_absolute_error(truth, predictions, **options)
    )
    assert mine["r2"].value == pytest.approx(oracle.r2_score(truth, predictions, **options))
    rmse = oracle.root_mean_squared_error(truth, predictions, **options)
    assert mine["rmse"].value == pytest.approx(rmse)
    assert mine["bias"].value ** 2 + mine["resolution"].value ** 2 == pytest.approx(rmse**2)


def test_no_significance_is_known_where_negative_weights_leave_less_than_nothing():
    scores = np.repeat([0.9, 0.8, 0.1], 20)
    labels = np.tile([1.0, 0.0], 30)
    weights = np.where(labels == 1, 1.0, np.repeat([-3.0, 6.0, 100.0], 20))
    value, cut, _ = best_ams(scores, labels, weights)
    # Above 0.9 the background is -30; above 0.8 it is 30.
    s, b = 20.0, 30.0 + 10
    assert cut == 0.8
    assert value == pytest.approx(np.sqrt(2 * ((s + b) * np.log1p(s / b) - s)))
