import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepline.errors import FileUnreadable, ModelError
from hepline.stats.histfactory import HistFactory
from hepline.stats.preflight import RULES, preflight

ROOT = Path(__file__).parents[3]

# https://pyhf.readthedocs.io, "Hello World": the model of the tutorial.
TUTORIAL = {
    "channels": [
        {
            "name": "singlechannel",
            "samples": [
                {
                    "name": "signal",
                    "data": [12.0, 11.0],
                    "modifiers": [{"name": "mu", "type": "normfactor", "data": None}],
                },
                {
                    "name": "background",
                    "data": [50.0, 52.0],
                    "modifiers": [
                        {"name": "uncorr_bkguncrt", "type": "shapesys", "data": [3.0, 7.0]}
                    ],
                },
            ],
        }
    ],
    "observations": [{"name": "singlechannel", "data": [51.0, 48.0]}],
    "measurements": [{"name": "Measurement", "config": {"poi": "mu", "parameters": []}}],
    "version": "1.0.0",
}


def test_nothing_is_said_about_healthy_workspaces(healthy):
    assert preflight(healthy) == ()
    assert preflight(TUTORIAL) == ()


def test_a_model_is_taken_as_well(healthy):
    del healthy["channels"][0]["samples"][0]["modifiers"][0]
    assert preflight(HistFactory(healthy)) == preflight(healthy) != ()


def test_codes_are_unique_ordered_and_documented():
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))
    rows = re.findall(
        r"^\| (HL\d+) \| (\w+)", (ROOT / "docs/preflight.md").read_text("utf-8"), re.M
    )
    assert rows == [(rule.code, rule.severity) for rule in RULES]
    for rule in RULES:
        for text in (rule.title, rule.why, rule.fix, rule.find.__doc__):
            assert text


def test_the_worst_comes_first(patient):
    patient.observed("SR")[0] = 9999
    patient.observed("SR")[1] = 190.5
    patient.remove("CR", "top", "scale")
    for name in ("sig", "top"):
        patient.sample("SR", name)["data"][5] = 0.0
        patient.modifier("SR", name, "scale")["data"]["hi_data"][5] = 0.0
        patient.modifier("SR", name, "scale")["data"]["lo_data"][5] = 0.0
    codes = [finding.code for finding in patient.findings()]
    assert codes == ["HL101", "HL306", "HL401", "HL603", "HL602"]


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), from_model=st.booleans())
def test_no_workspace_stops_the_checks(random_workspace, seed, from_model):
    workspace = random_workspace(seed, data_from_model=from_model)
    model = HistFactory(workspace)
    channels = {channel.name: channel for channel in model.channels}
    for finding in preflight(workspace):
        assert finding.message
        if finding.channel:
            channel = channels[finding.channel]
            names = {each.name for each in channel.samples}
            assert finding.sample in {"", "data", *names} or finding.code == "HL402"
            assert finding.bin is None or 0 <= finding.bin < len(channel.observed)
        if finding.modifier:
            assert finding.modifier in {
                *model.parameter_names,
                *(each.name for each in model.parameter_sets),
            }


@settings(deadline=None, max_examples=40)
@given(data=st.data(), seed=st.integers(0, 10**6))
def test_no_damage_stops_the_checks(random_workspace, data, seed):
    """Bins, templates and data replaced by zeros, negative numbers and huge ones."""
    workspace = random_workspace(seed)
    for channel in workspace["channels"]:
        for sample in channel["samples"]:
            lists = [sample["data"]]
            for modifier in sample["modifiers"]:
                if modifier["type"] == "histosys":
                    lists += modifier["data"].values()
            for numbers in lists:
                at = data.draw(st.integers(0, len(numbers) - 1))
                numbers[at] = data.draw(st.sampled_from([0.0, -5.0, 1e9, 1e-6, numbers[at]]))
    try:
        model = HistFactory(workspace)
    except ModelError:
        return
    assert Counter(finding.severity for finding in preflight(model)).keys() <= {
        "error",
        "warning",
        "note",
    }


@pytest.mark.parametrize("files", [1, 5])
def test_what_is_said_about_the_ttbar_workspaces(agc_workspace, files):
    """Each remark was compared with the histograms: raw entries are contents over weight."""
    found = preflight(agc_workspace(files))
    codes = Counter(finding.code for finding in found)
    assert not [finding for finding in found if finding.severity == "error"]
    # Pseudo-data: (ME + PS variation) / 2 + W+jets, in all bins of both regions.
    assert codes["HL602"] == 2
    # W+jets in 4j1b has one raw entry below 150 GeV of 145 in the first file: 41.88 events each.
    few = {(each.channel, each.sample, each.bin) for each in found if each.code == "HL302"}
    assert ("4j1b CR", "W+jets", 0) in few
    heavy = [each for each in found if each.code == "HL303"]
    assert {(each.channel, each.sample) for each in heavy} == (
        {("4j1b CR", "W+jets"), ("4j2b SR", "W+jets")} if files == 1 else set()
    )
    assert all("one simulated event stands for 41.9" in each.message for each in heavy)
    # Known of this model: the one-sided two-point systematics and the jet energies.
    assert {each.modifier for each in found if each.code == "HL504"} == {
        "ME variation",
        "PS variation",
        "Jet energy scale",
        "Jet energy resolution",
    }
    # Weights vary smoothly: no remark of noise about b-tagging, of templates that are copies.
    noise = {each.modifier for each in found if each.code == "HL206"}
    assert noise <= {"Jet energy scale", "Jet energy resolution", "ttbar scale variations"}
    expected = {"HL103", "HL204", "HL206", "HL301", "HL302", "HL303", "HL504", "HL602"}
    assert codes.keys() <= expected


def test_a_copied_template_of_the_ttbar_workspace_is_found(agc_workspace):
    workspace = HistFactory(agc_workspace(1))
    before = {finding.code for finding in preflight(workspace)}
    channel = workspace.channels[0]
    s_channel, t_channel = (
        next(each for each in channel.samples if each.name == f"single top, {name}-channel")
        for name in "st"
    )
    # 234.794 pb against 3.2944 pb, other numbers of events: only the shape is the same.
    t_channel.data[:] = s_channel.data * 38.2
    added = {finding.code for finding in preflight(workspace)} - before
    assert "HL403" in added


def test_an_unreadable_file_is_an_error(tmp_path):
    with pytest.raises(FileUnreadable):
        preflight(tmp_path / "nothing.json")
