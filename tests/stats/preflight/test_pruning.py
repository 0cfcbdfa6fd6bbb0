from copy import deepcopy

import numpy as np
import pyhf
import pytest

from hepline.errors import ModelError
from hepline.stats.preflight import prune

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def _names(workspace, channel, sample):
    channels = {each["name"]: each for each in workspace["channels"]}
    samples = {each["name"]: each for each in channels[channel]["samples"]}
    return {(each["name"], each["type"]) for each in samples[sample]["modifiers"]}


def test_small_effects_are_dropped_where_they_are_small(patient):
    patient.modifier("SR", "top", "lumi")["data"] = {"hi": 1.004, "lo": 0.997}
    nominal = np.array(patient.sample("CR", "top")["data"])
    patient.modifier("CR", "top", "scale")["data"] = {
        "hi_data": (nominal * [1, 1.003, 1, 1, 1, 1]).tolist(),
        "lo_data": (nominal * [1, 0.998, 1, 1, 1, 1]).tolist(),
    }
    before = deepcopy(patient.workspace)
    workspace, pruned = prune(patient.workspace)
    assert patient.workspace == before
    places = [(each.channel, each.sample, each.modifier, each.kind) for each in pruned]
    assert places == [("SR", "top", "lumi", "normsys"), ("CR", "top", "scale", "histosys")]
    assert [each.size for each in pruned] == pytest.approx([0.004, 0.003])
    assert str(pruned[1]) == "pruned CR / top / scale (histosys): 0.300%"
    for channel in ("SR", "CR"):
        for sample in ("sig", "top"):
            dropped = {place[2:] for place in places if place[:2] == (channel, sample)}
            kept = _names(before, channel, sample) - dropped
            assert _names(workspace, channel, sample) == kept


def test_the_thresholds_are_separate(healthy):
    _, pruned = prune(healthy, normalization=0.03, shape=0.0)
    assert {each.kind for each in pruned} == {"normsys"}
    _, pruned = prune(healthy, normalization=0.0, shape=0.013)
    assert {(each.channel, each.kind) for each in pruned} == {("CR", "histosys")}
    assert prune(healthy, normalization=0.0, shape=0.0) == (healthy, ())


def test_the_parameter_of_interest_and_other_kinds_stay(healthy):
    healthy["measurements"][0]["config"]["poi"] = "lumi"
    workspace, pruned = prune(healthy, normalization=0.99, shape=0.99)
    assert {each.modifier for each in pruned} == {"scale"}
    assert _names(workspace, "SR", "sig") == {
        ("lumi", "normsys"),
        ("stat_SR", "staterror"),
        ("mu", "normfactor"),
    }


def test_an_empty_bin_that_a_variation_fills_counts(patient):
    nominal = patient.sample("SR", "sig")["data"]
    nominal[0] = 0.0
    patient.modifier("SR", "sig", "scale")["data"] = {
        "hi_data": [0.01, *nominal[1:]],
        "lo_data": list(nominal),
    }
    _, pruned = prune(patient.workspace)
    assert "scale" not in {each.modifier for each in pruned if each.channel == "SR"}


def test_settings_of_parameters_that_are_gone_go_too(healthy):
    healthy["measurements"][0]["config"]["parameters"] = [
        {"name": "scale", "inits": [0.5]},
        {"name": "mu", "inits": [2.0]},
    ]
    workspace, _ = prune(healthy, shape=0.1)
    assert [each["name"] for each in workspace["measurements"][0]["config"]["parameters"]] == ["mu"]
    model = pyhf.Workspace(workspace).model()
    assert "scale" not in model.config.par_names
    assert model.config.suggested_init()[model.config.poi_index] == 2.0


@pytest.mark.parametrize("threshold", [float("nan"), -1.0, 1.0, float("inf")])
@pytest.mark.parametrize("kind", ["normalization", "shape"])
def test_thresholds_that_are_no_fraction_are_refused(healthy, threshold, kind):
    with pytest.raises(ModelError, match="cannot drop"):
        prune(healthy, **{kind: threshold})
