"""Toys whose fits have no end, or none that is found: bounded, else counted."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import poisson

from hepline.errors import FitError
from hepline.share.fit_json import as_json
from hepline.stats import Model, Questions, answer
from hepline.stats.inference import toytests
from hepline.stats.inference.profile import profile
from hepline.stats.inference.toytests import without_failures


@pytest.fixture
def without_background(workspace, mod):
    """Three events in a bin of signal only."""
    samples = {"s": ([1.0], [mod.normfactor()]), "b": ([0.0], [])}
    return Model(workspace({"SR": samples}, SR=[3]))


def test_a_signal_without_background_has_the_exact_limit_from_toys(without_background):
    # CLb is one: background toys are empty, and less likely to be signal than the data.
    exact = brentq(lambda mu: poisson.cdf(3, mu) - 0.05, 1, 20)
    assert exact == pytest.approx(7.7537, abs=1e-4)
    found = without_background.limit(toys=1000, seed=1)
    assert abs(found.observed - exact) < 3 * found.error
    assert found.error < 0.4


def test_events_without_background_do_not_stop_asymptotic_formulae(without_background):
    # q̃ is that of a Poisson count, and the Asimov data without signal are empty: q̃ = 2 mu.
    mu = 5.0
    test = without_background.cls(mu)
    assert test.statistic == pytest.approx(2 * (mu - 3 + 3 * np.log(3 / mu)), abs=1e-9)
    assert without_background.limit().expected[2] == pytest.approx(1.96**2 / 2, abs=2e-3)
    assert np.isinf(without_background.significance().observed)


def test_a_bin_of_signal_only_beside_others_has_a_limit(workspace, mod):
    signal = ([5.0, 1.0], [mod.normfactor()])
    without, nearly = (
        Model(workspace({"SR": {"s": signal, "b": ([50.0, b], [])}}, SR=[53, 2])).limit()
        for b in (0.0, 1e-9)
    )
    # A background of next to nothing, without parameters of its own, is the limit of none.
    assert without.observed == pytest.approx(nearly.observed, rel=1e-6)
    assert without.expected == pytest.approx(nearly.expected, rel=1e-6)


def test_the_bound_of_the_signal_changes_no_statistic_below_it(workspace, mod):
    samples = {
        "s": ([4.0], [mod.normfactor(), mod.of_bins("shapesys", "us", [1.2])]),
        "b": ([2.0], [mod.normsys("ub", 0.75, 1.3)]),
    }
    model = Model(workspace({"SR": samples}, SR=[2]))
    for count in range(7):
        data = [count, *model.auxdata]
        for mu in (0.5, 2.0, 6.0):
            free, bounded = profile(model, data=data), profile(model, data=data, highest=6.0)
            assert bounded.qmu_tilde(mu) == pytest.approx(free.qmu_tilde(mu), abs=1e-7)


def test_toys_of_a_signal_that_may_vanish_end_in_an_answer(workspace, mod):
    # Some toys count nothing in the auxiliary measurement: the signal has no scale left.
    samples = {
        "s": ([4.0], [mod.normfactor(), mod.of_bins("shapesys", "us", [3.0])]),
        "b": ([2.0], [mod.normsys("ub", 0.75, 1.3)]),
    }
    model = Model(workspace({"SR": samples}, SR=[2]))
    test = model.cls(3.0, toys=60, seed=1)
    assert 0 <= test.cls <= 1
    assert test.failed == 0


def test_toys_without_a_fit_are_counted_and_enter_the_error(workspace, mod, monkeypatch):
    samples = {"s": ([10.0], [mod.normfactor()]), "b": ([50.0], [mod.normsys("n", 0.9, 1.1)])}
    model = Model(workspace({"SR": samples}, SR=[52]))
    whole = model.cls(1.5, toys=100, seed=1)
    fitted = toytests._fitted
    broken = []

    def sometimes(model, truth, valleys, toy):
        if int(toy[0]) % 7 == 0:
            broken.append(toy)
            return None
        return fitted(model, truth, valleys, toy)

    monkeypatch.setattr(toytests, "_fitted", sometimes)
    some = model.cls(1.5, toys=100, seed=1)
    assert some.failed == len(broken) > 0
    assert some.error > whole.error
    assert abs(some.cls - whole.cls) < 2 * some.error
    asked = answer(model, Questions(cls=1.5, significance=True, toys=100))
    told = as_json(asked)
    assert told["cls"]["failed"] > 0
    assert told["significance"]["failed"] > 0


def test_mostly_broken_toys_are_an_error():
    with pytest.raises(FitError, match="3 of 4 toys"):
        without_failures(np.array([1.0, np.nan, np.nan, np.nan]))
    known, failed = without_failures(np.array([1.0, 2.0, np.nan]))
    assert known.tolist() == [1.0, 2.0]
    assert failed == 1
