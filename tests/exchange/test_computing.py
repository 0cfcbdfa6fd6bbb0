"""Chunks: how files are cut, and columns computed chunk by chunk."""

import numpy as np
import pytest

import hepline as hl
from hepline.data.writing.columns import Written
from hepline.errors import AnalysisError
from hepline.exchange.computing import computing, cut

NARROW = [Written("x", "float32")]
WIDE = [Written(f"x{n}", "float64") for n in range(20_000)]


def test_every_event_is_in_one_chunk(nanoaod):
    ev = hl.open(nanoaod(250, 0, 40))
    source = ev.origin.source
    for tasks in (
        cut(source, ["MET_pt"], NARROW, None),
        cut(source, ["MET_pt"], NARROW, 70),
        cut(source, ["MET_pt"], WIDE, None),
        cut(source, [], NARROW, None),
    ):
        events = [(file, event) for file, start, stop in tasks for event in range(start, stop)]
        assert events == [(f, e) for f, n in ((0, 250), (2, 40)) for e in range(n)]
    assert list(cut(source, ["MET_pt"], NARROW, 200))[:2] == [(0, 0, 200), (0, 200, 250)]


def test_wide_events_make_small_chunks(nanoaod):
    class Source:
        parts = (type("Part", (), {"entries": 100_000}),)

        def pieces(self, _part, _names, most):
            assert most == 1000
            return (0, 300, 600, 2000, 90_000, 100_000)

    tasks = list(cut(Source(), [], WIDE, None))
    assert tasks[0] == (0, 0, 2000)
    assert max(stop - start for _, start, stop in tasks[1:-1]) <= 4000
    assert tasks[-1][2] == 100_000


@pytest.mark.parametrize("engine", ["auto", "compiled", "awkward", "reference"])
def test_columns_of_a_chunk_come_in_the_order_of_the_request(nanoaod, engine):
    ev = hl.open(nanoaod(100))
    source = ev.origin.source
    nodes = [ev.MET.pt.node, hl.sum(ev.Jet.pt).node, ev.MET.pt.node]
    whole = hl.compute(ev.MET.pt, hl.sum(ev.Jet.pt), engine=engine)
    with computing(source, nodes, engine) as compute:
        arrays = compute(source.parts[0], 20, 50)
    for array, expected in zip(arrays, (*whole, whole[0]), strict=True):
        assert np.array_equal(array, expected[20:50])
    with computing(source, [], engine) as compute:
        assert compute(source.parts[0], 0, 10) == []


def test_an_unknown_engine_is_refused(nanoaod):
    ev = hl.open(nanoaod(10))
    with (
        pytest.raises(AnalysisError, match="no engine 'fast'"),
        computing(ev.origin.source, [ev.MET.pt.node], "fast"),
    ):
        pass
