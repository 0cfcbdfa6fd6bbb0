import copy
import json

import numpy as np
import pyhf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from hepline.errors import FileUnreadable, ModelError
from hepline.stats.fit import fit
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.combination import combine

# pyhf 0.7 resolves its schema with a class that jsonschema has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def renamed(content, ending):
    """The same workspace with other names of channels and bin-wise parameters."""
    new = copy.deepcopy(content)
    for entry in [*new["channels"], *new["observations"]]:
        entry["name"] += ending
    for channel in new["channels"]:
        for sample in channel["samples"]:
            for modifier in sample["modifiers"]:
                if modifier["type"] in {"staterror", "shapesys", "shapefactor"}:
                    modifier["name"] += ending
    return new


def by_pyhf(content):
    workspace = pyhf.Workspace(content)
    model = workspace.model()
    return model, workspace.data(model)


def point(model, seed):
    """A likely value for each parameter, the same for each name."""
    rng = np.random.default_rng(seed)
    values = {name: rng.normal() for name in sorted(set(model.parameter_names))}
    scale = np.where(np.isnan(model.prior_width), 0.1, model.prior_width).clip(max=0.3)
    return {
        name: float(np.clip(initial + width * values[name], 0.01 if lower >= 0 else -5, 5))
        for name, initial, width, lower in zip(
            model.parameter_names, model.initial, scale, model.lower, strict=True
        )
    }


def value(content, point, names=None):
    """Twice the negative log-likelihood by pyhf, at a point given by the names of parameters."""
    model, data = by_pyhf(content)
    theta = [point[(names or {}).get(name, name)] for name in model.config.par_names]
    return -2 * model.logpdf(theta, data).item()


def rounding(content):
    """What pyhf loses where it subtracts logarithms of large auxiliary counts from each other."""
    _, data = by_pyhf(content)
    counts = np.maximum(data, 1.0)
    return 1e-15 * float(np.sum(counts * np.log(counts)))


