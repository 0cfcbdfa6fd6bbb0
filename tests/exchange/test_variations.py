"""Skims with variations: the same histograms, nominal and varied, bit for bit, as the original."""

import awkward as ak
import numpy as np
import pytest
import uproot

import hepline as hl
from hepline.errors import DataError, LanguageError

FORMATS = {"ttree": "s.root", "rntuple": "s.root", "parquet": "s.parquet"}

jes = hl.nuisance("Jet energy scale", key="jes", one_sided=True)
jer = hl.nuisance("Jet energy resolution", key="jer", samples=["ttbar"])
btag = hl.nuisance("b-tag NP 1", key="btag", apart="region", effect="shape")


def varied(ev):
    """Jets, missing momentum and a weight, as an analysis varies them."""
    jet = ev.Jet.vary(jes, up={"pt": ev.Jet.pt * 1.03, "mass": ev.Jet.mass * 1.03})
    jet = jet.vary(jer, up={"pt": jet.pt * 1.1}, down={"pt": jet.pt * 0.9})
    met = ev.MET.pt.vary(jes, up=ev.MET.pt + 0.03 * hl.sum(ev.Jet.pt))
    lead = jet.pt.max().fill_missing(0)
    weight = hl.weight(ev.genWeight).vary(btag, up=1 + 0.001 * lead, down=1 - 0.001 * lead)
    return jet, met, weight


def histograms(jet, met, weight, where=None):
    good = jet[jet.pt > 25]
    pairs = good.pairs()
    asked = {
        "pt": hl.hist(good.pt, bins=(20, 0, 200), weight=weight, where=where),
        "mass": hl.hist(pairs.mass, bins=(20, 0, 400), where=where),
        "met": hl.hist(met, bins=(30, 0, 150), weight=weight, where=where),
        "n": hl.hist(hl.count(good), bins=(8, 0, 8), where=where),
    }
    return hl.compute(asked)


def assert_same(first, second):
    assert first.keys() == second.keys()
    for name in first:
        one, two = first[name], second[name]
        assert list(one.variations) == list(two.variations), name
        for left, right in zip(
            [one.nominal, *one.variations.values()],
            [two.nominal, *two.variations.values()],
            strict=True,
        ):
            left, right = left.view(flow=True), right.view(flow=True)
            assert left.tobytes() == right.tobytes(), name
        assert one.variations


def selected(jet, met):
    return (hl.count(jet[jet.pt > 30]) >= 2) & (met > 20)


@pytest.mark.parametrize("format", FORMATS)
def test_a_selection_that_depends_on_the_variation(tmp_path, nanoaod, format):
    ev = hl.open(nanoaod(400, 300))
    jet, met, weight = varied(ev)
    where = selected(jet, met)
    original = histograms(jet, met, weight, where)
    out = tmp_path / FORMATS[format]
    new = {"Jet": jet, "MET_pt": met, "w": weight}
    done = hl.skim(ev, where=where, columns=["Muon", "event", new], out=out, format=format)
    skim = hl.open(out)
    # What passes is known to the skim: its events are those of ev[where].
    again = histograms(skim.Jet, skim.MET.pt, hl.weight(skim.w))
    assert_same(original, again)
    # The selection may be repeated, too.
    repeated = selected(skim.Jet, skim.MET.pt)
    assert_same(original, histograms(skim.Jet, skim.MET.pt, hl.weight(skim.w), repeated))
    assert done.kept > done.steps[-1][1]


