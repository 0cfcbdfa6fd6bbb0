import numpy as np
import pyhf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from iminuit import Minuit
from scipy.stats import poisson

from hepline.errors import FitError
from hepline.stats.fit import fit
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.neighborhood import Neighborhood
from hepline.stats.inference.scans import scan, scan2d

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


def counting(workspace, mod, observed, *, background=0.0, **arguments):
    samples = {"s": ([1.0], [mod.normfactor()])}
    if background:
        samples["b"] = ([background], [])
    arguments.setdefault("parameters", [{"name": "mu", "bounds": [[0, 1000]], "inits": [5.0]}])
    return HistFactory(workspace({"SR": samples}, SR=[observed], **arguments))


@given(observed=st.integers(1, 300))
@settings(max_examples=20, deadline=None)
def test_a_counting_experiment_has_the_profile_of_poisson(workspace, mod, observed):
    model = counting(workspace, mod, observed)
    found = scan(model, "mu")
    assert found.value == pytest.approx(observed)
    assert found.error == pytest.approx(np.sqrt(observed))
    logs = poisson.logpmf(observed, found.values[found.values > 0])
    expected = 2 * (poisson.logpmf(observed, observed) - logs)
    assert found.twice_delta_nll[found.values > 0] == pytest.approx(expected, abs=1e-8)


def test_impossible_data_are_infinitely_unlikely(workspace, mod):
    model = counting(workspace, mod, 3)
    assert scan(model, "mu", values=[0.0, 3.0]).twice_delta_nll.tolist() == [np.inf, 0.0]


def test_the_usual_range_is_three_errors_within_bounds(workspace, mod):
    wide = scan(counting(workspace, mod, 100), "mu").values
    assert (wide[0], wide[-1], len(wide)) == pytest.approx((70, 130, 41))
    assert scan(counting(workspace, mod, 4), "mu").values[0] == 0


def test_a_linear_model_of_many_events_has_a_parabola(workspace, mod):
    shift = mod.histosys("a", [5.0e9 - 1e5], [5.0e9 + 1e5])
    samples = {"s": ([1e5], [mod.normfactor()]), "b": ([5.0e9], [shift])}
    model = HistFactory(workspace({"SR": samples}, SR=[5.0e9 + 3e5]))
    found = scan(model, "mu")
    error = np.sqrt((5.0e9 + 3e5) + 1e10) / 1e5
    assert found.error == pytest.approx(error, rel=1e-6)
    parabola = ((found.values - 3) / error) ** 2
    assert found.twice_delta_nll == pytest.approx(parabola, rel=2e-3, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 12])
def test_points_are_fits_with_the_parameter_held(random_workspace, seed):
    content = random_workspace(seed)
    model = HistFactory(content)
    result = fit(model)
    minuit = minuit_on_pyhf(content)
    assert minuit.valid
    for name in ("mu", "lumi"):
        value, error = result[name].value, result[name].error
        values = np.clip([value - 2 * error, value + 1.5 * error], *result[name].bounds)
        found = scan(model, name, values=values, fit=result)
        for point, rise in zip(found.values, found.twice_delta_nll, strict=True):
            minuit.fixed[name] = True
            minuit.values[name] = point
            minuit.migrad()
            assert rise <= minuit.fval - result.twice_nll + 1e-6
            assert rise == pytest.approx(minuit.fval - result.twice_nll, abs=2e-3)
        minuit.fixed[name] = False
        minuit.migrad()


def test_points_do_not_stay_in_the_valley_of_the_best_fit(random_workspace):
    model = HistFactory(random_workspace(18))
    result = fit(model)
    value = result["mu"].value + 1.5 * result["mu"].error
    afresh = fit(model, fixed={"mu": value}).twice_nll - result.twice_nll
    near = Neighborhood.around(model, fit=result)
    assert near.rise({"mu": value}) <= afresh + 1e-6
    assert scan(model, "mu", values=[value], fit=result).twice_delta_nll[0] <= afresh + 1e-6


def test_the_surface_of_independent_channels_is_a_sum(workspace, mod):
    channels = {
        "A": {"s": ([10.0], [mod.normfactor()]), "b": ([20.0], [])},
        "B": {"s": ([5.0], [mod.normfactor("nu")]), "b": ([30.0], [])},
    }
    model = HistFactory(workspace(channels, A=[35], B=[40]))
    found = scan2d(model, "nu", "mu", x_values=[0.0, 1.0, 2.5], y_values=[0.5, 1.0])
    assert found.best == pytest.approx((2.0, 1.5))
    rise_x = 2 * (poisson.logpmf(40, 40) - poisson.logpmf(40, 30 + 5 * found.x_values))
    rise_y = 2 * (poisson.logpmf(35, 35) - poisson.logpmf(35, 20 + 10 * found.y_values))
    assert found.twice_delta_nll.shape == (2, 3)
    assert found.twice_delta_nll == pytest.approx(rise_y[:, None] + rise_x, abs=1e-8)


