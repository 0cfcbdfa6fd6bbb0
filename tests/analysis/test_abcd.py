"""Backgrounds from four regions; the oracles are pyhf, closed formulae and pseudo-experiments."""

from dataclasses import replace

import numpy as np
import pyhf
import pytest

import hepline as hl
from hepline.errors import AnalysisError

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
ev = hl.events("nanoaod")
CUTS = {
    "A": ev.HLT.tight & ev.HLT.same,
    "B": ev.HLT.tight & ~ev.HLT.same,
    "C": ~ev.HLT.tight & ev.HLT.same,
    "D": ~ev.HLT.tight & ~ev.HLT.same,
}


def make(*, bins=4, uncertainty=None, pseudo=False, plots=(), bounds=(0, 10), **more):
    made = hl.Analysis("toy", luminosity=10.0, poi="mu", **more)
    made.sample("sig", cross_section=2.0, normalization="mu", bounds=bounds)
    made.sample("TT", cross_section=6.0, uncertainty=0.1)
    made.sample("QCDMC", cross_section=50.0, fit=False)
    if pseudo:
        made.pseudodata({"QCDMC": 1.0, "TT": 1.0, "sig": 1.0}, truth={"mu": 1.0})
    else:
        made.data()
    for name, cut in CUTS.items():
        made.region(name, where=cut, observable=hl.axis(ev.MET.pt, bins, 0, 80), plots=plots)
    made.abcd("QCD", signal="A", shape="B", transfer=("C", "D"), uncertainty=uncertainty)
    return made


@pytest.fixture
def samples(tmp_path, write_flat):
    """Both cuts are independent of the observable, and for QCD of each other."""
    random = np.random.default_rng(3)
    files, columns = {}, {}
    for name, number, tight, same, slope in (
        ("sig", 2000, 0.9, 0.9, 15),
        ("TT", 3000, 0.5, 0.6, 30),
        ("QCDMC", 20_000, 0.4, 0.3, 25),
        ("data", 900, 0.45, 0.35, 25),
    ):
        columns[name] = write_flat(
            f"{name}.root",
            MET_pt=random.exponential(slope, number).astype(np.float32),
            HLT_tight=random.random(number) < tight,
            HLT_same=random.random(number) < same,
        )
        files[name] = str(tmp_path / f"{name}.root")
    return files, columns


def by_hand(columns, name, region, *, scale, bins=4):
    these = columns[name]
    tight, same = region in "AB", region in "AC"
    keep = (these["HLT_tight"] == tight) & (these["HLT_same"] == same)
    return np.histogram(these["MET_pt"][keep], np.linspace(0, 80, bins + 1))[0] * scale


SCALES = {"sig": 2.0 * 10 / 2000, "TT": 6.0 * 10 / 3000, "QCDMC": 50.0 * 10 / 20_000, "data": 1.0}


def rest(columns, region):
    counts = by_hand(columns, "data", region, scale=1.0).astype(float)
    for name in ("sig", "TT"):
        counts -= by_hand(columns, name, region, scale=SCALES[name])
    return counts


def test_the_estimate_starts_as_shape_times_ratio(samples):
    files, columns = samples
    result = make().run(files)
    b, c, d = (rest(columns, region) for region in "BCD")
    templates = result.templates
    np.testing.assert_allclose(templates["B", "QCD"].values(), b)
    np.testing.assert_allclose(templates["A", "QCD"].values(), b * c.sum() / d.sum())
    np.testing.assert_allclose(templates["C", "QCD"].values(), c)
    assert not any("QCDMC" in sample["name"] for sample in _channel(result, "A").values())


def _channel(result, region):
    (channel,) = (one for one in result.workspace()["channels"] if one["name"] == region)
    return {sample["name"]: sample for sample in channel["samples"]}


