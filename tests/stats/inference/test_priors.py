import numpy as np
import pytest
import scipy.stats

from hepline.errors import FitError
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.priors import (
    GammaPrior,
    LogNormalPrior,
    NormalPrior,
    priors_by_index,
)

CASES = [
    (NormalPrior(1.5, 0.4), scipy.stats.norm(1.5, 0.4)),
    (LogNormalPrior(2.0, 1.3), scipy.stats.lognorm(np.log(1.3), scale=2.0)),
    (GammaPrior(3.0, 2.0), scipy.stats.gamma(3.0, scale=0.5)),
]


@pytest.mark.parametrize(("prior", "oracle"), CASES)
def test_density_is_that_of_scipy_up_to_a_constant(prior, oracle):
    values = np.array([0.3, 0.9, 1.7, 2.4])
    found = np.array([prior.log_density(value) for value in values])
    np.testing.assert_allclose(np.diff(found), np.diff(oracle.logpdf(values)), rtol=1e-12)


@pytest.mark.parametrize(("prior", "oracle"), CASES)
@pytest.mark.parametrize("value", [0.3, 1.1, 2.4])
def test_slope_is_the_derivative(prior, oracle, value):
    step = 1e-5
    slope = (oracle.logpdf(value + step) - oracle.logpdf(value - step)) / (2 * step)
    assert prior.slope(value) == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize("prior", [LogNormalPrior(2.0, 1.3), GammaPrior(0.5, 0.0)])
def test_what_must_be_positive_has_no_density_elsewhere(prior):
    assert prior.log_density(0.0) == -np.inf
    assert prior.log_density(-1.0) == -np.inf


def test_prior_of_a_vector_holds_for_each_element(workspace, mod):
    shape = mod.of_bins("shapefactor", "free")
    model = HistFactory(workspace({"SR": {"sig": ([1, 2], [shape, mod.normfactor()])}}, SR=[1, 2]))
    prior = NormalPrior(1.0, 0.1)
    assert priors_by_index(model, {"free": prior}) == dict.fromkeys(model.indices("free"), prior)


def test_constrained_parameter_has_its_prior_already(workspace, mod):
    sig = ([10], [mod.normfactor(), mod.normsys("eff", 0.9, 1.1)])
    model = HistFactory(workspace({"SR": {"sig": sig}}, SR=[10]))
    with pytest.raises(FitError, match="'eff', which has a constraint term"):
        priors_by_index(model, {"eff": NormalPrior(0.0, 1.0)})
    with pytest.raises(FitError, match="no parameter 'nu'"):
        priors_by_index(model, {"nu": NormalPrior(0.0, 1.0)})
