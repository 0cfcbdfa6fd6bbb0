"""Backgrounds from data, against sums by hand, and in a model with all uncertainties."""

from __future__ import annotations

import numpy as np
import pyhf
import pytest

import hepline as hl
from hepline.errors import AnalysisError

# pyhf 0.7 resolves its schema with a class that jsonschema has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
ev = hl.events("nanoaod")
EDGES = np.linspace(0, 100, 5)
JES = hl.nuisance("JES")
SF = hl.nuisance("SF")


def make(*, factor=1.06, weight=None, plots=(), **more):
    made = hl.Analysis("toy", luminosity=10.0, luminosity_uncertainty=0.02)
    made.sample("sig", cross_section=2.0, normalization="mu")
    made.sample("TT", cross_section=4.0, normalization="mu_tt", uncertainty=0.06)
    made.sample("W", cross_section=6.0, weight=hl.weight(1.0).vary(SF, up=1.2, down=0.8))
    made.data()
    met = ev.MET.pt.vary(JES, up=ev.MET.pt * 1.1, down=ev.MET.pt * 0.9)
    axis = hl.axis(met, 4, 0, 100)
    made.region("SR", where={"opposite": ~ev.HLT.same}, observable=axis, plots=plots)
    made.region("SS", where={"same": ev.HLT.same}, observable=axis, plots=plots, fit=False)
    estimate = {"factor": factor} if weight is None else {"weight": weight}
    made.estimate("QCD", data="SS", subtract=["TT", "W"], **estimate, **more)
    return made


@pytest.fixture
def samples(tmp_path, write_flat):
    random = np.random.default_rng(3)
    files, columns = {}, {}
    for name in ("sig", "TT", "W", "data"):
        number = 4000 if name == "data" else 500
        columns[name] = write_flat(
            f"{name}.root",
            MET_pt=random.exponential(40, number).astype(np.float32),
            HLT_same=random.random(number) < 0.5,
            Generator_weight=random.uniform(0.1, 0.3, number).astype(np.float32),
        )
        files[name] = str(tmp_path / f"{name}.root")
    return files, columns


def by_hand(columns, name, *, same, weight=1.0, scale=1.0, shift=1.0):
    these = columns[name]
    keep = these["HLT_same"] == same
    pt = these["MET_pt"] * np.float32(shift)
    weights = np.broadcast_to(np.asarray(weight, np.float64), pt.shape) * scale
    return np.histogram(pt[keep], EDGES, weights=weights[keep])[0]


SCALES = {"sig": 2.0 * 10 / 500, "TT": 4.0 * 10 / 500, "W": 6.0 * 10 / 500, "data": 1.0}


def test_the_estimate_is_the_scaled_difference_of_data_and_simulation(samples):
    files, columns = samples
    result = make().run(files)
    templates = result.templates
    whole = templates["SR", "QCD"].values()
    np.testing.assert_allclose(whole, 1.06 * by_hand(columns, "data", same=True))
    for name in ("TT", "W"):
        mine = -1.06 * by_hand(columns, name, same=True, scale=SCALES[name])
        np.testing.assert_allclose(templates["SR", f"QCD_less_{name}"].values(), mine)
        varied = -1.06 * by_hand(columns, name, same=True, scale=SCALES[name], shift=1.1)
        np.testing.assert_allclose(templates["SR", f"QCD_less_{name}", "jes_up"].values(), varied)
    assert not templates.has("SS", "QCD")
    errors = templates["SR", "QCD"].variances()
    np.testing.assert_allclose(errors, 1.06**2 * by_hand(columns, "data", same=True))


def test_the_model_correlates_what_is_subtracted_with_all_else(samples):
    """Every parameter moves the estimate as the formula says: data less scaled simulation."""
    files, columns = samples
    result = make(uncertainty=0.1).run(files)
    parameters = {
        "mu": 0.0,
        "mu_tt": 1.3,
        "TT rate": 1.0,
        "SF": -1.0,
        "QCD rate": 1.0,
        "lumi": 1.02,
    }
    expected = np.zeros(4)
    tt = 1.3 * 1.06 * 1.02
    expected += by_hand(columns, "TT", same=False, scale=SCALES["TT"]) * tt
    expected += by_hand(columns, "W", same=False, scale=SCALES["W"]) * 0.8 * 1.02
    left = by_hand(columns, "data", same=True).astype(float)
    left -= by_hand(columns, "TT", same=True, scale=SCALES["TT"]) * tt
    left -= by_hand(columns, "W", same=True, scale=SCALES["W"]) * 0.8 * 1.02
    expected += 1.1 * 1.06 * left
    workspace = pyhf.Workspace(result.workspace("mu"))
    reference = workspace.model()
    values = np.array(reference.config.suggested_init())
    for name, value in parameters.items():
        values[reference.config.par_slice(name)] = value
    np.testing.assert_allclose(reference.expected_actualdata(values), expected, rtol=1e-12)


