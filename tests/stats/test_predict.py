import numpy as np
import pyhf
import pytest

from hepline.errors import FitError
from hepline.stats import Model

# pyhf 0.7 resolves its schema with a class that jsonschema has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def propagated(content, theta, covariance):
    """Expectation, its covariance, from pyhf and finite differences."""
    model = pyhf.Workspace(content).model()
    steps = 1e-6 * np.eye(len(theta))
    slope = np.transpose(
        [(model.expected_actualdata(theta + s) - model.expected_actualdata(theta - s)) / 2e-6
         for s in steps]
    )  # fmt: skip
    return model.expected_actualdata(theta), slope @ covariance @ slope.T


def check(model, predictions, total, covariance):
    for part, prediction in zip(model.channel_slices, predictions, strict=True):
        block = covariance[part, part]
        np.testing.assert_allclose(prediction.total, total[part])
        np.testing.assert_allclose(prediction.uncertainty, np.sqrt(np.diag(block)), rtol=1e-5)
        assert prediction.yield_uncertainty == pytest.approx(np.sqrt(block.sum()), rel=1e-5)
        np.testing.assert_allclose(sum(s for _, s in prediction.samples), prediction.total)
        np.testing.assert_array_equal(prediction.data, model.data[part])


def test_prefit_uncertainties_are_those_of_the_constraints(agc_workspace):
    content = agc_workspace(1)
    model = Model(content)
    width = np.nan_to_num(model.prior_width)
    check(model, model.prefit(), *propagated(content, model.initial, np.diag(width**2)))


def test_postfit_uncertainties_know_all_correlations(agc_workspace):
    content = agc_workspace(1)
    model = Model(content)
    result = model.fit()
    theta = np.array([parameter.value for parameter in result.parameters])
    check(model, model.postfit(result), *propagated(content, theta, result.covariance))


def test_fits_make_the_prediction_more_precise(agc_workspace):
    model = Model(agc_workspace(1))
    for before, after in zip(model.prefit(), model.postfit(model.fit()), strict=True):
        assert after.yield_uncertainty < before.yield_uncertainty / 5


def test_fixed_and_free_parameters_have_no_width_before_the_fit(workspace, mod):
    samples = {"s": ([10.0], [mod.normfactor()]), "b": ([50.0], [mod.normsys("a", 0.9, 1.1)])}
    settings = [{"name": "a", "fixed": True}]
    model = Model(workspace({"SR": samples}, SR=[60], parameters=settings))
    assert model.prefit()[0].uncertainty.tolist() == [0.0]


def test_the_fit_of_another_model_is_refused(workspace, mod):
    one = Model(workspace({"SR": {"s": ([10.0], [mod.normfactor()])}}, SR=[9]))
    other = Model(workspace({"SR": {"s": ([10.0], [mod.normfactor("nu")])}}, poi="nu", SR=[9]))
    with pytest.raises(FitError, match="this fit has"):
        one.postfit(other.fit())


def test_before_the_fit_parameters_stand_where_the_auxiliary_measurement_found_them(workspace, mod):
    """Not where a fit would start: by hand, 50 · 1.1 and 50 · 1.1⁰·⁵."""
    samples = {"s": ([10.0], [mod.normfactor()]), "b": ([50.0], [mod.normsys("a", 0.9, 1.1)])}
    settings = [{"name": "a", "auxdata": [1.0], "inits": [0.5]}]
    content = workspace({"SR": samples}, SR=[60], parameters=settings)
    assert Model(content).prefit()[0].total[0] == pytest.approx(10 + 55)
    settings[0]["fixed"] = True
    held = pyhf.Workspace(workspace({"SR": samples}, SR=[60], parameters=settings)).model()
    start = held.expected_actualdata(held.config.suggested_init())[0]
    content["measurements"][0]["config"]["parameters"] = settings
    assert Model(content).prefit()[0].total[0] == pytest.approx(start)
