import numpy as np
import pyhf
import pytest
from iminuit import Minuit

from hepline.errors import FitError
from hepline.stats.fit import fit
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.impacts import ranking

# pyhf 0.7 resolves its schema with a class that jsonschema has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


class ByMinuit:
    """The definition of cabinetry, with the likelihood of pyhf and the fits of MINUIT."""

    def __init__(self, content, poi, start):
        workspace = pyhf.Workspace(content)
        model = workspace.model()
        data, config = workspace.data(model), model.config
        self.minuit = Minuit(
            lambda theta: -2 * model.logpdf(theta, data).item(),
            list(start.values()),
            name=config.par_names,
        )
        self.poi = poi
        self.minuit.errordef = Minuit.LEAST_SQUARES
        self.minuit.tol = 1e-3
        self.minuit.limits = config.suggested_bounds()
        self.minuit.fixed = config.suggested_fixed()
        self.minuit.migrad()
        self.best = dict(zip(config.par_names, self.minuit.values, strict=True))

    def shift(self, name, held):
        for each, value in self.best.items():
            self.minuit.values[each] = value
        self.minuit.values[name] = held
        self.minuit.fixed[name] = True
        self.minuit.migrad()
        self.minuit.fixed[name] = False
        return self.minuit.values[self.poi] - self.best[self.poi]


def check(content, names, *, precision):
    model = HistFactory(content)
    result = fit(model)
    start = {each.name: each.value for each in result.parameters}
    reference = ByMinuit(content, model.poi, start)
    for impact in ranking(model, names=names, fit=result).impacts:
        at, error = impact.value, impact.error
        width = result[impact.parameter].prior_width
        shifts = [reference.shift(impact.parameter, at + s * error) for s in (1, -1)]
        assert (impact.up, impact.down) == pytest.approx(shifts, abs=precision)
        if width is not None:
            shifts = [reference.shift(impact.parameter, at + s * width) for s in (1, -1)]
            assert (impact.prefit_up, impact.prefit_down) == pytest.approx(shifts, abs=precision)


@pytest.mark.slow
def test_impacts_are_those_of_cabinetry(random_workspace):
    content = random_workspace(3)
    names = [name for name in HistFactory(content).parameter_names if name.startswith("syst")][:1]
    check(content, [*names, "lumi"], precision=2e-3)


@pytest.mark.slow
def test_impacts_on_the_ttbar_measurement_are_those_of_cabinetry(agc_workspace):
    check(agc_workspace(1), ["PS variation"], precision=5e-4)


def test_all_parameters_of_the_ttbar_measurement_are_ranked(agc_workspace):
    model = HistFactory(agc_workspace(1))
    result = fit(model)
    found = ranking(model, fit=result)
    assert (found.poi, found.value) == ("ttbar_norm", result["ttbar_norm"].value)
    assert found.error == result["ttbar_norm"].error
    assert {impact.parameter for impact in found.impacts} == {
        each.name for each in result.parameters
    } - {"ttbar_norm"}
    sizes = [impact.size for impact in found.impacts]
    assert sizes == sorted(sizes, reverse=True)
    for impact in found.impacts:
        parameter = result[impact.parameter]
        assert (impact.kind, impact.pull) == (parameter.kind, parameter.pull)
        assert impact.constraint == parameter.constraint
        # The likelihood is not quite parabolic, but nearly.
        index = [each.name for each in result.parameters].index(impact.parameter)
        poi = [each.name for each in result.parameters].index("ttbar_norm")
        linear = result.covariance[poi, index] / parameter.error
        assert impact.up == pytest.approx(linear, abs=0.02)
        assert impact.down == pytest.approx(-linear, abs=0.02)


def linear(workspace, mod):
    """So many events that the likelihood is normal: signal, and two uncertainties of its size."""
    channels = {
        "SR": {
            "s": ([1e6, 2e6], [mod.normfactor()]),
            "b": (
                [5e9, 5e9],
                [
                    mod.histosys("a", [5e9 - 3e5, 5e9 - 1e5], [5e9 + 3e5, 5e9 + 1e5]),
                    mod.histosys("b", [5e9 + 1e5, 5e9 - 2e5], [5e9 - 1e5, 5e9 + 2e5]),
                    mod.normfactor("nu"),
                ],
            ),
        },
        "CR": {"b": ([4e9], [mod.normfactor("nu")])},
    }
    data = {"SR": [5e9 + 1e6, 5e9 + 2e6], "CR": [4e9]}
    design = np.array([[1e6, 3e5, -1e5, 5e9], [2e6, 1e5, 2e5, 5e9], [0, 0, 0, 4e9]])
    variance = np.array([*data["SR"], *data["CR"]])
    information = design.T @ (design / variance[:, None]) + np.diag([0, 1, 1, 0])
    return HistFactory(workspace(channels, **data)), np.linalg.inv(information)


