"""The compiled engine on threads: the same bits however many, in order, and none left behind."""

import gc
import threading
import time
import weakref

import awkward as ak
import numpy as np
import pytest

import hepline as hl
from hepline.columns.fill import Fill
from hepline.engine import run as run_module
from hepline.engine.plan import plan
from hepline.engine.run import COMPILING, Job, Options, run
from hepline.errors import FileUnreadable


def requests(events):
    jet = events.Jet[events.Jet.pt > 25]
    pair = jet.combinations(2)
    weight = hl.weight(events.genWeight) * (1 + 0.1 * hl.uniform(events, stream="w"))
    three = hl.count(jet) >= 3
    return [
        hl.hist(pair.mass, bins=(20, 0, 500), where=three, weight=weight),
        hl.hist(hl.sum(jet.pt), bins=(25, 50, 550), where=three, weight=weight),
        hl.hist(jet.pt, bins=(20, 0, 200)),
        hl.hist(hl.axis(jet.eta, 5, -3, 3), hl.axis(jet.phi, 5, -4, 4), weight=jet.btag),
        jet.nearest(events.Muon).pt,
    ]


def carry_out(source, asked, **options):
    nodes = [request.node for request in asked]
    drawn = plan(nodes, source.schema)
    (result,) = run([Job("test", source, drawn)], Options(**{"engine": "compiled"} | options))
    return result, [
        result.histograms[out.node] if isinstance(out.node, Fill) else result.arrays[out.node]
        for out in drawn.outputs
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
    """One thread, one chunk for each part."""
    return bits(carry_out(collisions.origin.source, requests(collisions), workers=1)[1])


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("chunk", [None, 7, 1000])
def test_threads_and_chunks_change_no_bit(collisions, expected, workers, chunk):
    source = collisions.origin.source
    found = carry_out(source, requests(collisions), workers=workers, chunk=chunk)[1]
    assert bits(found) == expected


def test_all_cores_are_used_unless_told_otherwise(collisions, expected):
    assert bits(carry_out(collisions.origin.source, requests(collisions))[1]) == expected


def test_entries_and_columns_are_those_of_awkward(collisions, expected):
    source, asked = collisions.origin.source, requests(collisions)
    found = carry_out(source, asked, engine="awkward")[1]
    for (entries, *_), one in zip(expected[:4], found[:4], strict=True):
        assert entries == one.counts.tobytes()
    assert repr(found[4].tolist()) == expected[4]


@pytest.mark.parametrize("options", [{}, {"workers": 1}, {"workers": 2}, {"chunk": 100}])
@pytest.mark.parametrize("events", [0, 1, 499])
def test_every_size_is_compiled(in_memory, collisions, monkeypatch, events, options):
    chosen, work = [], run_module.work

    def spy(source, drawn, name):
        chosen.append(name)
        return work(source, drawn, name)

    monkeypatch.setattr(run_module, "work", spy)
    columns = collisions.origin.source.chunks[0]
    some = in_memory({name: array[:events] for name, array in columns.items()})
    question = [hl.hist(some.MET.pt, bins=(3, 0, 99))]
    carry_out(some.origin.source, question, **{"engine": "auto"} | options)
    assert chosen == ["compiled"]


# --- sources that misbehave ----------------------------------------------------------------------


class Wrapped:
    """A source, with something done when it is read."""

    def __init__(self, source):
        self._source = source
        self.name, self.schema, self.parts = source.name, source.schema, source.parts
        self.unreadable = ()
        self.announced = []
        self.given_up = False

    def pieces(self, part, columns, most):
        return self._source.pieces(part, columns, most)

    def read(self, part, columns, collections, start, stop):
        return self._source.read(part, columns, collections, start, stop)

    def give_up(self):
        self.given_up = True

    def prefetch(self, part, _columns, _collections, start, stop):
        self.announced.append((part.path, start, stop))


class Breaking(Wrapped):
    """The second part breaks off in the middle."""

    def read(self, part, columns, collections, start, stop):
        if part.path == "part1" and start >= 200:
            raise FileUnreadable("part1 breaks off.", why="it does.", fix="fetch it again.")
        return super().read(part, columns, collections, start, stop)


@pytest.mark.parametrize("workers", [1, 3])
def test_a_damaged_file_is_an_error_or_left_out_without_a_trace(collisions, workers):
    source = Breaking(collisions.origin.source)
    asked = requests(collisions)
    with pytest.raises(FileUnreadable, match="part1 breaks off"):
        carry_out(source, asked, chunk=100, workers=workers)
    result, found = carry_out(source, asked, chunk=100, workers=workers, skip_unreadable=True)
    assert (result.events, [part.path for part in result.parts]) == (613, ["part0"])
    assert result.unreadable == [("part1", "part1 breaks off.")]
    whole = carry_out(FirstPart(collisions.origin.source), asked, workers=1)[1]
    assert bits(found) == bits(whole)


class FirstPart(Wrapped):
    """Without the second file."""

    def __init__(self, source):
        super().__init__(source)
        self.parts = source.parts[:1]


def test_results_come_in_order_though_they_are_ready_in_another(collisions):
    class Late(Wrapped):
        def read(self, part, columns, collections, start, stop):
            # The earlier, the longer.
            time.sleep(0.03 * (1 - start / 1000) if part.path == "part0" else 0)
            return super().read(part, columns, collections, start, stop)

    seen = []
    run_numbers = collisions.event
    _, (found,) = carry_out(
        Late(collisions.origin.source),
        [run_numbers],
        workers=4,
        chunk=50,
        progress=lambda *said: seen.append(said),
    )
    assert found.tolist() == list(range(1000))
    read = [said for said in seen if said[0] != COMPILING]
    done = [number for _, number, _ in read]
    assert done == [*range(50, 601, 50), *range(613, 1000, 50), 1000]
    assert {(name, total) for name, _, total in read} == {("test", 1000)}


@pytest.mark.parametrize("workers", [1, 2])
def test_kernels_that_are_compiled_are_told_before_events_are_read(
    collisions, tmp_path, monkeypatch, workers
):
    monkeypatch.setenv("HEPLINE_CACHE", str(tmp_path))
    source, threads = collisions.origin.source, []
    question = [hl.hist(collisions.MET.pt, bins=(3, 0, 90.5 + workers))]

    def told():
        seen = []

        def progress(*said):
            seen.append(said)
            threads.append(threading.current_thread())

        carry_out(source, question, workers=workers, progress=progress)
        return [said for said in seen if said[0] == COMPILING], [name for name, *_ in seen]

    compiling, names = told()
    assert compiling == [(COMPILING, 0, 1), (COMPILING, 1, 1)]
    assert names[0] == COMPILING
    # An earlier run has left the kernel.
    assert told() == ([], ["test", "test"])
    assert set(threads) == {threading.main_thread()}


def test_later_chunks_are_announced(collisions):
    source = Wrapped(collisions.origin.source)
    carry_out(source, [collisions.MET.pt], workers=2, chunk=100)
    wanted = [("part0", start, min(start + 100, 613)) for start in range(0, 613, 100)]
    wanted += [("part1", start, min(start + 100, 387)) for start in range(0, 387, 100)]
    assert sorted(source.announced) == sorted(wanted[2:])
    assert not source.given_up


def threads_of_pools():
    return [t for t in threading.enumerate() if t.name.startswith(("chunk", "compile"))]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_a_run_that_is_stopped_leaves_no_threads(collisions, error):
    read = []

    class Counting(Wrapped):
        def read(self, part, columns, collections, start, stop):
            read.append(start)
            return super().read(part, columns, collections, start, stop)

    def stop(_name, done, _total):
        if done >= 50:
            raise error

    source = Counting(collisions.origin.source)
    with pytest.raises(error):
        carry_out(
            source,
            [hl.hist(collisions.MET.pt, bins=(3, 0, 99))],
            workers=2,
            chunk=10,
            progress=stop,
        )
    gc.collect()
    assert threads_of_pools() == []
    assert len(read) < 50
    assert source.given_up


def test_an_error_in_the_source_that_is_no_damage_is_not_swallowed(collisions):
    class Wrong(Wrapped):
        def read(self, part, columns, collections, start, stop):
            if start >= 300:
                raise ZeroDivisionError("a defect")
            return super().read(part, columns, collections, start, stop)

    for skip in (False, True):
        with pytest.raises(ZeroDivisionError, match="a defect"):
            carry_out(
                Wrong(collisions.origin.source),
                [collisions.MET.pt],
                workers=2,
                chunk=100,
                skip_unreadable=skip,
            )
    gc.collect()
    assert threads_of_pools() == []


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_memory_holds_a_few_chunks_for_each_thread(in_memory, workers):
    events = in_memory({"x": ak.Array(np.arange(4000.0))})
    lock, alive, ahead, counts = threading.RLock(), [], [], {"alive": 0, "read": 0, "taken": 0}

    def count(what, change):
        with lock:
            counts[what] += change

    class Watched(Wrapped):
        def read(self, part, columns, collections, start, stop):
            chunk = super().read(part, columns, collections, start, stop)
            weakref.finalize(chunk, count, "alive", -1)
            with lock:
                count("alive", 1)
                count("read", 1)
                alive.append(counts["alive"])
                ahead.append(counts["read"] - counts["taken"])
            return chunk

    def take_slowly(*_said):
        count("taken", 1)
        time.sleep(0.002)

    _, (found,) = carry_out(
        Watched(events.origin.source),
        [hl.hist(events["x"], bins=(4, 0, 4000))],
        workers=workers,
        chunk=20,
        progress=take_slowly,
    )
    assert found.entries.tolist() == [0, 1000, 1000, 1000, 1000, 0]
    assert len(alive) == 200
    assert max(alive) <= 2 * workers
    # Threads wait for whoever takes their results.
    assert max(ahead) <= 2 * workers + 2
