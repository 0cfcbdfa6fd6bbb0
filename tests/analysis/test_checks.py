import pytest

import hepline as hl
from hepline.analysis.checks import (
    check_definition,
    check_files,
    check_numbers,
    check_poi,
    missing_alternatives,
    repeated_nuisances,
)
from hepline.analysis.samples import FileSet, samples_of
from hepline.errors import AnalysisError, DataError

ev = hl.events("nanoaod")
FILES = FileSet(("a.root",), (None,))
FIRST = hl.nuisance("Jet energy scale", key="jes", one_sided=True)
SECOND = hl.nuisance("Jet energy scale", key="jes", one_sided=True)


def make(*, weight=None, jet=ev.Jet, samples=("sig", "bkg"), region="SR", **more):
    made = hl.Analysis("toy", luminosity=1.0, weight=weight, **more)
    for number, name in enumerate(samples):
        normalization = None if number else "mu"
        made.sample(name, cross_section=1.0, normalization=normalization)
    if region:
        made.region(region, where=hl.count(jet) >= 1, observable=hl.axis(hl.sum(jet.pt), 4, 0, 200))
    return made


def message(analysis):
    with pytest.raises(AnalysisError) as caught:
        check_definition(analysis)
    assert caught.value.fix
    return f"{caught.value.what} {caught.value.why}"


def test_sound_analysis_passes():
    check_definition(make())


def test_analysis_without_samples_is_refused():
    assert "has no sample" in message(make(samples=()))


def test_analysis_without_regions_is_refused():
    assert "has no region" in message(make(region=""))


def twice(first, second):
    jet = ev.Jet.vary(first, up={"pt": ev.Jet.pt * 1.03})
    jet = jet.vary(second, up={"mass": ev.Jet.mass * 1.03})
    varied = hl.Analysis("toy", luminosity=1.0)
    varied.sample("sig", cross_section=1.0)
    observable = hl.axis(hl.sum(jet.pt) + hl.sum(jet.mass), 4, 0, 200)
    varied.region("SR", where=hl.count(jet) >= 1, observable=observable)
    return varied


def test_nuisance_declared_twice_with_other_settings_names_both_lines():
    other = hl.nuisance(FIRST.name, one_sided=True, samples=["sig"])
    said = message(twice(FIRST, other))
    assert "'Jet energy scale' is declared twice with different settings" in said
    assert FIRST.declared_at in said
    assert other.declared_at in said


def test_nuisance_declared_twice_with_equal_settings_is_one_and_said():
    varied = twice(FIRST, SECOND)
    check_definition(varied)
    assert [nuisance.name for nuisance in varied.nuisances()] == ["Jet energy scale"]
    (notice,) = repeated_nuisances(varied)
    assert "it is one parameter of the fit" in notice.text
    assert FIRST.declared_at in notice.text
    assert SECOND.declared_at in notice.text


def test_nuisance_declared_once_is_not_said():
    assert repeated_nuisances(twice(FIRST, FIRST)) == []


def free(*normalizations, **more):
    made = hl.Analysis("toy", luminosity=1.0, **more)
    for number, name in enumerate(normalizations):
        made.sample(f"s{number}", cross_section=1.0, normalization=name)
    observable = hl.axis(hl.sum(ev.Jet.pt), 4, 0, 200)
    made.region("SR", where=hl.count(ev.Jet) >= 1, observable=observable)
    return made


def test_parameter_of_interest_is_the_only_free_normalization():
    assert free("mu", None, "mu").poi == "mu"
    assert free(None).poi == ""


def test_the_first_of_two_normalizations_is_not_taken_for_the_signal():
    assert free("W_norm", "mu").poi == ""
    assert free("W_norm", "mu", poi="mu").poi == "mu"
    with pytest.raises(AnalysisError, match="does not say which parameter") as caught:
        check_poi(free("W_norm", "mu"))
    assert "W_norm, mu" in caught.value.why
    assert "poi='W_norm'" in caught.value.fix


def test_unknown_parameter_of_interest_is_found_before_reading():
    with pytest.raises(AnalysisError, match="'m' is not a free normalization") as caught:
        check_definition(free("W_norm", "mu", poi="m"))
    assert "'mu'" in caught.value.fix


def test_a_phrase_needs_to_know_what_it_hides():
    with pytest.raises(AnalysisError, match="does not say which parameter"):
        check_definition(free("W_norm", "mu", blind="geese"))


def test_one_name_with_two_keys_is_two_nuisances():
    weight = hl.weight(1.0)
    for place in range(2):
        weight = weight.vary(hl.nuisance("b-tag", key=f"btag_{place}"), up=1.1, down=0.9)
    assert "'b-tag' is declared twice" in message(make(weight=weight))


def test_one_key_with_two_names_is_refused():
    weight = hl.weight(1.0)
    for place in range(2):
        weight = weight.vary(hl.nuisance(f"b-tag {place}", key="btag"), up=1.1, down=0.9)
    assert "declared twice with different settings (key 'btag')" in message(make(weight=weight))


def test_nuisance_used_in_two_places_is_one():
    jes = hl.nuisance("Jet energy scale", one_sided=True)
    jet = ev.Jet.vary(jes, up={"pt": ev.Jet.pt * 1.03})
    check_definition(make(weight=hl.weight(1.0).vary(jes, up=1.1), jet=jet))


