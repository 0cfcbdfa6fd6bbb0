"""Likelihoods with several minima: all are told, and a deeper one starts the question again."""

import numpy as np
import pytest
from scipy.optimize import minimize

from hepline.errors import FitError
from hepline.share.fit_json import as_json
from hepline.share.fit_text import lines
from hepline.stats import Model, Questions, answer, joint_test
from hepline.stats.inference.intervals import intervals


@pytest.fixture
def two_valleys(workspace, mod):
    """Both signs of 'h' raise the yields; the data lie between."""
    samples = {
        "s": ([30.0, 5.0], [mod.normfactor()]),
        "b": ([150.0, 220.0], [mod.histosys("h", [195.0, 245.0], [165.0, 300.0])]),
    }
    return Model(workspace({"SR": samples}, SR=[190, 275]))


def minima(model):
    """All minima, by scipy from a grid of starts."""
    likelihood, found = model.likelihood(), []
    bounds = list(zip(model.lower, model.upper, strict=True))
    for h in np.linspace(-3, 3, 13):
        for mu in (0.1, 1.0, 3.0):
            start = [{"h": h, "mu": mu}[name] for name in model.parameter_names]
            end = minimize(
                likelihood.value, start, jac=likelihood.gradient, bounds=bounds, tol=1e-13
            )
            if end.success and not any(np.allclose(end.x, x, atol=0.05) for _, x in found):
                found.append((end.fun, end.x))
    return sorted(found, key=lambda each: each[0])


def test_both_minima_are_told(two_valleys):
    wanted = minima(two_valleys)
    assert len(wanted) == 2
    fit = two_valleys.fit()
    assert fit.twice_nll == pytest.approx(wanted[0][0], abs=1e-6)
    (other,) = fit.other_minima
    assert other.twice_nll == pytest.approx(wanted[1][0], abs=1e-6)
    np.testing.assert_allclose(other.values, wanted[1][1], atol=1e-3)
    answers = answer(two_valleys)
    assert as_json(answers)["other_minima"][0]["parameters"]["mu"] == pytest.approx(
        other.values[two_valleys.parameter_names.index("mu")]
    )
    assert any("another minimum at mu" in line for line in lines(answers))


def test_tests_take_the_deeper_valley_at_every_value(two_valleys):
    likelihood = two_valleys.likelihood()
    limit = two_valleys.limit()
    best = two_valleys.fit().twice_nll
    h = np.linspace(-5, 5, 4001)
    for test in limit.tests[::4]:
        order = [(a, test.mu) if two_valleys.parameter_names[0] == "h" else (test.mu, a) for a in h]
        lowest = min(likelihood.value(np.array(point)) for point in order)
        assert best + test.statistic <= lowest + 1e-6 or test.statistic == 0


@pytest.fixture
def trap(shared_data, monkeypatch):
    """A model whose fit ends beside a deeper valley, if it does not look for others."""
    monkeypatch.setattr("hepline.stats.minimum.deepest", lambda _likelihood, climbed, *_: climbed)
    return Model(shared_data / "statistics/low_impacts_122.json")


def test_a_deeper_minimum_starts_the_question_again(trap):
    deepest = trap.fit(init={"h": -0.75, "st[0]": 0.94}).twice_nll
    assert trap.fit().twice_nll > deepest + 0.1
    answers = answer(trap, Questions(impacts=True, intervals=True))
    assert answers.fit.twice_nll == pytest.approx(deepest, abs=1e-6)
    assert answers.impacts.value == answers.fit["mu"].value
    assert len(trap.intervals()) == len(trap.parameter_names)
    assert joint_test(trap, {"h": -0.75}).statistic < 0.1


def test_a_given_fit_that_is_no_minimum_is_refused(trap):
    with pytest.raises(FitError, match="deeper minimum"):
        intervals(trap, fit=trap.fit())


def test_the_search_finds_the_deeper_valley_by_itself(shared_data):
    fit = Model(shared_data / "statistics/low_impacts_122.json").fit()
    assert fit.twice_nll == pytest.approx(16.37, abs=1e-3)
    assert fit.other_minima[0].twice_nll == pytest.approx(16.662, abs=1e-3)


def test_the_validated_numbers_of_pyhf_are_those_of_the_other_minimum(shared_data):
    # pyhf's validation ends at a signal of 0.635; the likelihood is lower at 0.427.
    fit = Model(shared_data / "statistics/two_minima.json").fit()
    assert fit["SigXsecOverSM"].value == pytest.approx(0.427, abs=1e-3)
    (other,) = fit.other_minima
    at = [each.name for each in fit.parameters].index("SigXsecOverSM")
    assert other.values[at] == pytest.approx(0.635, abs=2e-3)
