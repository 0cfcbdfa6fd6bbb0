import doctest

import pytest

import hepline.stats.model
from hepline.stats import Model, fit, postfit, prefit


def test_the_example_of_the_description_runs():
    assert doctest.testmod(hepline.stats.model).failed == 0


def test_methods_are_the_functions_of_the_room(workspace, mod):
    model = Model(workspace({"SR": {"s": ([10.0], [mod.normfactor()])}}, SR=[12]))
    result = model.fit(init={"mu": 2.0})
    assert result["mu"].value == pytest.approx(fit(model)["mu"].value)
    assert model.prefit()[0].total == prefit(model)[0].total
    assert model.postfit(result)[0].total == postfit(model, result)[0].total
