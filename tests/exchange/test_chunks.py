"""Chunks: of equal size, in order, ahead, and ended with the loop."""

import gc
import os
import subprocess
import sys
import threading
import time
import tracemalloc

import awkward as ak
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
import uproot

import hepline as hl
from hepline.errors import DataError, LanguageError


@pytest.fixture
def ev(nanoaod):
    return hl.open(nanoaod(150, 0, 90))


@pytest.fixture
def by_hand(ev):
    paths = [part.path for part in ev.origin.source.parts]
    return ak.concatenate([uproot.open(f"{path}:Events").arrays() for path in paths])


def threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]


@pytest.mark.parametrize("size", [1, 7, 100, 240, 1000])
def test_chunks_have_equal_sizes_in_the_order_of_events(ev, by_hand, size):
    asked = {"event": ev.event, "pt": ev.Muon.pt}
    seen = list(hl.chunks(asked, size=size))
    assert {len(chunk) for chunk in seen[:-1]} <= {size}
    assert 1 <= len(seen[-1]) <= size
    whole = ak.concatenate(seen)
    assert whole.event.to_list() == by_hand.event.to_list()
    assert whole.pt.to_list() == by_hand.Muon_pt.to_list()


def test_a_condition_leaves_full_chunks(ev, by_hand):
    seen = list(hl.chunks(ev.MET.pt, where=ev.nJet > 1, size=20))
    events = by_hand[by_hand.nJet > 1]
    assert [len(chunk) for chunk in seen[:-1]] == [20] * (len(events) // 20)
    assert ak.concatenate(seen).to_list() == events.MET_pt.to_list()
    assert list(hl.chunks(ev.MET.pt, where=ev.nJet > 99)) == []


@pytest.mark.parametrize("as_", ["awkward", "numpy", "arrow", "pandas", "polars", "torch"])
def test_every_library(ev, by_hand, as_):
    seen = list(hl.chunks({"met": ev.MET.pt, "event": ev.event}, size=50, as_=as_, dtype=None))
    assert len(seen) == 5
    values = [value for chunk in seen for value in np.asarray(chunk["met"]).tolist()]
    assert values == by_hand.MET_pt.to_list()


def test_a_loop_can_begin_again_and_be_left(ev):
    chunks = hl.chunks(ev.MET.pt, size=10)
    first = [chunk.to_list() for chunk in chunks]
    assert [chunk.to_list() for chunk in chunks] == first
    for number, _ in enumerate(chunks):
        if number == 2:
            break
    gc.collect()
    assert not threads()
    with pytest.raises(RuntimeError, match="mine"):
        fail_in(chunks)
    gc.collect()
    assert not threads()


def fail_in(chunks):
    for _ in chunks:
        raise RuntimeError("mine")


def test_arrow_streams_are_read_by_others(ev, by_hand):
    chunks = hl.chunks({"met": ev.MET.pt, "pt": ev.Muon.pt}, size=32)
    table = pa.table(chunks)
    assert table["met"].to_pylist() == by_hand.MET_pt.to_list()
    assert table["pt"].to_pylist() == by_hand.Muon_pt.to_list()
    assert table["met"].num_chunks == 8
    assert pl.DataFrame(chunks)["pt"].to_list() == by_hand.Muon_pt.to_list()
    empty = hl.chunks({"met": ev.MET.pt}, where=ev.MET.pt < 0)
    assert pa.table(empty).schema.names == ["met"]
    reader = pa.RecordBatchReader.from_stream(chunks)
    assert reader.read_next_batch().num_rows == 32
    del reader
    gc.collect()
    assert not threads()


def test_shares_cover_all_events_once(nanoaod):
    ev = hl.open(nanoaod(50, 60, 70, 80))
    key = ev.event.astype("int64") + 1000 * ev.luminosityBlock.astype("int64")
    whole = ak.concatenate(list(hl.chunks(key))).to_list()
    parts = [hl.chunks(key, share=(number, 3), size=13) for number in range(3)]
    seen = [value for part in parts for chunk in part for value in chunk.to_list()]
    assert sorted(seen) == sorted(whole)
    assert len(set(seen)) == 260


def test_an_error_in_a_file_comes_where_its_events_would(ev, monkeypatch):
    from hepline.data.filesource import FileSource

    read = FileSource.read

    def failing(self, part, *others):
        if part.path.endswith("events2.root"):
            raise DataError("a tape broke.", why="it was old.", fix="copy it.")
        return read(self, part, *others)

    monkeypatch.setattr(FileSource, "read", failing)
    seen = []
    with pytest.raises(DataError, match="a tape broke"):
        seen.extend(chunk for chunk in hl.chunks(ev.MET.pt, size=50))
    assert not threads()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"as_": "panda"}, "pandas"),
        ({"size": 0}, "at least one event"),
        ({"share": (2, 2)}, "numbered from 0"),
        ({"as_": "numpy"}, "one number per event"),
    ],
)
def test_wrong_questions_fail_before_events_are_read(ev, wrong, said):
    with pytest.raises(LanguageError) as caught:
        hl.chunks({"pt": ev.Muon.pt}, **wrong)
    assert said in str(caught.value)


def test_memory_is_bounded_by_the_chunk(tmp_path):
    count = 4_000_000
    with uproot.recreate(tmp_path / "a.root", compression=None) as file:
        tree = file.mktree("Events", {"x": "float64"})
        for start in range(0, count, 100_000):
            tree.extend({"x": np.arange(start, start + 100_000, dtype=float)})
    ev = hl.open(tmp_path / "a.root")
    tracemalloc.start()
    total = sum(float(np.sum(c)) for c in hl.chunks(ev["x"], size=50_000, as_="numpy", workers=1))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == count * (count - 1) / 2
    assert peak < 16e6  # the column has 32 MB


SCRIPT = """
import sys, time
import hepline as hl

ev = hl.open(sys.argv[1:])
print("ready", flush=True)
while True:
    for chunk in hl.chunks(ev.MET.pt, size=5):
        time.sleep(0.001)
"""


@pytest.mark.slow
def test_an_interrupt_ends_the_loop(nanoaod, tmp_path):
    script = tmp_path / "loop.py"
    script.write_text(SCRIPT)
    process = subprocess.Popen(
        [sys.executable, script, *nanoaod(200, 100)], env=os.environ, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "ready\n"
    time.sleep(1)
    process.send_signal(2)
    _, error = process.communicate(timeout=20)
    assert error.strip().endswith("KeyboardInterrupt")


LOADER = """
import sys
import hepline as hl
import torch.utils.data as data


class Batches(data.IterableDataset):
    def __iter__(self):
        worker = data.get_worker_info()
        ev = hl.open(sys.argv[1:])
        columns = {"event": ev.event, "mu": ev.Muon}
        share = (worker.id, worker.num_workers)
        yield from hl.chunks(columns, size=10, as_="torch", pad=2, share=share, workers=1)


if __name__ == "__main__":
    loader = data.DataLoader(Batches(), batch_size=None, num_workers=2)
    print(sum(len(batch["event"]) for batch in loader))
"""


@pytest.mark.slow
def test_processes_of_a_loader_share_the_events(nanoaod, tmp_path):
    script = tmp_path / "load.py"
    script.write_text(LOADER)
    done = subprocess.run(
        [sys.executable, script, *nanoaod(50, 60, 70)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "180\n"
