"""Figures and tables of a result in one line, against NumPy by hand."""

import shutil

import awkward as ak
import numpy as np
import pytest
import uproot
from matplotlib.figure import Figure

import hepline as hl
from hepline.errors import AnalysisError
from hepline.share import drawn

ev = hl.events("nanoaod")
EDGES = np.array([0.0, 20, 40, 100])
LUMINOSITY = {"2016": 4.0, "2017": 6.0}
SCALE = hl.nuisance("scale", key="scale")
ONLY = hl.nuisance("trigger", key="trigger", apart="era")


@pytest.fixture(scope="module")
def columns():
    random = np.random.default_rng(14)
    return {
        name: {
            "MET_pt": random.exponential(30, number).astype(np.float32),
            "MET_phi": random.uniform(-3, 3, number).astype(np.float32),
        }
        for name, number in {"bkg": 500, "data": 90}.items()
    }


@pytest.fixture(scope="module")
def result(columns, tmp_path_factory):
    folder = tmp_path_factory.mktemp("eras")
    eras = {
        era: {name: str(folder / f"{name}{era}.root") for name in columns} for era in LUMINOSITY
    }
    for name, content in columns.items():
        first = eras["2016"][name]
        with uproot.recreate(first) as file:
            types = {key: ak.type(ak.Array(values)).content for key, values in content.items()}
            file.mktree("Events", types).extend(content)
        shutil.copy(first, eras["2017"][name])
    weight = hl.weight(1.0).vary(SCALE, up=1.1, down=0.9).vary(ONLY, up=1.2, down=0.8)
    made = hl.Analysis("toy", weight=weight, energy="13 TeV")
    for era, luminosity in LUMINOSITY.items():
        made.era(era, luminosity=luminosity)
    made.sample("bkg", cross_section=20.0, normalization="mu")
    made.data("data")
    made.region(
        "SR",
        where={"front": abs(ev.MET.phi) < 2, "MET": ev.MET.pt > 10},
        observable=hl.axis(ev.MET.pt, EDGES, "MET [GeV]"),
        plots=[(hl.axis(ev.MET.pt, EDGES, "MET [GeV]"), hl.axis(ev.MET.phi, 2, -3, 3, "phi"))],
        n_minus_1={"MET": hl.axis(ev.MET.pt, 4, 0, 100, "MET [GeV]")},
    )
    return made.run(eras)


@pytest.fixture
def contents(monkeypatch):
    """What is drawn."""
    seen = []

    def drawn_stack(content, *, stamp):
        seen.append((content, stamp))
        return Figure()

    monkeypatch.setattr(drawn, "draw_stack", drawn_stack)
    return seen


def by_hand(columns, name, *, cut=10.0):
    these = columns[name]
    return these["MET_pt"][(np.abs(these["MET_phi"]) < 2) & (these["MET_pt"] > cut)]


def test_eras_are_summed_with_their_uncertainties(result, columns, contents):
    assert isinstance(result.plot("SR"), Figure)
    ((stack, stamp),) = contents
    counts = np.histogram(by_hand(columns, "bkg"), EDGES)[0]
    parts = {era: counts * 20.0 * luminosity / 500 for era, luminosity in LUMINOSITY.items()}
    total = sum(parts.values())
    assert np.allclose(stack.expected[:3], total)
    assert np.array_equal(stack.data[:3], 2 * np.histogram(by_hand(columns, "data"), EDGES)[0])
    # One parameter for both eras, and one for each of them.
    variance = sum(counts * (20.0 * luminosity / 500) ** 2 for luminosity in LUMINOSITY.values())
    systematic = (0.1 * total) ** 2 + sum((0.2 * part) ** 2 for part in parts.values())
    assert np.allclose(stack.uncertainty[:3], np.sqrt(variance + systematic))
    assert (stack.region, stack.conditions) == ("SR", "")
    assert stamp.right == "4 pb⁻¹ + 6 pb⁻¹, 13 TeV"
    assert stack.look.per == "GeV"  # bins of several widths


def test_one_era_is_drawn_by_its_full_name(result, columns, contents):
    result.plot("SR_2017")
    ((stack, _),) = contents
    expected = np.histogram(by_hand(columns, "bkg"), EDGES)[0] * 20.0 * 6.0 / 500
    assert np.allclose(stack.expected[:3], expected)
    assert stack.conditions == "6 pb⁻¹ (13 TeV)"


def test_n_minus_1_marks_the_cut(result, columns, contents):
    assert list(result.n_minus_1("SR")) == ["MET"]
    ((stack, _),) = contents
    everything = np.histogram(by_hand(columns, "data", cut=-1.0), np.linspace(0, 100, 5))[0]
    assert np.array_equal(stack.data[:4], 2 * everything)
    assert [(cut.value, cut.keeps) for cut in stack.cuts] == [(10.0, "above")]
    assert stack.look.per == ""  # equal bins


def test_two_quantities_are_a_plane(result, columns, monkeypatch):
    seen = []
    monkeypatch.setattr(drawn, "draw_plane", lambda content, **_: seen.append(content))
    result.plot("SR", "MET_vs_phi", sample="data")
    result.plot("SR", "MET_vs_phi")
    for content, name, factor in zip(seen, ("data", "bkg"), (2, 20.0 * 10 / 500), strict=True):
        phi = columns[name]["MET_phi"]
        kept = (np.abs(phi) < 2) & (columns[name]["MET_pt"] > 10)
        mine, _, _ = np.histogram2d(by_hand(columns, name), phi[kept], (EDGES, [-3, 0, 3]))
        assert np.allclose(content.values, mine * factor)


def test_the_figures_are_drawn(result):
    assert len(result.plot("SR").axes) == 2
    assert len(result.plot("SR_2016", "MET_vs_phi").axes) == 2
    (figure,) = result.n_minus_1("SR_2016").values()
    assert len(figure.axes) == 2


def test_cutflows_have_efficiencies(result, columns):
    lines = result.cutflow_table("SR_2016").text().splitlines()
    passed = np.abs(columns["bkg"]["MET_phi"]) < 2
    row = next(line.split() for line in lines if line.startswith("front"))
    assert float(row[1]) == pytest.approx(passed.sum() * 20 * 4 / 500, abs=0.06)
    assert float(row[2]) == pytest.approx(100 * passed.mean(), abs=0.06)
    raw = result.cutflow_table("SR", raw=True).text()
    assert str(passed.sum()) in raw
    assert "SR_2017" in raw


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("SX",), "there is no region 'SX'"),
        (("SR", "Met"), "has no plot 'Met'"),
    ],
)
def test_what_was_not_filled_is_refused(result, names, message):
    with pytest.raises(AnalysisError, match=message):
        result.plot(*names)


def test_a_sample_that_was_not_filled_is_refused(result):
    with pytest.raises(AnalysisError, match="no 'ttbar' in the plot"):
        result.plot("SR", "MET_vs_phi", sample="ttbar")


def test_n_minus_1_plots_must_be_declared(tmp_path, columns):
    path = tmp_path / "bkg.root"
    with uproot.recreate(path) as file:
        file.mktree("Events", {"MET_pt": "float32"}).extend({"MET_pt": columns["bkg"]["MET_pt"]})
    made = hl.Analysis("toy", luminosity=1.0)
    made.sample("bkg", cross_section=1.0)
    made.region("SR", where=ev.MET.pt > 10, observable=hl.axis(ev.MET.pt, 2, 0, 50))
    with pytest.raises(AnalysisError, match="has no N−1 plots"):
        made.run({"bkg": str(path)}).n_minus_1("SR")
