import numpy as np
import pyhf
import pytest
from iminuit import Minuit
from scipy.stats import poisson

from hepline.errors import FitError, ModelError
from hepline.stats import Model, fit
from hepline.stats.newton import newton

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


@pytest.mark.parametrize(
    ("files", "value", "error", "twice_nll"),
    [(1, 0.9608, 0.1082, 141.3336), (5, 0.9533, 0.0919, 109.6510)],
)
def test_the_ttbar_analysis_gives_the_reference_values(
    agc_workspace, files, value, error, twice_nll
):
    result = Model(agc_workspace(files)).fit()
    assert len(result.parameters) == 34
    assert result["ttbar_norm"].value == pytest.approx(value, abs=1e-3)
    assert result["ttbar_norm"].error == pytest.approx(error, rel=0.02)
    assert result.twice_nll == pytest.approx(twice_nll, abs=1e-3)
    assert result.covariance_quality == "exact"
    assert result.method == "newton"


@pytest.mark.slow
@pytest.mark.parametrize("files", [1, 5])
def test_minuit_finds_no_better_minimum_of_the_ttbar_analysis(agc_workspace, files):
    minuit = minuit_on_pyhf(agc_workspace(files))
    assert Model(agc_workspace(files)).fit().twice_nll <= minuit.fval + 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(0, 40, 2))
def test_minuit_finds_no_better_minimum_of_random_workspaces(random_workspace, seed):
    content = random_workspace(seed)
    result = Model(content).fit()
    minuit = minuit_on_pyhf(content)
    assert result.twice_nll <= minuit.fval + 1e-6
    if minuit.valid and abs(result.twice_nll - minuit.fval) < 1e-3 and minuit.fmin.edm < 1e-5:
        assert result["mu"].value == pytest.approx(minuit.values["mu"], abs=0.02)


def test_a_counting_experiment_has_the_textbook_answer(workspace, mod):
    samples = {"s": ([10.0], [mod.normfactor()]), "b": ([50.0], [])}
    result = fit(Model(workspace({"SR": samples}, SR=[75])))
    assert result["mu"].value == pytest.approx(2.5)
    assert result["mu"].error == pytest.approx(np.sqrt(75) / 10)
    assert result.twice_nll == pytest.approx(-2 * poisson.logpmf(75, 75))
    assert result["mu"].pull is None
    assert result.goodness_of_fit is None


def test_data_starts_and_fixed_parameters_can_be_given(workspace, mod):
    samples = {
        "s": ([10.0, 20.0], [mod.normfactor()]),
        "b": ([50.0, 40.0], [mod.normsys("a", 0.9, 1.1)]),
    }
    model = Model(workspace({"SR": samples}, SR=[75, 60]))
    result = model.fit(data=[60.0, 60.0], fixed={"a": 0.0}, init={"mu": 3.0})
    assert result["mu"].value == pytest.approx(1.0)
    assert result["a"].fixed
    assert result["a"].error == 0
    assert not result.covariance[1].any() or not result.covariance[0].any()


def test_the_name_of_a_vector_fixes_all_its_elements(workspace, mod):
    error = mod.of_bins("staterror", "st", [5.0, 4.0])
    samples = {"s": ([10.0, 20.0], [mod.normfactor()]), "b": ([50.0, 40.0], [error])}
    model = Model(workspace({"SR": samples}, SR=[75, 60]))
    assert [p.fixed for p in model.fit(fixed={"st": 1.0}).parameters] == [False, True, True]
    assert [p.fixed for p in model.fit(fixed={"st[1]": 1.0}).parameters] == [False, False, True]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"fixed": {"nu": 1.0}}, FitError, "no parameter 'nu'"),
        ({"init": {"mu": 11.0}}, FitError, "start at 11"),
        ({"init": {"mu": np.nan}}, FitError, "start at nan"),
        ({"data": [1.0, 2.0]}, ModelError, "shape"),
    ],
)
def test_wrong_arguments_are_refused(workspace, mod, arguments, error, message):
    model = Model(workspace({"SR": {"s": ([10.0], [mod.normfactor()])}}, SR=[7]))
    with pytest.raises(error, match=message):
        model.fit(**arguments)


def test_events_where_none_are_expected_are_named_by_bin(workspace, mod):
    content = workspace({"SR": {"s": ([10.0, 0.0], [mod.normfactor()])}}, SR=[12, 7])
    with pytest.raises(FitError, match=r"bin 1 of channel 'SR' \(expected 0, observed 7\)"):
        Model(content).fit()


def test_a_fit_that_never_converges_says_what_was_tried(workspace, mod, monkeypatch):
    monkeypatch.setattr("hepline.stats.ladder.descend", newton)
    monkeypatch.setattr("hepline.stats.newton.MOST_STEPS", 0)
    samples = {"s": ([10.0], [mod.normfactor()]), "b": ([50.0], [])}
    with pytest.raises(FitError, match="did not converge") as caught:
        Model(workspace({"SR": samples}, SR=[75])).fit()
    assert "'mu'" in caught.value.what
    for method in ("newton", "trust-constr", "L-BFGS-B", "MIGRAD"):
        assert method in caught.value.why


