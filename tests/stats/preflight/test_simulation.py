import pyhf
import pytest

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_few_events_in_a_bin(patient, place):
    patient.modifier("SR", "top", "stat_SR")["data"][5] = 22.0
    found = patient.only("HL301")
    assert place(found) == ("SR", "", "", 5)
    assert "88 ± 22" in found.message
    assert "25%" in found.message


def test_few_effective_entries(patient, place):
    patient.modifier("SR", "sig", "stat_SR")["data"][3] = 15.0
    found = patient.only("HL302")
    assert place(found) == ("SR", "sig", "", 3)
    assert "33 ± 15 events: 4.8 effective entries, 20% of the bin" in found.message


def test_few_entries_of_a_small_sample_do_not_matter(patient):
    patient.modifier("CR", "sig", "stat_CR")["data"][3] = 2.0
    assert not patient.findings("HL302")


def test_heavy_events(patient, place):
    sample = patient.sample("CR", "top")
    patient.modifier("CR", "top", "stat_CR")["data"] = [(20 * n) ** 0.5 for n in sample["data"]]
    found = patient.only("HL303")
    assert place(found) == ("CR", "top", "", None)
    assert "one simulated event stands for 20;" in found.message


def test_a_huge_weight_in_one_bin(patient, place):
    """Bins have weights of 0.04; here one event of weight 8 came on top."""
    patient.modifier("SR", "top", "stat_SR")["data"][4] = (0.04 * 99 + 8**2) ** 0.5
    found = patient.only("HL304")
    assert place(found) == ("SR", "top", "", 4)
    assert f"mean weight {(0.04 * 99 + 64) / 105:.3g}, elsewhere 0.04" in found.message


def test_a_sample_without_staterror(patient, place):
    patient.remove("SR", "sig", "stat_SR")
    assert place(patient.only("HL305")) == ("SR", "sig", "", None)


def test_a_channel_without_staterror(patient, place):
    for name in ("sig", "top"):
        patient.remove("SR", name, "stat_SR")
    assert place(patient.only("HL305")) == ("SR", "", "", None)


def test_a_shapesys_is_a_statistical_error_too(patient):
    for name in ("sig", "top"):
        patient.remove("SR", name, "stat_SR")
        patient.add("SR", name, "shapesys", f"{name}_errors", [1.0] * 6)
    assert not patient.findings("HL305")


def test_errors_of_empty_bins_are_named_where_pyhf_freezes_them(patient, place):
    nominal = patient.sample("SR", "top")["data"]
    nominal[2], nominal[3] = 0.0, -1.0
    patient.sample("SR", "sig")["data"][2:4] = [0.0, 0.5]
    patient.add("SR", "top", "shapesys", "own", [3.0, 3.0, 3.0, 3.0, 0.0, 3.0])
    found = patient.findings("HL306")
    shared = {each.bin for each in found if each.modifier == "stat_SR"}
    own = {each.bin for each in found if each.modifier == "own"}
    model = pyhf.Workspace(patient.workspace).model()
    held = dict(zip(model.config.par_names, model.config.suggested_fixed(), strict=True))
    assert shared == own == {2, 3}
    assert {at for at in range(6) if held[f"stat_SR[{at}]"]} == shared
    # pyhf holds the bin without an error, too; nothing is lost there.
    assert {at for at in range(6) if held[f"own[{at}]"]} == own | {4}
