import logging

import numpy as np
import pyhf
import pytest
from pyhf.infer import test_statistics as oracle
from scipy.special import xlogy

from hepline.errors import FitError
from hepline.stats import Model, Questions, answer
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.asymptotic import hypothesis_test
from hepline.stats.inference.limits import upper_limit
from hepline.stats.inference.profile import Profile, check_tested, profile
from hepline.stats.inference.significance import discovery
from hepline.stats.newton import Minimum

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def counting(workspace, mod, signal, background, observed, lower=0.0):
    samples = {"s": ([signal], [mod.normfactor()]), "b": ([background], [])}
    bounds = [{"name": "mu", "bounds": [[lower, 10.0]], "inits": [1.0]}]
    return HistFactory(workspace({"SR": samples}, parameters=bounds, SR=[observed]))


def poisson_rise(observed, rate, best):
    """Twice the difference of log-probabilities of two rates."""
    return 2 * (rate - best - xlogy(observed, rate / best))


@pytest.mark.parametrize("mu", [0.0, 0.5, 1.0, 3.0])
@pytest.mark.parametrize("observed", [[51, 48], [70, 66], [45, 40]])
def test_statistics_are_those_of_pyhf(observed, mu):
    model = pyhf.simplemodels.uncorrelated_background([12.0, 11.0], [50.0, 52.0], [3.0, 7.0])
    data = [*observed, *model.config.auxdata]
    ours = HistFactory(dict(pyhf.Workspace.build(model, data)))
    config = model.config
    bounded = (config.suggested_init(), config.suggested_bounds(), config.suggested_fixed())
    free = (config.suggested_init(), [(-10, 10), *bounded[1][1:]], config.suggested_fixed())
    logging.disable(logging.WARNING)  # pyhf warns where a bound is unusual for a statistic
    wanted = {
        "q̃": oracle.qmu_tilde(mu, data, model, *bounded),
        "q0": oracle.q0(0.0, data, model, *bounded),
        "q": oracle.qmu(mu, data, model, *free),
        "t": oracle.tmu(mu, data, model, *free),
    }
    logging.disable(logging.NOTSET)
    assert profile(ours).qmu_tilde(mu) == pytest.approx(float(wanted["q̃"]), abs=2e-5)
    assert profile(ours).q0() == pytest.approx(float(wanted["q0"]), abs=2e-5)
    content = dict(pyhf.Workspace.build(model, data))
    content["measurements"][0]["config"]["parameters"] = [
        {"name": "mu", "bounds": [[-10.0, 10.0]], "inits": [1.0]}
    ]
    negative = HistFactory(content)
    assert profile(negative).qmu(mu) == pytest.approx(float(wanted["q"]), abs=2e-5)
    assert profile(negative).tmu(mu) == pytest.approx(float(wanted["t"]), abs=2e-5)


@pytest.mark.parametrize("lower", [0.0, -4.0])
@pytest.mark.parametrize("observed", [0, 30, 50, 64])
@pytest.mark.parametrize("mu", [0.0, 1.0, 2.5])
def test_q_tilde_of_a_counting_experiment_is_that_of_the_textbook(
    workspace, mod, lower, observed, mu
):
    model = counting(workspace, mod, 10.0, 50.0, observed, lower)
    best = max(observed, 50.0)
    wanted = poisson_rise(observed, 50 + 10 * mu, best) if best <= 50 + 10 * mu else 0.0
    assert profile(model).qmu_tilde(mu) == pytest.approx(wanted, abs=1e-9)


def test_a_negative_best_value_counts_for_q_and_t(workspace, mod):
    model = counting(workspace, mod, 10.0, 50.0, 30, lower=-4.0)
    assert profile(model).mu_hat == pytest.approx(-2.0)
    assert profile(model).qmu(1.0) == pytest.approx(poisson_rise(30, 60.0, 30.0))
    assert profile(model).tmu(-3.0) == pytest.approx(poisson_rise(30, 20.0, 30.0))
    assert profile(model).qmu(-3.0) == 0.0
    assert profile(model).q0() == 0.0