def test_kept_events_pass_nominally_or_under_a_variation(tmp_path, nanoaod):
    paths = nanoaod(400)
    ev = hl.open(paths)
    jet, met, _ = varied(ev)
    hl.skim(ev, where=selected(jet, met), columns=["event", {"Jet": jet}], out=tmp_path / "s.root")
    events = uproot.open(f"{paths[0]}:Events").arrays()
    pt, met = events.Jet_pt, events.MET_pt
    scaled = ak.values_astype(pt * np.float32(1.03), np.float32)
    # 0.03 times the sum as float64, in one rounding to the dtype of the column.
    shifted = met + 0.03 * ak.values_astype(ak.sum(pt, axis=1), np.float32)

    def passes(pt, met):
        return (ak.sum(pt > 30, axis=1) >= 2) & (met > 20)

    nominal = passes(pt, met)
    under = [passes(scaled, shifted)]
    under += [passes(ak.values_astype(pt * np.float32(f), np.float32), met) for f in (1.1, 0.9)]
    kept = nominal | under[0] | under[1] | under[2]
    with uproot.open(tmp_path / "s.root") as file:
        skim = file["Events"].arrays()
    assert skim.event.to_list() == events.event[kept].to_list()
    assert skim.skim_passes.to_list() == nominal[kept].to_list()
    assert skim.skim_passes__jes_up.to_list() == under[0][kept].to_list()
    assert skim.Jet_pt__jes_up.to_list() == scaled[kept].to_list()
    assert skim.Jet_pt.to_list() == pt[kept].to_list()


@pytest.mark.parametrize("format", FORMATS)
def test_a_selection_without_variations(tmp_path, nanoaod, format):
    ev = hl.open(nanoaod(300))
    jet, met, weight = varied(ev)
    out = tmp_path / FORMATS[format]
    where = ev.nMuon >= 1
    done = hl.skim(ev, where=where, columns={"Jet": jet, "MET_pt": met, "w": weight}, out=out,
                   format=format)  # fmt: skip
    skim = hl.open(out)
    assert skim.origin.selection == ()
    assert not any("passes" in name for name in done.columns)
    assert_same(
        histograms(jet, met, weight, where), histograms(skim.Jet, skim.MET.pt, hl.weight(skim.w))
    )


def test_nuisances_come_back_as_they_were_declared(tmp_path, nanoaod):
    ev = hl.open(nanoaod(50))
    jet, met, weight = varied(ev)
    hl.skim(ev, columns={"Jet": jet, "w": weight, "met": met}, out=tmp_path / "s.root")
    schema = hl.open(tmp_path / "s.root").origin.schema
    assert {a.nuisance for a in schema.alternatives} == {jes, jer, btag}
    assert {a.column: a.down for a in schema.alternatives if a.nuisance == jes} == {
        "Jet_pt": None, "Jet_mass": None, "met": None,
    }  # fmt: skip


def test_columns_of_variations_are_not_fields(tmp_path, nanoaod):
    ev = hl.open(nanoaod(50))
    jet, _, _ = varied(ev)
    hl.skim(ev, columns=["*", {"Jet": jet}], out=tmp_path / "s.root")
    skim = hl.open(tmp_path / "s.root")
    assert not [name for name in skim.Jet.fields.names() if "__" in name]
    up = skim["Jet_pt__jes_up"]
    expected = hl.compute(ev.Jet.pt * np.float32(1.03))
    assert ak.array_equal(hl.compute(up), expected)


def test_a_skim_of_a_skim_keeps_its_variations(tmp_path, nanoaod):
    ev = hl.open(nanoaod(400))
    jet, met, weight = varied(ev)
    first, second = selected(jet, met), hl.count(jet[jet.pt > 40]) >= 2
    new = {"Jet": jet, "MET_pt": met, "w": weight}
    hl.skim(ev, where=first, columns=["nMuon", new], out=tmp_path / "a.root")
    middle = hl.open(tmp_path / "a.root")
    hl.skim(middle, where=hl.count(middle.Jet[middle.Jet.pt > 40]) >= 2, out=tmp_path / "b.parquet")
    skim = hl.open(tmp_path / "b.parquet")
    assert_same(
        histograms(jet, met, weight, first & second),
        histograms(skim.Jet, skim.MET.pt, hl.weight(skim.w)),
    )
    done = hl.skim(middle, variations=False, out=tmp_path / "c.root")
    assert not any("__" in name for name in done.columns)
    assert done.kept == hl.compute(hl.hist(ev.MET.pt, bins=(1, 0, 1e6), where=first)).nominal.sum()


