import numpy as np
import pyhf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from iminuit import Minuit

from hepline.errors import FitError
from hepline.stats.fit import fit
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.breakdown import breakdown, usual_groups

# pyhf 0.7 resolves its schema with a class that jsonschema has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def error_by_pyhf(content, result, held):
    """Error of mu from second differences of pyhf's likelihood, with some parameters held."""
    workspace = pyhf.Workspace(content)
    model = workspace.model()
    data = workspace.data(model)
    best = np.array([each.value for each in result.parameters])
    free = [i for i, each in enumerate(result.parameters) if not each.fixed and i not in held]
    step = 1e-3 * np.array([each.error for each in result.parameters])
    minuit = Minuit(lambda theta: -2 * model.logpdf(theta, data).item(), best)
    value = minuit.fcn
    hessian = np.empty((len(free), len(free)))
    for a, i in enumerate(free):
        for b, j in enumerate(free[: a + 1]):
            corners = [
                s * t * value(best + s * step * _unit(best, i) + t * step * _unit(best, j))
                for s in (1, -1)
                for t in (1, -1)
            ]
            hessian[a, b] = hessian[b, a] = sum(corners) / (4 * step[i] * step[j])
    poi = free.index(model.config.poi_index)
    return np.sqrt(2 * np.linalg.inv(hessian)[poi, poi])


def _unit(like, index):
    unit = np.zeros_like(like)
    unit[index] = 1
    return unit


@pytest.mark.parametrize("seed", [12, 20])
def test_components_are_those_of_the_likelihood_of_pyhf(random_workspace, seed):
    content = random_workspace(seed)
    model = HistFactory(content)
    result = fit(model)
    found = breakdown(model, {"systematics": ["syst*"], "L": ["lumi"]}, fit=result)
    total = error_by_pyhf(content, result, [])
    assert found.error == pytest.approx(total, rel=1e-3)
    for component in found.components:
        held = [model.parameter_names.index(name) for name in component.parameters]
        rest = error_by_pyhf(content, result, held)
        assert component.error == pytest.approx(np.sqrt(total**2 - rest**2), rel=5e-3, abs=2e-3)


@pytest.mark.parametrize("seed", [3, 12])
def test_components_are_those_of_fits_with_the_group_held(random_workspace, seed):
    model = HistFactory(random_workspace(seed))
    result = fit(model)
    found = breakdown(model, fit=result)
    for component in found.components:
        held = {name: result[name].value for name in component.parameters}
        rest = fit(model, fixed=held)["mu"].error
        expected = np.sqrt(max(0, result["mu"].error ** 2 - rest**2))
        assert component.error == pytest.approx(expected, rel=1e-4, abs=1e-5)
    held = {
        each.name: each.value
        for each in result.parameters
        if each.prior_width is not None and not each.fixed
    }
    assert found.statistical == pytest.approx(fit(model, fixed=held)["mu"].error, rel=1e-6)


@given(
    sizes=st.lists(st.floats(0, 3e5), min_size=1, max_size=5),
    signal=st.floats(1e5, 1e6),
)
@settings(max_examples=20, deadline=None)
def test_independent_causes_add_in_quadrature(workspace, mod, sizes, signal):
    shifts = [
        mod.histosys(f"np_{chr(97 + i)}", [5e9 - size], [5e9 + size])
        for i, size in enumerate(sizes)
    ]
    samples = {"s": ([signal], [mod.normfactor()]), "b": ([5e9], shifts)}
    model = HistFactory(workspace({"SR": samples}, SR=[5e9 + signal]))
    found = breakdown(model)
    for component in found.components:
        size = sizes[ord(component.name[-1]) - 97]
        assert component.error == pytest.approx(size / signal, rel=1e-4, abs=1e-6)
    assert found.statistical == pytest.approx(np.sqrt(5e9 + signal) / signal, rel=1e-4)
    assert found.systematic == pytest.approx(np.hypot.reduce(sizes) / signal, rel=1e-4, abs=1e-4)
    assert np.hypot(found.statistical, found.systematic) == pytest.approx(found.error)


