from copy import deepcopy

import pytest

from hepline.stats.preflight import preflight


def test_a_variation_missing_in_one_channel(patient, place):
    patient.remove("CR", "top", "scale")
    found = patient.only("HL401")
    assert (place(found), found.severity) == (("CR", "top", "scale", None), "warning")
    assert "in SR, by up to 1.50% of a bin, but not here" in found.message


def test_a_small_one_may_have_been_pruned(patient):
    patient.modifier("SR", "top", "lumi")["data"] = {"hi": 1.002, "lo": 0.998}
    patient.remove("CR", "top", "lumi")
    assert patient.only("HL401").severity == "note"


def test_a_missing_normalization(patient, place):
    for channel in ("SR", "CR"):
        patient.add(channel, "top", "normfactor", "top_norm", None)
    assert not patient.findings("HL401")
    patient.remove("CR", "sig", "mu")
    patient.add("CR", "top", "normfactor", "mu", None)
    places = {place(found) for found in patient.findings("HL401")}
    assert places == {("CR", "sig", "mu", None), ("SR", "top", "mu", None)}


def test_a_parameter_of_one_channel_is_not_missed_in_the_other(patient):
    patient.add("SR", "top", "normsys", "SR_only", {"hi": 1.02, "lo": 0.98})
    assert not patient.findings("HL401")


@pytest.mark.parametrize("missing", [True, False])
def test_a_sample_missing_in_one_of_three_channels(patient, place, missing):
    third = deepcopy(patient.channel("CR"))
    third["name"] = "VR"
    for sample in third["samples"]:
        sample["data"] = [1.3 * events + 1 for events in sample["data"]]
        for modifier in sample["modifiers"]:
            modifier["name"] = modifier["name"].replace("stat_CR", "stat_VR")
    if missing:
        third["samples"] = third["samples"][1:]
    patient.workspace["channels"].append(third)
    patient.workspace["observations"].append({"name": "VR", "data": patient.observed("CR")})
    places = [place(found) for found in patient.findings("HL402")]
    assert places == ([("VR", "sig", "", None)] if missing else [])


def test_a_sample_filled_from_the_files_of_another(patient, place):
    """The history of the ttbar analysis: t-channel templates from the s-channel file."""
    for channel in ("SR", "CR"):
        copied = deepcopy(patient.sample(channel, "sig"))
        copied["name"] = "t-channel"
        copied["data"] = [7.5 * events for events in copied["data"]]
        patient.channel(channel)["samples"].append(copied)
    found = patient.findings("HL403")
    assert [place(each) for each in found] == [(c, "t-channel", "", None) for c in ("CR", "SR")]
    assert "7.5 times 'sig' in all 6 bins" in found[0].message


def test_channels_of_one_bin_are_judged_together(workspace, mod, place):
    def channels(factor):
        return {
            name: {"sig": ([s], [mod.normfactor()]), "bkg": ([b], []), "copy": ([factor * s], [])}
            for name, s, b in (("A", 3.0, 50.0), ("B", 7.0, 61.0), ("C", 4.5, 44.0))
        }

    build = workspace(channels(2.5), A=[60], B=[80], C=[55])
    (found,) = [each for each in preflight(build) if each.code == "HL403"]
    assert place(found) == ("", "sig", "", None)
    assert found.message == "is 0.4 times 'copy' in all 3 bins"
    build["channels"][1]["samples"][2]["data"] = [17.6]
    assert "HL403" not in {each.code for each in preflight(build)}


def test_flat_samples_agree_by_chance(patient):
    patient.sample("SR", "sig")["data"] = [10.0] * 6
    patient.sample("SR", "top")["data"] = [100.0] * 6
    assert not patient.findings("HL403")


def test_two_systematics_with_one_template(patient, place):
    copied = deepcopy(patient.modifier("SR", "top", "scale")["data"])
    patient.add("SR", "top", "histosys", "tune", copied)
    found = patient.only("HL404")
    assert place(found) == ("SR", "top", "tune", None)
    assert "its up template is that of 'scale'" in found.message


def test_only_one_side_was_copied(patient):
    copied = deepcopy(patient.modifier("SR", "top", "scale")["data"])
    copied["hi_data"] = [1.03 * events for events in copied["hi_data"]]
    patient.add("SR", "top", "histosys", "tune", copied)
    assert "down template" in patient.only("HL404").message


def test_equal_normalizations_are_nothing_special(patient):
    for channel in ("SR", "CR"):
        patient.add(channel, "top", "normsys", "xsec", {"hi": 1.02, "lo": 0.98})
    assert not patient.findings("HL404")


def test_a_template_of_another_channel(patient, place):
    patient.sample("CR", "top")["data"] = patient.sample("SR", "top")["data"]
    found = patient.only("HL405")
    assert place(found) == ("SR", "top", "", None)
    assert "equals 'top' of 'CR'" in found.message


def test_data_of_another_channel(patient, place):
    patient.observed("CR")[:] = patient.observed("SR")
    assert place(patient.only("HL405")) == ("SR", "data", "", None)


def test_a_setting_of_no_parameter_and_data_of_no_channel(patient, place):
    config = patient.workspace["measurements"][0]["config"]
    config["parameters"] += [{"name": "mu", "inits": [1.0]}, {"name": "mu_sgi", "inits": [1.0]}]
    patient.workspace["observations"].append({"name": "VR", "data": [1, 2]})
    assert [place(found) for found in patient.findings("HL406")] == [
        ("", "", "mu_sgi", None),
        ("VR", "", "", None),
    ]