def test_our_likelihood_of_subtracted_samples_is_that_of_pyhf(samples):
    content = make(uncertainty=0.1).run(samples[0]).workspace("mu")
    workspace = pyhf.Workspace(content)
    reference, ours = workspace.model(), hl.Model(content)
    random = np.random.default_rng(5)
    width = np.where(ours.initial == 0, 0.5, 0.03)
    for _ in range(5):
        point = ours.initial + random.normal(0, width)
        theirs = -2 * float(reference.logpdf(point, workspace.data(reference))[0])
        assert ours.likelihood().value(point) == pytest.approx(theirs, rel=1e-10)


def test_a_weight_takes_each_event_to_the_other_region(samples):
    files, columns = samples
    uncertain = hl.nuisance("fake factor")
    weight = hl.weight(ev.Generator.weight).vary(uncertain, up=1.25, down=0.8)
    result = make(weight=weight).run(files)
    ff = {name: these["Generator_weight"].astype(np.float64) for name, these in columns.items()}
    mine = by_hand(columns, "data", same=True, weight=ff["data"])
    np.testing.assert_allclose(result.templates["SR", "QCD"].values(), mine)
    up = result.templates["SR", "QCD", "fake_factor_up"].values()
    np.testing.assert_allclose(up, 1.25 * mine)
    assert not result.templates.has("SR", "QCD", "jes_up")
    less = -by_hand(columns, "W", same=True, weight=ff["W"], scale=SCALES["W"])
    np.testing.assert_allclose(result.templates["SR", "QCD_less_W"].values(), less)
    for key, factor in (("fake_factor_up", 1.25), ("sf_up", 1.2)):
        varied = result.templates["SR", "QCD_less_W", key].values()
        np.testing.assert_allclose(varied, factor * less)
    assert not result.templates.has("SR", "W", "fake_factor_up")
    assert not result.templates.has("SS", "data", "fake_factor_up")


def test_plots_have_the_estimate_too(samples):
    files, columns = samples
    plots = [hl.axis(ev.MET.pt, 3, 0, 60, "missing pt [GeV]")]
    result = make(plots=plots).run(files)
    these = columns["data"]
    mine = 1.06 * np.histogram(these["MET_pt"][these["HLT_same"]], np.linspace(0, 60, 4))[0]
    np.testing.assert_allclose(result.plots["SR", "missing_pt", "QCD"].values(), mine)


def test_a_region_that_only_selects_lends_its_events_to_the_quantities_of_the_target(samples):
    files, columns = samples
    plots = [hl.axis(ev.MET.pt, 3, 0, 60, "missing pt [GeV]")]
    whole = make(plots=plots).run(files)

    def bare(weight=None):
        made = hl.Analysis("toy", luminosity=10.0)
        made.sample("sig", cross_section=2.0, normalization="mu")
        made.sample("TT", cross_section=4.0, normalization="mu_tt")
        made.sample("W", cross_section=6.0)
        made.data()
        met = ev.MET.pt.vary(JES, up=ev.MET.pt * 1.1, down=ev.MET.pt * 0.9)
        made.region("SR", where=~ev.HLT.same, observable=hl.axis(met, 4, 0, 100), plots=plots)
        made.region("SS", where=ev.HLT.same, fit=False)
        estimate = {"factor": 1.06} if weight is None else {"weight": weight}
        made.estimate("QCD", data="SS", subtract=["TT", "W"], **estimate)
        return made.run(files)

    result = bare()
    for name, key in (("QCD", ""), ("QCD_less_TT", ""), ("QCD_less_W", "jes_up")):
        ours, theirs = (r.templates["SR", name, key].values() for r in (result, whole))
        np.testing.assert_allclose(ours, theirs)
        ours, theirs = (r.plots["SR", "missing_pt", name].values() for r in (result, whole))
        np.testing.assert_allclose(ours, theirs)
    same = columns["data"]["HLT_same"].sum()
    assert result.templates["SS", "data"].values().tolist() == [same]
    assert {key.region for key in result.plots} == {"SR"}
    (account,) = [a for a in result.accounting if (a.region, a.sample) == ("SS", "data")]
    assert (account.selected.entries, account.outside.entries) == (same, 0)
    weighted = bare(hl.weight(ev.Generator.weight)).templates["SR", "QCD"].values()
    ff = columns["data"]["Generator_weight"].astype(np.float64)
    np.testing.assert_allclose(weighted, by_hand(columns, "data", same=True, weight=ff))


