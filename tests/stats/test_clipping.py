"""Bins and samples that expect less than nothing: one rule for fits, limits, toys, Asimov data."""

import logging
from itertools import product

import numpy as np
import pyhf
import pytest
from scipy.optimize import minimize

from hepline.errors import FitError, ModelError
from hepline.stats import Model
from hepline.stats.inference.asimov import asimov_data
from hepline.stats.inference.toys import toy_data
from hepline.stats.likelihood import Likelihood

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
OPTIONS = [
    {"clip_sample_data": sample, "clip_bin_data": bins}
    for sample, bins in product((None, 0.0), (None, 0.0, 0.2))
]


@pytest.fixture(autouse=True)
def quiet_pyhf():
    logging.disable(logging.WARNING)  # pyhf warns of each clipping
    yield
    logging.disable(logging.NOTSET)


def noisy(workspace, mod, observed=(22, 3, 0), bounds=(0.0, 10.0)):
    """The last bin of the background vanishes within its variations."""
    background = [20.0, 3.0, 0.3]
    samples = {
        "s": ([3.0, 1.0, 0.5], [mod.normfactor()]),
        "b": (
            background,
            [
                mod.histosys("JES", [19.0, 2.4, 0.0], [21.0, 3.6, 0.6]),
                mod.histosys("JER", [20.0, 2.8, -0.1], [20.0, 3.2, 0.7]),
                mod.histosys("PU", [19.5, 3.5, 0.75], [20.5, 2.5, -0.15]),
            ],
        ),
        "t": (
            [2.0, 0.2, 0.4],
            [mod.normsys("n", 0.8, 1.2), mod.of_bins("staterror", "st", [0.4, 0.1, 0.3])],
        ),
    }
    settings = [{"name": "mu", "bounds": [list(bounds)]}]
    return workspace({"SR": samples}, parameters=settings, SR=list(observed))


def oracle(content, **options):
    space = pyhf.Workspace(content)
    model = space.model(**options)
    data = space.data(model)

    def value(theta):
        with np.errstate(divide="ignore", invalid="ignore"):
            found = float(-2 * model.logpdf(np.asarray(theta), data)[0])
        return found if np.isfinite(found) else np.inf

    return model, value


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_likelihood_is_that_of_pyhf_with_its_options(workspace, mod, options):
    content = noisy(workspace, mod)
    reference, value = oracle(content, **options)
    ours = Model(content, **options).likelihood()
    rng = np.random.default_rng(2)
    lower, upper = np.array(reference.config.suggested_bounds()).T
    clipped = 0
    for _ in range(60):
        theta = np.clip(
            reference.config.suggested_init() + rng.normal(0, 1.2, len(lower)), lower, upper
        )
        assert ours.value(theta) == pytest.approx(value(theta), rel=1e-10, abs=1e-10)
        clipped += ours.clips(theta)
    assert clipped > 5 or options == OPTIONS[0]