def test_impacts_in_the_linear_limit_are_covariances_over_errors(workspace, mod):
    model, covariance = linear(workspace, mod)
    found = {impact.parameter: impact for impact in ranking(model).impacts}
    errors = np.sqrt(np.diag(covariance))
    for index, name in enumerate(["a", "b", "nu"], start=1):
        expected = covariance[0, index] / errors[index]
        assert found[name].error == pytest.approx(errors[index], rel=1e-4)
        assert found[name].up == pytest.approx(expected, rel=5e-3)
        assert found[name].down == pytest.approx(-expected, rel=5e-3)
        prefit = expected / errors[index]
        if name != "nu":
            assert found[name].prefit_up == pytest.approx(prefit, rel=5e-3)
            assert found[name].prefit_down == pytest.approx(-prefit, rel=5e-3)
    assert (found["nu"].prefit_up, found["nu"].prefit_down) == (None, None)
    assert found["nu"].pull is None


def test_a_parameter_at_a_bound_without_error_has_no_impact(workspace, mod):
    channels = {
        "SR": {"s": ([10.0], [mod.normfactor()]), "b": ([5.0], [mod.normfactor("nu")])},
        "CR": {"b": ([20.0], [mod.normfactor("nu")])},
    }
    impact = ranking(HistFactory(workspace(channels, SR=[0], CR=[0]))).impacts[0]
    assert (impact.parameter, impact.value, impact.error) == ("nu", 0.0, 0.0)
    assert (impact.up, impact.down) == (0.0, 0.0)


def test_a_step_ends_at_a_bound(workspace, mod):
    channels = {
        "SR": {"s": ([10.0], [mod.normfactor()]), "b": ([5.0], [mod.normfactor("nu")])},
        "CR": {"b": ([1.0], [mod.normfactor("nu")]), "c": ([3.0], [])},
    }
    model = HistFactory(workspace(channels, SR=[30], CR=[4]))
    result = fit(model)
    assert result["nu"].value == pytest.approx(1)
    assert result["nu"].error == pytest.approx(2)
    impact = ranking(model, fit=result).impacts[0]
    # Held at zero and at three, all 30 events but those of the background are signal.
    assert impact.down == pytest.approx(3.0 - 2.5)
    assert impact.up == pytest.approx(1.5 - 2.5)


def test_a_step_to_impossible_data_is_halved(workspace, mod):
    channels = {
        "SR": {"s": ([10.0], [mod.normfactor()]), "b": ([5.0], [mod.normfactor("nu")])},
        "CR": {"b": ([1.0], [mod.normfactor("nu")])},
    }
    model = HistFactory(workspace(channels, SR=[30], CR=[1]))
    impact = ranking(model).impacts[0]
    assert (impact.value, impact.error) == pytest.approx((1, 1))
    assert impact.down == pytest.approx(2.75 - 2.5)


def test_vectors_stand_for_their_free_elements(workspace, mod):
    error = mod.of_bins("staterror", "st", [5.0, 0.0, 4.0])
    samples = {"s": ([10.0, 20.0, 5.0], [mod.normfactor()]), "b": ([50.0, 40.0, 30.0], [error])}
    model = HistFactory(workspace({"SR": samples}, SR=[75, 60, 30]))
    found = ranking(model, names=["st"]).impacts
    assert {impact.parameter for impact in found} == {"st[0]", "st[2]"}
    assert ranking(model, names=["st[2]", "st[2]"]).impacts[0].parameter == "st[2]"
    assert len(ranking(model).impacts) == 2


def test_any_parameter_can_be_of_interest(workspace, mod):
    model, covariance = linear(workspace, mod)
    found = ranking(model, poi="nu", names=["mu"])
    expected = covariance[0, 3] / np.sqrt(covariance[0, 0])
    assert found.poi == "nu"
    assert found.impacts[0].up == pytest.approx(expected, rel=5e-3)


def test_wrong_questions_are_refused(workspace, mod):
    samples = {"s": ([10.0, 20.0], [mod.normfactor()]), "b": ([50.0, 40.0], [])}
    samples["b"][1].append(mod.of_bins("staterror", "st", [5.0, 0.0]))
    model = HistFactory(workspace({"SR": samples}, SR=[75, 60]))
    with pytest.raises(FitError, match="no parameter 'nu'"):
        ranking(model, names=["nu"])
    with pytest.raises(FitError, match="impact of 'mu' on itself"):
        ranking(model, names=["mu"])
    with pytest.raises(FitError, match=r"'st\[1\]' was held"):
        ranking(model, names=["st[1]"])
    nothing = HistFactory(workspace({"SR": samples}, poi="", SR=[75, 60]))
    with pytest.raises(FitError, match="no parameter of interest"):
        ranking(nothing)