def test_the_model_says_what_abcd_means(samples):
    """Expected events of pyhf against the product of the parameters."""
    files, columns = samples
    result = make(uncertainty=0.2).run(files)
    workspace = pyhf.Workspace(result.workspace())
    model = workspace.model()
    values = np.array(model.config.suggested_init())
    shape = np.array([0.8, 1.2, 1.1, 0.9])
    for name, value in {
        "mu": 0.5,
        "QCD rate": 1.3,
        "QCD transfer": 0.7,
        "QCD shape": shape,
        "QCD non-closure": 1.0,
        "TT rate": -1.0,
    }.items():
        values[model.config.par_slice(name)] = value
    expected = np.split(model.expected_actualdata(values), [4, 8, 9])
    b, c, d = (rest(columns, region) for region in "BCD")
    estimates = {
        "A": b * shape * 0.7 * (c.sum() / d.sum()) * 1.2,
        "B": b * shape,
        "C": c.sum() * 1.3 * 0.7,
        "D": d.sum() * 1.3,
    }
    for region, found in zip("ABCD", expected, strict=True):
        sig = 0.5 * by_hand(columns, "sig", region, scale=SCALES["sig"])
        tt = 0.9 * by_hand(columns, "TT", region, scale=SCALES["TT"])
        others = sig + tt if region in "AB" else (sig + tt).sum()
        np.testing.assert_allclose(found, estimates[region] + others, rtol=1e-9)


def test_our_likelihood_is_that_of_pyhf(samples):
    content = make(uncertainty=0.2).run(samples[0]).workspace()
    workspace = pyhf.Workspace(content)
    reference, ours = workspace.model(), hl.Model(content)
    random = np.random.default_rng(5)
    width = np.where(ours.initial == 0, 0.5, 0.05)
    for _ in range(5):
        point = ours.initial + random.normal(0, width)
        theirs = -2 * float(reference.logpdf(point, workspace.data(reference))[0])
        assert ours.likelihood().value(point) == pytest.approx(theirs, rel=1e-10)


def test_without_other_samples_the_fit_is_the_formula(tmp_path, write_flat):
    """Background alone: what is fitted in A at mu = 0 beside data of all regions is known."""
    counts = {"A": 40, "B": 25, "C": 60, "D": 50}
    tight = np.concatenate([np.full(n, name in "AB") for name, n in counts.items()])
    same = np.concatenate([np.full(n, name in "AC") for name, n in counts.items()])
    met = np.full(len(tight), 30.0, np.float32)
    write_flat("data.root", MET_pt=met, HLT_tight=tight, HLT_same=same)
    write_flat("sig.root", MET_pt=met[:40], HLT_tight=tight[:40], HLT_same=same[:40])
    made = hl.Analysis("toy", luminosity=1.0, poi="mu")
    made.sample("sig", cross_section=40.0, normalization="mu", bounds=(-10, 10))
    made.data()
    for name, cut in CUTS.items():
        made.region(name, where=cut, observable=hl.axis(ev.MET.pt, 1, 0, 80))
    made.abcd("QCD", signal="A", shape="B", transfer=("C", "D"))
    result = made.run({name: str(tmp_path / f"{name}.root") for name in ("data", "sig")})
    model = result.model()
    kinds = {m["type"] for m in _channel(result, "A")["QCD"]["modifiers"]}
    assert kinds == {"normfactor"}
    held = (
        model.holding({"staterror_A": 1.0}) if "staterror_A[0]" in model.parameter_names else model
    )
    fit = held.fit()
    background = 25 * 60 / 50
    assert 40 * fit["mu"].value == pytest.approx(40 - background, rel=1e-5)
    error = np.sqrt(40 + background**2 * (1 / 25 + 1 / 60 + 1 / 50))
    assert 40 * fit["mu"].error == pytest.approx(error, rel=1e-4)