def test_a_best_value_above_the_usual_bound_is_found(workspace, mod):
    model = counting(workspace, mod, 1.0, 50.0, 87)
    assert profile(model).mu_hat == pytest.approx(37.0)
    assert profile(model).tmu(60.0) == pytest.approx(poisson_rise(87, 110.0, 87.0))
    assert profile(model).q0() == pytest.approx(poisson_rise(87, 50.0, 87.0))
    assert model.upper.tolist() == [10.0]


@pytest.mark.parametrize("observed", [30, 55, 75])
def test_a_lower_bound_above_zero_does_not_keep_tests_from_the_background(workspace, mod, observed):
    model = counting(workspace, mod, 10.0, 50.0, observed, lower=0.5)
    usual = counting(workspace, mod, 10.0, 50.0, observed)
    assert profile(model).mu_hat == pytest.approx(max(0.0, (observed - 50) / 10), abs=1e-6)
    assert hypothesis_test(model, 1.0) == hypothesis_test(usual, 1.0)
    assert upper_limit(model).observed == pytest.approx(upper_limit(usual).observed)
    assert discovery(model) == discovery(usual)
    assert model.lower.tolist() == [0.5]


@pytest.mark.parametrize("question", ["cls", "limit", "significance", "impacts", "breakdown"])
def test_a_parameter_of_interest_that_the_measurement_holds_is_never_freed(
    workspace, mod, question
):
    samples = {"s": ([10.0], [mod.normfactor()]), "b": ([50.0], [mod.normsys("n", 0.9, 1.1)])}
    held = [{"name": "mu", "fixed": True, "inits": [1.5]}]
    model = Model(workspace({"SR": samples}, parameters=held, SR=[75]))
    fit = model.fit()
    assert fit["mu"].fixed
    assert fit["mu"].value == 1.5
    asked = {question: 1.0 if question == "cls" else True}
    with pytest.raises(FitError, match=r"holds the parameter of interest 'mu' at 1\.5"):
        answer(model, Questions(**asked))
    with pytest.raises(FitError, match=r"held at 1|holds the parameter"):
        getattr(model, question)(*([1.0] if question == "cls" else []))


def test_sigma_is_the_textbook_error(workspace, mod):
    assert profile(counting(workspace, mod, 10.0, 50.0, 75)).sigma == pytest.approx(
        np.sqrt(75) / 10
    )
    assert profile(counting(workspace, mod, 10.0, 0.0, 0)).sigma == 1.0


def test_a_fit_in_the_wrong_valley_is_repeated_once_a_deeper_one_is_seen(workspace, mod):
    found = profile(counting(workspace, mod, 10.0, 50.0, 75))
    theta = np.array([8.0])
    trapped = Profile(found.model, found.likelihood, Minimum(theta, 100.0, True))
    assert trapped.tmu(1.0) == pytest.approx(poisson_rise(75, 60.0, 75.0))
    assert trapped.mu_hat == pytest.approx(2.5)


def test_no_value_of_random_workspaces_is_better_than_the_best(random_workspace):
    for seed in (24, *range(10)):
        found = profile(HistFactory(random_workspace(seed)))
        held = [found.at(mu).value for mu in (0.0, 0.3, 1.0, 3.0)]
        assert min(held) >= found.best.value - 1e-6


@pytest.mark.parametrize("mu", [-1.0, np.nan, np.inf])
def test_q_tilde_of_negative_signals_is_refused(mu):
    with pytest.raises(FitError, match="cannot test"):
        check_tested("mu", mu)


def test_a_workspace_without_parameter_of_interest_is_refused(workspace, mod):
    model = HistFactory(workspace({"SR": {"b": ([50.0], [mod.normfactor()])}}, poi="", SR=[50]))
    with pytest.raises(FitError, match="no parameter of interest"):
        profile(model)
