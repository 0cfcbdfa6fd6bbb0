"""Eras have their luminosity, files, triggers and nuisance parameters of their own."""

from __future__ import annotations

import math

import numpy as np
import pytest

import hepline as hl
from hepline.analysis.systematics import systematics_of
from hepline.errors import AnalysisError, DataError

ev = hl.events("nanoaod")
EDGES = np.linspace(0, 100, 5)


def make(**nuisance):
    made = hl.Analysis("toy")
    made.era("2016", luminosity=10.0, luminosity_uncertainty={"L16": 0.02, "L": 0.01}, energy="13")
    made.era("2017", luminosity=20.0, luminosity_uncertainty=0.03)
    made.sample("sig", normalization="mu")
    made.sample("bkg")
    scale = hl.nuisance("scale", **nuisance)
    met = ev.MET.pt.vary(scale, up=ev.MET.pt * 1.1, down=ev.MET.pt * 0.9)
    trigger = hl.by_era({"2016": ev.HLT.A, "2017": ev.HLT.B})
    made.region("SR", where={"trigger": trigger}, observable=hl.axis(met, 4, 0, 100))
    return made


@pytest.fixture
def samples(tmp_path, write_flat):
    random = np.random.default_rng(3)
    files, columns = {}, {}
    for era, trigger in (("2016", "HLT_A"), ("2017", "HLT_B")):
        for name, section in (("sig", 3.0), ("bkg", 5.0)):
            pt = random.exponential(40, 300).astype(np.float32)
            fired = random.random(300) < 0.8
            path = f"{name}{era}.root"
            columns[era, name] = write_flat(path, MET_pt=pt, **{trigger: fired})
            listed = {"files": str(tmp_path / path), "cross_section": section}
            files.setdefault(era, {})[name] = listed
    return files, columns


def test_regions_are_filled_for_each_era_with_its_own_conditions(samples):
    files, columns = samples
    result = make().run(files)
    assert list(result.analysis.regions) == ["SR_2016", "SR_2017"]
    for era, trigger, luminosity in (("2016", "HLT_A", 10.0), ("2017", "HLT_B", 20.0)):
        for name, section in (("sig", 3.0), ("bkg", 5.0)):
            these = columns[era, name]
            for key, factor in (("", 1.0), ("scale_up", 1.1), ("scale_down", 0.9)):
                pt = (these["MET_pt"] * np.float32(factor))[these[trigger]]
                mine = np.histogram(pt, EDGES)[0] * section * luminosity / 300
                ours = result.templates[f"SR_{era}", name, key].values()
                np.testing.assert_allclose(ours, mine)
    assert result.analysis.luminosity == 30.0
    norms = {
        channel["name"]: {m["name"] for m in channel["samples"][0]["modifiers"]}
        for channel in result.workspace()["channels"]
    }
    assert {"L16", "L"} <= norms["SR_2016"]
    assert "L16" not in norms["SR_2017"]
    assert "Luminosity 2017" in norms["SR_2017"]
    assert result.model().fit(data=result.model().asimov(mu=1))["mu"].value == pytest.approx(1)


def names(made):
    return [(one.name, one.share, sorted(one.reach)) for one in systematics_of(made)]


def test_a_nuisance_is_one_parameter_or_one_for_each_era():
    both = [("SR_2016", "bkg"), ("SR_2016", "sig"), ("SR_2017", "bkg"), ("SR_2017", "sig")]
    assert names(make()) == [("scale", 1.0, both)]
    apart = [("scale 2016", 1.0, both[:2]), ("scale 2017", 1.0, both[2:])]
    assert names(make(apart="era")) == apart
    assert names(make(correlation=0)) == apart
    half = math.sqrt(0.5)
    assert names(make(correlation=0.5)) == [
        ("scale", half, both),
        ("scale 2016", half, both[:2]),
        ("scale 2017", half, both[2:]),
    ]
    assert names(make(eras=["2017"])) == [("scale", 1.0, both[2:])]
    by_sample = names(make(apart="sample"))
    assert [name for name, _, _ in by_sample] == ["scale sig", "scale bkg"]


def test_a_nuisance_of_one_era_varies_no_template_of_another(samples):
    result = make(eras=["2017"]).run(samples[0])
    assert not result.templates.has("SR_2016", "sig", "scale_up")
    assert result.templates.has("SR_2017", "sig", "scale_up")


def test_partly_correlated_variances_add_up_to_the_whole(samples):
    """Shifts of the common and of the independent parameter, in quadrature."""
    whole, split = (make(**k).run(samples[0]).workspace() for k in ({}, {"correlation": 0.3}))

    def shifts(workspace):
        channel = workspace["channels"][0]["samples"][1]
        return {
            m["name"]: m["data"]["hi"] - 1
            for m in channel["modifiers"]
            if m["type"] == "normsys" and m["name"].startswith("scale")
        }

    (alone,) = shifts(whole).values()
    parts = shifts(split)
    assert list(parts) == ["scale", "scale 2016"]
    assert parts["scale"] ** 2 + parts["scale 2016"] ** 2 == pytest.approx(alone**2)
    assert parts["scale"] ** 2 / alone**2 == pytest.approx(0.3)


