"""Samples made of shared, stitched and overlapping files, against sums by hand."""

from __future__ import annotations

import numpy as np
import pytest

import hepline as hl
from hepline.analysis.processes import components_of
from hepline.errors import AnalysisError, DataError

ev = hl.events("nanoaod")
EDGES = np.linspace(0, 100, 5)


def measure(tmp_path, listing, *, weight=None, luminosity=10.0):
    made = hl.Analysis("toy", luminosity=luminosity, weight=weight)
    made.region("SR", where=ev.MET.pt > 5, observable=hl.axis(ev.MET.pt, 4, 0, 100))
    files = {
        name: {"files": [str(tmp_path / path) for path in paths], **more}
        for name, (paths, more) in listing.items()
    }
    return made, files


def histogram(pt, weight=None, where=True):
    keep = (pt > 5) & where
    weights = None if weight is None else np.broadcast_to(weight, pt.shape)[keep]
    return np.histogram(pt[keep], EDGES, weights=weights)[0]


@pytest.fixture
def random():
    return np.random.default_rng(7)


def test_two_samples_share_files_and_split_them_by_truth(tmp_path, write_flat, random):
    pt = random.exponential(40, 400).astype(np.float32)
    tau = random.random(400) < 0.3
    write_flat("dy.root", MET_pt=pt, HLT_tau=tau)
    made, files = measure(tmp_path, {"DY": (["dy.root"], {"cross_section": 8.0})})
    made.sample("ZTT", files="DY", where=ev.HLT.tau, normalization="mu")
    made.sample("ZLL", files="DY", where=~ev.HLT.tau)
    result = made.run(files)
    scale = 8.0 * 10.0 / 400
    np.testing.assert_allclose(
        result.templates["SR", "ZTT"].values(), histogram(pt, where=tau) * scale
    )
    np.testing.assert_allclose(
        result.templates["SR", "ZLL"].values(), histogram(pt, where=~tau) * scale
    )
    assert result.events_read == 400
    (account,) = [a for a in result.accounting if a.sample == "ZTT"]
    assert account.read == tau.sum()
    assert sum(tally.entries for _, tally in account.cuts) + account.selected.entries == tau.sum()
    steps = {flow.sample: [step.entries for step in flow.steps] for flow in result.cutflow}
    assert steps["ZTT"] == [tau.sum(), (tau & (pt > 5)).sum()]


def test_a_sample_has_its_own_weight_and_its_own_rate(tmp_path, write_flat, random):
    pt = random.exponential(40, 300).astype(np.float32)
    write_flat("tt.root", MET_pt=pt)
    write_flat("w.root", MET_pt=pt)
    content = {"cross_section": 3.0}
    made, files = measure(
        tmp_path, {"TT": (["tt.root"], content), "W": (["w.root"], content)}, weight=2.0
    )
    top_pt = hl.nuisance("top pt")
    factor = np.exp(-0.01 * ev.MET.pt)
    weight = hl.weight(factor).vary(top_pt, up=1.1, down=0.9)
    made.sample("TT", weight=weight, uncertainty=(0.05, 0.06))
    made.sample("W", normalization="mu", uncertainty={"cross-section": 0.04})
    result = made.run(files)
    scale = 3.0 * 10.0 / 300
    mine = histogram(pt, np.exp(np.float32(-0.01) * pt).astype(np.float64)) * 2 * scale
    np.testing.assert_allclose(result.templates["SR", "TT"].values(), mine, rtol=1e-6)
    up = result.templates["SR", "TT", "top_pt_up"].values()
    np.testing.assert_allclose(up, 1.1 * mine, rtol=1e-6)
    assert not result.templates.has("SR", "W", "top_pt_up")
    modifiers = {
        sample["name"]: {
            m["name"]: m["data"] for m in sample["modifiers"] if m["type"] == "normsys"
        }
        for sample in result.workspace()["channels"][0]["samples"]
    }
    assert modifiers["TT"]["TT rate"] == {"hi": 1.06, "lo": 0.95}
    assert modifiers["W"] == {"cross-section": {"hi": 1.04, "lo": 0.96}}


def test_stitched_slices_equal_the_inclusive_sample_in_the_mean(tmp_path, write_flat, random):
    """Equivalent luminosities add up: every event of a slice has one weight, wherever it is."""
    jets = random.integers(0, 3, 600)
    pt = random.exponential(30, 600).astype(np.float32)
    pt_sliced = random.exponential(30, 900).astype(np.float32)
    write_flat("incl.root", MET_pt=pt, LHE_Njets=jets)
    write_flat("w2.root", MET_pt=pt_sliced, LHE_Njets=np.full(900, 2))
    made, files = measure(
        tmp_path,
        {
            "WJets": (["incl.root"], {"cross_section": 60.0}),
            "W2Jets": (["w2.root"], {"cross_section": 15.0, "filter_efficiency": 0.8}),
        },
    )
    slices = {"WJets": hl.part(), "W2Jets": hl.part(where=ev["LHE_Njets"] == 2)}
    made.sample("W", files=slices, normalization="mu")
    result = made.run(files)
    # Baumann's formula: luminosity / (N / sigma of all files that hold such events).
    both = 10.0 / (600 / 60.0 + 900 / (15.0 * 0.8))
    alone = 10.0 / (600 / 60.0)
    mine = histogram(pt, np.where(jets == 2, both, alone)) + histogram(pt_sliced, both)
    np.testing.assert_allclose(result.templates["SR", "W"].values(), mine)
    errors = histogram(pt, np.where(jets == 2, both, alone) ** 2) + histogram(pt_sliced, both**2)
    np.testing.assert_allclose(result.templates["SR", "W"].variances(), errors)
    (account,) = result.accounting
    assert account.read == 1500


