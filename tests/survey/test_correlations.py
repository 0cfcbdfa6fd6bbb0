"""Coefficients are those of pandas, which leaves out what is missing pair by pair."""

import numpy as np
import pandas
import pytest

from hepline.survey.correlations import correlation_matrix, strongest


def test_pandas_agrees():
    random = np.random.default_rng(1)
    columns = random.normal(size=(6, 400)) + 1e6
    columns[1] += 0.5 * columns[0]
    columns[2, ::3] = np.nan
    columns[3] = -columns[0]
    coefficients, shared = correlation_matrix(columns)
    expected = pandas.DataFrame(columns.T).corr().to_numpy()
    assert coefficients == pytest.approx(expected, abs=1e-9)
    assert shared[2, 2] == np.isfinite(columns[2]).sum()


def test_a_constant_goes_with_nothing():
    values = np.random.default_rng(1).normal(size=100)
    assert np.isnan(correlation_matrix(np.array([values, np.full(100, 3.0)]))[0][0, 1])


def test_the_strongest_pairs_come_first():
    random = np.random.default_rng(2)
    x = random.normal(size=1000)
    sample = {
        "x": x,
        "noise": random.normal(size=1000),
        "minus": -x + 0.01 * random.normal(size=1000),
        "near": x + random.normal(size=1000),
        "rare": np.where(np.arange(1000) < 10, x, np.nan),
    }
    pairs = strongest(sample, most=3)
    assert (pairs[0].first, pairs[0].second) == ("x", "minus")
    assert pairs[0].coefficient < -0.99
    assert pairs[0].events == 1000
    assert {pair.second for pair in pairs} == {"minus", "near"}
    assert strongest({"x": x}) == ()
