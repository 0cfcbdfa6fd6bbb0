"""Plots beside the fitted ones as content of figures, against NumPy by hand."""

import shutil

import awkward as ak
import numpy as np
import pytest
import uproot
from scipy.stats import chi2

import hepline as hl
from hepline.share.plots import _shown_bins, _with_words, plot_contents
from hepline.show.stack_content import Cut

ev = hl.events("nanoaod")
LUMINOSITY, NUMBER = 10.0, {"sig": 400, "bkg": 600, "data": 300}
CROSS_SECTION = {"sig": 4.0, "bkg": 24.0}
EDGES = np.linspace(0, 100, 5)
JES = hl.nuisance("JES")


def write(path, columns):
    with uproot.recreate(path) as file:
        types = {name: ak.type(ak.Array(column)).content for name, column in columns.items()}
        file.mktree("Events", types).extend(columns)


@pytest.fixture(scope="module")
def columns():
    random = np.random.default_rng(5)
    return {
        name: {
            "run": np.ones(number, np.uint32),
            "MET_pt": random.exponential(40, number).astype(np.float32),
            "MET_phi": random.uniform(-3, 3, number).astype(np.float32),
        }
        for name, number in NUMBER.items()
    }


@pytest.fixture(scope="module")
def files(columns, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    for name, content in columns.items():
        write(folder / f"{name}.root", content)
    return {name: str(folder / f"{name}.root") for name in columns}


def make(**region):
    made = hl.Analysis("toy", luminosity=LUMINOSITY, luminosity_uncertainty=0.02)
    made.sample("sig", cross_section=CROSS_SECTION["sig"], normalization="mu", label="Z′")
    made.sample("bkg", cross_section=CROSS_SECTION["bkg"], uncertainty=0.1)
    made.data(label="Data")
    met = ev.MET.pt.vary(JES, up=ev.MET.pt * 1.1, down=ev.MET.pt * 0.9)
    made.region(
        "SR",
        label="signal region",
        where={"MET": ev.MET.pt > 20, "front": abs(ev.MET.phi) < 2},
        observable=hl.axis(ev.MET.phi, 2, -4, 4, "φ"),
        plots=[
            hl.axis(met, 4, 0, 100, "MET [GeV]"),
            (hl.axis(ev.MET.pt, 2, 0, 100, "MET [GeV]"), hl.axis(ev.MET.phi, 3, -3, 3, "phi")),
        ],
        n_minus_1={"MET": hl.axis(ev.MET.pt, 4, 0, 100, "MET [GeV]")},
        **region,
    )
    return made


@pytest.fixture(scope="module")
def contents(files):
    return plot_contents(make().run(files), "mu")


def by_hand(columns, name, *, cut=20.0, shift=1.0):
    """Events with overflow."""
    these = columns[name]
    keep = (these["MET_pt"] > cut) & (np.abs(these["MET_phi"]) < 2)
    pt = these["MET_pt"][keep] * np.float32(shift)
    counts = np.append(np.histogram(pt, EDGES)[0], (pt >= 100).sum()).astype(float)
    return (
        counts * CROSS_SECTION.get(name, 1) * (LUMINOSITY / NUMBER[name] if name != "data" else 1)
    )


def test_a_plot_holds_samples_data_and_overflow(contents, columns):
    (stack,) = contents.plots
    assert (stack.name, stack.region, stack.data_label) == ("SR__MET", "signal region", "Data")
    assert (stack.underflow, stack.overflow) == (False, True)
    assert np.allclose(stack.edges, EDGES)
    for sample in stack.samples:
        mine = by_hand(columns, sample.name)
        assert np.allclose(sample.values, mine)
        weight = CROSS_SECTION[sample.name] * LUMINOSITY / NUMBER[sample.name]
        assert np.allclose(sample.errors, np.sqrt(mine * weight))
    assert np.array_equal(stack.data, by_hand(columns, "data"))
    assert [sample.name for sample in stack.samples if sample.signal] == ["sig"]
    assert stack.samples[0].label == "Z′"


def test_uncertainties_are_statistical_luminosity_rates_and_variations(contents, columns):
    (stack,) = contents.plots
    parts = {name: by_hand(columns, name) for name in CROSS_SECTION}
    total = sum(parts.values())
    variances = sum(
        mine * CROSS_SECTION[name] * LUMINOSITY / NUMBER[name] for name, mine in parts.items()
    )
    up, down = (
        sum(by_hand(columns, name, shift=shift) for name in CROSS_SECTION) for shift in (1.1, 0.9)
    )
    shifts = [0.02 * total, 0.1 * parts["bkg"], (up - down) / 2]
    error = np.sqrt(variances + sum(shift**2 for shift in shifts))
    assert np.allclose(stack.expected, total)
    assert np.allclose(stack.statistical, np.sqrt(variances))
    assert np.allclose(stack.uncertainty, error)
    used = total > 0
    covariance = np.diag(total + variances) + sum(np.outer(one, one) for one in shifts)
    difference = (by_hand(columns, "data") - total)[used]
    statistic = difference @ np.linalg.inv(covariance[np.ix_(used, used)]) @ difference
    assert stack.goodness.statistic == pytest.approx(statistic)
    assert stack.goodness.p_value == pytest.approx(chi2.sf(statistic, used.sum()))


def test_an_n_minus_one_plot_marks_the_cut_that_it_leaves_out(contents, columns):
    (stack,) = contents.n_minus_one
    assert stack.cuts == (Cut(20.0, "above"),)
    assert np.array_equal(stack.data, by_hand(columns, "data", cut=-1.0))


def test_planes_are_of_each_sample_and_of_data(contents, columns):
    assert [plane.sample for plane in contents.planes] == ["Z′", "bkg", "Data"]
    data = columns["data"]
    keep = (data["MET_pt"] > 20) & (np.abs(data["MET_phi"]) < 2)
    mine, _, _ = np.histogram2d(
        data["MET_pt"][keep], data["MET_phi"][keep], (np.linspace(0, 100, 3), np.linspace(-3, 3, 4))
    )
    assert np.array_equal(contents.planes[-1].values, mine)


def test_hidden_data_are_not_in_any_content(files):
    contents = plot_contents(make(blind=True).run(files), "mu")
    for stack in (*contents.plots, *contents.n_minus_one):
        assert np.isnan(stack.data).all()
        assert stack.goodness is None
    assert [plane.sample for plane in contents.planes] == ["Z′", "bkg"]


def test_without_plots_there_are_none(files):
    made = hl.Analysis("toy", luminosity=LUMINOSITY)
    made.sample("sig", cross_section=1.0, normalization="mu")
    made.region("SR", where=ev.MET.pt > 20, observable=hl.axis(ev.MET.pt, 2, 0, 100))
    contents = plot_contents(made.run({"sig": files["sig"]}))
    assert (contents.plots, contents.n_minus_one, contents.planes) == ((), (), ())


def test_signals_of_a_grid_are_lines_and_not_in_the_total(files, columns, tmp_path):
    made = hl.Analysis("toy", energy="13 TeV")
    made.era("2016", luminosity=4.0)
    made.era("2017", luminosity=6.0, energy="13.6 TeV")
    made.sample("bkg", cross_section=24.0)
    made.signal("Zprime", mass=[1, 2, 3, 4], files="sig", cross_section=4.0, label="Z′ ({mass})")
    axis = hl.axis(ev.MET.pt, 4, 0, 100, "MET [GeV]")
    made.region("SR", where=ev.MET.pt > 20, observable=axis, plots=[axis])
    eras = {era: {name: str(tmp_path / f"{name}{era}.root") for name in ("bkg", "sig")}
            for era in ("2016", "2017")}  # fmt: skip
    for entries in eras.values():
        for name, path in entries.items():
            shutil.copy(files[name], path)
    stack, later = plot_contents(made.run(eras), "mu").plots
    assert [one.label for one in stack.overlaid] == ["Z′ (1)", "Z′ (3)", "Z′ (4)"]
    pt = columns["bkg"]["MET_pt"]
    expected = np.histogram(pt[pt > 20], EDGES)[0] * 24.0 * 4.0 / NUMBER["bkg"]
    assert np.allclose(stack.expected[:4], expected)
    assert (stack.conditions, later.conditions) == ("4 pb⁻¹ (13 TeV)", "6 pb⁻¹ (13.6 TeV)")


def test_what_lies_outside_does_not_press_the_bins_flat():
    inside, small = np.array([0.0, 5.0, 8.0, 3.0]), np.array([0.0, 5.0, 9.0, 2.0])
    assert _shown_bins([inside, small]) == (slice(1, None), "")
    assert _shown_bins([np.array([40.0, 5.0, 8.0, 0.0])]) == (slice(1, -1), " (40 below)")
    outside = [np.array([9.0, 5.0, 8.0, 70.5]), np.array([11.0, 6.0, 7.0, 64.0])]
    assert _shown_bins(outside) == (slice(1, -1), " (11 below, 64 above)")
    assert _with_words("m [GeV]", " (3 above)") == "m (3 above) [GeV]"
    assert _with_words("jets", " (3 above)") == "jets (3 above)"


def test_figures_say_that_the_last_bin_holds_the_overflow(files):
    made = hl.Analysis("toy", luminosity=LUMINOSITY)
    made.sample("sig", cross_section=1.0, normalization="mu")
    axis = hl.axis(ev.MET.pt, 4, 0, 100, "MET [GeV]", overflow=True)
    made.region("SR", where=ev.MET.pt > 20, observable=axis, plots=[axis])
    result = made.run({"sig": files["sig"]})
    (stack,) = plot_contents(result).plots
    assert (stack.holds_underflow, stack.holds_overflow, stack.overflow) == (False, True, False)
    words = [text.get_text() for text in result.plot("SR", "MET").axes[0].texts]
    assert words.count("with overflow") == 1
    assert "with underflow" not in words