def test_primary_datasets_count_no_event_twice(tmp_path, write_flat, random):
    pt = random.exponential(40, 500).astype(np.float32)
    muon, electron = random.random(500) < 0.5, random.random(500) < 0.5
    columns = {"MET_pt": pt, "HLT_Mu": muon, "HLT_Ele": electron}
    for name, fired in (("mu.root", muon), ("ele.root", electron)):
        write_flat(name, **{key: values[fired] for key, values in columns.items()})
    write_flat("sig.root", **columns)
    made, files = measure(
        tmp_path,
        {
            "sig": (["sig.root"], {"cross_section": 50.0}),
            "SingleMuon": (["mu.root"], {}),
            "SingleElectron": (["ele.root"], {}),
        },
    )
    made.sample("sig", normalization="mu")
    datasets = {
        "SingleMuon": hl.part(where=ev["HLT_Mu"]),
        "SingleElectron": hl.part(where=ev["HLT_Ele"]),
    }
    made.data("data", files=datasets)
    result = made.run(files)
    data = result.templates["SR", "data"].values()
    assert data.tolist() == histogram(pt, where=muon | electron).tolist()
    (account,) = [a for a in result.accounting if a.sample == "data"]
    assert account.read == (muon | electron).sum()


def test_entries_without_slices_are_separate_processes(tmp_path, write_flat, random):
    low, high = (random.exponential(40, n).astype(np.float32) for n in (200, 100))
    write_flat("low.root", MET_pt=low)
    write_flat("high.root", MET_pt=high)
    made, files = measure(
        tmp_path,
        {
            "DYlow": (["low.root"], {"cross_section": 7.0}),
            "DYhigh": (["high.root"], {"cross_section": 2.0}),
        },
    )
    made.sample("DY", files=["DYlow", "DYhigh"], normalization="mu")
    result = made.run(files)
    mine = histogram(low) * 7.0 * 10 / 200 + histogram(high) * 2.0 * 10 / 100
    np.testing.assert_allclose(result.templates["SR", "DY"].values(), mine)


def test_sums_of_weights_come_from_the_files(tmp_path, write_flat, random):
    """Of the tree Runs, which counts all generated events, not only those that a skim has left."""
    import uproot

    pt = random.exponential(40, 200).astype(np.float32)
    weights = random.choice([1.0, -0.5], 200, p=[0.9, 0.1]).astype(np.float32)
    arrays = write_flat("sig.root", MET_pt=pt, genWeight=weights)
    with uproot.recreate(tmp_path / "sig.root") as file:
        file.mktree("Events", {key: a.dtype for key, a in arrays.items()}).extend(arrays)
        runs = {"genEventSumw": np.array([300.0, 125.0])}
        file.mktree("Runs", {"genEventSumw": np.dtype(np.float64)}).extend(runs)
    made, files = measure(
        tmp_path, {"sig": (["sig.root"], {"cross_section": 2.0})}, weight=ev.genWeight
    )
    made.sample("sig", normalization="mu")
    result = made.run(files)
    mine = histogram(pt, weights.astype(np.float64)) * 2.0 * 10 / 425.0
    np.testing.assert_allclose(result.templates["SR", "sig"].values(), mine)
    assert result.coverage[0].normalized_to == 425.0


def test_an_alternative_may_have_its_own_cross_section(tmp_path, write_flat, random):
    pt = random.exponential(40, 200).astype(np.float32)
    write_flat("a.root", MET_pt=pt)
    write_flat("b.root", MET_pt=pt[:100])
    made, _ = measure(tmp_path, {})
    alternative = hl.alternative("ME", one_sided=True)
    made.sample("sig", normalization="mu", variations={"ME_var": alternative})
    sets = {
        "cross_section": 2.0,
        "nominal": str(tmp_path / "a.root"),
        "ME_var": {"files": str(tmp_path / "b.root"), "cross_section": 3.0},
    }
    result = made.run({"sig": sets})
    nominal = histogram(pt) * 2.0 * 10 / 200
    varied = histogram(pt[:100]) * 3.0 * 10 / 100
    np.testing.assert_allclose(result.templates["SR", "sig"].values(), nominal)
    np.testing.assert_allclose(result.templates["SR", "sig", "ME_var"].values(), varied)
    assert result.cross_sections == {"sig": 2.0}


