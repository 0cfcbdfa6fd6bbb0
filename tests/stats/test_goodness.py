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