@given(seed=st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_the_combination_is_that_of_pyhf(random_workspace, seed):
    one, two = random_workspace(seed), renamed(random_workspace(seed + 1), "_two")
    reference = pyhf.Workspace.combine(pyhf.Workspace(one), pyhf.Workspace(two), join="outer")
    model = HistFactory(combine([one, two]))
    at = point(model, seed)
    theta = np.array([at[name] for name in model.parameter_names])
    expected = pytest.approx(value(reference, at), rel=1e-10, abs=rounding(reference))
    assert model.likelihood().value(theta) == expected
    assert (model.poi, model.measurement) == ("mu", "combination")


def test_the_likelihood_is_the_sum_without_the_shared_constraints(random_workspace):
    one, two = random_workspace(4), renamed(random_workspace(9), "_two")
    combined = combine([one, two])
    model = HistFactory(combined)
    at = point(model, 1)
    shared = set(by_pyhf(one)[0].config.par_names) & set(by_pyhf(two)[0].config.par_names)
    assert "lumi" in shared
    assert any(name.startswith("syst") for name in shared)
    twice = sum(-2 * norm.logpdf(at[name]) for name in shared if name.startswith("syst"))
    twice -= 2 * norm.logpdf(1.1, at["lumi"], 0.05)
    assert value(combined, at) == pytest.approx(value(one, at) + value(two, at) - twice, rel=1e-10)


def test_nothing_shared_is_the_sum(random_workspace):
    one, two = random_workspace(4), renamed(random_workspace(9), "_two")
    for content in (one, two):
        for channel in content["channels"]:
            for sample in channel["samples"]:
                sample["modifiers"] = [m for m in sample["modifiers"] if m["type"] != "lumi"]
        content["measurements"][0]["config"]["parameters"] = []
    combined = combine([one, two], names=["A", "B"], correlate=None)
    at = point(HistFactory(combined), 2)
    values = [
        value(content, {**at, **_without(at, f"_{label}")})
        for label, content in (("A", one), ("B", two))
    ]
    assert "syst0_A" in at
    assert value(combined, at) == pytest.approx(sum(values), rel=1e-10)


def _without(at, ending):
    return {name.removesuffix(ending): number for name, number in at.items() if ending in name}


def simple(workspace, mod, *, channel="SR", poi="mu", modifiers=(), parameters=(), observed=75):
    samples = {"s": ([10.0], [mod.normfactor(poi)]), "b": ([50.0], list(modifiers))}
    data = {channel: [observed]}
    return workspace({channel: samples}, poi=poi, parameters=parameters, **data)


def two(workspace, mod, **second):
    first = simple(workspace, mod, modifiers=[mod.normsys("JES", 0.9, 1.1)])
    second.setdefault("modifiers", [mod.normsys("JES", 0.8, 1.2)])
    return [first, simple(workspace, mod, channel="VR", **second)]


def names_of(combined):
    return set(by_pyhf(combined)[0].config.par_names)


def test_which_names_are_shared(workspace, mod):
    both = two(workspace, mod)
    assert names_of(combine(both)) == {"mu", "JES"}
    assert names_of(combine(both, correlate=None)) == {"mu", "JES_1", "JES_2"}
    assert names_of(combine(both, decorrelate=["J*"], names=["A", "B"])) == {
        "mu",
        "JES_A",
        "JES_B",
    }
    apart = combine(both, decorrelate=["mu"], poi="mu_2")
    assert names_of(apart) == {"mu_1", "mu_2", "JES"}
    assert apart["measurements"][0]["config"]["poi"] == "mu_2"


def test_different_names_can_be_shared(workspace, mod):
    both = two(workspace, mod, poi="sigma", modifiers=[mod.histosys("scale", [45.0], [55.0])])
    correlate = {"JES": ["JES", "scale"], "mu": ["mu", "sigma"]}
    combined = combine(both, correlate=correlate)
    assert names_of(combined) == {"mu", "JES"}
    at = {"mu": 1.3, "JES": 0.4}
    constraint = -2 * norm.logpdf(0.4)
    separate = value(both[0], at) + value(both[1], at, {"sigma": "mu", "scale": "JES"})
    assert value(combined, at) == pytest.approx(separate - constraint)


def test_a_shared_uncertainty_leaves_more_of_itself_in_the_combination(workspace, mod):
    both = two(workspace, mod)
    shared = fit(HistFactory(combine(both)))["mu"].error
    assert shared > fit(HistFactory(combine(both, correlate=None)))["mu"].error


def test_statistical_errors_of_one_name_stay_apart(workspace, mod):
    error = [mod.of_bins("staterror", "st", [5.0])]
    first = simple(workspace, mod, modifiers=error)
    second = simple(workspace, mod, channel="VR", modifiers=error)
    combined = combine([first, second], names=["A", "B"])
    assert names_of(combined) == {"mu", "st_A[0]", "st_B[0]"}
    reference = pyhf.Workspace.combine(pyhf.Workspace(first), pyhf.Workspace(second), join="outer")
    at = {"mu": 1.2, "st_A[0]": 1.05, "st_B[0]": 0.9}
    names = {"st[0]": "st_A[0]", "st[1]": "st_B[0]"}
    assert value(combined, at) == pytest.approx(value(reference, at, names), rel=1e-12)


def test_equal_channels_need_named_workspaces(workspace, mod):
    both = [simple(workspace, mod), simple(workspace, mod, observed=80)]
    with pytest.raises(ModelError, match="channels of several workspaces are called 'SR'"):
        combine(both)
    combined = combine(both, names=["e", "mu"])
    observed = {entry["name"]: entry["data"] for entry in combined["observations"]}
    assert observed == {"SR_e": [75], "SR_mu": [80]}
    assert {entry["name"] for entry in combined["channels"]} == set(observed)
    pyhf.schema.validate(combined, "workspace.json")


def test_files_are_combined(workspace, mod, tmp_path):
    both = two(workspace, mod)
    paths = [tmp_path / "one.json", tmp_path / "two.json"]
    for path, content in zip(paths, both, strict=True):
        path.write_text(json.dumps(content))
    assert combine([paths[0], str(paths[1])]) == combine(both)
    with pytest.raises(FileUnreadable):
        combine([tmp_path / "three.json"])


def test_settings_are_joined(workspace, mod):
    setting = [{"name": "mu", "bounds": [[-5, 5]], "inits": [2.0]}]
    first = simple(workspace, mod, parameters=setting)
    nuisance = [{"name": "JES", "fixed": True}, {"name": "stale", "fixed": True}]
    second = simple(
        workspace,
        mod,
        channel="VR",
        modifiers=[mod.normsys("JES", 0.8, 1.2)],
        parameters=[*setting, *nuisance],
    )
    model = HistFactory(combine([first, second]))
    index = model.parameter_names.index("mu")
    assert (model.lower[index], model.upper[index], model.initial[index]) == (-5, 5, 2)
    assert model.fixed[model.parameter_names.index("JES")]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"bounds": [[-5, 5]]}, r"lower bounds \[0.0\] in '1' and \[-5.0\] in '2'"),
        ({"inits": [2.0]}, r"inits \[1.0\] in '1' and \[2.0\] in '2'"),
        ({"fixed": True}, r"fixed \[False\] in '1' and \[True\] in '2'"),
    ],
)
def test_settings_that_disagree_are_refused(workspace, mod, setting, said):
    with pytest.raises(ModelError, match=f"'mu' has {said}") as caught:
        combine(two(workspace, mod, parameters=[{"name": "mu", **setting}]))
    assert "decorrelate=['mu']" in caught.value.fix


