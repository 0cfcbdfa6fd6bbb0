import hist
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hepline as hl
from hepline.analysis.binning import _ends, fitted_region, merged_notices
from hepline.analysis.systematics import Systematic
from hepline.errors import AnalysisError

ev = hl.events("nanoaod")
FILLED = [1.0, 2.0, 3.0, 4.0]
REACH = frozenset({("SR", "sig")})


def toy(fit_bins=None, **thin):
    made = hl.Analysis("toy", luminosity=1.0)
    made.sample("sig", cross_section=1.0, normalization="mu")
    made.sample("bkg", cross_section=1.0)
    made.data()
    made.region(
        "SR", where=ev.MET.pt > 0, observable=hl.axis(ev.MET.pt, 4, 0, 8), fit_bins=fit_bins, **thin
    )
    return made


def templates(**contents):
    made = {}
    for name, values in contents.items():
        histogram = hist.Hist(hist.axis.Regular(4, 0, 8), storage=hist.storage.Weight())
        histogram.view()["value"] = values
        histogram.view()["variance"] = np.array(values) / 2
        made[f"SR_{name}"] = histogram
    return hl.Templates(made)


@pytest.mark.parametrize(
    ("expected", "edges"),
    [
        ([1, 1, 1, 1], [0, 2, 4, 6, 8]),
        ([0, 1, 1, 1], [0, 4, 6, 8]),
        ([1, 0, 0, 1], [0, 2, 8]),
        ([1, 1, 1, 0], [0, 2, 4, 8]),
        ([0, 0, 1, 0], [0, 8]),
        ([0, 0, 0, 0], [0, 2, 4, 6, 8]),
        ([-5, 3, 4, 1], [0, 6, 8]),
        ([1, 1, 3, -2], [0, 2, 4, 8]),
        ([1, 3, 1, -2], [0, 2, 8]),
        ([2, -5, 4, 1], [0, 8]),
        ([2, -5, 4, 2], [0, 2, 8]),
        ([5, 1, -1, -2], [0, 8]),
        ([1, -5, 1, 1], [0, 2, 4, 6, 8]),
    ],
)
def test_bins_without_simulation_join_their_neighbors(expected, edges):
    analysis, made = toy(), templates(sig=expected, data=FILLED)
    fitted = fitted_region(analysis, analysis.regions["SR"], made)
    assert fitted.edges.tolist() == edges
    assert fitted.contents("data").sum() == sum(FILLED)
    assert fitted.variances("data").sum() == sum(FILLED) / 2
    assert len(merged_notices(analysis, made)) == (len(edges) < 5)


def test_one_sample_with_events_keeps_a_bin():
    analysis = toy()
    made = templates(sig=[0, 1, 0, 1], bkg=[1, 0, 1, 0])
    assert len(fitted_region(analysis, analysis.regions["SR"], made).edges) == 5


def test_notice_says_which_edges_went():
    (notice,) = merged_notices(toy(), templates(sig=[1, 0, 1, 1]))
    assert notice.kind == "merged bins"
    assert "no simulated events in 1 fit bin of SR" in notice.text
    assert "edges left out: 4" in notice.text


def test_declared_fit_bins_are_where_merging_starts():
    analysis = toy(fit_bins=[2, 4, 6])
    fitted = fitted_region(analysis, analysis.regions["SR"], templates(sig=[9, 1, 0, 9]))
    assert fitted.edges.tolist() == [2, 6]
    assert fitted.has("sig")
    assert not fitted.has("sig", "jes_up")


COUNTS = st.lists(st.integers(-20, 40), min_size=6, max_size=6)


@given(st.lists(COUNTS.filter(lambda counts: sum(counts) > 0), min_size=1, max_size=3))
def test_every_bin_expects_something_where_that_is_possible(points):
    ends = _ends([np.array(counts, float) for counts in points], [])
    for counts in points:
        assert (np.add.reduceat(np.array(counts), [0, *ends[:-1]]) > 0).all()
    assert ends[-1] == 6
    assert sorted(set(ends)) == ends


def test_alternative_simulation_acts_with_both_sides_only():
    analysis = toy()
    made = templates(sig=[1, 1, 1, 1], sig_up=[2, 1, 1, 1])
    fitted = fitted_region(analysis, analysis.regions["SR"], made)
    assert not fitted.acts(Systematic("scale", "up", "down", REACH, simulated=True), "sig")
    assert fitted.acts(Systematic("scale", "up", None, REACH, simulated=True), "sig")
    assert fitted.acts(Systematic("JES", "up", "down", REACH), "sig")
    assert not fitted.acts(Systematic("JES", "other_up", "other_down", REACH), "sig")
    assert fitted.varied("sig", "up").tolist() == [2, 1, 1, 1]
    assert fitted.varied("sig", "down").tolist() == [1, 1, 1, 1]


# The relative error of n events is 1 / √(2 n), see `templates`.
@pytest.mark.parametrize(
    ("thin", "background", "edges"),
    [
        ({"merge_below": 5}, [9, 9, 5, 5], [0, 2, 4, 6, 8]),
        ({"merge_below": 5}, [9, 9, 4, 4], [0, 2, 4, 8]),
        ({"merge_below": 5}, [9, 9, 9, 4], [0, 2, 4, 8]),
        ({"merge_below": 5}, [1, 9, 0, 9], [0, 4, 8]),
        ({"merge_below": 50}, [9, 9, 9, 9], [0, 8]),
        ({"merge_above": 0.2}, [13, 13, 7, 6], [0, 2, 4, 8]),
        ({"merge_above": 0.2}, [13, 13, 6, 6], [0, 2, 8]),
        ({"merge_above": 0.2}, [13, 0, 13, 14], [0, 2, 6, 8]),
        ({"merge_above": 0.2, "merge_below": 20}, [13, 13, 13, 21], [0, 4, 8]),
        ({"merge_below": 5}, [0, 0, 0, 0], [0, 8]),
    ],
)
def test_thin_bins_join_their_neighbors(thin, background, edges):
    analysis, made = toy(**thin), templates(sig=[90, 90, 90, 90], bkg=background)
    assert fitted_region(analysis, analysis.regions["SR"], made).edges.tolist() == edges
    notices = [notice.text for notice in merged_notices(analysis, made)]
    assert len(notices) == (len(edges) < 5)
    if notices:
        assert notices[0].startswith(f"too little background in {5 - len(edges)} fit bin")


def test_thin_bins_and_empty_ones_are_told_apart():
    made = templates(sig=[0, 9, 9, 9], bkg=[0, 9, 9, 2])
    empty, thin = merged_notices(toy(merge_below=5, merge_above=0.5), made)
    assert "no simulated events in 1 fit bin of SR" in empty.text
    assert "(fewer than 5 events or a relative statistical error above 0.5)" in thin.text
    assert "edges left out: 6" in thin.text


@pytest.mark.parametrize("thin", [{"merge_below": -1}, {"merge_above": 0}])
def test_limits_of_thin_bins_are_checked(thin):
    with pytest.raises(AnalysisError, match="merge_below="):
        toy(**thin)