NASTY = {
    "empty bins": (
        {"s": ([1.0, 0, 2], ["mu"]), "b": ([5.0, 0, 3], [("st", [1.0, 0, 1])])},
        [6, 0, 4],
    ),
    "nothing observed": ({"s": ([1.0, 3, 2], ["mu"])}, [0, 0, 0]),
    "a deficit": ({"s": ([1.0, 3], ["mu"]), "b": ([50.0, 60], [("a", 0.9, 1.1)])}, [40, 50]),
    "a template that turns negative": (
        {"s": ([1.0, 3], ["mu"]), "b": ([5.0, 0.3], [("a", [4.0, -3], [6.0, 3])])},
        [6, 1],
    ),
    "a single bin": ({"s": ([10.0], ["mu"]), "b": ([50.0], [("a", 0.9, 1.1)])}, [60]),
    "variations to the same side": (
        {"s": ([10.0, 20], ["mu"]), "b": ([50.0, 40], [("a", 1.05, 1.1)])},
        [66, 70],
    ),
    "huge statistical errors": (
        {"s": ([10.0, 20], ["mu"]), "b": ([50.0, 40], [("st", [500.0, 400])])},
        [66, 70],
    ),
    "a huge normalization error": (
        {"s": ([10.0, 20], ["mu"]), "b": ([50.0, 40], [("a", 0.05, 20.0)])},
        [100, 120],
    ),
    "a signal far above its bound": (
        {"s": ([1e-3, 2e-3], ["mu"]), "b": ([50.0, 40], [("a", 0.9, 1.1)])},
        [100, 120],
    ),
    "billions of events": (
        {"s": ([1e8, 2e8], ["mu"]), "b": ([5e10, 4e10], [("a", 0.9, 1.1)])},
        [5.001e10, 4.002e10],
    ),
    "a negative sample": (
        {"s": ([10.0, 20], ["mu"]), "b": ([-5.0, 40], [("a", 0.9, 1.1)])},
        [6, 70],
    ),
}


def modifier(mod, entry):
    if isinstance(entry, str):
        return mod.normfactor(entry)
    name, *data = entry
    if name == "st":
        return mod.of_bins("staterror", name, *data)
    return (mod.histosys if isinstance(data[0], list) else mod.normsys)(name, *data)


@pytest.mark.parametrize("case", NASTY)
def test_unpleasant_workspaces_are_fitted_at_least_as_well_as_by_minuit(workspace, mod, case):
    samples, observed = NASTY[case]
    channel = {
        name: (data, [modifier(mod, entry) for entry in modifiers])
        for name, (data, modifiers) in samples.items()
    }
    content = workspace({"SR": channel}, SR=observed)
    result = Model(content).fit()
    assert np.all(np.isfinite(result.covariance))
    assert result.twice_nll <= minuit_on_pyhf(content).fval + 1e-6 * max(1, max(observed) / 1e6)


def test_a_parameter_at_its_bound_is_mentioned(workspace, mod):
    samples = {"s": ([10.0], [mod.normfactor()]), "b": ([50.0], [])}
    result = Model(workspace({"SR": samples}, SR=[30])).fit()
    assert result["mu"].value == 0
    assert "'mu' = 0" in result.covariance_quality


def test_an_empty_bin_that_the_fit_empties_is_mentioned(workspace, mod):
    modifiers = [mod.histosys("a", [40.0, -30.0], [60.0, 30.6])]
    samples = {"s": ([10.0, 0.0], [mod.normfactor()]), "b": ([50.0, 0.3], modifiers)}
    content = workspace({"SR": samples}, SR=[60, 0])
    result = Model(content).fit()
    assert result.covariance_quality.endswith("falls to the least one: bin 1 of channel 'SR'")
    unbounded = Model(content, clip_bin_data=None).fit()
    assert "bin 1 of channel 'SR' is expected to have -" in unbounded.covariance_quality


def test_a_workspace_without_parameter_of_interest_is_fitted(workspace, mod):
    samples = {"b": ([50.0, 40.0], [mod.normsys("a", 0.9, 1.1)])}
    result = Model(workspace({"SR": samples}, poi="", SR=[55, 45])).fit()
    assert result.poi == ""
    assert result["a"].pull == pytest.approx(result["a"].value)


def test_parameters_fixed_by_the_measurement_stay(workspace, mod):
    samples = {"s": ([10.0, 20.0], [mod.normfactor(), mod.normfactor("nu")]), "b": ([5.0, 4.0], [])}
    settings = [{"name": "nu", "fixed": True, "inits": [1.5]}]
    result = Model(workspace({"SR": samples}, SR=[20, 34], parameters=settings)).fit()
    assert result["nu"].value == 1.5
    assert result["mu"].value == pytest.approx(1.0)


@pytest.mark.parametrize("start", [0.0, 0.5])
def test_a_pull_counts_from_the_auxiliary_measurement_not_from_the_start(workspace, mod, start):
    samples = {
        "s": ([5.0, 20.0], [mod.normfactor()]),
        "b": ([50.0, 40.0], [mod.normsys("a", 0.8, 1.2), mod.of_bins("shapesys", "u", [8, 0.0])]),
    }
    settings = [
        {"name": "a", "auxdata": [1.0], "inits": [start]},
        {"name": "u", "auxdata": [45.0, 1.0], "inits": [1 + start, 1.0]},
    ]
    content = workspace({"SR": samples}, SR=[44, 61], parameters=settings)
    result = Model(content).fit()
    values = dict(zip(*((m := minuit_on_pyhf(content)).parameters, m.values), strict=True))
    assert result["a"].pull == pytest.approx(values["a"] - 1.0, abs=0.01)
    # 45 events were counted where (50 / 8)² = 39.06 are expected for a parameter of one.
    factor = (50 / 8) ** 2
    expected = (values["u[0]"] - 45 / factor) * np.sqrt(factor)
    assert result["u[0]"].pull == pytest.approx(expected, abs=0.01)
    assert result["mu"].pull is None
