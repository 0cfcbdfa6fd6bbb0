import numpy as np
import pyhf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from iminuit import Minuit
from scipy.optimize import brentq
from scipy.stats import chi2, norm, poisson

from hepline.errors import FitError
from hepline.stats.fit import fit
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.intervals import interval, intervals, joint_test, simultaneous

# pyhf 0.7 resolves its schema with a class that jsonschema has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def minuit_on_pyhf(content):
    workspace = pyhf.Workspace(content)
    model = workspace.model()
    data, config = workspace.data(model), model.config
    minuit = Minuit(
        lambda theta: -2 * model.logpdf(theta, data).item(),
        config.suggested_init(),
        name=config.par_names,
    )
    minuit.errordef = Minuit.LEAST_SQUARES
    minuit.limits = config.suggested_bounds()
    minuit.fixed = config.suggested_fixed()
    return minuit.migrad()


def counting(workspace, mod, observed, background=0.0, bounds=(0.0, 1000.0)):
    samples = {"s": ([1.0], [mod.normfactor()])}
    if background:
        samples["b"] = ([background], [])
    setting = {"name": "mu", "bounds": [list(bounds)], "inits": [np.mean(bounds)]}
    return HistFactory(workspace({"SR": samples}, SR=[observed], parameters=[setting]))


@given(observed=st.integers(1, 300), sigma=st.floats(0.3, 4))
@settings(max_examples=25, deadline=None)
def test_a_counting_experiment_has_the_likelihood_interval_of_poisson(
    workspace, mod, observed, sigma
):
    found = interval(counting(workspace, mod, observed), "mu", sigma=sigma)

    def excess(rate):
        ratio = poisson.logpmf(observed, observed) - poisson.logpmf(observed, rate)
        return 2 * ratio - sigma**2

    error = np.sqrt(observed)
    assert found.value == pytest.approx(observed)
    lower = brentq(excess, 1e-12, observed, xtol=1e-13)
    assert found.lower == pytest.approx(lower, abs=3e-6 * error)
    upper = brentq(excess, observed, 2000)
    assert found.upper == pytest.approx(upper, abs=3e-6 * error)
    assert (found.open_lower, found.open_upper) == (False, False)
    assert found.level == pytest.approx(chi2.cdf(sigma**2, 1))


def test_nothing_observed_leaves_the_lower_end_open(workspace, mod):
    found = interval(counting(workspace, mod, 0), "mu", level=0.95)
    assert (found.value, found.lower, found.open_lower) == (0, 0, True)
    assert found.upper == pytest.approx(norm.isf(0.025) ** 2 / 2, abs=1e-5)
    assert found.errors == (0, found.upper)
    assert found.level == 0.95


def test_ends_beyond_the_bounds_are_open(workspace, mod):
    found = interval(counting(workspace, mod, 100, background=60, bounds=(35.0, 45.0)), "mu")
    assert (found.lower, found.open_lower) == (35, True)
    assert (found.upper, found.open_upper) == (45, True)


def test_a_deficit_pins_the_value_and_not_the_upper_end(workspace, mod):
    found = interval(counting(workspace, mod, 50, background=60), "mu")

    def excess(signal):
        return 2 * (poisson.logpmf(50, 60) - poisson.logpmf(50, 60 + signal)) - 1

    assert (found.value, found.open_lower) == (0, True)
    assert found.upper == pytest.approx(brentq(excess, 0, 100), abs=1e-5)


@pytest.mark.parametrize("seed", [12, 20])
def test_minos_agrees(random_workspace, seed):
    content = random_workspace(seed)
    model = HistFactory(content)
    minuit = minuit_on_pyhf(content)
    assert minuit.valid
    names = ["mu", "lumi", next(name for name in model.parameter_names if name.startswith("syst"))]
    for found in intervals(model, names):
        minuit.tol = 1e-3
        minuit.migrad()
        minuit.minos(found.parameter)
        ends = minuit.merrors[found.parameter]
        assert ends.is_valid
        scale = found.upper - found.lower
        assert found.lower == pytest.approx(found.value + ends.lower, abs=2e-3 * scale)
        assert found.upper == pytest.approx(found.value + ends.upper, abs=2e-3 * scale)


@pytest.mark.slow
def test_the_ttbar_interval_ends_where_the_likelihood_of_pyhf_has_risen_by_one(agc_workspace):
    content = agc_workspace(1)
    found = interval(HistFactory(content), "ttbar_norm")
    minuit = minuit_on_pyhf(content)
    lowest = minuit.fval
    minuit.fixed["ttbar_norm"] = True
    for end in (found.lower, found.upper):
        minuit.values["ttbar_norm"] = end
        minuit.migrad()
        assert minuit.fval - lowest == pytest.approx(1, abs=2e-3)


def test_a_linear_model_of_many_events_has_the_errors_of_the_hessian(workspace, mod):
    shift = mod.histosys("a", [5.0e9 - 1e5], [5.0e9 + 1e5])
    samples = {"s": ([1e5], [mod.normfactor()]), "b": ([5.0e9], [shift])}
    model = HistFactory(workspace({"SR": samples}, SR=[5.0e9 + 3e5]))
    error = np.sqrt((5.0e9 + 3e5) + 1e10) / 1e5
    for sigma in (1, 2):
        ends = interval(model, "mu", sigma=sigma).errors
        assert ends == pytest.approx((-sigma * error, sigma * error), rel=1e-4)


