import numpy as np
import pytest
from scipy.stats import chi2, multivariate_normal

from hepline.stats.comparison import compare

DATA = np.array([105.0, 90, 33])
PREDICTION = np.array([100.0, 95, 25])
VARIANCES = np.array([4.0, 9, 1])
SHIFTS = (np.array([5.0, 4, 1]), np.array([-2.0, 0, 2]))


def test_without_correlations_it_is_the_sum_of_squares():
    found = compare(DATA, PREDICTION, VARIANCES)
    expected = np.sum((DATA - PREDICTION) ** 2 / (PREDICTION + VARIANCES))
    assert found.statistic == pytest.approx(expected)
    assert found.degrees_of_freedom == 3
    assert found.p_value == pytest.approx(chi2.sf(expected, 3))


def test_correlated_shifts_are_those_of_a_multivariate_normal():
    covariance = np.diag(PREDICTION + VARIANCES) + sum(np.outer(one, one) for one in SHIFTS)
    normal = multivariate_normal(PREDICTION, covariance)
    expected = -2 * (normal.logpdf(DATA) - normal.logpdf(PREDICTION))
    assert compare(DATA, PREDICTION, VARIANCES, SHIFTS).statistic == pytest.approx(expected)


def test_hidden_and_empty_bins_are_left_out():
    data = np.array([105.0, np.nan, 33, 2])
    prediction = np.append(PREDICTION, 0.0)
    found = compare(data, prediction, np.append(VARIANCES, 0.0))
    alone = compare(DATA[[0, 2]], PREDICTION[[0, 2]], VARIANCES[[0, 2]])
    assert (found.statistic, found.degrees_of_freedom) == (alone.statistic, 2)
    assert compare(np.full(3, np.nan), PREDICTION, VARIANCES) is None


def test_p_values_of_toys_are_uniform():
    rng = np.random.default_rng(1)
    expected = np.array([400.0, 900, 300])
    truth = expected + rng.normal(size=(4000, 1)) * np.array([20.0, 30, 10])
    values = [
        compare(rng.poisson(one).astype(float), expected, np.zeros(3), [np.array([20.0, 30, 10])])
        for one in truth
    ]
    shares = np.histogram([one.p_value for one in values], bins=10, range=(0, 1))[0] / 400
    assert np.abs(shares - 1).max() < 0.2