def test_what_a_sample_is_made_of_is_checked(tmp_path, write_flat):
    made = hl.Analysis("toy", luminosity=1.0)
    slices = {"A": hl.part(where=ev.LHE.Njets == 1), "B": hl.part(where=ev.LHE.Njets == 2)}
    with pytest.raises(AnalysisError, match="one cross-section and 2 entries"):
        made.sample("W", files=slices, cross_section=1.0)
    with pytest.raises(AnalysisError, match="cross_section=0 of sample 'W'"):
        made.sample("W", cross_section=0)
    with pytest.raises(AnalysisError, match=r"files=\[\] of sample 'W'"):
        made.sample("W", files=[])
    with pytest.raises(AnalysisError, match="alternative simulations and 2 entries"):
        made.sample("W", files=slices, variations={"up": hl.alternative("x", one_sided=True)})
    with pytest.raises(AnalysisError, match="uncertainty=0 of 'W'"):
        made.sample("W", uncertainty=0)
    write_flat("a.root", MET_pt=[1.0])
    made, files = measure(tmp_path, {"sig": (["a.root"], {})})
    made.sample("sig", normalization="mu")
    with pytest.raises(DataError, match="the cross-section of 'sig' is not given"):
        made.run(files)
    made, files = measure(tmp_path, {"sig": (["a.root"], {"cross_section": 2.0})})
    made.sample("sig", normalization="mu", cross_section=3.0)
    with pytest.raises(DataError, match="3 pb in the analysis and 2 pb in the list"):
        made.run(files)


def test_slices_exclude_each_other():
    made = hl.Analysis("toy", luminosity=1.0)
    made.sample("W", files={"A": hl.part(), "B": hl.part(where=ev.LHE.Njets == 1)})
    parts = [(c.part, c.together) for c in components_of(made.samples["W"])]
    assert parts == [("A", ("A", "B")), ("B", ("A", "B")), ("A", ("A",))]


def test_a_slice_that_is_missing_is_false(tmp_path, write_events):
    """Events without a first jet are outside of the slice `first jet > 40`, and none is lost."""
    inclusive = write_events("incl.root", [[], [50], [10], []])
    hard = write_events("hard.root", [[60], [55]])
    files = {"I": str(inclusive), "H": str(hard), "sig": str(hard)}
    first = ev.Jet[0].pt > 40

    def run(parts, *, recorded):
        made = hl.Analysis("toy", luminosity=1.0)
        made.region("SR", observable=hl.axis(hl.count(ev.Jet), range(2)))
        if recorded:
            made.sample("sig", cross_section=1.0, normalization="mu")
            made.data(files=parts)
        else:
            made.sample("W", files=parts, normalization="mu")
        return made.run(files).templates["SR", "data" if recorded else "W"].values()

    stitched = {"I": hl.part(cross_section=4.0), "H": hl.part(cross_section=1.0, where=first)}
    # Four events for 4 pb: 1 each; in the slice, 4 / 4 + 2 / 1 = 3 for 1/pb: 1/3 each.
    np.testing.assert_allclose(run(stitched, recorded=False), [2.0, 1 + 3 / 3])
    datasets = {"H": hl.part(where=first), "I": hl.part(where=hl.count(ev.Jet) >= 0)}
    assert run(datasets, recorded=True).tolist() == [2.0, 3.0]


def test_a_slice_belongs_to_the_cross_section_of_the_inclusive_entry(tmp_path, write_flat):
    write_flat("a.root", MET_pt=[10.0, 60.0])
    write_flat("b.root", MET_pt=[70.0])
    made, files = measure(tmp_path, {"I": (["a.root"], {}), "H": (["b.root"], {})})
    parts = {"I": hl.part(cross_section=4.0), "H": hl.part(cross_section=1.5, where=ev.MET.pt > 50)}
    made.sample("W", files=parts, normalization="mu")
    made.sample("V", files=["I", "H"])
    files = {
        name: {**files[name], "cross_section": value}
        for name, value in zip("IH", (4, 1.5), strict=True)
    }
    result = made.run(files)
    assert result.cross_sections == {"W": 4.0, "V": 5.5}
    assert made.samples["W"].cross_section == 4.0


def test_a_generator_weight_of_a_sample_is_one(tmp_path, write_flat):
    """It is normalized to the sum of weights, wherever the weight is declared."""
    weights = np.array([1000.0, 1000.0, -500.0], np.float32)
    write_flat("a.root", MET_pt=[10.0, 20.0, 30.0], genWeight=weights)
    made, files = measure(tmp_path, {"W": (["a.root"], {"cross_section": 3.0})})
    made.sample("W", weight=ev.genWeight, normalization="mu")
    (notice,) = [n for n in made.run(files).notices if n.kind == "normalization"]
    assert "weighted by genWeight, but normalized to 3 events; the sum of weights is 1500" in (
        notice.text
    )
    made.sample("V", files="W")
    with pytest.raises(AnalysisError, match="'W' and 'V' share the files of 'W'; only 'W' is"):
        made.run(files)