def test_data_that_do_not_exist_are_what_is_expected(samples):
    made = hl.Analysis("toy", luminosity=10.0)
    made.sample("sig", cross_section=2.0, normalization="mu")
    made.sample("TT", cross_section=4.0)
    axis = hl.axis(ev.MET.pt, 4, 0, 100)
    made.region("SR", where=~ev.HLT.same, observable=axis)
    made.region("SS", where=ev.HLT.same, observable=axis, fit=False)
    made.estimate("QCD", data="SS", subtract=["TT"])
    result = made.run({name: samples[0][name] for name in ("sig", "TT")})
    net = result.templates["SR", "QCD"].values() + result.templates["SR", "QCD_less_TT"].values()
    mine = by_hand(samples[1], "sig", same=True, scale=SCALES["sig"])
    np.testing.assert_allclose(net, mine, atol=1e-12)


def test_mistakes_with_estimates_are_refused_before_events_are_read(samples):
    files, _ = samples
    axis = hl.axis(ev.MET.pt, 4, 0, 100)

    def base(**region):
        made = hl.Analysis("toy", luminosity=1.0)
        made.sample("sig", cross_section=1.0, normalization="mu")
        made.data()
        made.region("SR", where=~ev.HLT.same, observable=axis)
        made.region("SS", **{"where": ev.HLT.same, "observable": axis, "fit": False, **region})
        return made

    made = base()
    with pytest.raises(AnalysisError, match="subtracts 'TT'"):
        made.estimate("QCD", data="SS", subtract=["TT"])
    with pytest.raises(AnalysisError, match="uncertainty=-1"):
        made.estimate("QCD", data="SS", uncertainty=-1)
    made = base()
    made.estimate("QCD", data="XX")
    with pytest.raises(AnalysisError, match="there is no region 'XX'") as caught:
        made.run(files)
    assert "fit=False" in caught.value.fix
    with pytest.raises(AnalysisError, match="neither a selection nor an observable"):
        base().region("XS", fit=False)
    for region, message in (
        ({"blind": True}, "needs the data of region 'SS'"),
        ({"observable": hl.axis(ev.MET.pt, 5, 0, 100)}, "have unlike bins"),
    ):
        made = base(**region)
        made.estimate("QCD", data="SS")
        with pytest.raises(AnalysisError, match=message):
            made.run(files)


def declared(**settings):
    made = hl.Analysis("toy", luminosity=1.0, **settings)
    made.sample("sig", cross_section=1.0, normalization="mu")
    made.sample("TT", cross_section=1.0)
    made.data()
    axis = hl.axis(ev.MET.pt, 4, 0, 100)
    made.region("SS", where=ev.HLT.same, observable=axis, fit=False)
    return made, axis


def test_regions_may_be_declared_after_the_estimate(samples):
    made, axis = declared()
    made.estimate("QCD", data="SS", subtract="TT")
    made.region("SR", where=~ev.HLT.same, observable=axis)
    result = made.run(samples[0])
    mine = by_hand(samples[1], "data", same=True)
    np.testing.assert_allclose(result.templates["SR", "QCD"].values(), mine)
    assert not result.templates.has("SS", "QCD")


def test_an_estimate_is_declared_without_contradiction():
    made, _ = declared()
    made.sample("QCD_less_TT", cross_section=1.0)
    with pytest.raises(AnalysisError, match="'QCD_less_TT' is declared twice"):
        made.estimate("QCD", data="SS", subtract=["TT"])
    with pytest.raises(AnalysisError, match="subtracts 'TT' twice"):
        made.estimate("QCD", data="SS", subtract=["TT", "TT"])
    with pytest.raises(AnalysisError, match="both say which regions get it"):
        made.estimate("QCD", data={"SR": "SS"}, regions=["SR2"])
    for factor in (0, -1.0, float("nan")):
        with pytest.raises(AnalysisError, match="of the estimate 'QCD'"):
            made.estimate("QCD", data="SS", factor=factor)


