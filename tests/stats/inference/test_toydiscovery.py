import numpy as np
import pytest
from scipy.stats import norm, poisson

from hepline.errors import FitError
from hepline.stats import Model
from hepline.stats.inference.significance import discovery
from hepline.stats.inference.toydiscovery import toy_discovery


@pytest.fixture(scope="module")
def counting(workspace, mod):
    def build(signal, background, observed):
        samples = {"s": ([signal], [mod.normfactor()]), "b": ([background], [])}
        return Model(workspace({"SR": samples}, SR=[observed]))

    return build


@pytest.mark.parametrize("observed", [4, 6, 8])
def test_the_p_value_of_counts_is_a_poisson_sum(counting, observed):
    signal, background, toys = 5.0, 3.0, 20000
    found = toy_discovery(counting(signal, background, observed), toys, seed=2)
    p_value = poisson.sf(observed - 1, background)
    assert found.p_value == pytest.approx(p_value, abs=4 * found.error + 1 / toys)
    assert found.observed == pytest.approx(norm.isf(found.p_value))
    median = poisson.median(signal + background)
    expected = norm.isf(poisson.sf(median - 1, background))
    assert found.expected == pytest.approx(expected, abs=0.05)
    assert (found.method, found.toys, found.poi) == ("toys", toys, "mu")


def test_a_deficit_is_no_discovery(counting):
    found = toy_discovery(counting(5.0, 30.0, 20), 40, seed=2)
    assert (found.observed, found.p_value) == (0, 1)


def test_no_significance_is_infinite(counting):
    found = toy_discovery(counting(5.0, 3.0, 50), 49, seed=2)
    assert found.p_value == 1 / 50
    assert found.observed == pytest.approx(norm.isf(1 / 50))


def test_many_counts_are_asymptotic(workspace, mod):
    samples = {
        "s": ([30.0, 60.0, 30.0], [mod.normfactor()]),
        "b": ([400.0, 350.0, 300.0], [mod.normsys("size", 0.95, 1.05)]),
    }
    model = Model(workspace({"SR": samples}, SR=[405, 377, 308]))
    toys, asymptotic = toy_discovery(model, 500, seed=5), discovery(model)
    assert 0.5 < asymptotic.observed < 2
    assert toys.p_value == pytest.approx(asymptotic.p_value, abs=4 * toys.error)
    assert toys.expected == pytest.approx(asymptotic.expected, abs=0.4)


def test_a_workspace_without_a_question_is_refused(workspace, mod):
    model = Model(workspace({"SR": {"b": ([5.0], [mod.normfactor()])}}, poi="", SR=[5]))
    with pytest.raises(FitError, match="no parameter of interest"):
        toy_discovery(model, 3, seed=1)


def test_equal_counts_are_equally_extreme(counting):
    """Half of all toys would be lost to rounding errors if equal meant equal bits."""
    found = toy_discovery(counting(1.0, 0.5, 1), 20000, seed=4)
    p_value = poisson.sf(0, 0.5)
    assert found.p_value == pytest.approx(p_value, abs=4 * np.sqrt(p_value / 20000))
