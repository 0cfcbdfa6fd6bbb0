import doctest

import pytest

import hepline.stats.model
from hepline.errors import FitError
from hepline.stats import Model, fit, postfit, prefit


def test_the_example_of_the_description_runs():
    assert doctest.testmod(hepline.stats.model).failed == 0


def test_methods_are_the_functions_of_the_room(workspace, mod):
    model = Model(workspace({"SR": {"s": ([10.0], [mod.normfactor()])}}, SR=[12]))
    result = model.fit(init={"mu": 2.0})
    assert result["mu"].value == pytest.approx(fit(model)["mu"].value)
    assert model.prefit()[0].total == prefit(model)[0].total
    assert model.postfit(result)[0].total == postfit(model, result)[0].total


def test_any_question_can_hold_parameters(agc_workspace):
    """Holding a parameter is leaving it out of the fit: pyhf's `fixed` in its configuration."""
    model = Model(agc_workspace(1))
    fixed = {"Jet energy scale": 0.4}
    held = model.holding(fixed)
    data = model.asimov(mu=1.0)
    assert model.limit(fixed=fixed, data=data) == held.limit(data=data)
    assert model.cls(1.1, fixed=fixed, data=data) == held.cls(1.1, data=data)
    assert model.significance(fixed=fixed, data=data) == held.significance(data=data)
    assert model.intervals([model.poi], fixed=fixed) == held.intervals([model.poi])
    assert model.limit(fixed=fixed, data=data).observed != model.limit(data=data).observed
    assert model.limit(data=data) == model.limit(fixed={}, data=data)
    with pytest.raises(FitError):
        model.limit(fixed={"jes": 0.0})
