"""The note of a skim: what was written is read, and what is no note is said."""

import json

import pytest

import hepline as hl
from hepline.columns.schema import ColumnSpec, Schema
from hepline.columns.skimmed import Alternative, Skimmed
from hepline.data.skimnote import note_of_alternatives, remembering, skimmed_of
from hepline.errors import CorruptData

jes = hl.nuisance("Jet energy scale", key="jes", samples=["a", "b"], apart=["era", "region"])
pdf = hl.nuisance("PDF", combine="hessian", confidence_level=0.9)
ALTERNATIVES = (
    Alternative("Jet_pt", jes, "Jet_pt__jes_up", "Jet_pt__jes_down"),
    Alternative("w", jes, "w", "w__jes_down"),
    Alternative("w", pdf, "w__pdf_up", None),
)


def note(**changes):
    content = {
        "format": 1, "tree": "Events", "passing": "", "titles": {"x": "the x of it"},
        "sources": [{"path": "a", "generated": 9, "kept": 2, "sha256": "", "sumw": None}],
        "selection": [{"label": "x > 1", "events": 2}],
        **note_of_alternatives(ALTERNATIVES),
        **changes,
    }  # fmt: skip
    return json.dumps(content)


def test_variations_and_nuisances_are_read_as_they_were_written():
    skimmed = skimmed_of("s.root", note(), "Events")
    assert skimmed.alternatives == ALTERNATIVES
    assert skimmed.conditions == (("x > 1", 2),)
    assert skimmed.events == 9
    assert skimmed_of("s.parquet", note(), "") == skimmed
    assert skimmed_of("s.root", note(), "Runs") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        ("{}", "cannot be read"),
        (note(sources=3), "cannot be read"),
        (note(nuisances=[]), "'jes'"),
        (note(format=2), "layout 2"),
    ],
)
def test_a_damaged_note_is_said(text, said):
    with pytest.raises(CorruptData) as caught:
        skimmed_of("s.root", text, "Events")
    assert said in str(caught.value)


def test_varied_lists_belong_to_the_objects_of_the_nominal_ones():
    specs = [ColumnSpec("jetpt", "float32", "jetpt"), ColumnSpec("jetpt__jes_up", "float32", "j")]
    alternative = Alternative("jetpt", jes, "jetpt__jes_up", None)
    schema = remembering(Schema.from_specs("s", specs), Skimmed((), (), (alternative,), "p"))
    assert schema.columns["jetpt__jes_up"].collection == "jetpt"
    assert schema.passing == "p"
    assert schema.alternatives == (alternative,)
    assert schema.node("jetpt").type == specs[0].node().type