def test_pseudo_experiments_are_unbiased(samples):
    """Pulls of the signal over toys of a counting ABCD: mean 0, width 1."""
    model = (
        make(bins=1, pseudo=True, bounds=(-10, 10))
        .run({name: path for name, path in samples[0].items() if name != "data"})
        .model()
    )
    study = model.toys(600, seed=4)
    pulls = study.pulls("mu")
    assert len(pulls) > 590
    assert abs(pulls.mean()) < 0.1
    assert abs(pulls.std() - 1) < 0.1


def test_estimates_close_on_what_they_were_made_of(samples):
    files = {name: path for name, path in samples[0].items() if name != "data"}
    result = make(pseudo=True).run(files)
    found = result.closure("QCD", "QCDMC")
    (region,) = found.regions
    assert region.region == "A"
    wanted = by_hand(samples[1], "QCDMC", "A", scale=SCALES["QCDMC"])
    np.testing.assert_allclose(region.expected, wanted)
    assert abs(region.pull) < 2
    assert region.p_value > 0.05
    assert "pull" in repr(found)
    # By hand: the covariance of B × C / D in its first bin.
    b, c, d = (by_hand(samples[1], "QCDMC", name, scale=SCALES["QCDMC"]) for name in "BCD")
    np.testing.assert_allclose(region.estimated, b * c.sum() / d.sum(), rtol=1e-9)
    with pytest.raises(AnalysisError, match="no estimate 'QCDX'"):
        result.closure("QCDX", "QCDMC")
    with pytest.raises(AnalysisError, match="no simulated sample 'data'"):
        result.closure("QCD", "data")


def test_plots_and_blinding(samples):
    files, columns = samples
    result = make(plots=[hl.axis(ev.MET.pt, 2, 0, 60, "missing pt")]).run(files)
    edges = np.linspace(0, 60, 3)
    data = columns["data"]
    keep = data["HLT_tight"] & ~data["HLT_same"]
    counts = np.histogram(data["MET_pt"][keep], edges)[0].astype(float)
    for name in ("sig", "TT"):
        these = columns[name]
        keep = these["HLT_tight"] & ~these["HLT_same"]
        counts -= np.histogram(these["MET_pt"][keep], edges)[0] * SCALES[name]
    c, d = rest(columns, "C").sum(), rest(columns, "D").sum()
    np.testing.assert_allclose(result.plots["A", "missing_pt", "QCD"].values(), counts * c / d)
    np.testing.assert_allclose(result.plots["B", "missing_pt", "QCD"].values(), counts)
    made = make(blind="seven sleepy geese")
    with pytest.raises(AnalysisError, match="'QCD' shows the data of region 'B'"):
        made.run(files)
    for name in "BCD":
        made.regions[name] = replace(made.regions[name], blind=False)
    assert made.run(files).secrets.hidden == {"A"}


def test_the_shape_region_lends_plots(samples):
    """What the signal region alone draws is filled with the events of the shape region."""
    files, _ = samples
    made = make()
    plot = hl.axis(ev.MET.pt, 2, 0, 60, "missing pt")
    del made.regions["A"]
    made.region("A", where=CUTS["A"], observable=hl.axis(ev.MET.pt, 4, 0, 80), plots=[plot])
    result = made.run(files)
    wanted = make(plots=[plot]).run(files)
    np.testing.assert_array_equal(
        result.plots["A", "missing_pt", "QCD"].values(),
        wanted.plots["A", "missing_pt", "QCD"].values(),
    )
    assert not [key for key in result.plots if key.region == "B"]


