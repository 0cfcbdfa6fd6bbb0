import numpy as np


def test_asimov_data_are_recognized(patient):
    for channel in ("SR", "CR"):
        both = [patient.sample(channel, name)["data"] for name in ("sig", "top")]
        patient.observed(channel)[:] = np.sum(both, axis=0).tolist()
    assert patient.only("HL601").severity == "note"
    assert not patient.findings("HL602")


def test_data_that_are_no_counts(patient, place):
    patient.observed("SR")[4] = 127.5
    found = patient.only("HL602")
    assert place(found) == ("SR", "", "", 4)
    assert "1 of 6 bins; here 127.5" in found.message


def test_a_yield_far_from_the_expectation(patient, place):
    """Ten times the luminosity."""
    patient.observed("CR")[:] = [10 * n for n in patient.observed("CR")]
    found = patient.only("HL603")
    assert place(found) == ("CR", "", "", None)
    # By hand: Poisson 2360, lumi 2 %, staterror 0.2 √n, signal free to double; the tilt by bin.
    top, sig = np.array([610, 540, 420, 330, 260, 190.0]), np.array([1, 2, 3, 2, 1, 1.0])
    tilt = (0.012 * np.linspace(-1, 1, 6)) @ (top + sig)
    expected = (top + sig).sum()
    squares = expected + (0.02 * expected) ** 2 + tilt**2 + 0.04 * expected + sig.sum() ** 2
    pull = (sum(patient.observed("CR")) - expected) / np.sqrt(squares)
    assert f"{pull:+.1f} σ" in found.message


def test_one_bin_far_from_the_expectation(patient, place):
    patient.observed("SR")[5] = 170
    found = patient.only("HL603")
    assert place(found) == ("SR", "", "", 5)
    assert "170 observed, 88 ±" in found.message


def test_a_free_normalization_may_absorb_the_difference(patient):
    patient.observed("CR")[:] = [1.7 * n // 1 for n in patient.observed("CR")]
    assert patient.findings("HL603")
    for channel in ("SR", "CR"):
        patient.add(channel, "top", "normfactor", "top_norm", None)
    assert not patient.findings("HL603")


def test_a_few_events_where_few_are_expected_are_no_alarm(patient):
    for name in ("sig", "top"):
        patient.sample("SR", name)["data"][5] = 0.05
        patient.modifier("SR", name, "scale")["data"]["hi_data"][5] = 0.051
        patient.modifier("SR", name, "scale")["data"]["lo_data"][5] = 0.049
    patient.observed("SR")[5] = 3
    assert not patient.findings("HL603")