def test_all_free_parameters_have_intervals(workspace, mod):
    error = mod.of_bins("staterror", "st", [5.0, 0.0])
    samples = {"s": ([10.0, 20.0], [mod.normfactor()]), "b": ([50.0, 40.0], [error])}
    model = HistFactory(workspace({"SR": samples}, SR=[75, 60]))
    assert [each.parameter for each in intervals(model)] == ["mu", "st[0]"]


def test_one_crossing_is_found_among_several_valleys(workspace, mod):
    shift = mod.histosys("a", [119.0, 80.0], [121.0, 80.0])
    samples = {"s": ([1.0, 5.0], [mod.normfactor()]), "b": ([100.0, 100.0], [shift])}
    model = HistFactory(workspace({"SR": samples}, SR=[140, 85]))
    result = fit(model)
    found = interval(model, "a", fit=result)
    for end in (found.lower, found.upper):
        rise = fit(model, fixed={"a": end}).twice_nll - result.twice_nll
        assert rise == pytest.approx(1, abs=1e-5)


def test_a_profile_that_jumps_is_told(workspace, mod, monkeypatch):
    monkeypatch.setattr("hepline.stats.inference.intervals._MOST_FITS", 2)
    with pytest.raises(FitError, match="no end of the interval of 'mu' found between"):
        interval(counting(workspace, mod, 3), "mu", sigma=4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"level": 0.0}, "level 0"),
        ({"level": 68.27}, "level 68.27"),
        ({"sigma": -1}, "sigma -1"),
        ({"sigma": np.nan}, "sigma nan"),
    ],
)
def test_sizes_that_make_no_sense_are_refused(workspace, mod, arguments, message):
    with pytest.raises(FitError, match=message):
        interval(counting(workspace, mod, 3), "mu", **arguments)


def two_modes(workspace, mod):
    """Two signals in two channels of many events, and one linear uncertainty in both."""
    channels = {
        "A": {
            "s": ([1e5], [mod.normfactor()]),
            "b": ([5e9], [mod.histosys("a", [5e9 - 1e5], [5e9 + 1e5])]),
        },
        "B": {
            "s": ([2e5], [mod.normfactor("nu")]),
            "b": ([4e9], [mod.histosys("a", [4e9 - 2e5], [4e9 + 2e5])]),
        },
    }
    covariance = np.array([[5e9 + 2e5, 0], [0, 4e9 + 6e5]]) / [[1e10, 1], [1, 4e10]] + 1
    return HistFactory(workspace(channels, A=[5e9 + 2e5], B=[4e9 + 6e5])), covariance


def test_several_parameters_of_interest_are_measured_together(workspace, mod):
    model, covariance = two_modes(workspace, mod)
    found = simultaneous(model, ["nu", "mu"])
    assert found.parameters == ("nu", "mu")
    assert found.values == pytest.approx([3, 2])
    expected = covariance[::-1, ::-1]
    assert found.covariance == pytest.approx(expected, rel=1e-4)
    assert found.errors == pytest.approx(np.sqrt(np.diag(expected)), rel=1e-4)
    correlation = expected[0, 1] / np.sqrt(expected[0, 0] * expected[1, 1])
    assert found.correlation == pytest.approx(np.array([[1, correlation], [correlation, 1]]), 1e-4)
    assert [each.parameter for each in found.intervals] == ["nu", "mu"]
    assert found.twice_nll == fit(model).twice_nll


def test_a_joint_hypothesis_has_the_chi_square_of_the_covariance(workspace, mod):
    model, covariance = two_modes(workspace, mod)
    found = joint_test(model, {"mu": 1.0, "nu": 3.5})
    distance = np.array([-1.0, 0.5])
    assert found.statistic == pytest.approx(distance @ np.linalg.inv(covariance) @ distance, 1e-3)
    assert found.degrees_of_freedom == 2
    assert found.p_value == pytest.approx(chi2.sf(found.statistic, 2))
    assert found.hypothesis == (("mu", 1.0), ("nu", 3.5))


def test_a_joint_hypothesis_is_that_of_pyhf(random_workspace):
    content = random_workspace(12)
    minuit = minuit_on_pyhf(content)
    lowest = minuit.fval
    hypothesis = {"mu": 0.5, "lumi": 1.15}
    for name, value in hypothesis.items():
        minuit.fixed[name] = True
        minuit.values[name] = value
    minuit.migrad()
    found = joint_test(HistFactory(content), hypothesis)
    assert found.statistic == pytest.approx(minuit.fval - lowest, abs=2e-3)


def test_wrong_sets_of_parameters_are_refused(workspace, mod):
    model, _ = two_modes(workspace, mod)
    with pytest.raises(FitError, match="cannot be measured together"):
        simultaneous(model, [])
    with pytest.raises(FitError, match="cannot be measured together"):
        simultaneous(model, ["mu", "mu"])
    with pytest.raises(FitError, match="no parameter 'kappa'"):
        joint_test(model, {"kappa": 1.0})
    with pytest.raises(FitError, match="at -3"):
        joint_test(model, {"mu": -3.0})
