import dataclasses
import subprocess
import sys

import numpy as np
import pytest
import scipy.integrate
import scipy.stats

from hepline.errors import FitError, MissingPackage
from hepline.stats.fit import fit
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.density import Whitened
from hepline.stats.inference.posterior import Posterior, posterior
from hepline.stats.inference.priors import GammaPrior, NormalPrior

pytestmark = pytest.mark.slow

SEED = 11


def agrees(found, name, oracle):
    """Mean and quantiles lie within five Monte Carlo errors of those of a scipy distribution."""
    at = found.parameters.index(name)
    assert found.mean[at] == pytest.approx(oracle.mean(), abs=5 * found.mcse[at])
    for probability in (0.05, 0.16, 0.5, 0.84, 0.95):
        ess = min(found.ess_bulk[at], found.ess_tail[at])
        below = (found.of(name) < oracle.ppf(probability)).mean()
        error = np.sqrt(probability * (1 - probability) / ess)
        assert below == pytest.approx(probability, abs=5 * error)


def counting(workspace, mod, observed, upper=60.0):
    setting = {"name": "mu", "bounds": [[0.0, upper]], "inits": [1.0]}
    sig = ([1.0], [mod.normfactor()])
    return HistFactory(workspace({"SR": {"sig": sig}}, parameters=[setting], SR=[observed]))


@pytest.mark.parametrize("observed", [0.0, 1.0, 7.0])
def test_counting_experiment_with_flat_prior_is_a_gamma_distribution(workspace, mod, observed):
    """Also with nothing seen, where the mode is the bound itself."""
    found = posterior(counting(workspace, mod, observed), seed=SEED)
    assert found.quality == "converged"
    agrees(found, "mu", scipy.stats.gamma(observed + 1))


def test_flat_prior_ends_at_the_bound(workspace, mod):
    """One parameter, mostly beyond its upper bound: a truncated gamma distribution."""
    found = posterior(counting(workspace, mod, 7.0, upper=5.0), seed=SEED)
    assert found.quality == "converged"
    assert found.of("mu").max() <= 5.0
    uncut = scipy.stats.gamma(8)
    for quantile in (0.1, 0.5, 0.9):
        expected = uncut.ppf(quantile * uncut.cdf(5.0))
        share = (found.of("mu") < expected).mean()
        error = np.sqrt(quantile * (1 - quantile) / found.ess_bulk[0])
        assert share == pytest.approx(quantile, abs=5 * error)


def test_conjugate_prior_gives_its_gamma_distribution(workspace, mod):
    model = counting(workspace, mod, 4.0)
    found = posterior(model, seed=SEED, priors={"mu": GammaPrior(3.0, 0.5)})
    assert found.quality == "converged"
    agrees(found, "mu", scipy.stats.gamma(3.0 + 4.0, scale=1 / 1.5))


def test_normal_constraints_and_priors_come_back_where_the_data_are_silent(workspace, mod):
    """The auxiliary datum of the nuisance is moved to 0.5; its bounds are ±5."""
    sig = ([0.0], [mod.normfactor(), mod.normsys("idle", 0.9, 1.1)])
    bkg = ([10.0], [mod.normfactor("nu")])
    model = HistFactory(workspace({"SR": {"sig": sig, "bkg": bkg}}, SR=[10.0]))
    (free,) = model.indices("idle")
    assert model.kinds[free] == "normsys"
    found = posterior(model, seed=SEED, data=[10.0, 0.5], priors={"mu": NormalPrior(4.0, 0.5)})
    assert found.quality == "converged"
    agrees(found, "idle", scipy.stats.truncnorm(-5.5, 4.5, 0.5, 1.0))
    agrees(found, "mu", scipy.stats.norm(4.0, 0.5))
    agrees(found, "nu", scipy.stats.gamma(11, scale=0.1))
    correlation = found.covariance / np.outer(found.std, found.std)
    np.testing.assert_allclose(correlation, np.eye(3), atol=0.1)