def test_auxiliary_data_that_disagree_are_refused(workspace, mod):
    with pytest.raises(ModelError, match=r"'JES' has auxdata \[0.0\] in '1' and \[0.5\] in '2'"):
        combine(two(workspace, mod, parameters=[{"name": "JES", "auxdata": [0.5]}]))


def test_kinds_that_disagree_are_refused(workspace, mod):
    with pytest.raises(ModelError, match="'JES' has kind normsys in '1' and normfactor in '2'"):
        combine(two(workspace, mod, modifiers=[mod.normfactor("JES")]))


def test_luminosities_of_different_precision_are_refused(workspace, mod):
    both = [
        simple(
            workspace,
            mod,
            channel=channel,
            modifiers=[mod.of_bins("lumi", "lumi")],
            parameters=[{"name": "lumi", "auxdata": [1.0], "sigmas": [sigma]}],
        )
        for channel, sigma in (("SR", 0.02), ("VR", 0.03))
    ]
    with pytest.raises(ModelError, match=r"sigmas \[0.02\] in '1' and \[0.03\] in '2'"):
        combine(both)
    with pytest.raises(ModelError, match="luminosity of '1' cannot be called 'lumi_1'"):
        combine(both, decorrelate=["lumi"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"names": ["A"]}, "cannot combine 2 workspaces"),
        ({"names": ["A", "A"]}, "cannot combine 2 workspaces"),
        ({"decorrelate": ["jes"]}, "cannot decorrelate 'jes'"),
        ({"correlate": {"JES": ["jes"]}}, "cannot correlate 'jes'"),
        ({"correlate": {"JES": ["JES"], "X": ["JES"]}}, "cannot correlate 'JES' as 'X'"),
        ({"correlate": {"JES": ["JES", "mu"]}}, "would be called 'JES'"),
        ({"correlate": {"mu": ["JES"]}}, "would be called 'mu'"),
        ({"poi": "nu"}, "'nu' is not in the combination"),
        ({"measurement": "x"}, "no measurement 'x'"),
        ({"decorrelate": ["mu"]}, "parameters of interest mu_1, mu_2"),
    ],
)
def test_wrong_requests_are_refused(workspace, mod, arguments, message):
    with pytest.raises(ModelError, match=message):
        combine(two(workspace, mod), **arguments)


def test_nothing_to_combine_is_refused():
    with pytest.raises(ModelError, match="cannot combine 0 workspaces"):
        combine([])


def test_names_that_would_share_by_accident_are_refused(workspace, mod):
    both = two(workspace, mod, modifiers=[mod.normsys("scale", 0.8, 1.2)])
    third = simple(workspace, mod, channel="CR", modifiers=[mod.normsys("shared", 0.8, 1.2)])
    with pytest.raises(ModelError, match="'shared' would stand for"):
        combine([*both, third], correlate={"shared": ["JES", "scale"]})
    clash = two(workspace, mod)
    third = simple(workspace, mod, channel="CR", modifiers=[mod.normsys("JES_1", 0.8, 1.2)])
    with pytest.raises(ModelError, match="'JES_1' would stand for 'JES' of '1' and 'JES_1'"):
        combine([*clash, third], decorrelate=["JES"])


def test_bins_of_templates_cannot_be_shared(workspace, mod):
    error = [mod.of_bins("staterror", "st", [5.0])]
    with pytest.raises(ModelError, match="cannot correlate the staterror 'st' of '2'"):
        combine(two(workspace, mod, modifiers=error), correlate={"st": ["st"]})
