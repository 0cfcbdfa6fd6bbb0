"""The bytes of lists of lists, taken apart; those that contradict each other are refused."""

import struct
from pathlib import Path

import numpy as np
import pytest

import hepline as hl
from hepline.data.baskets import Basket
from hepline.data.nestedlists import taken_apart, within
from hepline.data.vectors import Vectors

CORPUS = Path(__file__).parent / "conformance/files"
EVENTS = [[[1, 2], [], [3]], [], [[4]]]
INTS = Vectors(6, True, 2, np.dtype(">i4"))


def basket(events: list[bytes]) -> Basket:
    """A basket of events, each behind a header of six bytes."""
    starts = np.cumsum([0, *(len(event) for event in events)])[:-1]
    table = np.concatenate(([len(events)], starts)).astype(">i4").tobytes()
    return Basket(memoryview(b"".join(events)), memoryview(table), 0)


def written(lists: list[list[int]], size: int | None = None) -> bytes:
    inner = b"".join(struct.pack(f">i{len(one)}i", len(one), *one) for one in lists)
    return bytes(6) + struct.pack(">i", len(lists) if size is None else size) + inner


def test_sizes_and_elements_are_told_apart():
    levels, records = taken_apart(basket([written(event) for event in EVENTS]), 3, INTS)
    assert [level.tolist() for level in levels] == [[3, 0, 1], [2, 0, 1, 1]]
    assert records.tolist() == [1, 2, 3, 4]
    parts, some = within(levels, records, 1, 3)
    assert [part.tolist() for part in parts] == [[0, 1], [1]]
    assert some.tolist() == [4]


@pytest.mark.parametrize(
    "damaged",
    [
        written(EVENTS[0], 4),
        written(EVENTS[0], 2),
        written(EVENTS[0], -1),
        written(EVENTS[0])[:-1],
        written(EVENTS[0])[:8],
        bytes(6) + struct.pack(">ii", 1, -1),
        bytes(6) + struct.pack(">iii", 1, 2**30, 1),
    ],
)
@pytest.mark.parametrize("depth", [2, 3])
def test_sizes_that_do_not_fit_the_bytes_are_refused(damaged, depth):
    vectors = Vectors(6, True, depth, np.dtype(">i4"))
    with pytest.raises(ValueError, match="do not fit"):
        taken_apart(basket([damaged]), 1, vectors)


def test_a_link_of_another_version_is_refused():
    link = np.dtype([("bytes", ">u4"), ("base_bytes", ">u4"), ("m_persKey", ">u4")])
    vectors = Vectors(6, True, 2, link, ("m_persKey",))
    event = bytes(6) + struct.pack(">ii3I", 1, 1, 0x40000099, 0x40000001, 7)
    with pytest.raises(ValueError, match="another version"):
        taken_apart(basket([event]), 1, vectors)


def test_files_that_share_their_columns_are_read_together(tmp_path):
    path, copy = CORPUS / "nested_tree.root", tmp_path / "copy.root"
    copy.write_bytes(path.read_bytes())
    one, both = (hl.open(files)["vv_float32"] for files in (path, [path, copy]))
    sums = [hl.compute(hl.sum(x, axis=None), engine="awkward").tolist() for x in (one, both)]
    assert sums[1] == sums[0] * 2
