"""What only simulation has is not looked for in data."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest
import uproot

import hepline as hl
from hepline.errors import ColumnNotFound, ShapeMismatch


def _write(path, jets, **more):
    columns = {
        "run": np.ones(len(jets), "u4"),
        "luminosityBlock": np.ones(len(jets), "u4"),
        "event": np.arange(len(jets)).astype("u8"),
        "Jet": ak.zip({"pt": ak.values_astype(ak.Array(jets), "f4")}),
        **more,
    }
    types = {name: ak.type(branch).content for name, branch in columns.items()}
    with uproot.recreate(path) as file:
        file.mktree("Events", types).extend(columns)
    return [str(path)]


def _analysis(observable, **options):
    made = hl.Analysis("toy", luminosity=1.0, **options)
    made.sample("sig", cross_section=3.0, normalization="mu")
    made.sample("bkg", cross_section=3.0)
    made.data()
    made.region("SR", observable=hl.axis(observable, [0, 50, 100, 150]))
    return made


JETS = [[40.0, 20.0], [], [70.0]]


@pytest.fixture
def files(tmp_path):
    gen = ak.zip({"pt": ak.values_astype(ak.Array([[100.0], [10.0], [1.0]]), "f4")})
    return {
        "sig": {"nominal": {"files": _write(tmp_path / "s.root", JETS, GenJet=gen)}},
        "bkg": {"nominal": {"files": _write(tmp_path / "b.root", JETS)}},
        "data": {"nominal": {"files": _write(tmp_path / "d.root", JETS)}},
    }


def test_data_keep_what_is_recorded(files):
    ev = hl.events("nanoaod")
    total = hl.simulated(hl.sum(ev.GenJet.pt), hl.sum(ev.Jet.pt))
    analysis = _analysis(total)
    files["bkg"] = files["sig"]
    templates = analysis.run(files, engine="awkward").templates
    # The files of data have no generator jets.
    assert templates["SR", "data"].values().tolist() == [1, 2, 0]
    assert templates["SR", "sig"].values().tolist() == [2, 0, 1]
    with pytest.raises(ColumnNotFound, match="GenJet"):
        _analysis(hl.sum(ev.GenJet.pt)).run(files, engine="awkward")


def test_objects_differ_in_data(files):
    ev = hl.events("nanoaod")
    jet = ev.Jet
    jet = hl.simulated(jet, jet.with_fields(pt=jet.pt * 2))
    files["bkg"] = files["sig"]
    templates = _analysis(hl.sum(jet.pt)).run(files, engine="awkward").templates
    assert templates["SR", "sig"].values().tolist() == [1, 2, 0]
    assert templates["SR", "data"].values().tolist() == [1, 0, 2]


def test_a_nuisance_is_not_looked_for_in_other_samples(files):
    ev = hl.events("nanoaod")
    gen = hl.sum(ev.GenJet.pt)
    for samples, refused in ((["sig"], False), (None, True)):
        nuisance = hl.nuisance("gen", one_sided=True, samples=samples)
        weight = hl.weight(1.0).vary(nuisance, up=gen)
        analysis = _analysis(hl.sum(ev.Jet.pt), weight=weight)
        if refused:
            with pytest.raises(ColumnNotFound, match="for the sample 'bkg'"):
                analysis.run(files, engine="awkward")
            continue
        templates = analysis.run(files, engine="awkward").templates
        assert templates["SR", "sig", "gen_up"].values().tolist() == [10, 101, 0]
        assert not templates.has("SR", "bkg", "gen_up")


def test_events_without_an_analysis_count_as_simulated(collisions):
    chosen = hl.simulated(collisions.Jet.pt * 2, collisions.Jet.pt)
    found, pt = hl.compute(chosen, collisions.Jet.pt)
    assert ak.array_equal(found, pt * 2)
    constant = hl.simulated(collisions.Jet.pt, 1.0)
    assert str(constant.type) == "event * var * float64"
    with pytest.raises(ShapeMismatch, match="simulated"):
        hl.simulated(collisions.Jet.pt, collisions.Muon.pt)