@pytest.mark.parametrize("softness", [0.0, 0.3])
@pytest.mark.parametrize("options", OPTIONS[1:], ids=str)
def test_derivatives_are_those_of_differences(workspace, mod, options, softness):
    ours: Likelihood = Model(noisy(workspace, mod), **options).likelihood().softened(softness)
    rng = np.random.default_rng(3)
    for _ in range(12):
        theta = np.abs(rng.normal(0.6, 0.7, len(Model(noisy(workspace, mod)).initial)))
        gradient, hessian = ours.derivatives(theta)
        step = 1e-5
        for i in range(len(theta)):
            there, back = theta.copy(), theta.copy()
            there[i] += step
            back[i] -= step
            difference = (ours.value(there) - ours.value(back)) / (2 * step)
            assert gradient[i] == pytest.approx(difference, rel=1e-5, abs=1e-4)
            bend = (ours.gradient(there) - ours.gradient(back)) / (2 * step)
            np.testing.assert_allclose(hessian[i], bend, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("options", [*OPTIONS[1:2], *OPTIONS[3:5]], ids=str)
def test_the_fit_ends_at_the_kink_where_scipy_ends(workspace, mod, options):
    content = noisy(workspace, mod)
    model = Model(content, **options)
    fit = model.fit()
    reference, value = oracle(content, **options)
    assert fit.twice_nll == pytest.approx(value([p.value for p in fit.parameters]), abs=1e-9)
    for start in ([p.value for p in fit.parameters], reference.config.suggested_init()):
        found = minimize(
            value,
            start,
            method="Nelder-Mead",
            bounds=reference.config.suggested_bounds(),
            options={"maxiter": 4000, "maxfev": 4000, "xatol": 1e-9, "fatol": 1e-10},
        )
        assert fit.twice_nll <= found.fun + 1e-6


def test_limits_and_tests_are_those_of_pyhf(workspace, mod):
    content = noisy(workspace, mod)
    limit = Model(content).limit()
    reference, _ = oracle(content, clip_bin_data=0.0)
    data = pyhf.Workspace(content).data(reference)
    cls = float(pyhf.infer.hypotest(limit.observed, data, reference, test_stat="qtilde"))
    assert cls == pytest.approx(0.05, abs=2e-3)
    assert Model(content).cls(1.0).cls == pytest.approx(
        float(pyhf.infer.hypotest(1.0, data, reference, test_stat="qtilde")), abs=2e-3
    )


def test_nothing_observed_rewards_no_negative_events(workspace, mod):
    samples = {"s": ([5.0], [mod.normfactor()]), "b": ([5.0], [])}
    settings = [{"name": "mu", "bounds": [[-10.0, 10.0]]}]
    model = Model(workspace({"SR": samples}, parameters=settings, SR=[0]))
    fit = model.fit()
    assert fit.twice_nll == pytest.approx(0.0, abs=1e-8)  # Poisson(0 | 0) = 1
    assert fit["mu"].value == pytest.approx(-1.0, abs=1e-6)
    assert "least" in fit.covariance_quality
    unbounded = Model(workspace({"SR": samples}, parameters=settings, SR=[0]), clip_bin_data=None)
    assert unbounded.fit().twice_nll == pytest.approx(-90.0)  # -45 events, as pyhf says


def test_asimov_data_and_toys_have_empty_bins_where_less_is_expected(workspace, mod):
    model = Model(noisy(workspace, mod))
    theta = model.initial.copy()
    theta[list(model.parameter_names).index("PU")] = 3.0
    theta[list(model.parameter_names).index("mu")] = 0.0
    assert model.expected(theta)[2] == 0.0
    assert not toy_data(model, 20, seed=1, values=theta)[:, 2].any()
    held = dict(zip(model.parameter_names, theta, strict=True))
    assert asimov_data(model, values=held)[2] == 0.0
    unbounded = Model(noisy(workspace, mod), clip_bin_data=None)
    with pytest.raises(FitError, match="no Asimov data"):
        asimov_data(unbounded, values=held)


def test_noisy_signal_regions_have_limits_significances_and_toys(workspace, mod):
    rng = np.random.default_rng(5)
    for _ in range(2):
        model = Model(noisy(workspace, mod, observed=rng.poisson([22, 3.3, 0.4])))
        assert np.isfinite(model.limit().observed)
        assert np.isfinite(model.significance().observed)
    assert model.toys(5, seed=1).failed == 0


def test_a_slightly_negative_background_has_a_limit(workspace, mod):
    error = mod.of_bins("staterror", "st", [4.0, 0.02])
    samples = {"s": ([3.0, 2.0], [mod.normfactor()]), "b": ([40.0, -0.004], [error])}
    model = Model(workspace({"SR": samples}, SR=[41, 0]))
    # The second bin expects nothing without signal: that is a background of zero.
    samples["b"] = ([40.0, 0.0], [mod.of_bins("staterror", "st", [4.0, 0.0])])
    wanted = Model(workspace({"SR": samples}, SR=[41, 0])).limit()
    assert model.limit().observed == pytest.approx(wanted.observed, rel=5e-3)
    assert model.limit().expected[2] == pytest.approx(wanted.expected[2], rel=5e-3)


@pytest.mark.parametrize("value", [-1.0, np.nan])
def test_a_negative_least_expectation_is_refused(workspace, mod, value):
    with pytest.raises(ModelError, match="clip_bin_data is"):
        Model(noisy(workspace, mod), clip_bin_data=value)
