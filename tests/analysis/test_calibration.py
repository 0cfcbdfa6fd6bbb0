"""Calibrated and smeared jets of all shapes, against the same written by hand for each jet."""

from __future__ import annotations

import json

import awkward as ak
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hepline as hl
from hepline.errors import ColumnNotFound, LanguageError, TypeMismatch

RESOLUTION = "Spring16_25nsV10_MC_PtResolution_AK4PFPuppi.jr.txt.gz"
ENGINES = ["reference", "awkward", "compiled"]


def _write(tmp_path, name, expression, *, systematic=()):
    inputs = [{"name": "JetPt", "type": "real"}, {"name": "JetEta", "type": "real"}]

    def formula(text):
        return {"nodetype": "formula", "expression": text, "parser": "TFormula",
                "variables": ["JetPt", "JetEta"]}  # fmt: skip

    data = formula(expression)
    if systematic:
        inputs.append({"name": "systematic", "type": "string"})
        items = [{"key": k, "value": formula(t)} for k, t in systematic]
        data = {"nodetype": "category", "input": "systematic", "content": items}
    made = {"name": name, "version": 1, "inputs": inputs, "data": data,
            "output": {"name": "out", "type": "real"}}  # fmt: skip
    path = tmp_path / f"{name}.json"
    path.write_text(json.dumps({"schema_version": 2, "corrections": [made]}))
    return hl.correction(path)


@pytest.fixture
def formulas(tmp_path):
    """Corrections by formula: two levels, an uncertainty, a resolution and a scale factor."""
    sides = [("nom", "1.1+0*x"), ("up", "1.2+0*x"), ("down", "1.02+0*x")]
    return {
        "first": _write(tmp_path, "first", "1+0.2*exp(-x/50)"),
        "second": _write(tmp_path, "second", "1+0.01*abs(y)+x/10000"),
        "size": _write(tmp_path, "size", "0.01+1/(10+x)"),
        "sigma": _write(tmp_path, "sigma", "sqrt(9/(x*x)+0.5/x)"),
        "ratio": _write(tmp_path, "ratio", "", systematic=sides),
    }


number = st.floats(5, 300, width=32)
angle = st.floats(-3, 3, width=32)
jets_of_events = st.lists(
    st.tuples(
        st.lists(st.tuples(number, angle, angle, st.floats(-0.5, 0.5, width=32)), max_size=4),
        st.lists(st.tuples(number, angle, angle), max_size=3),
        st.tuples(number, angle),
    ),
    min_size=1,
    max_size=6,
)
relaxed = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _columns(events):
    """NanoAOD's columns; the first generator jet lies on the first jet."""
    jets = [event[0] for event in events]
    gens = [
        [(pt, *jet[0][1:3]) if place == 0 and jet else (pt, *direction)
         for place, (pt, *direction) in enumerate(gen)]
        for jet, gen, _ in events
    ]  # fmt: skip

    def listed(rows, place):
        lists = [[row[place] for row in event] for event in rows]
        flat = np.array([x for event in lists for x in event], np.float32)
        return ak.unflatten(flat, [len(event) for event in lists])

    columns = {f"Jet_{n}": listed(jets, k) for k, n in enumerate(("pt", "eta", "phi"))}
    columns["Jet_rawFactor"] = listed(jets, 3)
    columns["Jet_mass"] = columns["Jet_pt"] * np.float32(0.1)
    columns |= {f"GenJet_{n}": listed(gens, k) for k, n in enumerate(("pt", "eta", "phi"))}
    columns["GenJet_mass"] = columns["GenJet_pt"] * np.float32(0)
    for place, name in enumerate(("pt", "phi")):
        columns[f"MET_{name}"] = ak.Array(np.array([e[2][place] for e in events], np.float32))
    for name, dtype in (("run", "u4"), ("luminosityBlock", "u4"), ("event", "u8")):
        columns[name] = ak.Array(np.arange(len(events)).astype(dtype))
    return columns


@relaxed
@given(events=jets_of_events)
def test_jagged_jets_equal_the_same_by_hand(in_memory, formulas, varied_values, events):
    columns = _columns(events)
    ev = in_memory(columns)
    jes, jer = hl.nuisance("JES"), hl.nuisance("JER")
    jet, met = hl.calibrate(
        ev.Jet, formulas["first"], formulas["second"], 0.98,
        uncertainties={jes: formulas["size"], hl.nuisance("flat", one_sided=True): 0.05},
        met=ev.MET, above=20.0,
    )  # fmt: skip
    jet, met = hl.smear(
        jet, formulas["sigma"], formulas["ratio"], nuisance=jer, gen=ev.GenJet, met=met, above=0.0
    )
    row = ev.event.astype("float64")
    results = {
        "pt": (jet.pt, row * 10 + jet.position, 60),
        "mass": (jet.mass, row * 10 + jet.position, 60),
        "met": (met.px, row, 6),
    }
    gauss = hl.compute(hl.normal(ev.Jet, stream="jer"))
    found = varied_values(results)
    for key in ("", "jes_up", "jes_down", "jer_up", "jer_down", "flat_up"):
        expected = _by_hand(columns, gauss, key)
        for name, values in expected.items():
            got = found.get((name, key), found[name, ""])
            assert got == pytest.approx(values, rel=1e-9, abs=1e-9), (name, key)


