import numpy as np
import pyhf
import pytest
from pyhf.infer.calculators import EmpiricalDistribution, ToyCalculator
from pyhf.infer.test_statistics import qmu_tilde
from scipy.stats import norm, poisson

from hepline.errors import FitError
from hepline.stats import Model
from hepline.stats.inference.asymptotic import hypothesis_test
from hepline.stats.inference.parallel import Crew
from hepline.stats.inference.profile import profile
from hepline.stats.inference.toys import toy_data
from hepline.stats.inference.toytests import Ensemble, fraction_at_least, toy_test
from hepline.stats.newton import Minimum

# pyhf 0.7 resolves its schema with a class that jsonschema has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def counting(workspace, mod):
    def build(signal, background, observed):
        samples = {"s": ([signal], [mod.normfactor()]), "b": ([background], [])}
        return Model(workspace({"SR": samples}, SR=[observed]))

    return build


@pytest.fixture(scope="module")
def uncertain(workspace, mod):
    """A counting experiment whose background is known to 20 %."""
    samples = {"s": ([10.0], [mod.normfactor()]), "b": ([30.0], [mod.normsys("a", 0.8, 1.2)])}
    return workspace({"SR": samples}, SR=[27])


@pytest.mark.parametrize(
    ("observed", "mu"), [(0, 1.0), (1, 1.0), (3, 1.5), (3, 2.0), (5, 1.2), (9, 1.0)]
)
def test_cls_of_few_counts_is_a_ratio_of_poisson_sums(counting, observed, mu):
    signal, background = 4.0, 3.0
    test = toy_test(counting(signal, background, observed), mu, 20000, seed=1)
    # q̃ falls with the count until the best value is above the tested one, where it is zero.
    last = observed if observed < mu * signal + background else np.inf
    clsb, clb = (poisson.cdf(last, rate) for rate in (mu * signal + background, background))
    assert test.clsb == pytest.approx(clsb, abs=4 * np.sqrt(clsb * (1 - clsb) / 20000) + 1e-12)
    assert test.clb == pytest.approx(clb, abs=4 * np.sqrt(clb * (1 - clb) / 20000) + 1e-12)
    assert test.cls == pytest.approx(clsb / clb, abs=4 * test.error)
    assert test.method == "toys"
    assert test.toys == 20000


def test_the_error_of_cls_is_the_spread_over_seeds(counting):
    model = counting(4.0, 3.0, 3)
    tests = [toy_test(model, 1.5, 200, seed=seed) for seed in range(30)]
    spread = np.std([test.cls for test in tests], ddof=1)
    assert np.mean([test.error for test in tests]) == pytest.approx(spread, rel=4 / np.sqrt(58))


def test_the_expected_band_is_that_of_the_quantiles_of_the_background(counting):
    signal, background, mu, toys = 4.0, 14.0, 2.0, 20000
    test = toy_test(counting(signal, background, 18), mu, toys, seed=2)
    counts = poisson.ppf(norm.cdf([-2, -1, 0, 1, 2]), background)
    cls = poisson.cdf(counts, mu * signal + background) / poisson.cdf(counts, background)
    cls[counts >= mu * signal + background] = 1
    assert test.expected == pytest.approx(cls, rel=0.1, abs=0.005)


def test_many_counts_are_asymptotic(workspace, mod):
    place = np.arange(6)
    signal = [mod.normfactor(), mod.normsys("efficiency", 0.97, 1.03)]
    background = [mod.normsys("size", 0.95, 1.05)]
    samples = {
        "s": ((25 * np.exp(-0.5 * (place - 2.0) ** 2)).tolist(), signal),
        "b": ([400.0, 350.0, 300.0, 250.0, 200.0, 150.0], background),
    }
    model = Model(workspace({"SR": samples}, SR=[395, 370, 325, 260, 190, 150]))
    toys, asymptotic = toy_test(model, 1.5, 400, seed=5), hypothesis_test(model, 1.5)
    assert toys.statistic == pytest.approx(asymptotic.statistic, abs=1e-6)
    assert 0.05 < asymptotic.cls < 0.5
    assert toys.cls == pytest.approx(asymptotic.cls, abs=4 * toys.error)
    for band in (1, 2, 3):
        expected = asymptotic.expected[band]
        counted = expected * norm.cdf(band - 2) * 400  # toys of the signal that are as extreme
        assert toys.expected[band] == pytest.approx(expected, rel=4 / np.sqrt(counted))


def test_the_statistic_of_each_toy_is_that_of_pyhf(uncertain):
    model, reference = Model(uncertain), pyhf.Workspace(uncertain).model()
    config = reference.config
    tested = profile(model)
    tested.minima[1.0] = Minimum(model.initial, np.inf, True)
    toys = Ensemble(tested, 1.0, 15, highest=10.0, seed=3, stream=2, crew=Crew())
    settings = (config.suggested_init(), config.suggested_bounds(), config.suggested_fixed())
    expected = [
        float(qmu_tilde(1.0, pyhf.tensorlib.astensor(toy), reference, *settings))
        for toy in toy_data(model, 15, values=model.initial, seed=3, stream=2)
    ]
    assert toys.statistics(1.0) == pytest.approx(expected, abs=1e-4)


def test_equal_statistics_count_as_in_pyhf():
    toys = np.array([0.0, 0.0, 0.5, 1.0, 1.0, 3.0])
    for value in (0.0, 0.2, 1.0, 2.0, 4.0):
        reference = float(EmpiricalDistribution(toys).pvalue(value))
        assert fraction_at_least(toys, value) == pytest.approx(reference)
    # Two fits of the same data may end a rounding error apart.
    assert fraction_at_least(toys, 1.0 + 1e-10) == pytest.approx(0.5)


@pytest.mark.slow
def test_toys_of_pyhf_agree(uncertain):
    workspace, toys = pyhf.Workspace(uncertain), 100
    reference = workspace.model()
    np.random.seed(1)  # noqa: NPY002
    calculator = ToyCalculator(
        workspace.data(reference), reference, ntoys=toys, track_progress=False
    )
    distributions = calculator.distributions(1.0)
    clsb, clb, _ = calculator.pvalues(calculator.teststatistic(1.0), *distributions)
    test = toy_test(Model(uncertain), 1.0, 600, seed=1)
    assert test.statistic == pytest.approx(float(calculator.teststatistic(1.0)), abs=1e-4)
    for ours, theirs in ((test.clsb, float(clsb)), (test.clb, float(clb))):
        assert ours == pytest.approx(theirs, abs=4 * np.sqrt(ours * (1 - ours) / toys))


def test_tests_of_neighboring_values_share_their_randomness(uncertain):
    model = Model(uncertain)
    few, many = (
        toy_data(model, 300, values=[mu if name == "mu" else 0.0 for name in model.parameter_names],
                 seed=1)
        for mu in (1.0, 1.1)
    )  # fmt: skip
    assert np.all(few <= many)


def test_data_far_below_the_background_are_refused(counting):
    with pytest.raises(FitError, match="none of 20 background toys"):
        toy_test(counting(4.0, 100.0, 40), 1.0, 20, seed=1)


@pytest.mark.parametrize("mu", [-1.0, np.nan])
def test_values_that_cannot_be_tested_are_refused(counting, mu):
    with pytest.raises(FitError, match="cannot test"):
        toy_test(counting(4.0, 3.0, 4), mu, 5, seed=1)


@pytest.mark.slow
def test_processes_change_nothing(uncertain):
    model = Model(uncertain)
    assert toy_test(model, 1.0, 31, seed=3) == toy_test(model, 1.0, 31, seed=3, workers=2)