def named(workspace, mod):
    names = ["b-tag NP 1", "b-tag NP 2", "JES", "theory 7", "b2", "b2_1", "b2_2"]
    systematics = [mod.normsys(name, 0.95, 1.04) for name in names]
    binwise = [
        mod.of_bins("staterror", "staterror_SR", [5.0, 0.0]),
        mod.of_bins("shapesys", "fakes", [3.0, 2.0]),
    ]
    samples = {
        "s": ([10.0, 20.0], [mod.normfactor()]),
        "b": ([50.0, 40.0], [*systematics, *binwise, mod.of_bins("lumi", "lumi")]),
        "c": ([5.0, 40.0], [mod.normfactor("k_c")]),
    }
    control = {"c": ([500.0], [mod.normfactor("k_c")])}
    lumi = {"name": "lumi", "auxdata": [1.0], "sigmas": [0.02]}
    channels = {"SR": samples, "CR": control}
    return HistFactory(workspace(channels, SR=[75, 110], CR=[490], parameters=[lumi]))


def test_the_usual_groups(workspace, mod):
    model = named(workspace, mod)
    assert usual_groups(model) == {
        "luminosity": ("lumi",),
        "free normalizations": ("k_c",),
        "b-tag NP": ("b-tag NP 1", "b-tag NP 2"),
        "JES": ("JES",),
        "theory 7": ("theory 7",),
        "b2": ("b2", "b2_1", "b2_2"),
        "fakes": ("fakes[0]", "fakes[1]"),
        "MC statistics": ("staterror_SR[0]",),
    }
    assert usual_groups(model, poi="k_c")["free normalizations"] == ("mu",)
    found = breakdown(model)
    assert {each.name: set(each.parameters) for each in found.components} == {
        name: set(members) for name, members in usual_groups(model).items()
    }
    errors = [component.error for component in found.components]
    assert errors == sorted(errors, reverse=True)
    assert max(errors) < found.error


def test_groups_are_given_by_names_and_patterns(workspace, mod):
    model = named(workspace, mod)
    groups = {
        "all": ["*"],
        "vector": ["staterror_SR"],
        "element": ["fakes[1]"],
        "elements": ["fakes[?]", "fakes[1]"],
        "one": "JES",
    }
    found = {each.name: each.parameters for each in breakdown(model, groups).components}
    assert "mu" not in found["all"]
    assert len(found["all"]) == len(model.parameter_names) - 2
    assert found["vector"] == ("staterror_SR[0]",)
    assert found["element"] == ("fakes[1]",)
    assert found["elements"] == ("fakes[0]", "fakes[1]")
    assert found["one"] == ("JES",)


def test_what_the_fit_held_causes_nothing(workspace, mod):
    model = named(workspace, mod)
    found = breakdown(model, {"JES": ["JES"]}, fit=fit(model, fixed={"JES": 0.5}))
    assert found.components[0].parameters == ()
    assert found.components[0].error == 0


def test_all_uncertainties_of_the_ttbar_measurement_have_a_cause(agc_workspace):
    model = HistFactory(agc_workspace(1))
    found = breakdown(model)
    assert {component.name for component in found.components} >= {"MC statistics", "b-tag NP"}
    assert len(found.components) == 9
    assert np.hypot(found.statistical, found.systematic) == pytest.approx(found.error)


@pytest.mark.parametrize(
    ("group", "message"),
    [
        (["jes"], "no parameter 'jes'"),
        (["syst*"], r"no parameter matches 'syst\*'"),
        (["mu"], "has the parameter of interest"),
    ],
)
def test_wrong_groups_are_refused(workspace, mod, group, message):
    with pytest.raises(FitError, match=message):
        breakdown(named(workspace, mod), {"group": group})
