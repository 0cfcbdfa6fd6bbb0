"""The same numbers whatever the chunks, the workers and the evaluator."""

import awkward as ak
import numpy as np
import pytest

import hepline as hl
from hepline.columns.source import Part
from hepline.engine.chunk import work
from hepline.engine.cutting import most_events
from hepline.engine.plan import plan
from hepline.engine.run import Job, Options, run
from hepline.errors import AnalysisError, FileUnreadable, UselessWeight


def requests(events):
    jet = events.Jet[events.Jet.pt > 25]
    top = jet.combinations(3)
    smeared = jet.pt * hl.normal(jet, stream="smear", mean=1.0, sigma=0.1)
    weight = hl.weight(events.genWeight) * (1 + 0.1 * hl.uniform(events, stream="w"))
    four = hl.count(jet) >= 4
    return [
        hl.hist(top.best(top.pt).mass, bins=(20, 0, 500), where=four, weight=weight),
        hl.hist(smeared, bins=(20, 0, 200), weight=weight),
        hl.hist(hl.sum(jet.pt), bins=(25, 50, 550), where=four, weight=weight),
        hl.hist(where=four, weight=weight),
        hl.hist(hl.axis(jet.eta, 5, -3, 3), hl.axis(jet.phi, 5, -4, 4), weight=jet.btag),
        jet.nearest(events.Muon).pt,
        top.mass,
    ]


def bits(found):
    return [
        (x.counts.tobytes(), x.sums().tobytes(), x.variances().tobytes())
        if hasattr(x, "entries")
        else repr(x.tolist())
        for x in found
    ]


@pytest.fixture(scope="module")
def expected(collisions):
    return bits(run_once(collisions))


def run_once(events, **options):
    nodes = [request.node for request in requests(events)]
    drawn = plan(nodes, events.origin.schema)
    (result,) = run([Job("test", events.origin.source, drawn)], Options(**options))
    return [
        result.histograms.get(output.node, result.arrays.get(output.node))
        for output in drawn.outputs
    ]


@pytest.mark.parametrize("chunk", [pytest.param(7, marks=pytest.mark.slow), 100, 613, 1000, 10_000])
def test_chunks_change_no_bit(collisions, expected, chunk):
    assert bits(run_once(collisions, chunk=chunk)) == expected


@pytest.mark.slow
def test_chunks_of_one_event_change_no_bit(collisions, expected):
    assert bits(run_once(collisions, chunk=1)) == expected


@pytest.mark.parametrize(
    ("edges", "chunks"),
    [
        ((0,), []),
        ((0, 10), [(0, 10)]),
        ((0, 40_000, 120_000, 140_000, 260_000), [(0, 120_000), (120_000, 260_000)]),
        ((0, 100_000, 120_000), [(0, 100_000), (100_000, 120_000)]),
        ((0, 1_000_000), [(0, 1_000_000)]),
        ((0, 1_500_001), [(0, 750_000), (750_000, 1_500_001)]),
    ],
)
def test_pieces_of_a_file_are_put_together_or_cut(in_memory, edges, chunks):
    events = in_memory({"x": ak.Array(np.zeros(edges[-1]))})
    source = events.origin.source
    seen = []

    class Pieces(_Breaking):
        def pieces(self, _part, columns, _most):
            assert list(columns) == ["x"]
            return edges

        def read(self, part, columns, collections, start, stop):
            seen.append((start, stop))
            return source.read(part, columns, collections, start, stop)

    drawn = plan([hl.hist(events["x"], bins=(1, 0, 1)).node], source.schema)
    (result,) = run([Job("test", Pieces(source), drawn)], Options())
    assert seen == chunks
    assert result.events == edges[-1]


@pytest.mark.parametrize(
    ("events", "workers", "most"),
    [(10**6, 1, None), (10**6, 2, 250_000), (10**5, 8, 100_000), (10**9, 8, 1_000_000)],
)
def test_several_workers_wish_for_several_chunks_each(events, workers, most):
    assert most_events(events, workers) == most


def test_the_reference_evaluator_gives_the_same_bits(in_memory, collisions):
    source = collisions.origin.source
    few = in_memory({name: array[:150] for name, array in source.chunks[0].items()})
    assert bits(run_once(few, engine="reference")) == bits(run_once(few, engine="awkward"))


@pytest.mark.slow
def test_workers_change_no_bit(tmp_path, collisions, expected):
    import uproot

    source = collisions.origin.source
    for number, chunk in enumerate(source.chunks):
        tree = {name: array for name, array in chunk.items() if not name.startswith("n")}
        collections = ("Muon", "Electron", "Jet")
        lists = {name: array for name, array in tree.items() if name.startswith(collections)}
        tree = {name: array for name, array in tree.items() if name not in lists}
        for prefix in collections:
            own = {name: array for name, array in lists.items() if name.startswith(prefix)}
            tree[prefix] = ak.zip(
                {name.removeprefix(f"{prefix}_"): array for name, array in own.items()}
            )
        with uproot.recreate(tmp_path / f"{number}.root") as file:
            file.mktree("Events", {name: array.type for name, array in tree.items()}).extend(tree)
    stored = hl.open(tmp_path / "*.root")
    assert bits(run_once(stored, chunk=250)) == expected
    assert bits(run_once(stored, chunk=250, workers=2)) == expected


