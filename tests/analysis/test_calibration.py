"""Calibrated and smeared jets against the same written by hand with awkward, on real files."""

from __future__ import annotations

import gzip
import json

import awkward as ak
import numpy as np
import pytest
import uproot
import vector
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hepline as hl
from hepline.errors import ColumnNotFound, LanguageError, TypeMismatch

L2 = "Fall17_17Nov2017_V32_MC_L2Relative_AK4PFPuppi.jec.txt"
UNCERTAINTY = "Fall17_17Nov2017_V32_MC_Uncertainty_AK4PFPuppi.junc.txt"
RESOLUTION = "Spring16_25nsV10_MC_PtResolution_AK4PFPuppi.jr.txt.gz"
SCALE_FACTOR = "Spring16_25nsV10_MC_SF_AK4PFPuppi.jersf.txt"
ENGINES = ["reference", "awkward", "compiled"]


def _varied(results, source=None, engine="awkward"):
    """Values under each variation: histograms with one bin per entry, weighted with the value."""
    names, entries = list(results), {}
    for name, (values, place, count) in results.items():
        entries[name] = hl.hist(hl.axis(place, count, -0.5, count - 0.5), weight=values)
    computed = hl.compute(entries, source=source, engine=engine)
    out = {}
    for name in names:
        made = computed[name]
        nominal = getattr(made, "nominal", made)
        out[name, ""] = nominal.values()
        for key, histogram in getattr(made, "variations", {}).items():
            out[name, key] = histogram.values()
    return out


# -- by hand, with NumPy ------------------------------------------------------------------------


def _table(path, columns):
    stored = path.read_bytes()
    text = (gzip.decompress(stored) if path.suffix == ".gz" else stored).decode()
    rows = [[float(word) for word in line.split()] for line in text.splitlines()[1:]]
    return [(np.array(row[: 2 * columns]).reshape(-1, 2), row[2 * columns + 1 :]) for row in rows]


def _each(table, function, *columns):
    """A function of the numbers of the bin that each jet lies in; 1 outside."""
    values = np.ones(len(columns[0]))
    for edges, numbers in table:
        inside = np.ones(len(values), bool)
        for (low, high), column in zip(edges, columns, strict=False):
            inside &= (column >= low) & (column < high)
        values[inside] = function(numbers, *(column[inside] for column in columns))
    return values


def _l2(numbers, _eta, pt):
    low, high, *p = numbers
    x = np.clip(pt, low, high) - p[1]
    return np.maximum(0.0001, p[0] + x * (p[2] + x * (p[3] + x * p[4])))


def _sigma(numbers, _eta, _rho, pt):
    low, high, *p = numbers
    x = np.clip(pt, low, high)
    return np.sqrt(p[0] * abs(p[0]) / (x * x) + p[1] * p[1] * x ** p[3] + p[2] * p[2])


def _shift(place):
    return lambda numbers, _eta, pt: np.interp(pt, numbers[::3], numbers[place::3])


