def test_data_without_expectation_are_an_error(patient, place):
    for name in ("sig", "top"):
        patient.sample("SR", name)["data"][5] = 0.0
        patient.modifier("SR", name, "scale")["data"]["hi_data"][5] = 0.0
        patient.modifier("SR", name, "scale")["data"]["lo_data"][5] = 0.0
    found = patient.only("HL101")
    assert found.severity == "error"
    assert place(found) == ("SR", "", "", 5)
    assert "83 observed, 0 expected" in found.message
    assert not patient.findings("HL105")
    patient.observed("SR")[5] = 0
    assert not patient.findings("HL101")
    assert place(patient.only("HL105")) == ("SR", "", "", 5)


def test_negative_bins_are_named(patient, place):
    patient.sample("CR", "sig")["data"][0] = -3.0
    found = patient.only("HL102")
    assert place(found) == ("CR", "sig", "", 0)
    assert "-3 events; 607 with all samples" in found.message


def test_a_variation_to_negative_is_a_note_while_the_total_stays_positive(patient, place):
    patient.modifier("SR", "sig", "scale")["data"]["lo_data"][2] = -7.0
    found = patient.only("HL103")
    assert (place(found), found.severity) == (("SR", "sig", "scale", 2), "note")
    assert "-7 events at −1σ (nominal 30); 153 with all samples" in found.message


def test_a_variation_that_makes_the_total_negative_is_a_warning(patient, place):
    patient.modifier("SR", "top", "scale")["data"]["hi_data"][2] = -40.0
    found = patient.only("HL103")
    assert (place(found), found.severity) == (("SR", "top", "scale", 2), "warning")
    assert "+1σ" in found.message


def test_an_empty_sample_is_named(patient, place):
    sample = patient.sample("CR", "sig")
    sample["data"] = [0.0] * 6
    sample["modifiers"] = [each for each in sample["modifiers"] if each["name"] == "mu"]
    assert place(patient.only("HL104")) == ("CR", "sig", "", None)


def test_a_constant_that_fills_empty_bins_is_seen(patient, place):
    """The history of the ttbar analysis: +1e-6 in all bins."""
    content = [0.0, 0.0, 12.0, 7.0, 0.0, 3.0]
    patient.sample("SR", "sig")["data"] = content
    assert not patient.findings("HL106")
    patient.sample("SR", "sig")["data"] = [events + 1e-6 for events in content]
    found = patient.only("HL106")
    assert place(found) == ("SR", "sig", "", 0)
    assert "1e-06 events in 3 bins" in found.message
