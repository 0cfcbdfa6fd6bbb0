import numpy as np
import pytest
from scipy.stats import chi2, kstest

from hepline.errors import FitError
from hepline.stats import Model, fit
from hepline.stats.inference import toystudy
from hepline.stats.inference.toys import toy_data
from hepline.stats.inference.toystudy import fit_toys, toy_goodness


@pytest.fixture(scope="module")
def spectrum(workspace, mod):
    """Twelve well-filled bins, a normalization and a constrained background."""
    place = np.arange(12)
    signal = 80 * np.exp(-0.5 * ((place - 5) / 1.5) ** 2)
    background = 900 * np.exp(-place / 12)
    observed = np.random.default_rng(1).poisson(signal + background)
    samples = {
        "s": (signal.tolist(), [mod.normfactor()]),
        "b": (background.tolist(), [mod.normsys("a", 0.95, 1.05)]),
    }
    return Model(workspace({"SR": samples}, SR=observed.tolist()))


def test_fits_of_counts_have_the_textbook_answer(workspace, mod):
    samples = {"s": ([10.0], [mod.normfactor()]), "b": ([50.0], [])}
    model = Model(workspace({"SR": samples}, SR=[75]))
    study = fit_toys(model, 60, seed=5)
    counts = toy_data(model, 60, seed=5)[:, 0]
    assert study.parameters == ("mu",)
    assert study.truth == pytest.approx(2.5)
    assert study.values[:, 0] == pytest.approx((counts - 50) / 10, abs=1e-6)
    assert study.errors[:, 0] == pytest.approx(np.sqrt(counts) / 10)
    assert study.statistics == pytest.approx(0, abs=1e-7)
    assert (study.failed, study.seed) == (0, 5)


def test_pulls_of_many_events_are_normal(spectrum):
    study = fit_toys(spectrum, 600, seed=6, values=spectrum.initial)
    assert np.array_equal(study.truth, spectrum.initial)
    pulls = (study.values - study.truth) / study.errors
    for pull in pulls.T:
        assert kstest(pull, "norm").pvalue > 1e-3


def test_goodness_of_fit_is_that_of_the_chi_square_for_many_events(spectrum):
    study = fit_toys(spectrum, 600, seed=7)
    result = fit(spectrum)
    assert study.observed == pytest.approx(result.goodness_of_fit.statistic, abs=1e-6)
    assert kstest(study.statistics, chi2(11).cdf).pvalue > 1e-3
    goodness = toy_goodness(study)
    asymptotic = chi2.sf(study.observed, 11)
    assert 0.05 < asymptotic < 0.95
    assert goodness.p_value == pytest.approx(asymptotic, abs=4 * goodness.error)
    assert goodness.toys == 600


def test_the_data_are_judged_as_one_more_toy(spectrum):
    wild = np.concatenate([spectrum.data[:6] * 2, spectrum.data[6:] / 2])
    goodness = toy_goodness(fit_toys(spectrum, 24, seed=7, data=wild))
    assert goodness.p_value == 1 / 25
    assert goodness.error == pytest.approx(np.sqrt(24 / 25**3))


def test_toys_without_a_fit_are_counted(workspace, mod, monkeypatch):
    samples = {"s": ([10.0], [mod.normfactor()]), "b": ([50.0], [])}
    model = Model(workspace({"SR": samples}, SR=[75]))
    counts = toy_data(model, 40, seed=5)[:, 0]
    find_minimum = toystudy.find_minimum

    def only_even(model, likelihood, **options):
        if options.get("near") is not None and likelihood.observed[0] % 2:
            raise FitError("odd", why="it is odd.", fix="be even.")
        return find_minimum(model, likelihood, **options)

    monkeypatch.setattr(toystudy, "find_minimum", only_even)
    study = fit_toys(model, 40, seed=5)
    even = counts[counts % 2 == 0]
    assert 0 < study.failed == 40 - len(even)
    assert study.values[:, 0] == pytest.approx((even - 50) / 10, abs=1e-6)
    assert len(study.statistics) == len(study.errors) == len(even)


def test_a_study_of_failures_is_refused(workspace, mod, monkeypatch):
    samples = {"s": ([10.0], [mod.normfactor()]), "b": ([50.0], [])}
    model = Model(workspace({"SR": samples}, SR=[75]))

    def never(model, toys, **_):
        raise FitError("no minimum", why="it is a test.", fix="none.")

    find_minimum = toystudy.find_minimum
    monkeypatch.setattr(
        toystudy,
        "find_minimum",
        lambda *given, near=None, **rest: (find_minimum if near is None else never)(
            *given, near=near, **rest
        ),
    )
    with pytest.raises(FitError, match="no minimum"):
        fit_toys(model, 3, seed=5)


def test_toys_that_do_not_determine_a_parameter_have_no_error_of_it(workspace, mod):
    samples = {
        "s": ([10.0, 20.0], [mod.normfactor()]),
        "b": ([50.0, 40.0], [mod.of_bins("shapefactor", "free")]),
    }
    study = fit_toys(Model(workspace({"SR": samples}, SR=[60, 60])), 3, seed=5)
    assert study.failed == 0
    assert len(study.pulls("mu")) == 0


@pytest.mark.slow
def test_processes_change_nothing(spectrum):
    alone, together = (fit_toys(spectrum, 41, seed=3, workers=workers) for workers in (1, 2))
    for name in ("truth", "values", "errors", "statistics"):
        assert np.array_equal(getattr(alone, name), getattr(together, name))


@pytest.mark.slow
def test_the_ttbar_analysis_is_unbiased_where_it_is_nearly_linear(agc_workspace):
    model = Model(agc_workspace(5))
    study = fit_toys(model, 400, seed=1)
    assert study.failed == 0
    constrained = ~np.isnan(model.prior_width)
    spread = np.std(study.values[:, constrained] / study.errors[:, constrained], axis=0)
    # One-sided variations bend the likelihood; most parameters still have errors that are right.
    assert np.median(spread) == pytest.approx(1, abs=0.1)


def test_a_held_parameter_away_from_its_constraint_is_no_misfit_of_toys(workspace, mod):
    samples = {
        "s": ([20.0, 5.0], [mod.normfactor()]),
        "b": ([50.0, 60.0], [mod.normsys("a", 0.9, 1.1)]),
    }
    held = [{"name": "a", "fixed": True, "inits": [3.0]}]
    model = Model(workspace({"SR": samples}, parameters=held, SR=[61, 53]))
    study = fit_toys(model, 30, seed=1)
    assert study.observed == pytest.approx(model.fit().goodness_of_fit.statistic)
    # One degree of freedom is left: three squares of a constraint would shift all by nine.
    assert study.statistics.mean() < 3
