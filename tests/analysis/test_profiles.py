"""Profiles against NumPy by hand."""

from itertools import pairwise

import awkward as ak
import numpy as np
import pytest
import uproot

import hepline as hl
from hepline.analysis.profiles import ProfileResult
from hepline.errors import AnalysisError, TypeMismatch

ev = hl.events("nanoaod")
EDGES = np.linspace(0, 100, 6)


@pytest.fixture(scope="module")
def columns():
    random = np.random.default_rng(3)
    x = random.uniform(0, 100, 400).astype(np.float32)
    y = random.normal(x, 7).astype(np.float32)
    y[::50] = np.nan
    y[7] = np.inf
    lists = [random.exponential(20, n).astype(np.float32) for n in random.poisson(2, 400)]
    return {
        "MET_pt": x,
        "MET_sumEt": y,
        "MET_phi": random.uniform(-3, 3, 400).astype(np.float32),
        "genWeight": random.uniform(-0.5, 2, 400).astype(np.float32),
        "Jet_pt": ak.Array(lists),
        "Jet_eta": ak.Array([pt / 10 for pt in lists]),
    }


@pytest.fixture(scope="module")
def path(columns, tmp_path_factory):
    path = tmp_path_factory.mktemp("profiles") / "events.root"
    with uproot.recreate(path) as file:
        jet = ak.zip({name[4:]: columns[name] for name in ("Jet_pt", "Jet_eta")})
        flat = {name: column for name, column in columns.items() if not name.startswith("Jet")}
        types = {name: column.dtype for name, column in flat.items()}
        types["Jet"] = ak.type(jet).content
        tree = file.mktree("Events", types, counter_name=lambda name: f"n{name}")
        tree.extend({**flat, "Jet": jet})
    return str(path)


def by_hand(x, y, weight=None):
    """Means, and standard errors with the effective number of entries."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    weight = np.ones(len(x)) if weight is None else np.asarray(weight, float)
    means, errors = [], []
    for low, high in pairwise(EDGES):
        kept = np.isfinite(y) & (x >= low) & (x < high)
        w, values = weight[kept], y[kept]
        mean = np.average(values, weights=w)
        sums, squares = w.sum(), (w**2).sum()
        spread = (w * (values - mean) ** 2).sum() / (sums - squares / sums)
        means.append(mean)
        errors.append(np.sqrt(spread * squares) / sums)
    return np.array(means), np.array(errors)


def test_without_weights_the_error_is_that_of_a_mean(path, columns):
    events = hl.open(path)
    axis = hl.axis(events.MET.pt, 5, 0, 100, "x [GeV]")
    made = hl.compute(hl.profile(axis, events.MET.sumEt, "y [GeV]"))
    assert (made.label, made.axis_label) == ("y [GeV]", "x [GeV]")
    assert np.array_equal(made.edges, EDGES)
    x, y = columns["MET_pt"], columns["MET_sumEt"].astype(float)
    for place in range(5):
        these = y[np.isfinite(y) & (x >= EDGES[place]) & (x < EDGES[place + 1])]
        assert made.means[place] == pytest.approx(these.mean(), rel=1e-12)
        error = these.std(ddof=1) / np.sqrt(len(these))
        assert made.errors[place] == pytest.approx(error, rel=1e-9)


@pytest.mark.parametrize("engine", ["compiled", "awkward", "reference"])
def test_weights_and_conditions(path, columns, engine):
    events = hl.open(path)
    axis = hl.axis(events.MET.pt, 5, 0, 100)
    front = abs(events.MET.phi) < 2
    made, same = hl.compute(
        hl.profile(axis, events.MET.sumEt, where=front, weight=abs(events.genWeight)),
        hl.profile(axis, events.MET.sumEt, weight=abs(events.genWeight)),
        where=front,
        engine=engine,
    )
    kept = np.abs(columns["MET_phi"]) < 2
    means, errors = by_hand(*(columns[c][kept] for c in ("MET_pt", "MET_sumEt")),
                            np.abs(columns["genWeight"][kept]))  # fmt: skip
    for profile in (made, same):
        assert np.allclose(profile.means, means, rtol=1e-9)
        assert np.allclose(profile.errors, errors, rtol=1e-6)


def test_lists_fill_every_element(path, columns):
    events = hl.open(path)
    made = hl.compute(
        hl.profile(hl.axis(events.Jet.pt, 5, 0, 100), events.Jet.eta, weight=abs(events.genWeight))
    )
    weights, _ = ak.broadcast_arrays(np.abs(columns["genWeight"]), columns["Jet_pt"])
    means, errors = by_hand(*(ak.flatten(columns[c]) for c in ("Jet_pt", "Jet_eta")),
                            ak.flatten(weights))  # fmt: skip
    assert np.allclose(made.means, means, rtol=1e-6)
    full = np.isfinite(errors)
    assert np.allclose(made.errors[full], errors[full], rtol=1e-5)


def test_bins_with_one_entry_or_none_have_no_error():
    empty = np.zeros(2)
    weights = np.array([1.0, 0.0])
    made = ProfileResult("y", "x", np.arange(3.0), weights, weights, 5 * weights, 25 * weights)
    assert made.means[0] == 5
    assert np.isnan(made.errors).all()
    assert np.isnan((made + ProfileResult("y", "x", made.edges, *[empty] * 4)).means[1])


def analysis(profile):
    made = hl.Analysis("toy", luminosity=10.0, weight=abs(ev.genWeight))
    made.sample("a", cross_section=5.0)
    made.sample("b", cross_section=1.0)
    axis = hl.axis(ev.MET.pt, 2, 0, 100)
    made.region("SR", where=abs(ev.MET.phi) < 2, observable=axis, plots=[profile])
    return made


def test_a_region_fills_profiles_of_every_sample(path, columns):
    axis = hl.axis(ev.MET.pt, 5, 0, 100, "x [GeV]")
    profile = hl.profile(axis, ev.MET.sumEt, "sum [GeV]")
    files = {
        "a": {"nominal": {"files": [path], "nevts_total": 400}},
        "b": {"nominal": {"files": [path], "nevts_total": 800}},
    }
    result = analysis(profile).run(files)
    kept = np.abs(columns["MET_phi"]) < 2
    means, errors = by_hand(*(columns[c][kept] for c in ("MET_pt", "MET_sumEt")),
                            np.abs(columns["genWeight"][kept]))  # fmt: skip
    for name in ("a", "b"):
        made = result.plots.profiles["SR", "mean_sum_vs_x", name, ""]
        assert np.allclose(made.means, means, rtol=1e-9)
        assert np.allclose(made.errors, errors, rtol=1e-6)
    assert len(result.plots) == 0
    assert len(result.plot("SR", "mean_sum_vs_x").axes) == 1


def test_what_is_not_a_profile_is_refused(path):
    with pytest.raises(TypeMismatch, match="axis with bins"):
        hl.profile(ev.MET.pt, ev.MET.phi)
    profile = hl.profile(hl.axis(ev.MET.pt, 5, 0, 100), ev.MET.phi, weight=2.0)
    with pytest.raises(AnalysisError, match="a weight or a condition of its own"):
        analysis(profile)


def test_numpy_takes_the_means(path, columns):
    asked = hl.profile(hl.axis(ev.MET.pt, 5, 0, 100), ev.MET.phi)
    profile = hl.compute(asked, source=hl.open(path))
    np.testing.assert_array_equal(np.asarray(profile), profile.means)