def test_bins_without_background_start_with_an_event(tmp_path, write_flat):
    """Parameters are relative to what a bin starts with; nothing would keep it at zero."""
    tight = np.array([True, True, False, False, False])
    same = np.array([False, False, True, False, False])
    met = np.full(5, 10, np.float32)
    write_flat("data.root", MET_pt=met, HLT_tight=tight, HLT_same=same)
    write_flat("sig.root", MET_pt=met[:1], HLT_tight=[True], HLT_same=[True])
    made = hl.Analysis("toy", luminosity=1.0, poi="mu")
    made.sample("sig", cross_section=4.0, normalization="mu")
    made.data()
    for name, cut in CUTS.items():
        made.region(name, where=cut, observable=hl.axis(ev.MET.pt, 8, 0, 80), fit_bins=[0, 40, 80])
    made.abcd("QCD", signal="A", shape="B", transfer=("C", "D"))
    result = made.run({name: str(tmp_path / f"{name}.root") for name in ("data", "sig")})
    assert _channel(result, "B")["QCD"]["data"] == pytest.approx([2.0, 1.0])
    assert _channel(result, "A")["QCD"]["data"] == pytest.approx([1.0, 0.5])
    assert result.model().fit()["QCD transfer"].value > 0


def test_eras_have_their_own_parameters(tmp_path, write_flat):
    made = hl.Analysis("toy", poi="mu")
    for era in ("2016", "2017"):
        made.era(era, luminosity=5.0)
    made.sample("sig", cross_section=2.0, normalization="mu")
    made.data()
    for name, cut in CUTS.items():
        made.region(name, where=cut, observable=hl.axis(ev.MET.pt, 2, 0, 80))
    made.abcd("QCD", signal="A", shape="B", transfer=("C", "D"), uncertainty=0.1)
    random = np.random.default_rng(1)
    files = {"2016": {}, "2017": {}}
    for name, era in ((name, era) for era in files for name in ("sig", "data")):
        write_flat(
            f"{name}{era}.root",
            MET_pt=random.uniform(0, 80, 300).astype(np.float32),
            HLT_tight=random.random(300) < 0.5,
            HLT_same=random.random(300) < 0.5,
        )
        files[era][name] = str(tmp_path / f"{name}{era}.root")
    result = made.run(files)
    free = {name for name in result.model().parameter_names if "QCD" in name}
    assert {"QCD rate 2016", "QCD transfer 2017", "QCD shape 2016[0]", "QCD non-closure"} <= free


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"signal": "E"}, "uses the region 'E'"),
        ({"shape": "A"}, "uses the region 'A' twice"),
        ({"uncertainty": -1}, "uncertainty=-1"),
        ({"bounds": (2, 3)}, "bounds="),
    ],
)
def test_declarations_that_cannot_be_are_refused(change, words):
    made = hl.Analysis("toy", luminosity=10.0)
    for name, cut in CUTS.items():
        made.region(name, where=cut, observable=hl.axis(ev.MET.pt, 4, 0, 80))
    regions = {"signal": "A", "shape": "B", "transfer": ("C", "D")}
    with pytest.raises(AnalysisError, match=words):
        made.abcd("QCD", **{**regions, **change})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"D": {"fit": False}}, "'D', which is not fitted"),
        ({"B": {"blind": True}}, "needs the data of region 'B'"),
        ({"B": {"observable": hl.axis(ev.MET.pt, 3, 0, 80)}}, "have unlike bins"),
        ({"B": {"fit_bins": [0, 20, 80]}}, "have unlike fitted bins"),
    ],
)
def test_regions_that_do_not_fit_together_are_refused(change, words, samples):
    made = hl.Analysis("toy", luminosity=10.0)
    made.sample("sig", cross_section=2.0, normalization="mu")
    made.data()
    for name, cut in CUTS.items():
        given = {"observable": hl.axis(ev.MET.pt, 4, 0, 80), **change.get(name, {})}
        made.region(name, where=cut, **given)
    made.abcd("QCD", signal="A", shape="B", transfer=("C", "D"))
    with pytest.raises(AnalysisError, match=words):
        made.run({name: samples[0][name] for name in ("sig", "data")})
    with pytest.raises(AnalysisError, match="declared twice"):
        made.sample("QCD", cross_section=1.0)
    with pytest.raises(AnalysisError, match="declared twice"):
        made.abcd("sig", signal="A", shape="B", transfer=("C", "D"))