class ByHand:
    """Flat jets of all events, and the missing momentum, for one setting of the nuisances."""

    def __init__(self, folder, read, gauss):
        self.folder, self.gauss = folder, gauss
        self.counts = ak.num(read.Jet_pt)
        flat = {n: ak.to_numpy(ak.flatten(read[f"Jet_{n}"])).astype("f8")
                for n in ("pt", "eta", "phi", "mass", "rawFactor")}  # fmt: skip
        self.stored = flat
        self.rho = np.repeat(ak.to_numpy(read.fixedGridRhoFastjetAll).astype("f8"), self.counts)
        self.met = {n: ak.to_numpy(read[f"MET_{n}"]).astype("f8") for n in ("pt", "phi")}
        self.gen = self._nearest(read)

    def _nearest(self, read):
        """pt of the nearest generator jet within 0.2; nan without one."""
        jets, gens = (ak.zip({n: read[f"{k}_{n}"] for n in ("pt", "eta", "phi")})
                      for k in ("Jet", "GenJet"))  # fmt: skip
        near, far = ak.unzip(ak.cartesian([jets, gens], nested=True))
        phi = (near.phi - far.phi + np.pi) % (2 * np.pi) - np.pi
        distance = np.sqrt((near.eta - far.eta) ** 2 + phi**2)
        best = ak.argmin(distance, axis=-1, keepdims=True)
        close = ak.firsts(distance[best], axis=-1) < 0.2
        pt = ak.where(ak.fill_none(close, False), ak.firsts(far.pt[best], axis=-1), np.nan)
        return ak.to_numpy(ak.fill_none(ak.flatten(pt), np.nan)).astype("f8")

    def jets(self, *, jes=0, jer=0):
        """pt and mass after all corrections, the momentum before smearing, and who counts."""
        raw = 1 - self.stored["rawFactor"]
        pt, mass = self.stored["pt"] * raw, self.stored["mass"] * raw
        eta = self.stored["eta"]
        factor = _each(_table(self.folder / L2, 2), _l2, eta, pt)
        pt, mass = pt * factor, mass * factor
        counted = pt > 15
        if jes:
            table = _table(self.folder / UNCERTAINTY, 1)
            size = _each(table, _shift(1 if jes > 0 else 2), eta, pt)
            pt, mass = pt * (1 + jes * size), mass * (1 + jes * size)
        before = pt
        sigma = _each(_table(self.folder / RESOLUTION, 2), _sigma, eta, self.rho, pt)
        column = {0: 0, -1: 1, 1: 2}[jer]
        ratio = _each(_table(self.folder / SCALE_FACTOR, 1), lambda n, _eta: n[column], eta)
        smeared = 1 + self.gauss * sigma * np.sqrt(np.maximum(ratio**2 - 1, 0))
        matched = abs(pt - self.gen) < 3 * sigma * pt
        smeared[matched] = (1 + (ratio - 1) * (pt - self.gen) / pt)[matched]
        smeared = np.maximum(smeared, 0.01 / (pt * np.cosh(eta)))
        self.matched = matched
        return pt * smeared, mass * smeared, counted, before

    def missing(self, **nuisances):
        after, _, counted, before = self.jets(**nuisances)
        met = vector.array({"pt": self.met["pt"], "phi": self.met["phi"]})
        px, py = np.array(met.x), np.array(met.y)
        event = np.repeat(np.arange(len(px)), self.counts)
        steps = ((before - self.stored["pt"], counted), (after - before, before > 15))
        for gained, where in steps:
            np.subtract.at(px, event, np.where(where, gained * np.cos(self.stored["phi"]), 0))
            np.subtract.at(py, event, np.where(where, gained * np.sin(self.stored["phi"]), 0))
        return np.hypot(px, py), np.arctan2(py, px)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_whole_chain_equals_the_same_by_hand(shared_data, engine):
    path = shared_data / "nanoaod/nanoAOD_2015_CMS_Open_Data_ttbar.root"
    folder = shared_data / "corrections"
    ev = hl.open(path)
    jes, jer = hl.nuisance("JES"), hl.nuisance("JER")
    l2, size, sigma, ratio = (
        hl.correction(folder / name) for name in (L2, UNCERTAINTY, RESOLUTION, SCALE_FACTOR)
    )
    jet, met = hl.calibrate(ev.Jet, l2, uncertainties={jes: size}, met=ev.MET)
    jet, met = hl.smear(
        jet, sigma, ratio, nuisance=jer, gen=ev.GenJet, Rho=ev.fixedGridRhoFastjetAll, met=met
    )
    read = uproot.open(path)["Events"].arrays(filter_name="/(Jet|GenJet|MET|fixed).*/")
    gauss = ak.to_numpy(ak.flatten(hl.compute(hl.normal(ev.Jet, stream="jer"))))
    hand = ByHand(folder, read, gauss)
    # Places of all jets, in order.
    first = np.concatenate(([0], np.cumsum(ak.to_numpy(hand.counts))[:-1]))
    events = ev.event.astype("float64")
    numbers = ak.to_numpy(read.event if "event" in read.fields else hl.compute(ev.event))
    order = np.argsort(numbers)
    start = hl.lookup(events, [*numbers[order] - 0.5, numbers.max() + 0.5], first[order])
    total, many = int(ak.sum(hand.counts)), len(numbers)
    place = start + jet.position
    row = hl.lookup(events, [*numbers[order] - 0.5, numbers.max() + 0.5], np.arange(many)[order])
    results = {
        "pt": (jet.pt, place, total),
        "mass": (jet.mass, place, total),
        "met": (met.pt, row, many),
        "phi": (met.phi, row, many),
    }
    values = _varied(results, engine=engine)
    settings = {"": {}, "jes_up": {"jes": 1}, "jes_down": {"jes": -1}, "jer_up": {"jer": 1},
                "jer_down": {"jer": -1}}  # fmt: skip
    assert {key for _, key in values} == set(settings)
    for key, nuisances in settings.items():
        pt, mass, _, _ = hand.jets(**nuisances)
        assert values["pt", key] == pytest.approx(pt, rel=1e-9)
        assert values["mass", key] == pytest.approx(mass, rel=1e-9)
        size, azimuth = hand.missing(**nuisances)
        assert values["met", key] == pytest.approx(size, rel=1e-8)
        assert values["phi", key] == pytest.approx(azimuth, abs=1e-8)
    assert 50 < hand.matched.sum() < total - 50
    assert not np.allclose(values["met", "jes_up"], values["met", "jes_down"])


# -- jagged shapes, with corrections by formula ---------------------------------------------------


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
def test_jagged_jets_equal_the_same_by_hand(in_memory, formulas, events):
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
    found = _varied(results)
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
    with pytest.raises(TypeMismatch, match="the collection first"):
        hl.calibrate(formulas["first"], raw)