def test_columns_keep_their_type_when_nothing_is_read(in_memory, collisions, compute):
    source = collisions.origin.source
    empty = in_memory({name: array[:0] for name, array in source.chunks[0].items()})
    pt, lead = compute(empty, empty.Jet.pt, empty.Jet[0].pt)
    assert str(pt.type) == "0 * var * float32"
    assert str(lead.type) == "0 * ?float32"


def test_progress_counts_events(collisions):
    seen = []
    run_once(collisions, chunk=300, progress=lambda *said: seen.append(said))
    assert seen[-1] == ("test", 1000, 1000)
    assert [done for _, done, _ in seen] == [300, 600, 613, 913, 1000]


def test_a_missing_weight_of_a_passing_event_is_an_error(collisions, compute):
    muon = collisions.Muon
    missing = hl.hist(collisions.MET.pt, bins=(1, 0, 1), weight=hl.weight(muon[0].pt))
    for engine in ("awkward", "reference"):
        with pytest.raises(UselessWeight, match=r"the weight .*Muon_pt.* is missing for"):
            compute(collisions, missing, engine=engine)
    required = hl.hist(
        collisions.MET.pt, bins=(1, 0, 1), weight=hl.weight(muon[0].pt), where=hl.count(muon) >= 1
    )
    assert compute(collisions, required)[0].entries.sum() > 0


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e200])
def test_weights_that_are_no_numbers_are_refused(in_memory, compute, bad):
    events = in_memory({"w": ak.Array([1.0, bad])})
    for engine in ("awkward", "reference"):
        with pytest.raises(UselessWeight, match=r"1 of [12] weights w are infinite"):
            compute(events, hl.hist(weight=events.w), engine=engine)


@pytest.mark.parametrize("weight", ["muon", "nan"])
def test_a_useless_weight_is_never_taken_for_an_unreadable_file(collisions, compute, weight):
    muon = collisions.Muon
    bad = muon[0].pt if weight == "muon" else np.log(collisions.MET.pt - 1e6)
    request = hl.hist(collisions.MET.pt, bins=(1, 0, 1), weight=hl.weight(bad))
    with pytest.raises(UselessWeight), np.errstate(invalid="ignore"):
        compute(collisions, request, skip_unreadable=True)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"engine": "awkwrd"}, "did you mean 'awkward'"),
        ({"on": "moon"}, "local"),
        ({"chunk": 0}, "chunk=0"),
        ({"workers": 0}, "workers=0"),
    ],
)
def test_impossible_options_are_refused(collisions, options, word):
    with pytest.raises(AnalysisError) as caught:
        run_once(collisions, **options)
    assert word in str(caught.value)


class _Breaking:
    """The second part breaks off in the middle."""

    def __init__(self, source):
        self._source = source
        self.name, self.schema, self.parts = source.name, source.schema, source.parts
        self.unreadable = (("lost.root", "there is no file lost.root."),)

    def read(self, part: Part, columns, collections, start, stop):
        if part.path == "part1" and start >= 200:
            raise FileUnreadable("part1 breaks off.", why="it does.", fix="fetch it again.")
        return self._source.read(part, columns, collections, start, stop)

    def give_up(self):
        pass

    def prefetch(self, *_where):
        pass


def test_a_file_that_breaks_off_leaves_no_trace_and_is_named(collisions):
    source = _Breaking(collisions.origin.source)
    request = hl.hist(collisions.Jet.pt, bins=(5, 0, 100))
    drawn = plan([request.node, collisions.MET.pt.node], source.schema)
    with pytest.raises(FileUnreadable, match="breaks off"):
        run([Job("test", source, drawn)], Options(chunk=100))
    (result,) = run([Job("test", source, drawn)], Options(chunk=100, skip_unreadable=True))
    assert result.events == 613
    assert [part.path for part in result.parts] == ["part0"]
    assert result.unreadable == [
        ("lost.root", "there is no file lost.root."),
        ("part1", "part1 breaks off."),
    ]
    assert len(result.arrays[collisions.MET.pt.node]) == 613
    only = hl.hist(collisions.Jet.pt, bins=(5, 0, 100)).node
    counted = ak.sum(ak.num(collisions.origin.source.chunks[0]["Jet_pt"]))
    assert result.histograms[drawn.fills[0]].entries.sum() == counted
    assert only is request.node


def test_work_is_small_enough_to_be_sent(collisions):
    import pickle

    drawn = plan([request.node for request in requests(collisions)], collisions.origin.schema)
    packed = work(_NoEvents(collisions.origin.schema), drawn, "awkward")
    assert len(pickle.dumps(packed.fills)) < 20_000


class _NoEvents:
    name, parts, unreadable = "none", (), ()

    def __init__(self, schema):
        self.schema = schema
