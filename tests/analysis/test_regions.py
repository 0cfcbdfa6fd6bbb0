from itertools import pairwise

import hist
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hepline as hl
from hepline.analysis.regions import cuts_of, merge_matrix
from hepline.errors import AnalysisError, TypeMismatch

ev = hl.events("nanoaod")
EDGES = np.linspace(50, 550, 26)


def region(where, **more):
    made = hl.Analysis("toy", luminosity=1.0)
    made.region("SR", where=where, observable=hl.axis(ev.MET.pt, 25, 50, 550), **more)
    return made.regions["SR"]


def test_cuts_keep_the_labels_of_a_mapping():
    cuts = cuts_of({"two jets": hl.count(ev.Jet) >= 2, "MET": ev.MET.pt > 30})
    assert [label for label, _ in cuts] == ["two jets", "MET"]


def test_cuts_are_the_parts_joined_with_and():
    where = (hl.count(ev.Jet) >= 2) & (ev.MET.pt > 30) & (ev.MET.pt < 90)
    cuts = cuts_of(where)
    assert len(cuts) == 3
    assert [label for label, _ in cuts] == [str(node) for _, node in cuts]
    assert "30" in cuts[1][0]


def test_cuts_joined_with_or_are_one_step():
    assert len(cuts_of((ev.MET.pt > 30) | (ev.MET.pt < 10))) == 1


def test_cuts_of_a_list_are_its_elements():
    cuts = cuts_of([(ev.MET.pt > 30) & (ev.MET.pt < 90), hl.count(ev.Jet) >= 2])
    assert len(cuts) == 2


@pytest.mark.parametrize("where", ["jets", "number"])
def test_cut_that_is_not_one_truth_per_event_is_refused(where):
    cut = ev.Jet.pt > 30 if where == "jets" else hl.count(ev.Jet)
    with pytest.raises(TypeMismatch, match="the cut 'bad'"):
        region({"bad": cut})


def test_cut_that_is_no_expression_is_refused():
    with pytest.raises(TypeMismatch, match="the cut 'bad'"):
        region({"bad": True})


def test_region_needs_an_axis():
    made = hl.Analysis("toy", luminosity=1.0)
    with pytest.raises(TypeMismatch, match="observable of region 'SR'"):
        made.region("SR", where=ev.MET.pt > 1, observable=ev.MET.pt)


def test_all_bins_are_fitted_by_default():
    expected = hist.axis.Regular(25, 50, 550).edges
    np.testing.assert_array_equal(region(ev.MET.pt > 1).fit_edges, expected)


def test_fit_bins_of_the_grand_challenge_merge_pairs():
    merge = merge_matrix(EDGES, np.arange(110.0, 551, 40), region="SR")
    contents = np.arange(25.0)
    np.testing.assert_array_equal(merge @ contents, contents[3:].reshape(11, 2).sum(axis=1))


@given(st.sets(st.integers(0, 25), min_size=2))
def test_merged_bins_keep_every_event_between_the_outer_edges(chosen):
    places = np.array(sorted(chosen))
    contents = np.arange(1.0, 26.0)
    merged = merge_matrix(EDGES, EDGES[places], region="SR") @ contents
    expected = [contents[a:b].sum() for a, b in pairwise(places)]
    np.testing.assert_array_equal(merged, expected)


@pytest.mark.parametrize(
    "fit_bins",
    [
        [110, 155, 200],
        [0, 110],
        [50, 600],
        [110, 110],
        [150, 110],
        [110],
        [],
        [[50, 70], [90, 110]],
        [110, float("nan")],
    ],
)
def test_fit_bins_that_do_not_divide_the_axis_are_refused(fit_bins):
    with pytest.raises(AnalysisError, match="fit bins of region 'SR' do not divide") as caught:
        region(ev.MET.pt > 1, fit_bins=fit_bins)
    assert "among these edges" in caught.value.fix
    assert "test_regions.py" in caught.value.asked_at


def test_edges_with_rounding_errors_are_recognised():
    edges = np.linspace(0, 1, 11)
    merge = merge_matrix(edges, np.array([0.1 + 0.2, 0.6, 1.0]), region="SR")
    np.testing.assert_array_equal(merge.sum(axis=1), [3, 4])
