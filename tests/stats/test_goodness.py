import numpy as np
import pytest
from scipy.stats import chi2, norm, poisson

from hepline.stats import Model


def test_statistic_is_the_likelihood_ratio_with_the_saturated_model(workspace, mod):
    samples = {"b": ([50.0, 40.0, 0.5], [mod.normsys("a", 0.9, 1.1)])}
    model = Model(workspace({"SR": samples}, poi="", SR=[61, 33, 0]))
    result = model.fit()
    observed = np.array([61, 33, 0])
    rates = model.expected([result["a"].value])
    expected = -2 * (poisson.logpmf(observed, rates) - poisson.logpmf(observed, observed)).sum()
    expected -= 2 * (norm.logpdf(result["a"].value) - norm.logpdf(0))
    good = result.goodness_of_fit
    assert good.statistic == pytest.approx(expected)
    assert good.degrees_of_freedom == 3
    assert good.p_value == pytest.approx(chi2.sf(expected, 3))


def test_unconstrained_free_parameters_cost_degrees_of_freedom(workspace, mod):
    samples = {"s": ([5.0, 9.0, 2.0], [mod.normfactor()]), "b": ([50.0, 40.0, 5.0], [])}
    model = Model(workspace({"SR": samples}, SR=[61, 53, 4]))
    assert model.fit().goodness_of_fit.degrees_of_freedom == 2
    assert model.fit(fixed={"mu": 1.0}).goodness_of_fit.degrees_of_freedom == 3


@pytest.mark.parametrize("kind", ["normal", "poisson"])
def test_a_held_parameter_away_from_its_constraint_is_no_misfit(workspace, mod, kind):
    modifier = mod.normsys("a", 0.9, 1.1) if kind == "normal" else mod.of_bins("shapesys", "a", [9])
    name, value = ("a", 0.5) if kind == "normal" else ("a[0]", 1.2)
    samples = {"s": ([5.0], [mod.normfactor("k")]), "b": ([50.0], [modifier])}
    model = Model(workspace({"SR": samples}, poi="", SR=[61]))
    result = model.fit(fixed={name: value, "k": 1.0})
    rate = model.expected([one.value for one in result.parameters])
    expected = -2 * (poisson.logpmf(61, rate) - poisson.logpmf(61, 61)).sum()
    good = result.goodness_of_fit
    assert good.statistic == pytest.approx(expected)
    assert good.degrees_of_freedom == 1
