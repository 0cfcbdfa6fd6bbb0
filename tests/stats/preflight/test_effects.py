import numpy as np
import pytest


@pytest.fixture
def shaped(patient):
    """``shaped(up, down)``: spoil the shape of top in SR, factors by bin."""

    def set_factors(up, down):
        nominal = np.array(patient.sample("SR", "top")["data"])
        patient.modifier("SR", "top", "scale")["data"] = {
            "hi_data": (nominal * up).tolist(),
            "lo_data": (nominal * down).tolist(),
        }
        return patient

    return set_factors


TOP = ("SR", "top", "scale")


def test_identical_templates(shaped, place):
    found = shaped(1.0, 1.0).only("HL201")
    assert found.severity == "warning"
    assert place(found) == (*TOP, None)
    # 886 events of weight 0.04.
    assert found.message == "up and down equal nominal in every bin (22150 effective entries)"


def test_a_shape_alone_does_something(patient):
    """A normsys of one beside a histosys of the same name is how tools split a variation."""
    patient.add("SR", "top", "normsys", "scale", {"hi": 1.0, "lo": 1.0})
    assert patient.findings() == []


def test_a_normsys_can_undo_its_histosys(shaped, place):
    patient = shaped(1.25, 0.8)
    patient.add("SR", "top", "normsys", "scale", {"hi": 0.8, "lo": 1.25})
    assert place(patient.only("HL201")) == (*TOP, None)


def test_identical_normsys(patient, place):
    patient.modifier("SR", "top", "lumi")["data"] = {"hi": 1.0, "lo": 1.0}
    assert place(patient.only("HL201")) == ("SR", "top", "lumi", None)


@pytest.mark.parametrize(("up", "down", "said"), [(1.1, 1, "only up"), (1, 0.9, "only down")])
def test_one_sided(shaped, place, up, down, said):
    found = shaped(up, down).only("HL202")
    assert place(found) == (*TOP, None)
    assert said in found.message
    assert "10.00%" in found.message


def test_a_tiny_one_sided_variation_is_a_note(shaped):
    assert shaped(1.0005, 1.0).only("HL202").severity == "note"


def test_both_sides_raise_the_yield(shaped, place):
    found = shaped(1.10, 1.06).only("HL203")
    assert place(found) == (*TOP, None)
    assert "+10.00% (up) and +6.00% (down)" in found.message


def test_both_sides_bend_the_shape_the_same_way(shaped, place):
    nominal = np.array([220, 190, 160, 130, 105, 81.0])
    bend = np.array([0.12, 0.10, -0.1, -0.1, -0.12, 0.0])
    # The last bin keeps the yield; it moves by less than twice its statistical error.
    bend[5] = -(nominal[:5] @ bend[:5]) / nominal[5]
    found = shaped(1 + bend, 1 + 0.7 * bend).only("HL203")
    assert place(found)[:3] == TOP
    assert "5 of 6 bins; here +12.00% (up) and +8.40% (down)" in found.message


def test_a_fluctuation_of_nominal_is_not_a_side(patient, shaped):
    """Both sides stand 1.5 statistical errors above one nominal bin that came out low."""
    shaped([1, 1, 1, 1, 1, 1.05], [1, 1, 1, 1, 1, 1.04])
    patient.modifier("SR", "top", "stat_SR")["data"][5] = 81 * 0.03
    assert not patient.findings("HL203")


@pytest.mark.parametrize(("up", "down"), [(2.2, 0.5), (1.2, -0.3)])
def test_huge_yield(shaped, place, up, down):
    found = shaped(up, down).only("HL204")
    assert place(found) == (*TOP, None)
    assert f"{up - 1:+.2%} (up)" in found.message


def test_a_huge_bin(shaped, place):
    found = shaped([1, 1, 1, 1, 1, 2.5], [1, 1, 1, 1, 1, 0.2]).only("HL204")
    assert place(found) == (*TOP, 5)
    assert "+150% (up) and -80% (down) of 81 events" in found.message


def test_sides_an_order_of_magnitude_apart(shaped, place):
    found = shaped(1.20, 0.985).only("HL205")
    assert place(found) == (*TOP, None)
    assert "up moves 177.2 events, down moves 13.29" in found.message


def test_mirrored_sides_are_fine(shaped):
    assert not shaped(1.04, 0.96).findings("HL2")
