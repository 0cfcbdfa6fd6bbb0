"""Lists of lists that are stored: what awkward gives by hand, in every evaluator."""

import awkward as ak
import numpy as np
import pytest

import hepline as hl
from hepline.errors import CorruptData, ShapeMismatch

ENGINES = ["reference", "awkward", "compiled"]
TRACKS = ak.values_astype(
    ak.Array(
        [[[5.0, 1.0, 3.0], [], [2.0]], [], [[4.0]], [[], [6.0, 7.0], [8.0, 9.0, 1.5], [2.5]]] * 3
    ),
    np.float32,
)
HITS = ak.values_astype(ak.Array([[[[1, 2], []], []], [[[3]]], []] * 4), np.int32)
PT = ak.values_astype(ak.Array([[30.0, 20.0, 10.0], [], [50.0], [45, 35, 25, 15]] * 3), np.float32)
X = np.array([1.0, 2.0, 0.0, -1.0] * 3, np.float32)


@pytest.fixture
def ev(in_memory):
    return in_memory({"Jet_pt": PT, "Jet_track": TRACKS, "Seg_hit": HITS, "x": ak.Array(X)})


def sorted_down(array):
    return ak.sort(array, axis=-1, ascending=False)


CASES = {
    "as it is": (lambda ev: ev.Jet.track, lambda: TRACKS),
    "three levels": (lambda ev: ev.Seg.hit, lambda: HITS),
    "arithmetic": (lambda ev: ev.Jet.track * 2 + 1, lambda: TRACKS * 2 + 1),
    "with its jet": (lambda ev: ev.Jet.track / ev.Jet.pt, lambda: TRACKS / PT),
    "with its event": (lambda ev: ev.Jet.track * ev.x, lambda: TRACKS * X),
    "a mask inside": (lambda ev: ev.Jet.track[ev.Jet.track > 2], lambda: TRACKS[TRACKS > 2]),
    "a mask of jets": (lambda ev: ev.Jet.track[ev.Jet.pt > 22], lambda: TRACKS[PT > 22]),
    "both masks": (
        lambda ev: (lambda t: t[t > 2])(ev.Jet[ev.Jet.pt > 22].track),
        lambda: (lambda t: t[t > 2])(TRACKS[PT > 22]),
    ),
    "masks the other way": (
        lambda ev: ev.Jet.track[ev.Jet.track > 2][ev.Jet.pt > 22],
        lambda: TRACKS[TRACKS > 2][PT > 22],
    ),
    "sums": (lambda ev: hl.sum(ev.Jet.track), lambda: ak.sum(TRACKS, axis=-1)),
    "sums of sums": (
        lambda ev: hl.sum(hl.sum(ev.Jet.track)),
        lambda: ak.sum(ak.sum(TRACKS, axis=-1), axis=-1),
    ),
    "counts": (lambda ev: hl.count(ev.Jet.track), lambda: ak.num(TRACKS, axis=2)),
    "counts of a condition": (
        lambda ev: hl.count(ev.Jet.track > 2),
        lambda: ak.sum(TRACKS > 2, axis=-1),
    ),
    "counts of chosen ones": (
        lambda ev: hl.count(ev.Jet.track[ev.Jet.track > 2]),
        lambda: ak.sum(TRACKS > 2, axis=-1),
    ),
    "counts of all": (
        lambda ev: hl.count(ev.Jet.track, axis=None),
        lambda: ak.sum(ak.num(TRACKS, axis=2), axis=-1),
    ),
    "largest": (lambda ev: hl.max(ev.Jet.track), lambda: ak.max(TRACKS, axis=-1)),
    "any": (lambda ev: hl.any(ev.Jet.track > 5), lambda: ak.any(TRACKS > 5, axis=-1)),
    "flattened": (lambda ev: hl.flatten(ev.Jet.track), lambda: ak.flatten(TRACKS, axis=2)),
    "flattened choice": (
        lambda ev: hl.flatten(ev.Jet.track[ev.Jet.track > 2]),
        lambda: ak.flatten(TRACKS[TRACKS > 2], axis=2),
    ),
    "flattened, then chosen": (
        lambda ev: (lambda t: t[t > 2])(hl.flatten(ev.Jet.track)),
        lambda: (lambda t: t[t > 2])(ak.flatten(TRACKS, axis=2)),
    ),
    "flattened of three": (
        lambda ev: hl.flatten(ev.Seg.hit),
        lambda: ak.flatten(HITS, axis=2),
    ),
    "flattened twice": (
        lambda ev: hl.flatten(hl.flatten(ev.Seg.hit)),
        lambda: ak.flatten(ak.flatten(HITS, axis=2), axis=2),
    ),
    "the first inside": (lambda ev: ev.Jet.track.inner[0], lambda: ak.firsts(TRACKS, axis=2)),
    "the last inside": (
        lambda ev: ev.Jet.track.inner[-1],
        lambda: ak.firsts(TRACKS[:, :, ::-1], axis=2),
    ),
    "the largest inside": (
        lambda ev: ev.Jet.track.inner[hl.argmax(ev.Jet.track)],
        lambda: ak.max(TRACKS, axis=-1),
    ),
    "the best inside": (
        lambda ev: ev.Jet.track.inner.best(-ev.Jet.track),
        lambda: ak.min(TRACKS, axis=-1),
    ),
    "sorted inside": (lambda ev: ev.Jet.track.inner.sort(), lambda: sorted_down(TRACKS)),
    "the second hardest": (
        lambda ev: ev.Jet.track.inner.sort().inner[1],
        lambda: ak.firsts(sorted_down(TRACKS)[:, :, 1:], axis=2),
    ),
    "a slice inside": (lambda ev: ev.Jet.track.inner[:2], lambda: TRACKS[:, :, :2]),
    "a slice of jets": (lambda ev: ev.Jet[1:].track, lambda: TRACKS[:, 1:]),
    "backwards inside": (lambda ev: ev.Jet.track.inner[::-1], lambda: TRACKS[:, :, ::-1]),
    "padded inside": (
        lambda ev: ev.Jet.track.inner.pad(2),
        lambda: ak.pad_none(TRACKS, 2, axis=2, clip=True),
    ),
    "one jet's": (
        lambda ev: ev.Jet[0].track,
        lambda: ak.fill_none(ak.firsts(TRACKS), [], axis=0),
    ),
    "the sum of one jet's": (
        lambda ev: hl.sum(ev.Jet[0].track),
        lambda: ak.sum(ak.fill_none(ak.firsts(TRACKS), [], axis=0), axis=-1),
    ),
    "sorted jets'": (
        lambda ev: ev.Jet.sort(ev.Jet.pt, descending=False).track,
        lambda: TRACKS[ak.argsort(PT, axis=-1)],
    ),
    "of pairs": (
        lambda ev: hl.sum(ev.Jet.pairs()[1].track),
        lambda: ak.sum(TRACKS[ak.argcombinations(PT, 2, fields=["a", "b"]).b], axis=-1),
    ),
    "jets by their tracks": (
        lambda ev: ev.Jet[hl.sum(ev.Jet.track) > 2].pt,
        lambda: PT[ak.sum(TRACKS, axis=-1) > 2],
    ),
    "the deepest lists chosen": (
        lambda ev: ev.Seg.hit[ev.Seg.hit > 1],
        lambda: HITS[HITS > 1],
    ),
    "lists chosen in the middle": (
        lambda ev: ev.Seg.hit[hl.count(ev.Seg.hit) > 0],
        lambda: HITS[ak.num(HITS, axis=3) > 0],
    ),
    "filled": (
        lambda ev: ev.Jet.track.inner[1].fill_missing(-1),
        lambda: ak.fill_none(ak.firsts(TRACKS[:, :, 1:], axis=2), np.float32(-1)),
    ),
}