@pytest.mark.parametrize(("effect", "types"), [("rate", {"normsys"}), ("shape", {"histosys"})])
def test_only_the_rate_or_only_the_shape_acts(samples, effect, types):
    workspace = make(effect=effect).run(samples[0]).workspace()
    found = {
        modifier["type"]
        for channel in workspace["channels"]
        for sample in channel["samples"]
        for modifier in sample["modifiers"]
        if modifier["name"] == "scale"
    }
    assert found == types


def test_mistakes_with_eras_are_refused_before_events_are_read(samples):
    made = hl.Analysis("toy", luminosity=1.0)
    with pytest.raises(AnalysisError, match="that has a luminosity already"):
        made.era("2016", luminosity=1.0)
    made = hl.Analysis("toy")
    with pytest.raises(AnalysisError, match="luminosity=0"):
        made.era("2016", luminosity=0)
    with pytest.raises(AnalysisError, match="by_era says nothing about events without an era"):
        made.region(
            "SR", where=hl.by_era({"2016": ev.HLT.A}), observable=hl.axis(ev.MET.pt, 2, 0, 9)
        )
    with pytest.raises(AnalysisError, match="the analysis has no eras"):
        made.region("SR", eras="2016", observable=hl.axis(ev.MET.pt, 2, 0, 9))
    uncertain = hl.Analysis("toy", luminosity_uncertainty=0.02)
    with pytest.raises(AnalysisError, match="of an analysis with luminosity_uncertainty"):
        uncertain.era("2016", luminosity=1.0)
    made.era("2016", luminosity=1.0)
    with pytest.raises(AnalysisError, match="would not be filled"):
        made.region("SR", eras=[], observable=hl.axis(ev.MET.pt, 2, 0, 9))
    with pytest.raises(AnalysisError, match="by_era says nothing about the era '2016'"):
        made.region(
            "SR", where=hl.by_era({"2017": ev.HLT.A}), observable=hl.axis(ev.MET.pt, 2, 0, 9)
        )
    with pytest.raises(AnalysisError, match="declared for the era '2018'"):
        made.region("SR", eras=["2018"], observable=hl.axis(ev.MET.pt, 2, 0, 9))
    with pytest.raises(DataError, match="each of them has its own files"):
        make().run({"2016": samples[0]["2016"]})
    with pytest.raises(AnalysisError, match="acts on the era '2018'"):
        make(eras=["2018"]).run(samples[0])
    with pytest.raises(AnalysisError, match="acts on the region 'XR'"):
        make(regions=["XR"]).run(samples[0])
    with pytest.raises(AnalysisError, match="correlation=2"):
        hl.nuisance("x", correlation=2)
    made = hl.Analysis("toy")
    made.sample("sig", cross_section=1.0, normalization="mu")
    made.region("SR", observable=hl.axis(ev.MET.pt, 2, 0, 9))
    with pytest.raises(AnalysisError, match="luminosity=None"):
        made.run({"sig": "a.root"})


def test_every_category_has_the_eras_and_the_plots_that_are_given_once():
    made = hl.Analysis("toy")
    made.era("2016", luminosity=1.0)
    made.era("2017", luminosity=1.0)
    axis = hl.axis(ev.MET.pt, 2, 0, 9)
    split = {"low": ev.MET.pt < 5, "high": ev.MET.pt >= 5}
    made.region("SR", observable=axis, split=split, plots=iter([axis]), eras=iter(["2017"]))
    assert {name: len(region.plots) for name, region in made.regions.items()} == {
        "SR_low_2017": 1,
        "SR_high_2017": 1,
    }


def test_the_luminosity_may_stand_beside_the_data(tmp_path, write_flat):
    write_flat("a.root", MET_pt=[1.0, 2.0])
    path = str(tmp_path / "a.root")
    files = {"sig": {"files": path, "cross_section": 4.0}}

    def run(data, **settings):
        made = hl.Analysis("toy", **settings)
        made.sample("sig", normalization="mu")
        made.data(files=list(data))
        made.region("SR", observable=hl.axis(ev.MET.pt, 1, 0, 10))
        return made.run({**files, **data})

    write_flat("b.root", MET_pt=[1.0])
    write_flat("c.root", MET_pt=[1.0])
    b, c = ({"files": str(tmp_path / name), "luminosity": 5} for name in ("b.root", "c.root"))
    result = run({"mu": b, "ele": c})
    assert result.templates["SR", "sig"].values().tolist() == [20.0]
    assert result.analysis.luminosity == 5.0
    assert run({"mu": b}, luminosity=5).analysis.luminosity == 5.0
    with pytest.raises(DataError, match="is 7 and 5/pb"):
        run({"mu": b}, luminosity=7.0)
    with pytest.raises(DataError, match="is 5 and 6/pb"):
        run({"mu": b, "ele": {**c, "luminosity": 6}})
