import numpy as np
import pyhf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import norm

from hepline.errors import FitError
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.limits import upper_limit

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def patient_pyhf():
    """pyhf with a minimizer that does not stop early."""
    pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer(tolerance=1e-10))
    yield
    pyhf.set_backend("numpy", "scipy")


def counting(workspace, mod, observed, background=50.0, signal=10.0, parameters=()):
    samples = {"s": ([signal], [mod.normfactor()]), "b": ([background], [])}
    return HistFactory(workspace({"SR": samples}, parameters=parameters, SR=[observed]))


def textbook_limits(observed, background, level=0.95):
    """Limits on the events of a signal, from the formulae of arXiv:1007.1727."""

    def rise(counts, rate, best):
        return 2 * (rate - best - (counts * np.log(rate / best) if counts else 0.0))

    def observed_cls(signal):
        best = max(background, observed)
        q = rise(observed, background + signal, best) if best <= background + signal else 0.0
        width = np.sqrt(rise(background, background + signal, background))
        t = np.sqrt(q) - width if q <= width**2 else (q - width**2) / (2 * width)
        return norm.sf(t + width) / norm.sf(t)

    def expected_cls(signal, sigmas):
        width = np.sqrt(rise(background, background + signal, background))
        return norm.sf(sigmas + width) / norm.sf(sigmas)

    alpha = 1 - level
    high = 50 + 10 * (background + observed)
    low = 1e-3
    found = brentq(lambda s: observed_cls(s) - alpha, low, high, rtol=1e-12)
    band = [
        brentq(lambda s, n=n: expected_cls(s, n) - alpha, low, high, rtol=1e-12)
        for n in (2, 1, 0, -1, -2)
    ]
    return found, band


@given(observed=st.integers(0, 200), background=st.floats(2, 150), level=st.floats(0.6, 0.999))
@settings(max_examples=20, deadline=None)
def test_limits_of_counting_experiments_are_those_of_the_textbook(
    workspace, mod, observed, background, level
):
    found, band = textbook_limits(observed, background, level)
    limit = upper_limit(counting(workspace, mod, observed, background), level=level)
    assert limit.observed * 10 == pytest.approx(found, rel=1e-5)
    assert np.array(limit.expected) * 10 == pytest.approx(band, rel=1e-5)
    assert limit.level == level


@pytest.mark.parametrize("observed", [[70, 66], [40, 41]])
def test_limits_are_those_of_pyhf(observed, patient_pyhf):
    model = pyhf.simplemodels.uncorrelated_background([12.0, 11.0], [50.0, 52.0], [3.0, 7.0])
    data = [*observed, *model.config.auxdata]
    found, band = pyhf.infer.intervals.upper_limits.toms748_scan(data, model, 0, 5, rtol=1e-6)
    limit = upper_limit(HistFactory(dict(pyhf.Workspace.build(model, data))))
    assert limit.observed == pytest.approx(float(found), rel=1e-5)
    assert limit.expected == pytest.approx([float(each) for each in band], rel=1e-5)


@pytest.mark.parametrize("seed", [11, 34, 64])
def test_pyhf_excludes_the_limits_of_random_workspaces_at_95_percent(
    random_workspace, patient_pyhf, seed
):
    content = random_workspace(seed)
    source = pyhf.Workspace(content)
    model = source.model()
    data = source.data(model)
    limit = upper_limit(HistFactory(content))
    cls = pyhf.infer.hypotest(limit.observed, data, model)
    assert float(cls) == pytest.approx(0.05, abs=1e-4)
    at = 2 + seed % 3  # one of the upper three
    _, expected = pyhf.infer.hypotest(limit.expected[at], data, model, return_expected_set=True)
    assert float(expected[at]) == pytest.approx(0.05, abs=1e-4)


@given(power=st.floats(-9, 9))
@settings(max_examples=15, deadline=None)
def test_limits_scale_with_the_signal_beyond_all_bounds(workspace, mod, power):
    found, band = textbook_limits(60, 50.0)
    scale = 10.0**power
    limit = upper_limit(counting(workspace, mod, 60, signal=scale))
    assert limit.observed * scale == pytest.approx(found, rel=1e-5)
    assert np.array(limit.expected) * scale == pytest.approx(band, rel=1e-5)


def test_a_negative_lower_bound_changes_nothing(workspace, mod):
    bounds = [{"name": "mu", "bounds": [[-5.0, 10.0]], "inits": [1.0]}]
    for observed in (30, 55):
        bounded = upper_limit(counting(workspace, mod, observed))
        free = upper_limit(counting(workspace, mod, observed, parameters=bounds))
        assert free.observed == pytest.approx(bounded.observed, rel=1e-6)
        assert free.expected == pytest.approx(bounded.expected, rel=1e-6)


def test_no_events_and_no_background_limit_the_signal_to_two_events(workspace, mod):
    # CLs = 2 Φ(−√(2 s)) = 0.05 at s = 1.96² / 2.
    limit = upper_limit(counting(workspace, mod, 0, background=0.0, signal=1.0))
    assert limit.observed == pytest.approx(norm.isf(0.025) ** 2 / 2, rel=1e-6)


def test_tests_on_the_way_are_kept(workspace, mod):
    limit = upper_limit(counting(workspace, mod, 61))
    tested = [test.mu for test in limit.tests]
    assert tested == sorted(tested)
    assert {limit.observed, *limit.expected} <= set(tested)
    by_mu = {test.mu: test for test in limit.tests}
    assert by_mu[limit.observed].cls == pytest.approx(0.05, rel=1e-5)
    for at, mu in enumerate(limit.expected):
        assert by_mu[mu].expected[at] == pytest.approx(0.05, rel=1e-5)


def test_the_ttbar_analysis_has_a_limit_above_its_measurement(agc_workspace):
    model = HistFactory(agc_workspace(5))
    limit = upper_limit(model)
    # Measured: 0.953 ± 0.092; a Gaussian limit lies 1.64 errors above.
    assert limit.observed == pytest.approx(0.953 + norm.isf(0.05) * 0.092, abs=0.05)
    assert list(limit.expected) == sorted(limit.expected)


@pytest.mark.parametrize("level", [0.5, 1.0, 95.0, np.nan])
def test_levels_without_a_limit_are_refused(workspace, mod, level):
    with pytest.raises(FitError, match="confidence level"):
        upper_limit(counting(workspace, mod, 61), level=level)


def test_a_signal_that_changes_nothing_has_no_limit(workspace, mod):
    samples = {"s": ([0.0], [mod.normfactor()]), "b": ([50.0], [mod.normsys("a", 0.9, 1.1)])}
    with pytest.raises(FitError, match="no upper limit on 'mu': nothing depends on it"):
        upper_limit(HistFactory(workspace({"SR": samples}, SR=[40])))


def test_a_workspace_without_parameter_of_interest_is_refused(workspace, mod):
    model = HistFactory(workspace({"SR": {"b": ([50.0], [mod.normfactor()])}}, poi="", SR=[50]))
    with pytest.raises(FitError, match="no parameter of interest"):
        upper_limit(model)
