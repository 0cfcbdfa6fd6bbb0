import numpy as np
import pyhf
import pytest
from scipy.stats import chisquare, kstest, norm, poisson

from hepline.errors import FitError
from hepline.stats import Model
from hepline.stats.inference.toys import toy_data

# pyhf 0.7 resolves its schema with a class that jsonschema has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

TOYS = 4000
RATES = [0.02, 0.7, 3.0, 40.0, 9.9e3, 1.1e4, 1e6]


@pytest.fixture(scope="module")
def model(workspace, mod):
    """One bin for each rate, with normal and Poisson auxiliary data."""
    errors = mod.of_bins("shapesys", "counted", [rate / 4 for rate in RATES])
    modifiers = [mod.of_bins("lumi", "lumi"), errors]
    samples = {"s": ([1e-9] * len(RATES), [mod.normfactor()]), "b": (RATES, modifiers)}
    settings = [{"name": "lumi", "auxdata": [1.0], "sigmas": [0.5]}]
    return Model(workspace({"SR": samples}, parameters=settings, SR=RATES))


def agrees_with_poisson(counts, rate):
    """p-value of a comparison in some ten classes of counts."""
    edges = np.unique(poisson.ppf(np.linspace(0, 1, 12)[1:-1], rate))
    expected = np.diff(np.concatenate([[0.0], poisson.cdf(edges, rate), [1.0]]))
    observed = np.bincount(np.searchsorted(edges, counts), minlength=len(expected))
    return chisquare(observed, expected * len(counts)).pvalue


@pytest.mark.parametrize("index", range(len(RATES)))
def test_main_data_are_poisson(model, index):
    counts = toy_data(model, TOYS, values=model.initial, seed=3)[:, index]
    assert np.all(counts == np.floor(counts))
    assert agrees_with_poisson(counts, RATES[index]) > 1e-3


def test_auxiliary_data_are_normal_or_poisson(model):
    values = model.initial.copy()
    values[model.indices("lumi")] = 1.7
    values[model.indices("counted[2]")] = 0.4
    auxiliary = dict(
        zip(
            (model.parameter_names[i] for i in model.constraints.parameter),
            toy_data(model, TOYS, values=values, seed=4)[:, len(RATES) :].T,
            strict=True,
        )
    )
    assert kstest(auxiliary["lumi"], norm(1.7, 0.5).cdf).pvalue > 1e-3
    assert agrees_with_poisson(auxiliary["counted[2]"], 0.4 * 16) > 1e-3
    assert agrees_with_poisson(auxiliary["counted[5]"], 16) > 1e-3


@pytest.mark.parametrize("seed", range(4))
def test_moments_are_those_of_pyhf(random_workspace, seed):
    content = random_workspace(seed)
    model, reference = Model(content), pyhf.Workspace(content).model()
    values = model.initial + 0.1 * ~model.fixed
    toys = toy_data(model, TOYS, values=values, seed=seed)
    np.random.seed(seed)  # noqa: NPY002
    pyhf_toys = reference.make_pdf(pyhf.tensorlib.astensor(values)).sample((TOYS,))
    varies = np.ones(toys.shape[1], dtype=bool)
    varies[len(model.data) :] = ~model.fixed[model.constraints.parameter]
    mean, width = reference.expected_data(values), pyhf_toys.std(axis=0)
    distance = (toys.mean(axis=0) - mean) / (width / np.sqrt(TOYS))
    assert np.abs(distance[varies]).max() < 4.5
    assert toys.std(axis=0)[varies] == pytest.approx(width[varies], rel=0.1)


def test_a_toy_is_the_same_whatever_else_is_drawn(model):
    many = toy_data(model, 50, values=model.initial, seed=8)
    assert np.array_equal(many[:3], toy_data(model, 3, values=model.initial, seed=8))
    assert np.array_equal(many[40:], toy_data(model, 10, values=model.initial, seed=8, first=40))


@pytest.mark.parametrize("change", [{"seed": 9}, {"stream": 1}, {"first": TOYS}])
def test_toys_of_other_numbers_are_independent(model, change):
    first = toy_data(model, TOYS, values=model.initial, seed=8)[:, 3:5]
    other = toy_data(model, TOYS, values=model.initial, **({"seed": 8} | change))[:, 3:5]
    correlation = np.corrcoef(first.T, other.T)[:2, 2:]
    assert np.abs(correlation).max() < 4.5 / np.sqrt(TOYS)


def test_toys_come_from_the_best_fit_unless_told_otherwise(workspace, mod):
    samples = {"s": ([10.0], [mod.normfactor()]), "b": ([50.0], [])}
    model = Model(workspace({"SR": samples}, SR=[90]))
    counts = toy_data(model, TOYS, seed=2)[:, 0]
    assert counts.mean() == pytest.approx(90, abs=4.5 * np.sqrt(90 / TOYS))


def test_auxiliary_data_of_held_parameters_stay(workspace, mod):
    samples = {
        "s": ([10.0], [mod.normfactor()]),
        "b": ([50.0], [mod.normsys("a", 0.9, 1.1), mod.normsys("c", 0.9, 1.1)]),
    }
    model = Model(workspace({"SR": samples}, SR=[60], parameters=[{"name": "a", "fixed": True}]))
    auxiliary = toy_data(model, 10, values=model.initial, seed=1)[:, 1:]
    assert [bool(column.any()) for column in auxiliary.T] == [False, True]


def test_a_bin_that_expects_less_than_nothing_is_empty(workspace, mod):
    samples = {"s": ([10.0, 0.0], [mod.normfactor()]), "b": ([50.0, -2.0], [])}
    model = Model(workspace({"SR": samples}, SR=[60, 0]))
    assert not toy_data(model, 10, values=[1.0], seed=1)[:, 1].any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"count": 0}, "0 toys"),
        ({"seed": -1}, "seed is -1"),
        ({"first": 2**64}, "first is"),
        ({"values": [1.0, 2.0]}, "shape"),
        ({"values": [np.inf]}, "infinite"),
    ],
)
def test_numbers_without_sense_are_refused(workspace, mod, arguments, message):
    model = Model(workspace({"SR": {"s": ([10.0], [mod.normfactor()])}}, SR=[7]))
    with pytest.raises(FitError, match=message):
        toy_data(model, **({"count": 3, "seed": 1} | arguments))