def _by_hand(columns, gauss, key):
    """One jet after the other."""
    pt_of, mass_of, px_of = np.zeros(60), np.zeros(60), np.zeros(6)
    for event in range(len(columns["event"])):
        row = {name: columns[name][event] for name in columns}
        px = float(row["MET_pt"]) * np.cos(float(row["MET_phi"]))
        for place in range(len(row["Jet_pt"])):
            stored, eta, phi, raw = (
                float(row[f"Jet_{n}"][place]) for n in ("pt", "eta", "phi", "rawFactor")
            )
            factor = 1 - raw
            factor *= 1 + 0.2 * np.exp(-stored * factor / 50)
            factor *= 1 + 0.01 * abs(eta) + stored * factor / 10000
            factor *= 0.98
            counted = stored * factor > 20
            size = 0.01 + 1 / (10 + stored * factor)
            factor *= {"jes_up": 1 + size, "jes_down": 1 - size, "flat_up": 1.05}.get(key, 1)
            pt = stored * factor
            sigma = np.sqrt(9 / pt**2 + 0.5 / pt)
            ratio = {"jer_up": 1.2, "jer_down": 1.02}.get(key, 1.1)
            smeared = 1 + gauss[event][place] * sigma * np.sqrt(ratio**2 - 1)
            far = [
                np.hypot(eta - float(e), (phi - float(f) + np.pi) % (2 * np.pi) - np.pi)
                for e, f in zip(row["GenJet_eta"], row["GenJet_phi"], strict=True)
            ]
            if far and min(far) < 0.2:
                gen = float(row["GenJet_pt"][int(np.argmin(far))])
                if abs(pt - gen) < 3 * sigma * pt:
                    smeared = 1 + (ratio - 1) * (pt - gen) / pt
            smeared = max(smeared, 0.01 / (pt * np.cosh(eta)))
            pt_of[10 * event + place] = pt * smeared
            mass_of[10 * event + place] = float(row["Jet_mass"][place]) * factor * smeared
            px -= counted * (pt - stored) * np.cos(phi) + pt * (smeared - 1) * np.cos(phi)
        px_of[event] = px
    return {"pt": pt_of, "mass": mass_of, "met": px_of}


def test_the_three_engines_agree(collisions, formulas):
    jet = collisions.Jet.with_fields(rawFactor=0.1 * collisions.Jet.btag)
    jes, jer = hl.nuisance("JES"), hl.nuisance("JER")
    jet, met = hl.calibrate(
        jet, formulas["first"], uncertainties={jes: formulas["size"]}, met=collisions.MET
    )
    jet, met = hl.smear(jet, formulas["sigma"], formulas["ratio"], nuisance=jer, met=met)
    question = hl.hist(met.pt, 20, 0, 200, weight=hl.count(jet.pt > 40))
    answers = [hl.compute(question, engine=engine) for engine in ENGINES]
    assert set(answers[0].variations) == {"jes_up", "jes_down", "jer_up", "jer_down"}
    for other in answers[1:]:
        assert (other.nominal.values() == answers[0].nominal.values()).all()
        for key, histogram in other.variations.items():
            assert (histogram.values() == answers[0].variations[key].values()).all(), key


def test_smearing_does_not_depend_on_what_is_selected(collisions, formulas):
    whole = hl.smear(collisions.Jet, formulas["sigma"], 1.2)
    chosen = collisions.Jet[collisions.Jet.pt > 40]
    before, after = hl.compute(
        whole[collisions.Jet.pt > 40].pt, hl.smear(chosen, formulas["sigma"], 1.2).pt
    )
    assert ak.array_equal(before, after)
    narrow = hl.smear(collisions.Jet, 0.1, 0.9)
    assert ak.array_equal(
        hl.compute(narrow.pt), ak.values_astype(hl.compute(collisions.Jet.pt), "f8")
    )


def test_a_varied_scale_factor_is_that_of_its_nuisance(collisions, formulas):
    jer = hl.nuisance("JER")
    sides = {"argument": "systematic", "nominal": "nom", "up": "up", "down": "down"}
    varied = formulas["ratio"].vary(jer, **sides)
    first = hl.smear(collisions.Jet, formulas["sigma"], varied)
    other = hl.smear(collisions.Jet, formulas["sigma"], formulas["ratio"], nuisance=jer)
    assert first.pt.node is other.pt.node