def test_the_lowest_point_of_each_row_and_column_is_near_the_scan(random_workspace):
    model = HistFactory(random_workspace(12))
    name = next(each for each in model.parameter_names if each.startswith("syst"))
    result = fit(model)
    rows = np.linspace(result[name].value - 1.8, result[name].value + 1.8, 13)
    columns = np.linspace(result["mu"].value - 0.5, result["mu"].value + 0.5, 5)
    surface = scan2d(model, "mu", name, x_values=columns, y_values=rows, fit=result)
    along = scan(model, "mu", values=surface.x_values)
    lowest = surface.twice_delta_nll.min(axis=0)
    assert np.all(lowest >= along.twice_delta_nll - 1e-7)
    # Rows are so close that the lowest point of a column is missed by a quarter of an error.
    assert np.all(lowest <= along.twice_delta_nll + 0.1)


def test_infinite_points_do_not_stop_a_surface(workspace, mod):
    channels = {
        "A": {"s": ([10.0], [mod.normfactor()])},
        "B": {"s": ([5.0], [mod.normfactor("nu")])},
    }
    model = HistFactory(workspace(channels, A=[35], B=[10]))
    found = scan2d(model, "mu", "nu", x_values=[0.0, 3.5], y_values=[0.0, 2.0])
    assert found.twice_delta_nll[0].tolist() == [np.inf, np.inf]
    assert found.twice_delta_nll[1] == pytest.approx([np.inf, 0.0], abs=1e-9)


def test_what_the_fit_held_stays_held(workspace, mod):
    samples = {"s": ([10.0], [mod.normfactor()]), "b": ([50.0], [mod.normsys("a", 0.8, 1.2)])}
    model = HistFactory(workspace({"SR": samples}, SR=[75]))
    held = fit(model, fixed={"a": 1.0})
    found = scan(model, "mu", values=[1.0, 2.0], fit=held)
    expected = 2 * (poisson.logpmf(75, 75) - poisson.logpmf(75, [70, 80]))
    assert found.twice_delta_nll == pytest.approx(expected, abs=1e-8)


def test_other_data_can_be_scanned(workspace, mod):
    model = counting(workspace, mod, 10)
    assert scan(model, "mu", data=[20.0]).value == pytest.approx(20)


def two_valleys(workspace, mod):
    """Twice the same effect for both signs of a, a little more for the positive one."""
    shift = mod.histosys("a", [119.0, 80.0], [121.0, 80.0])
    samples = {"s": ([1.0, 5.0], [mod.normfactor()]), "b": ([100.0, 100.0], [shift])}
    return HistFactory(workspace({"SR": samples}, SR=[160, 75]))


def test_a_deeper_minimum_than_that_of_the_fit_is_told(workspace, mod, monkeypatch):
    model = two_valleys(workspace, mod)
    with monkeypatch.context() as patched:
        patched.setattr("hepline.stats.minimum.deepest", lambda _, climbed, *__: climbed)
        shallow = fit(model, init={"a": -1.0})
    assert shallow["a"].value < -0.5
    deep = fit(model)["a"].value
    assert deep > 0.5
    with pytest.raises(FitError, match="deeper minimum") as caught:
        scan(model, "a", fit=shallow, values=[deep])
    assert f"init={{'a': {deep:.4g}" in caught.value.fix
    assert "in another valley" in caught.value.why


def test_a_fit_that_fails_on_the_way_is_named(workspace, mod, monkeypatch):
    model = counting(workspace, mod, 10, background=3.0)
    result = fit(model)

    def failing(*_, **__):
        raise FitError("broken.", why="for the test.", fix="none.")

    monkeypatch.setattr("hepline.stats.inference.neighborhood.find_minimum", failing)
    with pytest.raises(FitError, match="no minimum with 'mu' = 4: broken"):
        Neighborhood.around(model, fit=result).at({"mu": 4.0})


def test_wrong_questions_are_refused(workspace, mod):
    error = mod.of_bins("staterror", "st", [5.0, 4.0])
    samples = {"s": ([10.0, 20.0], [mod.normfactor()]), "b": ([50.0, 40.0], [error])}
    model = HistFactory(workspace({"SR": samples}, SR=[75, 60]))
    with pytest.raises(FitError, match="no parameter 'nu'"):
        scan(model, "nu")
    with pytest.raises(FitError, match="vector of 2 parameters"):
        scan(model, "st")
    with pytest.raises(FitError, match="held at 1 in the fit"):
        scan(model, "st[0]", fit=fit(model, fixed={"st[0]": 1.0}))
    with pytest.raises(FitError, match="at -1"):
        scan(model, "mu", values=[1.0, -1.0])
    with pytest.raises(FitError, match="at nan"):
        scan(model, "mu", values=[np.nan])
    with pytest.raises(FitError, match=r"shape \(0,\)"):
        scan(model, "mu", values=[])
    with pytest.raises(FitError, match="on both axes"):
        scan2d(model, "mu", "mu")


def test_a_fit_of_something_else_is_refused(workspace, mod):
    model = counting(workspace, mod, 10)
    with pytest.raises(FitError, match="these data say"):
        scan(model, "mu", data=[12.0], fit=fit(model))
    other = HistFactory(workspace({"SR": {"s": ([1.0], [mod.normfactor("nu")])}}, poi="", SR=[9]))
    with pytest.raises(FitError, match="of another model"):
        scan(model, "mu", fit=fit(other))


def test_a_parameter_without_error_needs_values(workspace, mod):
    model = counting(workspace, mod, 0)
    assert fit(model)["mu"].error == 0
    with pytest.raises(FitError, match="has no error"):
        scan(model, "mu")
    found = scan(model, "mu", values=[0.0, 2.0])
    assert found.twice_delta_nll == pytest.approx([0.0, 4.0])