def test_nuisance_of_an_unknown_sample_offers_the_nearest():
    scale = hl.nuisance("scale", samples=["bgk"])
    analysis = make(weight=hl.weight(1.0).vary(scale, up=1.1, down=0.9))
    with pytest.raises(AnalysisError, match="'scale' acts on bgk") as caught:
        check_definition(analysis)
    assert caught.value.fix == "did you mean 'bkg'?"
    assert "test_checks.py" in caught.value.asked_at


def test_nuisance_of_no_sample_is_refused():
    scale = hl.nuisance("scale", samples=[])
    assert "acts on no sample" in message(make(weight=hl.weight(1.0).vary(scale, up=1.1, down=0.9)))


def test_alternative_named_like_a_nuisance_is_refused():
    scale = hl.nuisance("scale")
    made = make(weight=hl.weight(1.0).vary(scale, up=1.1, down=0.9))
    alone = hl.alternative("scale", one_sided=True)
    made.sample("more", cross_section=1.0, variations={"alt": alone})
    assert "two parameters of the fit are named 'scale'" in message(made)


def test_alternative_declared_twice_is_refused():
    made = make()
    first, second = (
        hl.alternative("ME", one_sided=True),
        hl.alternative("ME", one_sided=True),
    )
    made.sample("one", cross_section=1.0, variations={"ME_var": first})
    made.sample("two", cross_section=1.0, variations={"ME_var": second})
    assert "two parameters of the fit are named 'ME'" in message(made)


def test_alternative_shared_by_samples_is_one_parameter():
    made = make()
    shared = hl.alternative("ME", one_sided=True)
    for name in ("one", "two"):
        made.sample(name, cross_section=1.0, variations={"ME_var": shared})
    check_definition(made)


@pytest.mark.parametrize(("modifier", "name"), [("lumi", "lumi"), ("normsys", "Luminosity")])
def test_nuisance_named_like_the_luminosity_is_refused(modifier, name):
    weight = hl.weight(1.0).vary(hl.nuisance(name), up=1.1, down=0.9)
    made = make(weight=weight, luminosity_uncertainty=0.02, luminosity_modifier=modifier)
    assert f"named '{name}'" in message(made)


def test_nuisance_named_like_a_normalization_is_refused():
    weight = hl.weight(1.0).vary(hl.nuisance("mu"), up=1.1, down=0.9)
    assert "one is a normalization, the other a nuisance" in message(make(weight=weight))


def test_sample_named_like_an_alternative_of_another_is_refused():
    made = make()
    made.sample("top", cross_section=1.0, variations={"ME": hl.alternative("ME", one_sided=True)})
    made.sample("top_ME", cross_section=1.0)
    assert "two templates are named 'SR_top_ME'" in message(made)


def test_alternative_named_like_a_variation_is_refused():
    weight = hl.weight(1.0).vary(hl.nuisance("scale"), up=1.1, down=0.9)
    made = make(weight=weight)
    alone = hl.alternative("other", one_sided=True)
    made.sample("top", cross_section=1.0, variations={"scale_up": alone})
    assert "two templates are named 'SR_top_scale_up'" in message(made)


def test_sample_named_pseudodata_is_refused():
    made = make()
    made.sample("pseudodata", cross_section=1.0)
    made.pseudodata({"sig": 1})
    assert "two templates are named 'SR_pseudodata'" in message(made)


def test_regions_and_samples_whose_names_run_together_are_refused():
    made = make(samples=("b_c", "c"), region="a")
    made.region("a_b", where=ev.MET.pt > 1, observable=hl.axis(ev.MET.pt, 4, 0, 200))
    assert "two templates are named 'a_b_c'" in message(made)


def test_files_of_other_samples_only_are_refused():
    with pytest.raises(DataError, match="has other") as caught:
        check_files(make(), {"": {"other": {"nominal": FILES}}})
    assert "sig, bkg" in caught.value.why


def test_sample_without_nominal_files_is_refused():
    with pytest.raises(DataError, match="'sig' has no nominal files"):
        check_files(make(), {"": {"sig": {"alt": FILES}}})


def test_what_has_no_files_and_what_is_not_used_is_noticed():
    made = make()
    scale = hl.alternative("scale")
    made.sample("top", cross_section=1.0, variations={"scaleup": scale.up, "scaledown": scale.down})
    files = {
        "sig": {"nominal": FILES, "ME_var": FILES},
        "top": {"nominal": FILES, "scaleup": FILES},
        "qcd": {"nominal": FILES},
    }
    notices = [(notice.kind, notice.text) for notice in missing_alternatives(made, {"": files})]
    assert notices == [
        (
            "missing sample",
            "no files for sample 'bkg': it is left out of every template, and nothing is fitted.",
        ),
        (
            "missing alternative",
            "no files for 'scaledown' of sample 'top': 'scale' does not act on it.",
        ),
        ("unused files", "'ME_var' of 'sig' is used by nothing."),
        ("unused files", "the files of 'qcd' belong to no sample."),
    ]


@pytest.mark.parametrize(("name", "key"), [("sig", "luminosity"), ("data", "cross_section")])
def test_a_number_that_acts_on_nothing_is_refused(name, key):
    made = make()
    made.data()
    listed = {entry: {"files": ["a.root"]} for entry in ("sig", "bkg", "data")}
    check_numbers(made, {"": samples_of(listed)})
    listed[name][key] = 3.0
    with pytest.raises(DataError, match=f"gives {key}=3 for '{name}'"):
        check_numbers(made, {"": samples_of(listed)})
