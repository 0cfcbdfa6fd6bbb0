"""Pages of an RNTuple are unpacked once, whatever chunks and threads read them."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import uproot

from hepline.data import pagereader
from hepline.data.pagereader import PageReader
from hepline.data.rntuple import NTupleReader
from hepline.data.stretches import Stretch
from hepline.errors import FileUnreadable

# Written by ROOT, with many pages in each of four clusters: ntuple_encodings.C stands beside it.
ENCODINGS = str(Path(__file__).parent / "files/ntuple_encodings.root")


@pytest.fixture
def unpackings(monkeypatch):
    """Where pages begin in the file, once for each time that they were unpacked."""
    seen = []
    fill = PageReader._fill

    def noted(self, run, page, packed):
        seen.append(run.span(page)[0])
        fill(self, run, page, packed)

    monkeypatch.setattr(PageReader, "_fill", noted)
    return seen


PARTS = ["d_split", "A_split64", "flag", "trunc_17", "d_short"]


def contents_of(reader, cuts):
    chunks = [reader.read(PARTS, [], start, stop) for start, stop in pairwise(cuts)]
    return {name: np.concatenate([chunk.contents[name] for chunk in chunks]) for name in PARTS}


@pytest.mark.parametrize("longest", [40, 1 << 21])
def test_a_cluster_that_is_read_in_parts_is_unpacked_once(monkeypatch, unpackings, longest):
    monkeypatch.setattr(pagereader, "_STRETCH", longest)
    whole = contents_of(NTupleReader.open(ENCODINGS, "Events"), [0, 150, 151, 300, 500])
    once = sorted(unpackings)
    unpackings.clear()
    parts = contents_of(NTupleReader.open(ENCODINGS, "Events"), [0, 7, 61, 140, 230, 300, 450, 500])
    assert sorted(unpackings) == once
    for name in PARTS:
        np.testing.assert_array_equal(parts[name], whole[name])


def test_places_of_an_array_are_unpacked_together(unpackings):
    reader = NTupleReader.open(ENCODINGS, "Events")
    reader.read(["fixed_0"], [], 0, 500)
    alone = sorted(unpackings)
    unpackings.clear()
    contents = reader.read(["fixed_0", "fixed_1", "fixed_2"], [], 0, 500).contents
    assert sorted(unpackings) == alone
    with uproot.open(ENCODINGS) as file:
        expected = file["Events"]["fixed"].array().to_numpy()
    for place in range(3):
        np.testing.assert_array_equal(contents[f"fixed_{place}"], expected[:, place])


def test_threads_unpack_a_cluster_once(unpackings):
    cuts = [0, 7, 61, 140, 230, 300, 450, 500]
    whole = contents_of(NTupleReader.open(ENCODINGS, "Events"), [0, 500])
    once = sorted(unpackings)
    for _ in range(20):
        unpackings.clear()
        read = partial(NTupleReader.open(ENCODINGS, "Events").read, PARTS, [])
        with ThreadPoolExecutor(4) as pool:
            chunks = list(pool.map(read, cuts, cuts[1:]))
        assert sorted(unpackings) == once
        for name in PARTS:
            parts = [chunk.contents[name] for chunk in chunks]
            np.testing.assert_array_equal(np.concatenate(parts), whole[name])


def test_a_damaged_page_fails_where_it_is_needed_each_time(tmp_path):
    intact = NTupleReader.open(ENCODINGS, "Events")
    pages = intact._layout.pages(intact._columns["d_split"].place[0])
    # In the last cluster, of the events 300 to 500.
    damaged = bytearray(Path(ENCODINGS).read_bytes())
    damaged[pages.positions[-1]] ^= 1
    path = tmp_path / "damaged.root"
    path.write_bytes(damaged)
    reader = NTupleReader.open(str(path), "Events")
    for _ in range(2):
        with pytest.raises(FileUnreadable, match=r"'d_split' of .* cannot be unpacked"):
            reader.read(["d_split"], [], 490, 500)
        sound, expected = (r.read(["d_split"], [], 300, 310).contents for r in (reader, intact))
        np.testing.assert_array_equal(sound["d_split"], expected["d_split"])


def test_whoever_is_interrupted_leaves_nothing_to_wait_for(monkeypatch):
    reader = NTupleReader.open(ENCODINGS, "Events")

    def interrupted(_self, _page):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Stretch, "claim", interrupted)
        with pytest.raises(KeyboardInterrupt):
            reader.read(["d_split"], [], 310, 320)
    assert len(reader.read(["d_split"], [], 310, 320).contents["d_split"]) == 10


@pytest.mark.parametrize(
    ("most", "pieces"),
    [
        (None, (0, 150, 151, 300, 500)),
        (200, (0, 150, 151, 300, 500)),
        # Every 83 events; one cluster begins near 166, the next too far from 333.
        (80, (0, 83, 151, 250, 333, 416, 500)),
        (160, (0, 151, 300, 500)),
    ],
)
def test_clusters_are_cut_where_chunks_are_to_be_smaller(most, pieces):
    assert NTupleReader.open(ENCODINGS, "Events").pieces(["f_split"], most) == pieces


@pytest.mark.parametrize(
    ("chunk", "events"),
    [((0, 150), (0, 150)), ((100, 200), (150, 300)), ((20, 60), (0, 0)), ((310, 500), (0, 0))],
)
def test_whole_clusters_are_announced_where_they_begin(monkeypatch, chunk, events):
    reader, other = (NTupleReader.open(ENCODINGS, "Events") for _ in range(2))
    announced, fetched = [], []
    for opened, ranges in ((reader, announced), (other, fetched)):
        note = lambda more, *, needed=False, ranges=ranges: ranges.extend(more)  # noqa: ARG005, E731
        monkeypatch.setattr(opened._pages._source, "ahead", note)
    reader.prefetch(["d_split"], [], *chunk)
    other.read(["d_split"], [], *events)
    assert announced == fetched