def test_a_compound_correction_is_its_levels_one_after_the_other(collisions, tmp_path):
    def level(name, expression):
        return {"name": name, "version": 1, "inputs": [{"name": "JetPt", "type": "real"}],
                "output": {"name": "x", "type": "real"},
                "data": {"nodetype": "formula", "expression": expression, "parser": "TFormula",
                         "variables": ["JetPt"]}}  # fmt: skip

    compound = {"name": "both", "inputs": [{"name": "JetPt", "type": "real"}],
                "output": {"name": "x", "type": "real"}, "inputs_update": ["JetPt"],
                "input_op": "*", "output_op": "*", "stack": ["L1", "L2"]}  # fmt: skip
    levels = [level("L1", "1-2/x"), level("L2", "1.1+x/1000")]
    path = tmp_path / "jec.json"
    content = {"schema_version": 2, "corrections": levels, "compound_corrections": [compound]}
    path.write_text(json.dumps(content))
    jet = collisions.Jet.with_fields(rawFactor=0.1)
    steps = [hl.correction(path, name) for name in ("L1", "L2")]
    whole, parts = hl.compute(
        hl.calibrate(jet, hl.correction(path, "both")).pt, hl.calibrate(jet, *steps).pt
    )
    assert ak.to_numpy(ak.flatten(whole)) == pytest.approx(ak.to_numpy(ak.flatten(parts)))


def test_sources_have_a_nuisance_each(tmp_path):
    text = '[{0}]\n{{1 JetEta 1 JetPt "" Correction JECSource}}\n-5 5 6 0 {1} {1} 9 {1} {1}\n'
    path = tmp_path / "sources.junc.txt"
    path.write_text("".join(text.format(n, v) for n, v in (("A", 0.1), ("B", 0.2), ("Total", 0.3))))
    sources = hl.jes_sources(path, "A", "B")
    assert [(n.name, n.key, c.name) for n, c in sources.items()] == [
        ("JES A", "jes_a", "A"),
        ("JES B", "jes_b", "B"),
    ]
    with pytest.raises(LanguageError, match="A, B, Total"):
        hl.jes_sources(path)
    with pytest.raises(LanguageError, match="did you mean 'Total'"):
        hl.jes_sources(path, "Totl")


def test_sources_of_a_json_file_are_words_of_its_names(tmp_path):
    known = [
        {"name": f"Summer19UL18_V5_MC_{word}_AK4PFchs", "version": 1, "data": 0.01,
         "inputs": [{"name": "JetPt", "type": "real"}], "output": {"name": "x", "type": "real"}}
        for word in ("FlavorQCD", "Total", "Regrouped_Total")
    ]  # fmt: skip
    path = tmp_path / "jec.json"
    path.write_text(json.dumps({"schema_version": 2, "corrections": known}))
    (source,) = hl.jes_sources(path, "FlavorQCD").values()
    assert source.name == "Summer19UL18_V5_MC_FlavorQCD_AK4PFchs"
    with pytest.raises(LanguageError, match="the whole name"):
        hl.jes_sources(path, "Total")


def test_what_is_missing_or_misspelt_is_refused(collisions, formulas, shared_data):
    jet = collisions.Jet
    with pytest.raises(ColumnNotFound, match="with_fields"):
        hl.calibrate(jet, formulas["first"])
    raw = jet.with_fields(rawFactor=0.0)
    sigma = hl.correction(shared_data / "corrections" / RESOLUTION)
    with pytest.raises(LanguageError, match="Rho=…"):
        hl.smear(raw, sigma, 1.1)
    with pytest.raises(LanguageError, match="did you mean 'uncertainties'"):
        hl.calibrate(raw, formulas["first"], uncertainty={})
    with pytest.raises(LanguageError, match="no input with the keys"):
        hl.smear(raw, 0.1, 1.1, nuisance=hl.nuisance("JER"))
    for call in (
        lambda: hl.calibrate(formulas["first"], raw),
        lambda: hl.smear(formulas["sigma"], raw, 1.1),
    ):
        with pytest.raises(TypeMismatch, match="the collection first"):
            call()
    with pytest.raises(TypeMismatch, match="each belongs to a nuisance"):
        hl.calibrate(raw, uncertainties=0.03)
    with pytest.raises(TypeMismatch, match="declare it once"):
        hl.calibrate(raw, uncertainties={"JES": 0.03})
    with pytest.raises(TypeMismatch, match="load a file first"):
        hl.calibrate(raw, "L2.jec.txt")