def test_variations_can_be_left_out(tmp_path, nanoaod):
    ev = hl.open(nanoaod(200))
    jet, met, _ = varied(ev)
    where = selected(jet, met)
    done = hl.skim(ev, where=where, columns={"Jet": jet}, out=tmp_path / "s.root", variations=False)
    assert done.kept == done.steps[-1][1]
    assert not any("__" in name for name in done.columns)
    assert hl.open(tmp_path / "s.root").origin.schema.alternatives == ()


def test_what_cannot_be_kept_under_variations_is_refused(tmp_path, nanoaod):
    ev = hl.open(nanoaod(50))
    jet, _, _ = varied(ev)
    with pytest.raises(LanguageError, match="other objects under 'jes_up'"):
        hl.skim(ev, columns={"good": jet[jet.pt > 30]}, out=tmp_path / "s.root")
    hl.skim(ev, columns={"good": jet[jet.pt > 30]}, out=tmp_path / "s.root", variations=False)
    pdf = hl.nuisance("PDF", combine="hessian")
    weight = hl.weight(1.0).vary(pdf, members=ev.Jet.pt, count=3)
    with pytest.raises(LanguageError, match="all members of 'pdf'"):
        hl.skim(ev, columns={"w": weight}, out=tmp_path / "s.root")


def test_skims_with_other_variations_do_not_open_together(tmp_path, nanoaod):
    ev = hl.open(nanoaod(50))
    jet, _, _ = varied(ev)
    hl.skim(ev, columns={"Jet": jet}, out=tmp_path / "a.root")
    hl.skim(ev, columns={"Jet": ev.Jet}, out=tmp_path / "b.root")
    with pytest.raises(DataError, match="different systematic variations"):
        hl.open([tmp_path / "a.root", tmp_path / "b.root"])
    hl.skim(ev, columns={"Jet": jet}, out=tmp_path / "c.root")
    both = hl.open([tmp_path / "a.root", tmp_path / "c.root"])
    assert "jes_up" in hl.compute(hl.hist(both.Jet.pt, bins=(3, 0, 90))).variations


def analysis(jet, weight, **where):
    made = hl.Analysis("toy", luminosity=1.0, weight=weight)
    made.sample("ttbar", cross_section=1000.0, normalization="mu")
    lead = hl.axis(jet[jet.pt > 25].pt.max(), 5, 0, 200)
    made.region("SR", observable=lead, fit_bins=[0, 40, 80, 200], **where)
    return made


@pytest.mark.parametrize("name", ["s.root", "s.parquet"])
def test_an_analysis_of_the_skim_has_the_same_templates(tmp_path, nanoaod, name):
    paths = nanoaod(400, 300)
    ev = hl.open(paths)
    jet, met, _ = varied(ev)
    where = selected(jet, met)
    # The number of events before cuts divides the cross-section, as genWeight is not the weight.
    flat = hl.weight(1.0).vary(btag, up=1 + 0.001 * met, down=1 - 0.001 * met)
    original = analysis(jet, flat, where=where).run({"ttbar": paths})
    hl.skim(ev, where=where, columns={"Jet": jet, "MET_pt": met, "w": flat}, out=tmp_path / name)
    skim = hl.open(tmp_path / name)
    again = analysis(skim.Jet, hl.weight(skim.w))
    result = again.run({"ttbar": str(tmp_path / name)})
    assert list(original.templates) == list(result.templates)
    for name in original.templates:
        left, right = (run.templates[name].view(flow=True) for run in (original, result))
        assert left.tobytes() == right.tobytes(), name
    varied_names = {"SR_ttbar_jes_up", "SR_ttbar_jer_up", "SR_ttbar_jer_down", "SR_ttbar_btag_up"}
    assert varied_names <= set(original.templates)


def test_numpy_takes_the_nominal_bins(nanoaod):
    jet, _, _ = varied(hl.open(nanoaod(50)))
    made = hl.compute(hl.hist(jet.pt, bins=(4, 0, 200)))
    assert np.asarray(made).tobytes() == made.nominal.view().tobytes()
