import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm, poisson

from hepline.errors import FitError
from hepline.stats import Model
from hepline.stats.inference.limits import upper_limit
from hepline.stats.inference.toylimits import toy_limit


@pytest.fixture(scope="module")
def counting(workspace, mod):
    def build(signal, background, observed):
        samples = {"s": ([signal], [mod.normfactor()]), "b": ([background], [])}
        return Model(workspace({"SR": samples}, SR=[observed]))

    return build


def exact_limit(signal, background, observed, allowed=0.05):
    """Zech's formula: the ratio of Poisson sums is what CLs allows."""

    def excess(mu):
        above = poisson.cdf(observed, mu * signal + background)
        return above / poisson.cdf(observed, background) - allowed

    return brentq(excess, 0, 100)


@pytest.mark.parametrize(("observed", "level"), [(0, 0.95), (3, 0.95), (7, 0.9)])
def test_limits_of_few_counts_are_those_of_poisson_sums(counting, observed, level):
    signal, background = 2.0, 3.0
    limit = toy_limit(counting(signal, background, observed), 20000, seed=1, level=level)
    exact = exact_limit(signal, background, observed, 1 - level)
    assert limit.observed == pytest.approx(exact, abs=4 * limit.error)
    assert limit.error < 0.1 * exact
    counts = poisson.ppf(norm.cdf([-2, -1, 0, 1, 2]), background)
    expected = [exact_limit(signal, background, count, 1 - level) for count in counts]
    assert limit.expected[2:4] == pytest.approx(expected[2:4], rel=0.05)
    assert list(limit.expected) == sorted(limit.expected)
    assert (limit.method, limit.level, limit.poi) == ("toys", level, "mu")


def test_the_error_of_a_limit_is_the_spread_over_seeds(counting):
    model = counting(2.0, 3.0, 3)
    limits = [toy_limit(model, 300, seed=seed) for seed in range(6)]
    spread = np.std([limit.observed for limit in limits], ddof=1)
    assert 0.4 < np.mean([limit.error for limit in limits]) / spread < 2.5


@pytest.mark.slow
def test_many_counts_are_asymptotic(workspace, mod):
    background = [mod.normsys("size", 0.95, 1.05)]
    samples = {
        "s": ([30.0, 60.0, 30.0], [mod.normfactor()]),
        "b": ([400.0, 350.0, 300.0], background),
    }
    model = Model(workspace({"SR": samples}, SR=[395, 370, 310]))
    toys, asymptotic = toy_limit(model, 150, seed=5), upper_limit(model)
    assert toys.observed == pytest.approx(asymptotic.observed, abs=4 * toys.error)
    for index in (1, 2, 3):
        assert toys.expected[index] == pytest.approx(asymptotic.expected[index], rel=0.2)
    tested = [test.mu for test in toys.tests]
    assert tested == sorted(tested)
    assert [test.method for test in toys.tests] == ["toys"] * len(tested)


def test_a_limit_without_toys_has_no_error_from_them(counting):
    assert upper_limit(counting(2.0, 3.0, 3)).error == 0


def test_a_level_that_is_none_is_refused(counting):
    with pytest.raises(FitError, match="confidence level"):
        toy_limit(counting(2.0, 3.0, 3), 10, seed=1, level=1.5)


def test_too_few_toys_find_no_limit(counting):
    with pytest.raises(FitError, match="values of 'mu' were tested"):
        toy_limit(counting(2.0, 3.0, 3), 5, seed=1, level=0.95)
