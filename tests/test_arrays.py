"""Memory that nobody wrote is never handed out: with the poison on, nothing shows it."""

import re
from pathlib import Path

import awkward as ak
import numpy as np
import pytest

import hepline as hl
from hepline import arrays
from hepline.arrays import holds_poison, pattern
from hepline.data.open import source
from hepline.data.rows import empty_row

SOURCES = Path(hl.__file__).parent
CORPUS = Path(__file__).parent / "data"
FILES = sorted(
    str(path.relative_to(CORPUS))
    for path in CORPUS.rglob("*")
    if path.suffix in (".root", ".parquet", ".h5", ".csv") and path.parent.name != "fuzz"
)


@pytest.fixture
def poison(monkeypatch):
    monkeypatch.setenv("HEPLINE_POISON", "1")


def test_the_pattern_is_seen_wherever_it_is(poison):
    for kind in ("bool", "int8", "uint16", "int32", "float32", "float64", "uint64"):
        memory = arrays.empty(5, kind)
        assert holds_poison(memory)
        assert (memory == pattern(kind)).all()
        memory[...] = 1
        assert not holds_poison(memory)


def test_rows_that_are_used_again_are_poisoned_again(poison):
    for _ in range(3):
        row = empty_row(1 << 16, np.float64)
        assert (row.view(np.uint8) == 0xA5).all()
        row[...] = 3
        del row


def test_nothing_is_poisoned_by_default(monkeypatch):
    monkeypatch.delenv("HEPLINE_POISON", raising=False)
    memory = np.ones(3)
    assert arrays.poison(memory).tolist() == [1, 1, 1]


@pytest.mark.parametrize("file", FILES)
def test_no_reader_hands_out_what_nobody_wrote(poison, file):
    tree = "Events" if "friends" not in file else "other"
    opened = source(CORPUS / file, tree=tree)
    (part,) = opened.parts
    names = list(opened.schema.columns)
    end = part.entries
    for start, stop in ((0, end), (end // 3, end // 2), (end - end // 4, end), (end, end)):
        chunk = opened.read(part, names, (), start, stop)
        for name, row in chunk.contents.items():
            # One byte is the pattern now and then.
            assert row.itemsize == 1 or not holds_poison(row), name
        for axis, ends in chunk.offsets.items():
            assert not holds_poison(ends), axis


@pytest.mark.parametrize("engine", ["awkward", "compiled", "reference"])
def test_no_engine_hands_out_what_nobody_wrote(poison, in_memory, engine):
    counts = np.arange(40) % 4
    pt = ak.unflatten(np.arange(int(counts.sum()), dtype=np.float32) + 1, counts)
    ev = in_memory(
        {"jet_pt": pt, "jet_eta": pt / 50, "jet_phi": pt / 60, "met": ak.Array(np.arange(40.0))}
    )
    jet = ev.jet
    asked = [
        jet.sort(jet.pt)[:2].eta,
        jet.pairs()[0].pt + jet.pairs()[1].pt,
        jet.pad(3).pt.fill_missing(0),
        jet.pad(3).pt,
        hl.concat(jet, jet[jet.pt > 9], tag="which").which,
        jet.nearest(jet[jet.pt > 9]).pt,
        hl.where(jet.pt > 5, jet.eta, ev["met"]),
        jet[jet.pt > 1000].pt,
        hl.max(jet.pt),
    ]
    found = hl.compute(*asked, hl.hist(jet.pt, bins=(5, 0, 50)), engine=engine)
    for array in found[:-1]:
        flat = ak.flatten(array, axis=None)
        assert not holds_poison(ak.to_numpy(ak.drop_none(ak.Array(flat))))
    assert found[-1].values(flow=True).sum() == counts.sum()


# Kernels and what is filled by the very next line need no switch.
KNOWN = {
    "engine/compiled/kernels.py": 1,  # every pass of the merge writes every place
    "engine/usercode.py": 1,  # what is given away ends with what was written
    "data/rows.py": 4,  # handed out through `poison`, or of no use but to be counted
    "data/generator/objects.py": 1,  # of no elements
}


def test_memory_comes_from_one_place():
    sites = {}
    for path in [*(SOURCES / "data").rglob("*.py"), *(SOURCES / "engine").rglob("*.py")]:
        found = re.findall(r"np\.empty(?:_like)?\((?!\{)", path.read_text("utf-8"))
        if found:
            sites[path.relative_to(SOURCES).as_posix()] = len(found)
    assert sites == KNOWN
