import numpy as np
import pyhf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from hepline.errors import FitError
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.asymptotic import asymptotics, hypothesis_test

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

# Few parameters each: pyhf differentiates numerically.
SEEDS = (11, 23, 27, 30, 35, 37, 54, 60, 62, 64)


@pytest.fixture
def patient_pyhf():
    """pyhf with a minimizer that does not stop early."""
    pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer(tolerance=1e-9))
    yield
    pyhf.set_backend("numpy", "scipy")


def counting(workspace, mod, observed, background=50.0, signal=10.0):
    samples = {"s": ([signal], [mod.normfactor()]), "b": ([background], [])}
    return HistFactory(workspace({"SR": samples}, SR=[observed]))


def test_random_workspaces_have_the_p_values_of_pyhf(random_workspace, patient_pyhf):
    """Where pyhf ends in the same valleys: these workspaces have several."""
    compared = 0
    for seed in SEEDS:
        content = random_workspace(seed)
        source = pyhf.Workspace(content)
        model = source.model()
        data = np.array(source.data(model))
        fits = asymptotics(HistFactory(content))
        ours = fits.test(1.0)
        try:
            cls, tails, expected, calculator = pyhf.infer.hypotest(
                1.0,
                data,
                model,
                test_stat="qtilde",
                return_expected_set=True,
                return_tail_probs=True,
                return_calculator=True,
            )
        except pyhf.exceptions.FailedMinimization:
            continue
        points = calculator.fitted_pars
        asimov = model.expected_data(points.asimov_pars)
        excess = [
            -2 * model.logpdf(np.array(theta), counts).item() - minimum.value
            for theta, counts, minimum in (
                (points.free_fit_to_data, data, fits.observed.best),
                (points.fixed_poi_fit_to_data, data, fits.observed.at(1.0)),
                (points.asimov_pars, data, fits.observed.at(0.0)),
                (points.fixed_poi_fit_to_asimov, asimov, fits.asimov.at(1.0)),
            )
        ]
        if np.abs(excess).max() > 1e-3:
            continue
        compared += 1
        assert ours.cls == pytest.approx(float(cls), abs=1e-5)
        assert (ours.clsb, ours.clb) == pytest.approx([float(p) for p in tails], abs=1e-5)
        assert ours.expected == pytest.approx([float(p) for p in expected], abs=1e-5)
    assert compared >= 0.7 * len(SEEDS)


@given(observed=st.integers(0, 150), mu=st.floats(0.01, 12))
@settings(max_examples=40, deadline=None)
def test_a_counting_experiment_has_the_textbook_p_values(workspace, mod, observed, mu):
    def rise(counts, rate, best):
        logs = counts * np.log(rate / best) if counts else 0.0
        return 2 * (rate - best - logs)

    rate, best = 50 + 10 * mu, max(50.0, observed)
    q = rise(observed, rate, best) if best <= rate else 0.0
    q_asimov = rise(50.0, rate, 50.0)
    test = hypothesis_test(counting(workspace, mod, observed), mu)
    assert test.statistic == pytest.approx(q, abs=1e-8)
    # Equations (65) and (66) of arXiv:1007.1727, with mu / σ from the Asimov data.
    width = np.sqrt(q_asimov)
    if q <= q_asimov:
        clsb, clb = norm.sf(np.sqrt(q)), norm.sf(np.sqrt(q) - width)
    else:
        clsb, clb = norm.sf((q + q_asimov) / (2 * width)), norm.sf((q - q_asimov) / (2 * width))
    assert (test.clsb, test.clb) == pytest.approx((clsb, clb), rel=1e-4, abs=1e-12)
    assert test.cls == pytest.approx(clsb / clb, rel=1e-4)
    wanted = [norm.sf(n + width) / norm.sf(n) for n in (2, 1, 0, -1, -2)]
    assert test.expected == pytest.approx(wanted, rel=1e-5)


def test_no_signal_is_never_excluded(workspace, mod):
    for observed in (30, 50, 70):
        test = hypothesis_test(counting(workspace, mod, observed), 0.0)
        assert test.cls == pytest.approx(1.0)
        assert test.expected == pytest.approx([1.0] * 5)


def test_a_signal_without_events_is_never_excluded(workspace, mod):
    samples = {"s": ([0.0], [mod.normfactor()]), "b": ([50.0], [mod.normsys("a", 0.9, 1.1)])}
    test = hypothesis_test(HistFactory(workspace({"SR": samples}, SR=[40])), 3.0)
    assert test.cls == pytest.approx(1.0)


def test_a_signal_that_is_out_of_the_question_has_a_tiny_cls(workspace, mod):
    test = hypothesis_test(counting(workspace, mod, 40), 200.0)
    assert test.clsb == 0
    assert 0 <= test.cls < 1e-100
    assert np.all(np.isfinite(test.expected))


def test_nothing_observed_and_nothing_expected(workspace, mod):
    # q̃ and its Asimov value are both 2 mu s: CLs = Φ(−√(2 mu s)) / Φ(0).
    test = hypothesis_test(counting(workspace, mod, 0, background=0.0, signal=1.0), 1.5)
    assert test.statistic == pytest.approx(3.0)
    assert test.cls == pytest.approx(2 * norm.sf(np.sqrt(3.0)))


def test_other_data_can_be_tested(workspace, mod):
    model = counting(workspace, mod, 50)
    assert hypothesis_test(model, 1.0, data=[61.0]) == hypothesis_test(
        counting(workspace, mod, 61), 1.0
    )


def test_values_share_the_fits_that_do_not_depend_on_them(workspace, mod, monkeypatch):
    import hepline.stats.inference.profile as module

    fits = []
    find = module.find_minimum
    monkeypatch.setattr(
        module, "find_minimum", lambda *a, **k: fits.append(k.get("fixed")) or find(*a, **k)
    )
    shared = asymptotics(counting(workspace, mod, 55))
    for mu in (0.5, 1.0, 1.5):
        shared.test(mu)
        once = len(fits)
        shared.test(mu)
        assert len(fits) == once
    assert sum(not held for held in fits) == 1
    assert {held["mu"] for held in fits if held} == {0.0, 0.5, 1.0, 1.5}


def test_negative_signals_and_a_missing_parameter_of_interest_are_refused(workspace, mod):
    with pytest.raises(FitError, match="cannot test 'mu' = -1"):
        hypothesis_test(counting(workspace, mod, 50), -1.0)
    background = {"b": ([50.0], [mod.normsys("a", 0.9, 1.1)])}
    with pytest.raises(FitError, match="no parameter of interest"):
        hypothesis_test(HistFactory(workspace({"SR": background}, poi="", SR=[50])), 1.0)
