"""Whose numbers are whose: the keys of the streams."""

import awkward as ak
import numpy as np
import pytest
from scipy import stats

import hepline as hl
from hepline.columns.leaves import Random
from hepline.columns.nodes import walk

ev = hl.events("nanoaod")


def stream(like):
    streams = {
        node.stream for node in walk([hl.normal(like, stream="s").node]) if isinstance(node, Random)
    }
    return streams.pop()


@pytest.mark.parametrize(
    ("like", "expected"),
    [
        (ev, "s"),
        (ev.Jet, "s/Jet"),
        (ev.MET, "s/MET"),
        (ev.Jet[ev.Jet.pt > 30].with_fields(x=1)[0], "s/Jet"),
        (ev.Jet.pairs()[1], "s/Jet"),
        (ev.Jet.pairs(), "s/Jet+Jet"),
        (hl.concat(ev.Electron, ev.Muon), "s/Electron+Muon"),
    ],
)
def test_the_key_names_the_purpose_and_the_collection(like, expected):
    assert stream(like) == expected


def test_first_objects_of_two_collections_do_not_fluctuate_together(collisions, compute):
    jets, muons = compute(
        collisions,
        hl.normal(collisions.Jet, stream="x"),
        hl.normal(collisions.Muon, stream="x"),
    )
    both = (ak.num(jets) > 0) & (ak.num(muons) > 0)
    first, second = (np.asarray(side[both][:, 0]) for side in (jets, muons))
    assert len(first) > 500
    assert abs(stats.pearsonr(first, second).statistic) < 0.15
