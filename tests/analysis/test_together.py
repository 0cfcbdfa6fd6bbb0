"""Eras, shared and stitched files, estimates, alternatives and weights in one analysis, by hand."""

from __future__ import annotations

import numpy as np
import pytest

import hepline as hl

ev = hl.events("nanoaod")
EDGES = np.linspace(0, 100, 5)
LUMINOSITY = {"16": 10.0, "17": 30.0}
TRIGGER = {"16": "HLT_A", "17": "HLT_B"}
SECTION = {"sig": 2.0, "DY": 8.0, "WJets": 6.0, "W2Jets": 1.5}
KEYS = {"": 1.0, "jes_up": 1.1, "jes_down": 0.9}


def make():
    jes = hl.nuisance("JES", correlation=0.5)
    lepton = hl.nuisance("lepton", apart=["era", "sample"], eras=["17"])
    shower = hl.alternative("shower", one_sided=True)
    weight = hl.weight(ev.genWeight).vary(lepton, up=1.2, down=0.8)
    made = hl.Analysis("together", weight=weight, poi="mu")
    for era, luminosity in LUMINOSITY.items():
        made.era(era, luminosity=luminosity, luminosity_uncertainty={"L": 0.01})
    made.sample("sig", cross_section=2.0, normalization="mu", variations={"ps": shower.up})
    made.sample("ZTT", files="DY", where=ev.HLT.tau, uncertainty={"Z": 0.05})
    made.sample("ZLL", files="DY", where=~ev.HLT.tau, weight=0.9, uncertainty={"Z": 0.08})
    parts = {"WJets": hl.part(), "W2Jets": hl.part(where=ev["LHE_Njets"] == 2)}
    made.sample("W", files=parts, normalization="k")
    triggers = {"mu": hl.part(where=ev.HLT.m), "e": hl.part(where=ev.HLT.e)}
    made.data(files=triggers)
    met = ev.MET.pt.vary(jes, up=ev.MET.pt * 1.1, down=ev.MET.pt * 0.9)
    trigger = hl.by_era({era: ev[name] for era, name in TRIGGER.items()})
    axis, plot = hl.axis(met, 4, 0, 100), hl.axis(met, 2, 0, 60, "plot")
    where = {"trigger": trigger, "opposite": ~ev.HLT.same}
    made.region("SR", where=where, observable=axis, plots=[plot])
    same = {"trigger": trigger, "same": ev.HLT.same}
    made.region("SS", where=same, observable=axis, plots=[plot], fit=False)
    made.estimate("QCD", data="SS", subtract=["ZTT", "W"], factor=1.5, normalization="q")
    ff = hl.nuisance("ff", regions=["SR"])
    fake = hl.weight(ev.Generator.weight).vary(ff, up=1.25, down=0.8)
    made.estimate("fakes", data="SS", subtract=["ZLL"], weight=fake, factor=2.0, regions=["SR"])
    return made


@pytest.fixture
def samples(tmp_path, write_flat):
    random = np.random.default_rng(11)
    names = ("sig", "sig_ps", "DY", "WJets", "W2Jets", "mu", "e")
    files, columns = {}, {}
    for era in LUMINOSITY:
        for name in names:
            number = 700 if name in ("mu", "e") else 300
            path = f"{name}{era}.root"
            columns[era, name] = write_flat(
                path,
                MET_pt=random.exponential(40, number).astype(np.float32),
                genWeight=random.choice([3.0, -1.0], number, p=[0.8, 0.2]).astype(np.float32),
                Generator_weight=random.uniform(0.1, 0.3, number).astype(np.float32),
                LHE_Njets=np.full(number, 2) if name == "W2Jets" else random.integers(0, 3, number),
                **{
                    f"HLT_{key}": random.random(number) < share
                    for key, share in zip(
                        ("same", "tau", "A", "B", "m", "e"),
                        (0.5, 0.4, 0.8, 0.7, 0.6, 0.6),
                        strict=True,
                    )
                },
            )
            listed = {"path": str(tmp_path / path)}
            if name not in ("mu", "e"):
                listed["sumw"] = 3.0 * number
            files.setdefault(era, {})[name] = {"files": [listed]}
        files[era]["sig"] = {"nominal": files[era]["sig"], "ps": files[era].pop("sig_ps")}
        for name, section in SECTION.items():
            files[era][name]["cross_section"] = section
    return files, columns


def fill(columns, keep, weights, factor=1.0, edges=EDGES):
    pt = columns["MET_pt"] * np.float32(factor)
    weights = np.broadcast_to(np.asarray(weights, np.float64), pt.shape)
    return np.histogram(pt[keep], edges, weights=weights[keep])[0]


def scale(era, name):
    return SECTION[name] * LUMINOSITY[era] / (3.0 * 300)


