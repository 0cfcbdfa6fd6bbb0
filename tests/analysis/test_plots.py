"""Plots of regions against NumPy by hand: flow, lists, weights."""

import awkward as ak
import numpy as np
import pytest
import uproot

import hepline as hl

ev = hl.events("nanoaod")
JES = hl.nuisance("JES", key="jes", one_sided=True)
SCALE = hl.nuisance("scale", key="scale")
EDGES = np.array([20.0, 40, 60, 80])


@pytest.fixture(scope="module")
def columns():
    random = np.random.default_rng(11)
    sizes = random.poisson(1.5, 500)
    return {
        "MET_pt": random.exponential(50, 500).astype(np.float32),
        "MET_phi": random.uniform(-3, 3, 500).astype(np.float32),
        "genWeight": random.uniform(0.5, 2, 500).astype(np.float32),
        "Jet_pt": ak.Array([random.exponential(40, size).astype(np.float32) for size in sizes]),
    }


@pytest.fixture(scope="module")
def path(columns, tmp_path_factory):
    path = tmp_path_factory.mktemp("plots") / "events.root"
    with uproot.recreate(path) as file:
        flat = {name: column for name, column in columns.items() if name != "Jet_pt"}
        types = {name: column.dtype for name, column in flat.items()}
        jet = ak.zip({"pt": columns["Jet_pt"]})
        types["Jet"] = ak.type(jet).content
        tree = file.mktree("Events", types, counter_name=lambda name: f"n{name}")
        tree.extend({**flat, "Jet": jet})
    return str(path)


@pytest.fixture(scope="module")
def result(path):
    jet = ev.Jet.vary(JES, up={"pt": ev.Jet.pt * 1.1})
    weight = hl.weight(ev.genWeight).vary(SCALE, up=1.2, down=0.9)
    made = hl.Analysis("toy", luminosity=10.0, weight=weight)
    made.sample("a", cross_section=5.0)
    flow = {"underflow": True, "overflow": True}
    both = hl.axis(ev.MET.pt, EDGES, "both", **flow)
    phi = hl.axis(ev.MET.phi, 2, -2, 2, "phi", overflow=True)
    made.region(
        "SR",
        where=ev.MET.phi > -2.5,
        observable=both,
        plots=[
            hl.axis(ev.MET.pt, EDGES, "none"),
            both,
            (both, phi),
            hl.axis(jet.pt, EDGES, "all jets"),
            hl.axis(jet[0].pt, EDGES, "first jet"),
            (hl.axis(jet.pt, EDGES, "jet"), hl.axis(ev.MET.phi, 2, -2, 2, "phi")),
        ],
    )
    return made.run({"a": {"nominal": {"files": [path], "nevts_total": 500}}})


def chosen(columns):
    kept = columns["MET_phi"] > -2.5
    return {name: column[kept] for name, column in columns.items()}


def clipped(values, edges, *, below=False):
    """Values with those above, and below, in the outermost bins."""
    values = np.where(values >= edges[-1], (edges[-2] + edges[-1]) / 2, values)
    return np.where(values < edges[0], (edges[0] + edges[1]) / 2, values) if below else values


def weights_of(these, variation=""):
    return these["genWeight"].astype(float) * {"scale_up": 1.2, "scale_down": 0.9}.get(variation, 1)


def filled(values, weights):
    """Contents and variances, scaled to the luminosity, with flow."""
    edges = [-np.inf, *EDGES, np.inf]
    scale = 5.0 * 10.0 / 500
    return [np.histogram(values, edges, weights=(weights * scale) ** power)[0] for power in (1, 2)]


@pytest.mark.parametrize("variation", ["", "scale_up", "scale_down"])
def test_flow_is_kept_apart_or_counted_in_the_outermost_bins(result, columns, variation):
    these = chosen(columns)
    weights = weights_of(these, variation)
    for name, values in (
        ("none", these["MET_pt"]),
        ("both", clipped(these["MET_pt"], EDGES, below=True)),
    ):
        contents, variances = filled(values, weights)
        histogram = result.plots["SR", name, "a", variation]
        assert np.allclose(histogram.values(flow=True), contents)
        assert np.allclose(histogram.variances(flow=True), variances)
        assert np.isclose(
            contents.sum(), result.plots["SR", "none", "a", variation].sum(flow=True).value
        )


def test_two_quantities_count_their_flow_where_asked(result, columns):
    these = chosen(columns)
    x = clipped(these["MET_pt"], EDGES, below=True)
    y = clipped(these["MET_phi"], np.array([-2.0, 0, 2]))
    edges = (EDGES, [-np.inf, -2, 0, 2])
    mine, _, _ = np.histogram2d(x, y, edges, weights=weights_of(these) * 0.1)
    values = result.plots["SR", "both_vs_phi", "a"].values(flow=True)
    assert np.allclose(values[1:-1, :-1], mine)
    assert np.allclose(values.sum(), mine.sum())


def test_the_accounting_has_nothing_outside(result, columns):
    (account,) = [part for part in result.accounting if not part.variation]
    passing = chosen(columns)
    assert account.selected.entries == len(passing["MET_pt"])
    assert account.inside.entries == account.entries.entries == len(passing["MET_pt"])
    assert (account.below.entries, account.above.entries) == (0, 0)
    assert account.inside.events == pytest.approx(weights_of(passing).sum() * 0.1)


@pytest.mark.parametrize(("variation", "shift"), [("", 1.0), ("jes_up", 1.1), ("scale_up", 1.0)])
def test_lists_fill_all_their_elements_with_the_weight_of_the_event(
    result, columns, variation, shift
):
    these = chosen(columns)
    pt = these["Jet_pt"] * np.float32(shift)
    weights, _ = ak.broadcast_arrays(weights_of(these, variation), pt)
    contents, variances = filled(ak.flatten(pt), ak.to_numpy(ak.flatten(weights)))
    histogram = result.plots["SR", "all_jets", "a", variation]
    assert np.allclose(histogram.values(flow=True), contents)
    assert np.allclose(histogram.variances(flow=True), variances)


@pytest.mark.parametrize(("variation", "shift"), [("", 1.0), ("jes_up", 1.1), ("scale_up", 1.0)])
def test_an_element_fills_once_per_event_or_not_at_all(result, columns, variation, shift):
    these = chosen(columns)
    some = ak.to_numpy(ak.num(these["Jet_pt"])) > 0
    pt = these["Jet_pt"][some][:, 0] * np.float32(shift)
    contents, _ = filled(ak.to_numpy(pt), weights_of(these, variation)[some])
    histogram = result.plots["SR", "first_jet", "a", variation]
    assert np.allclose(histogram.values(flow=True), contents)
    assert histogram.metadata["missing"] == (~some).sum()


def test_a_list_against_a_value_of_the_event(result, columns):
    these = chosen(columns)
    phi, pt = ak.broadcast_arrays(these["MET_phi"], these["Jet_pt"])
    weights, _ = ak.broadcast_arrays(weights_of(these) * 0.1, these["Jet_pt"])
    flat = [ak.to_numpy(ak.flatten(part)) for part in (pt, phi, weights)]
    mine, _, _ = np.histogram2d(flat[0], flat[1], (EDGES, [-2, 0, 2]), weights=flat[2])
    assert np.allclose(result.plots["SR", "jet_vs_phi", "a"].values(), mine)
