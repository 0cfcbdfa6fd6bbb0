"""Expressions given as text: the same recipes as in Python, and nothing else."""

import numpy as np
import pytest

import hepline as hl
from hepline.columns.events import events
from hepline.columns.parsing import parsed
from hepline.columns.schema import ColumnSpec, Schema
from hepline.errors import ColumnNotFound, HeplineError, LanguageError, ShapeMismatch

ev = events("nanoaod")
mu = ev.Muon

SAME = {
    "nMuon >= 2": lambda: ev.nMuon >= 2,
    "count(Muon.pt > 20) >= 2": lambda: hl.count(mu.pt > 20) >= 2,
    "hl.count(ev.Muon.pt > 20) >= 2": lambda: hl.count(mu.pt > 20) >= 2,
    "(nMuon == 2) & (Muon.charge[0] != Muon.charge[1])": lambda: (
        (ev.nMuon == 2) & (mu.charge[0] != mu.charge[1])
    ),
    "~HLT.IsoMu24 | (MET_pt > -1.5)": lambda: ~ev.HLT.IsoMu24 | (ev.MET_pt > -1.5),
    "any(abs(Muon.eta) < 2.4)": lambda: hl.any(abs(mu.eta) < 2.4),
    "np.sqrt(Muon.pt ** 2 + 1) // 2": lambda: np.sqrt(mu.pt**2 + 1) // 2,
    "Muon[Muon.pt > 20].pairs().mass": lambda: mu[mu.pt > 20].pairs().mass,
    "Jet.pt[:2].sum()": lambda: ev.Jet.pt[:2].sum(),
    "Jet.sort(Jet.eta, descending=False).pt": lambda: ev.Jet.sort(ev.Jet.eta, descending=False).pt,
    "where(nMuon > 1, MET_pt, 0.0)": lambda: hl.where(ev.nMuon > 1, ev.MET_pt, 0.0),
    "isin(Muon.charge, [1, -1])": lambda: hl.isin(mu.charge, [1, -1]),
    "ev['Muon_pt'] > 1": lambda: ev["Muon_pt"] > 1,
    "Muon.pt[0].fill_missing(0.0)": lambda: mu.pt[0].fill_missing(0.0),
    "Muon.pairs()[0].pt": lambda: mu.pairs()[0].pt,
    "event % (1 << 10)": lambda: ev.event % 1024,
}


@pytest.mark.parametrize("text", SAME)
def test_text_means_what_python_means(text):
    assert parsed(text, ev).node is SAME[text]().node


def test_objects_can_be_named_alone():
    assert repr(parsed("Muon", ev)) == repr(mu)


REFUSED = [
    "__import__('os').system('ls')", "eval('1')", "open('x')", "hl.open('x')", "np.load('x')",
    "Muon.__class__", "(1).__class__", "Muon.origin", "Muon.pt.node", "Muon.pt.origin", "ev.origin",
    "lambda: 3", "[x for x in Muon]", "(x for x in Muon)", "{1: 2}", "{1}", "f'{nMuon}'",
    "(nMuon := 3)", "await nMuon", "nMuon if nMuon else 1", "60 < nMuon < 3", "nMuon and 1",
    "not nMuon", "nMuon in [1]", "nMuon is None", "count(*Muon)", "count(**Muon)", "9**9**9",
    "1 << 999999999", "'a' * 99999999", "[1] * 9999999999", "Muon.pt.vary(1)", "Muon.pt @ Muon.pt",
    "3 > 2", "'text'", "None", "count", "nMuon = 3", "nMuon >=", "", "nMuon; nMuon", "b'x'", "1j",
    "Muon.pairs", "Muon.pt.sum", "where(True)", "(lambda: 1)()", "Muon.pt(3)", "np", "hl", "...",
    "((((" * 60, "(" * 400 + "nMuon" + ")" * 400, "\0",
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:20])
def test_everything_else_is_refused(text):
    with pytest.raises(HeplineError) as caught:
        parsed(text, ev)
    assert caught.value.why
    assert caught.value.fix


@pytest.mark.parametrize(
    ("text", "kind", "marked", "said"),
    [
        ("count(Muon.ptt > 20) >= 2", ColumnNotFound, "Muon.ptt", "'pt'"),
        ("nMuons > 1", ColumnNotFound, "nMuons", "'nMuon'"),
        ("coutn(Muon) > 1", LanguageError, "coutn(Muon)", "'count'"),
        ("nMuon > 1 and MET_pt > 3", LanguageError, "nMuon > 1 and MET_pt > 3", "&"),
        ("(nMuon > 1) & (60 < MET_pt < 80)", LanguageError, "60 < MET_pt < 80", "&"),
        ("any(Muon.pt > Jet.pt)", ShapeMismatch, "Muon.pt > Jet.pt", "cross"),
        ("MET_pt + 'x'", LanguageError, "MET_pt + 'x'", "=="),
        ("μ + MET_ptt", ColumnNotFound, "μ", ""),
    ],
)
def test_an_error_marks_the_place(text, kind, marked, said):
    with pytest.raises(kind) as caught:
        parsed(text, ev)
    line, mark = str(caught.value).splitlines()[-2:]
    assert line == f"  asked at: {text}"
    place = mark.index("^")
    assert line[place : place + mark.count("^")] == marked
    assert said in caught.value.fix


def test_a_column_hides_a_function_of_its_name():
    own = events(schema=Schema.from_specs("mine", [ColumnSpec("rank", "float64")]))
    assert parsed("rank > 1", own).node is (own["rank"] > 1).node