def by_hand(columns, era, sample, *, same, factor=1.0, times=None, edges=EDGES):
    """Expected events of a sample; `times` names a column that multiplies the weight."""

    def events(entry, weight, where=True):
        these = columns[era, entry]
        keep = where & these[TRIGGER[era]] & (these["HLT_same"] == same)
        more = these[times].astype(np.float64) if times else 1.0
        generated = these["genWeight"].astype(np.float64)
        return fill(these, keep, generated * more * weight, factor, edges)

    if sample == "sig":
        return events("sig", scale(era, "sig"))
    if sample in ("ZTT", "ZLL"):
        own, truth = (1.0, True) if sample == "ZTT" else (0.9, False)
        return events("DY", own * scale(era, "DY"), columns[era, "DY"]["HLT_tau"] == truth)
    both = LUMINOSITY[era] / (900 / 6.0 + 900 / 1.5)
    two_jets = columns[era, "WJets"]["LHE_Njets"] == 2
    inclusive = events("WJets", np.where(two_jets, both, scale(era, "WJets")))
    return inclusive + events("W2Jets", both)


def recorded(columns, era, *, same, times=None, edges=EDGES):
    muons, electrons = columns[era, "mu"], columns[era, "e"]
    whole = 0.0
    for these, own in (
        (muons, muons["HLT_m"]),
        (electrons, electrons["HLT_e"] & ~electrons["HLT_m"]),
    ):
        keep = own & these[TRIGGER[era]] & (these["HLT_same"] == same)
        whole = whole + fill(these, keep, these[times] if times else 1.0, edges=edges)
    return whole


def test_every_template_equals_a_sum_by_hand(samples):
    files, columns = samples
    templates = make().run(files).templates
    for era in LUMINOSITY:
        for region, same in (("SR", False), ("SS", True)):
            place = f"{region}_{era}"
            data = recorded(columns, era, same=same)
            np.testing.assert_allclose(templates[place, "data"].values(), data)
            for sample in ("sig", "ZTT", "ZLL", "W"):
                for key, factor in KEYS.items():
                    mine = by_hand(columns, era, sample, same=same, factor=factor)
                    ours = templates[place, sample, key].values()
                    np.testing.assert_allclose(ours, mine, atol=1e-9)
                assert templates.has(place, sample, "lepton_up") == (era == "17")
        place = f"SR_{era}"
        mine = 1.5 * recorded(columns, era, same=True)
        np.testing.assert_allclose(templates[place, "QCD"].values(), mine)
        fake = {"times": "Generator_weight"}
        mine = 2 * recorded(columns, era, same=True, **fake)
        np.testing.assert_allclose(templates[place, "fakes"].values(), mine)
        np.testing.assert_allclose(templates[place, "fakes", "ff_up"].values(), 1.25 * mine)
        for key, factor in KEYS.items():
            for part in ("ZTT", "W"):
                mine = -1.5 * by_hand(columns, era, part, same=True, factor=factor)
                ours = templates[place, f"QCD_less_{part}", key].values()
                np.testing.assert_allclose(ours, mine, atol=1e-9)
            mine = -2 * by_hand(columns, era, "ZLL", same=True, factor=factor, **fake)
            ours = templates[place, "fakes_less_ZLL", key].values()
            np.testing.assert_allclose(ours, mine, atol=1e-9)


def test_plots_and_alternatives_equal_sums_by_hand(samples):
    files, columns = samples
    result = make().run(files)
    edges = np.linspace(0, 60, 3)
    for era in LUMINOSITY:
        mine = -1.5 * by_hand(columns, era, "W", same=True, edges=edges)
        ours = result.plots[f"SR_{era}", "plot", "QCD_less_W"].values()
        np.testing.assert_allclose(ours, mine, atol=1e-9)
        fake = {"times": "Generator_weight", "edges": edges}
        mine = 2 * recorded(columns, era, same=True, **fake)
        np.testing.assert_allclose(result.plots[f"SR_{era}", "plot", "fakes"].values(), mine)
        swapped = {**columns, (era, "sig"): columns[era, "sig_ps"]}
        mine = by_hand(swapped, era, "sig", same=False)
        np.testing.assert_allclose(result.templates[f"SR_{era}", "sig", "ps"].values(), mine)


def test_the_model_has_each_parameter_where_it_belongs(samples):
    names = {
        (channel["name"], sample["name"]): {
            m["name"] for m in sample["modifiers"] if m["type"] != "staterror"
        }
        for channel in make().run(samples[0]).workspace()["channels"]
        for sample in channel["samples"]
    }
    jes = {"JES", "JES 17"}
    assert names["SR_17", "sig"] == {"mu", "L", "shower", "lepton 17 sig", *jes}
    assert names["SR_17", "QCD"] == {"q"}
    assert names["SR_17", "QCD_less_W"] == {"q", "k", "L", "lepton 17 W", *jes}
    assert names["SR_17", "QCD_less_ZTT"] == {"q", "L", "Z", "lepton 17 ZTT", *jes}
    assert names["SR_17", "fakes"] == {"ff"}
    assert names["SR_17", "fakes_less_ZLL"] == {"ff", "L", "Z", "lepton 17 ZLL", *jes}
    assert names["SR_16", "W"] == {"k", "L", "JES", "JES 16"}


@pytest.mark.parametrize(
    "options", [{"engine": "reference"}, {"engine": "compiled"}, {"workers": 2}]
)
def test_no_engine_and_no_division_of_labor_changes_a_bit(samples, options):
    files, _ = samples
    first, second = make().run(files, engine="awkward"), make().run(files, **options)
    assert list(first.templates) == list(second.templates)
    for name, histogram in first.templates.items():
        assert histogram == second.templates[name], name
    for key, histogram in first.plots.items():
        assert histogram == second.plots[key], key