def test_a_template_of_an_estimate_has_a_name_of_its_own(samples):
    """`less_sig` in region `A_QCD`, and the subtraction of `sig` in region `A`."""
    made, axis = declared()
    made.sample("less_sig", cross_section=1.0)
    made.region("A", where=~ev.HLT.same, observable=axis)
    made.region("A_QCD", where=~ev.HLT.same & (ev.MET.pt > 9), observable=axis, fit=False)
    made.estimate("QCD", data="SS", subtract=["sig"], regions="A")
    with pytest.raises(AnalysisError, match="two templates are named 'A_QCD_less_sig'"):
        made.run(samples[0])


def test_weights_of_events_need_recorded_data():
    made = hl.Analysis("toy", luminosity=10.0)
    made.sample("sig", cross_section=2.0, normalization="mu")
    axis = hl.axis(ev.MET.pt, 4, 0, 100)
    made.region("SR", where=~ev.HLT.same, observable=axis)
    made.region("SS", where=ev.HLT.same, observable=axis, fit=False)
    made.estimate("QCD", data="SS", weight=hl.weight(0.5))
    for _ in range(2):
        with pytest.raises(AnalysisError, match="has a weight for every event of the data"):
            made.run({"sig": "sig.root"})
        made.pseudodata({"sig": 1.0})


def modifiers(result, region="SR"):
    (channel,) = [c for c in result.workspace("mu")["channels"] if c["name"] == region]
    return {
        sample["name"]: {m["name"] for m in sample["modifiers"] if m["type"] == "normsys"}
        for sample in channel["samples"]
    }


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"regions": ["SR"]}, "ff"),
        ({"samples": ["QCD"]}, "ff"),
        ({"apart": "region"}, "ff SR"),
        ({"apart": "sample"}, "ff QCD"),
    ],
)
def test_the_factor_to_another_region_varies_all_parts_alike(samples, settings, name):
    """Data less simulation times 1.2, whatever words choose the estimate."""
    weight = hl.weight(0.5).vary(hl.nuisance("ff", **settings), up=1.2, down=0.8)
    result = make(weight=weight).run(samples[0])
    for part in ("QCD", "QCD_less_TT", "QCD_less_W"):
        nominal = result.templates["SR", part].values()
        np.testing.assert_allclose(result.templates["SR", part, "ff_up"].values(), 1.2 * nominal)
        assert name in modifiers(result)[part]
    assert name not in modifiers(result)["TT"]
    assert not any(notice.kind == "unestimated nuisance" for notice in result.notices)


def test_what_is_subtracted_varies_with_its_own_sample(samples):
    """One parameter for each sample: that of TT moves TT, and TT in QCD."""
    weight = hl.weight(1.0).vary(hl.nuisance("id", apart="sample"), up=1.2, down=0.8)
    made, axis = declared(weight=weight)
    made.region("SR", where=~ev.HLT.same, observable=axis)
    made.estimate("QCD", data="SS", subtract=["TT"])
    names = modifiers(made.run(samples[0]))
    assert names["TT"] == names["QCD_less_TT"] == {"id TT"}
    assert names["QCD"] == set()


def test_a_rate_that_does_not_reach_the_estimate_is_noted(samples):
    made, axis = declared()
    made.region("SR", where=~ev.HLT.same, observable=axis)
    made.estimate("QCD", data="SS", subtract=["TT"])
    made.normalization("xs", 0.05, samples=["TT"], regions=["SR"])
    (text,) = [n.text for n in made.run(samples[0]).notices if n.kind == "unestimated nuisance"]
    assert "'xs' acts on TT in SR, but not in SS" in text


def test_data_of_a_blinded_analysis_reach_no_estimate_silently(samples):
    for blind in (None, False):
        made = hl.Analysis("toy", luminosity=1.0, blind="geese")
        made.sample("sig", cross_section=1.0, normalization="mu")
        made.data()
        axis = hl.axis(ev.MET.pt, 4, 0, 100)
        made.region("SR", where=~ev.HLT.same, observable=axis)
        made.region("SS", where=ev.HLT.same, observable=axis, fit=False, blind=blind)
        made.estimate("QCD", data="SS")
        if blind is None:
            with pytest.raises(AnalysisError, match="'QCD' shows the data of region 'SS'"):
                made.run(samples[0])
        else:
            secrets = made.run(samples[0]).secrets
            assert "SS" not in secrets.hidden
            assert "SR" in secrets.acting