def test_signal_with_one_nuisance_is_the_integral_over_a_grid(workspace, mod):
    """Signal 6 mu, background 20 (1 + 0.25 alpha): scipy's Poisson times scipy's normal density."""
    sig = ([6.0], [mod.normfactor()])
    shape = mod.histosys("alpha", [15.0], [25.0])
    model = HistFactory(
        workspace({"SR": {"sig": sig, "bkg": ([20.0], [shape])}}, SR=[24.0]),
        histosys_code="code0",
    )
    found = posterior(model, seed=SEED, draws=4000)
    mu = np.linspace(0, 10, 2001)[:, None]
    alpha = np.linspace(-5, 5, 1001)[None, :]
    rate = 6 * mu + 20 * (1 + 0.25 * alpha)
    weight = scipy.stats.norm.pdf(alpha) * np.where(
        rate > 0, scipy.stats.poisson.pmf(24, np.maximum(rate, 1e-300)), 0.0
    )
    for name, values, other in (("mu", mu.ravel(), 1), ("alpha", alpha.ravel(), 0)):
        # The grid is even: its step cancels in every ratio.
        marginal = np.trapezoid(weight, axis=other)
        cumulative = scipy.integrate.cumulative_trapezoid(marginal, values, initial=0)
        total = cumulative[-1]
        at = found.parameters.index(name)
        mean = np.trapezoid(marginal * values, values) / total
        assert found.mean[at] == pytest.approx(mean, abs=5 * found.mcse[at])
        for probability in (0.05, 0.5, 0.95):
            edge = np.interp(probability * total, cumulative, values)
            share = (found.of(name) < edge).mean()
            error = np.sqrt(probability * (1 - probability) / found.ess_tail[at])
            assert share == pytest.approx(probability, abs=5 * error)
    width = np.trapezoid(np.trapezoid(weight, alpha.ravel(), axis=1), mu.ravel())
    both = np.trapezoid(np.trapezoid(weight * mu * alpha, alpha.ravel(), axis=1), mu.ravel())
    means = dict(zip(found.parameters, found.mean, strict=True))
    joint = both / width - means["mu"] * means["alpha"]
    assert found.covariance[0, 1] == pytest.approx(joint, rel=0.15)


def test_ttbar_posterior_lies_where_the_fit_does(agc_workspace):
    model = HistFactory(agc_workspace(1))
    found, best = posterior(model, draws=1000, seed=SEED), fit(model)
    assert found.r_hat.max() < 1.02
    assert len(found.parameters) == 34
    for name, mean, std in zip(found.parameters, found.mean, found.std, strict=True):
        # The posterior is not parabolic: means of a few parameters lie half an error away.
        assert mean == pytest.approx(best[name].value, abs=0.6 * best[name].error)
        assert std == pytest.approx(best[name].error, rel=0.3)
    at = found.parameters.index("ttbar_norm")
    assert found.mean[at] == pytest.approx(best["ttbar_norm"].value, abs=0.4 * found.std[at])


def test_same_seed_gives_the_same_draws(workspace, mod):
    model = counting(workspace, mod, 7.0)
    one, two, other = (posterior(model, draws=50, tune=50, seed=seed) for seed in (3, 3, 4))
    assert one.draws.tobytes() == two.draws.tobytes()
    assert one.draws.tobytes() != other.draws.tobytes()
    # Chains of one run are not copies of each other.
    assert len({chain.tobytes() for chain in one.draws}) == 4


def test_too_few_draws_are_said_loudly(workspace, mod):
    found = posterior(counting(workspace, mod, 7.0), draws=20, tune=100, seed=SEED)
    assert not found.converged
    assert found.quality.startswith("NOT CONVERGED: ")
    assert "effective draws of 'mu', fewer than 400" in found.quality


