from dataclasses import replace

import hist
import pytest

import hepline as hl
from hepline.analysis.blinding import (
    Secrets,
    declares_blinding,
    has_secrets,
    hides_poi,
    unblinded,
    unread_regions,
)
from hepline.analysis.checks import check_definition
from hepline.analysis.processes import components_of
from hepline.analysis.requests import requests_of
from hepline.analysis.results import Cutflow, CutStep
from hepline.analysis.templates import Templates
from hepline.errors import AnalysisError


def analysis(*, data=True, phrase=None, sr=None, cr=None):
    """A search with a control region that the signal does not reach."""
    ev = hl.events("nanoaod")
    made = hl.Analysis("search", luminosity=10.0, blind=phrase)
    made.sample("sig", cross_section=1.0, normalization="mu")
    made.sample("bkg", cross_section=1.0)
    if data:
        made.data()
    for name, blind in (("SR", sr), ("CR", cr)):
        axis = hl.axis(ev.MET.pt, 1, 0, 100, "MET [GeV]")
        made.region(name, where={"loose": ev.MET.pt > 5}, observable=axis, blind=blind)
    return made


def templates(leak=0.0):
    made = {}
    for region in ("SR", "CR"):
        for sample, events in (("sig", 5.0 if region == "SR" else leak), ("bkg", 9.0)):
            one = hist.Hist(hist.axis.Regular(1, 0, 100), storage=hist.storage.Weight())
            one.view()["value"] = events
            made[f"{region}_{sample}"] = one
    return Templates(made)


@pytest.mark.parametrize(
    ("options", "hidden"),
    [
        ({}, set()),
        ({"sr": True}, {"SR"}),
        ({"cr": True}, {"CR"}),
        ({"phrase": "geese"}, {"SR"}),
        ({"phrase": "geese", "cr": True}, {"SR", "CR"}),
        ({"phrase": "geese", "sr": False}, set()),
        ({"phrase": "geese", "sr": True, "data": False}, set()),
    ],
)
def test_regions_are_hidden_where_declared_or_where_the_signal_is(options, hidden):
    assert Secrets.of(analysis(**options), templates()).hidden == hidden


def test_the_hidden_parameter_acts_even_where_data_are_shown():
    assert Secrets.of(analysis(phrase="geese", sr=False), templates()).acting == {"SR"}
    assert Secrets.of(analysis(sr=True), templates()).acting == frozenset()


def test_little_signal_tells_little():
    """By hand: 25/14 in SR; in CR 0.16/9.4, less than a hundredth of all, or 0.25/9.5, more."""
    made = analysis(phrase="geese")
    assert Secrets.of(made, templates(leak=0.4)).hidden == {"SR"}
    assert Secrets.of(made, templates(leak=0.5)).hidden == {"SR", "CR"}
    assert Secrets.of(made, templates(leak=0.4)).acting == {"SR", "CR"}
    assert Secrets.of(made, templates()).acting == {"SR"}


def test_pseudo_data_are_hidden_only_if_asked():
    made = analysis(data=False, phrase="geese", sr=True)
    made.pseudodata({"sig": 1, "bkg": 1})
    assert declares_blinding(made)
    assert not has_secrets(made)
    assert not hides_poi(made)
    assert unread_regions(made) == frozenset()
    made.pseudodata({"sig": 1, "bkg": 1}, blind=True)
    assert hides_poi(made)
    assert Secrets.of(made, templates()).hidden == {"SR"}
    assert Secrets.of(made, templates()).keys == {("SR", "pseudodata", "")}


def test_asimov_data_hold_no_secret():
    made = analysis(data=False, phrase="geese")
    assert not has_secrets(made)
    assert Secrets.of(made, templates()) == Secrets()


def test_data_of_a_blind_region_are_not_even_asked_for():
    made = analysis(sr=True)
    asked = requests_of(made, components_of(made.samples["data"]), cutflow=True).requests
    assert [(one.region, one.purpose.name, one.step) for one in asked] == [
        ("SR", "STEP", 0),
        ("CR", "TEMPLATE", 0),
        ("CR", "STEP", 0),
        ("CR", "STEP", 1),
    ]
    assert asked[0].node.where is None
    simulated = requests_of(made, components_of(made.samples["sig"]), cutflow=True).requests
    asked = [one.purpose.name for one in simulated if one.region == "SR"]
    assert asked == ["TEMPLATE", "STEP", "STEP"]


def test_unblinded_copy_hides_nothing_and_leaves_the_original():
    made = analysis(phrase="geese", sr=True)
    bare = unblinded(made)
    assert type(bare) is type(made)
    assert not declares_blinding(bare)
    assert Secrets.of(bare, templates()).hidden == frozenset()
    assert Secrets.of(made, templates()).hidden == {"SR"}
    assert made.blind == "geese"


def test_cutflows_of_data_keep_what_tells_nothing():
    made = analysis(sr=True)
    steps = tuple(CutStep(name, 9, 9.0) for name in ("all events", "common", "last"))
    flows = [Cutflow(region, name, steps) for region in ("SR", "CR") for name in ("sig", "data")]
    kept = {
        (flow.region, flow.sample): [step.name for step in flow.steps]
        for flow in Secrets.of(made, templates()).cutflows(flows)
    }
    assert kept == {
        ("SR", "sig"): ["all events", "common", "last"],
        ("SR", "data"): ["all events"],
        ("CR", "sig"): ["all events", "common", "last"],
        ("CR", "data"): ["all events", "last"],
    }
    assert Secrets().cutflows(flows) == tuple(flows)


def test_only_data_of_hidden_regions_are_covered():
    secrets = Secrets.of(analysis(sr=True), templates())
    assert secrets.covers("data", "SR")
    assert secrets.covers("data", "CR", "SR")
    assert not secrets.covers("data", "CR")
    assert not secrets.covers("sig", "SR")


def test_the_phrase_is_not_printed():
    secrets = Secrets.of(analysis(phrase="geese"), templates())
    assert (secrets.poi, secrets.phrase) == ("mu", "geese")
    assert "geese" not in repr(secrets)


@pytest.mark.parametrize("phrase", ["", "  ", True, 3])
def test_phrase_must_be_one(phrase):
    with pytest.raises(AnalysisError, match="blind="):
        analysis(phrase=phrase)


def test_phrase_without_a_parameter_to_hide_is_refused():
    made = analysis()
    made.blind = "geese"
    made.samples = {name: replace(one, normalization=None) for name, one in made.samples.items()}
    with pytest.raises(AnalysisError, match="nothing to hide"):
        check_definition(made)