# The time it takes to compile a kernel grows faster than its length.
BATCHES = [tuple(CASES)[first : first + 11] for first in range(0, len(CASES), 11)]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("batch", BATCHES, ids=lambda batch: batch[0])
def test_lists_of_lists_are_awkward_by_hand(ev, batch, engine):
    arrays = hl.compute(*(CASES[case][0](ev) for case in batch), engine=engine)
    for case, found in zip(batch, arrays, strict=True):
        expected = CASES[case][1]()
        assert found.tolist() == expected.tolist(), case
        wanted = str(expected.type).replace("?", "").replace("* 2 *", "* var *")
        assert str(found.type).replace("?", "") == wanted, case


@pytest.mark.parametrize("engine", ENGINES)
def test_histograms_take_every_element_of_lists_of_lists(ev, engine):
    track, pt = ev.Jet.track, ev.Jet.pt
    h = hl.hist(track, bins=(5, 0, 10), weight=pt, where=ev.x > 0)
    filled = hl.compute(h, engine=engine)
    kept, weights = TRACKS[X > 0], ak.broadcast_arrays(PT, TRACKS)[0][X > 0]
    expected, _ = np.histogram(
        ak.flatten(kept, axis=None), 5, (0, 10), weights=ak.flatten(weights, axis=None)
    )
    np.testing.assert_allclose(filled.values(), expected)


@pytest.mark.parametrize("engine", ENGINES)
def test_inner_lists_of_one_collection_pair_where_they_are_equally_long(in_memory, engine):
    ev = in_memory({"Jet_a": TRACKS, "Jet_b": TRACKS * 2, "Jet_c": TRACKS[TRACKS > 2]})
    jet = ev.Jet
    found = hl.compute(jet.a + jet.b, jet.a[jet.b > 4], hl.sum(jet.c), engine=engine)
    assert found[0].tolist() == (TRACKS * 3).tolist()
    assert found[1].tolist() == TRACKS[TRACKS > 2].tolist()
    assert found[2].tolist() == ak.sum(TRACKS[TRACKS > 2], axis=-1).tolist()
    for wrong in (
        jet.a * jet.c,
        jet.c[jet.a > 2],
        jet.c.inner[hl.argmax(jet.a)],
        jet.a.inner.sort(jet.c),
        hl.flatten(jet.a) + hl.flatten(jet.c),
        hl.hist(hl.axis(jet.a, 2, 0, 1), hl.axis(jet.c, 2, 0, 1)),
    ):
        with pytest.raises(CorruptData, match="in one of its lists in entry 0"):
            hl.compute(wrong, engine=engine)


def test_what_has_no_meaning_is_refused_when_it_is_written(ev):
    jet = ev.Jet
    for wrong in (
        lambda: jet.pt.inner,
        lambda: ev.x.inner,
        lambda: hl.flatten(jet.pt),
        lambda: jet.pt[jet.track > 1],
        lambda: jet.track[hl.argmax(jet.track)],
        lambda: jet.track.inner[hl.argmax(jet.pt)],
        lambda: jet.track + ev.Seg.hit,
        lambda: jet.track.inner.sort(jet.pt),
        lambda: hl.sum(jet.track, axis=7),
    ):
        with pytest.raises(ShapeMismatch):
            wrong()