@pytest.fixture
def made():
    """A posterior of exponential draws, laid out as exact quantiles."""
    ordered = scipy.stats.expon.ppf((np.arange(8000) + 0.5) / 8000)
    return Posterior(
        poi="mu",
        parameters=("mu",),
        draws=np.random.default_rng(1).permutation(ordered).reshape(4, 2000, 1),
        r_hat=np.array([1.001]),
        ess_bulk=np.array([5000.0]),
        ess_tail=np.array([4000.0]),
        mcse=np.array([0.01]),
        divergences=0,
        acceptance=0.9,
        step_sizes=np.full(4, 0.5),
        tune=500,
        seed=1,
        seconds=0.1,
    )


def test_intervals_and_limits_of_an_exponential_distribution(made):
    oracle = scipy.stats.expon
    assert made.interval("mu", 0.9) == pytest.approx((0.0, oracle.ppf(0.9)), abs=2e-3)
    assert made.interval("mu", 0.9, central=True) == pytest.approx(oracle.interval(0.9), rel=1e-2)
    assert made.upper_limit() == pytest.approx(oracle.ppf(0.95), rel=1e-3)
    assert made.upper_limit("mu", 0.5) == made.quantile("mu", 0.5)
    assert made.mean == pytest.approx([1.0], rel=1e-3)
    assert made.std == pytest.approx([1.0], rel=1e-2)
    assert made.covariance == pytest.approx(made.std[:, None] ** 2)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"r_hat": np.array([1.02])}, "R-hat 1.020 of 'mu'"),
        ({"r_hat": np.array([np.nan])}, "R-hat nan of 'mu'"),
        ({"ess_tail": np.array([399.0])}, "only 399 effective draws of 'mu'"),
        ({"ess_bulk": np.array([np.nan])}, "only 0 effective draws of 'mu'"),
        ({"divergences": 3}, "3 of 8000 draws diverged"),
    ],
)
def test_each_sign_of_trouble_is_named(made, change, said):
    assert made.converged
    assert made.quality == "converged"
    broken = dataclasses.replace(made, **change)
    assert not broken.converged
    assert said in broken.quality


@pytest.mark.parametrize("level", [0.0, 1.0, 68.0])
def test_levels_are_probabilities(made, level):
    with pytest.raises(FitError, match="level="):
        made.interval("mu", level)
    with pytest.raises(FitError, match="level="):
        made.upper_limit(level=level)


def test_unknown_parameter_has_no_draws(made):
    with pytest.raises(FitError, match="no draws of 'nu'"):
        made.of("nu")


@pytest.mark.parametrize(
    "wrong", [{"chains": 1}, {"draws": 2}, {"tune": 0}, {"seed": -1}, {"target_accept": 1}]
)
def test_numbers_that_cannot_show_convergence_are_refused(workspace, mod, wrong):
    with pytest.raises(FitError):
        posterior(counting(workspace, mod, 7.0), **wrong)


def test_chains_that_cannot_start_are_said_in_one_line(workspace, mod, monkeypatch):
    """Possible at the mode only: no start of a chain comes that close."""
    honest = Whitened.value_and_slope

    def narrow(self, z):
        value, slope = honest(self, z)
        return (value if abs(z[0]) < 1e-6 else -np.inf), slope

    monkeypatch.setattr(Whitened, "value_and_slope", narrow)
    with pytest.raises(FitError, match="cannot be sampled") as caught:
        posterior(counting(workspace, mod, 7.0))
    assert "initialization points failed" in str(caught.value)
    assert "backtrace" not in str(caught.value)


def test_missing_sampler_is_named_with_the_command(workspace, mod, monkeypatch):
    monkeypatch.setitem(sys.modules, "nutpie", None)
    monkeypatch.delitem(sys.modules, "nutpie.compiled_pyfunc")
    with pytest.raises(MissingPackage, match=r"pip install 'hepline\[bayes\]'"):
        posterior(counting(workspace, mod, 7.0))


def test_importing_statistics_imports_no_sampler():
    code = (
        "import sys, hepline.stats, hepline.stats.inference.posterior\n"
        "sys.exit(bool({'nutpie', 'arviz', 'pandas', 'xarray'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
