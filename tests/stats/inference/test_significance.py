import numpy as np
import pyhf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from hepline.errors import FitError
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.asymptotic import hypothesis_test
from hepline.stats.inference.significance import discovery

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def counting(workspace, mod, signal, background, observed):
    samples = {"s": ([signal], [mod.normfactor()]), "b": ([background], [])}
    return HistFactory(workspace({"SR": samples}, SR=[observed]))


@given(observed=st.integers(0, 300), background=st.floats(1, 100), signal=st.floats(0.01, 100))
@settings(max_examples=40, deadline=None)
def test_a_counting_experiment_has_the_textbook_significance(
    workspace, mod, observed, background, signal
):
    """Equation (97) of arXiv:1007.1727 and, for the excess that was seen, the same with n."""
    found = discovery(counting(workspace, mod, signal, background, observed))
    wanted = 0.0
    if observed > background:
        wanted = np.sqrt(2 * (observed * np.log(observed / background) - observed + background))
    assert found.observed == pytest.approx(wanted, abs=1e-5)
    assert found.p_value == pytest.approx(norm.sf(wanted), rel=1e-4)
    total = signal + background
    asimov = np.sqrt(2 * (total * np.log1p(signal / background) - signal))
    assert found.expected == pytest.approx(asimov, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("observed", [[51, 48], [70, 66], [80, 90]])
def test_p_values_are_those_of_pyhf(observed):
    pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer(tolerance=1e-9))
    model = pyhf.simplemodels.uncorrelated_background([12.0, 11.0], [50.0, 52.0], [3.0, 7.0])
    data = [*observed, *model.config.auxdata]
    p_value, expected = pyhf.infer.hypotest(0.0, data, model, test_stat="q0", return_expected=True)
    pyhf.set_backend("numpy", "scipy")
    found = discovery(HistFactory(dict(pyhf.Workspace.build(model, data))))
    assert found.p_value == pytest.approx(float(p_value), rel=1e-4)
    assert norm.sf(found.expected) == pytest.approx(float(expected), rel=1e-4)


def test_a_deficit_has_no_significance(workspace, mod):
    found = discovery(counting(workspace, mod, 10.0, 50.0, 30))
    assert (found.observed, found.p_value) == (0.0, 0.5)


def test_far_tails_do_not_vanish(workspace, mod):
    found = discovery(counting(workspace, mod, 10.0, 50.0, 250))
    z = np.sqrt(2 * (250 * np.log(5.0) - 200))
    assert z > 20
    assert found.p_value == pytest.approx(norm.sf(z), rel=1e-6)


def test_other_data_can_be_given(workspace, mod):
    model = counting(workspace, mod, 10.0, 50.0, 50)
    assert discovery(model, data=[71.0]) == discovery(counting(workspace, mod, 10.0, 50.0, 71))


def test_a_workspace_without_parameter_of_interest_is_refused(workspace, mod):
    model = HistFactory(workspace({"SR": {"b": ([50.0], [mod.normfactor()])}}, poi="", SR=[50]))
    with pytest.raises(FitError, match="no parameter of interest"):
        discovery(model)


def test_events_that_no_background_explains_are_infinitely_significant(workspace, mod):
    model = HistFactory(workspace({"SR": {"s": ([2.0], [mod.normfactor()])}}, SR=[3]))
    found = discovery(model)
    assert (found.observed, found.p_value, found.expected) == (np.inf, 0.0, np.inf)
    assert discovery(model, data=[0]).observed == 0.0


def test_events_without_background_are_tested_by_their_likelihood_ratio(workspace, mod):
    model = HistFactory(workspace({"SR": {"s": ([2.0], [mod.normfactor()])}}, SR=[3]))
    observed = 3
    for mu in (2.0, 3.0, 4.0):
        expected = 2 * mu
        ratio = 2 * (expected - observed + observed * np.log(observed / expected))
        assert hypothesis_test(model, mu).statistic == pytest.approx(ratio, rel=1e-9)
    # A fluctuation above a signal is not a reason to exclude it.
    assert hypothesis_test(model, 1.0).statistic == 0.0
