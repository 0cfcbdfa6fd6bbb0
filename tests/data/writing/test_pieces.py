"""Rows kept aside: all that was packed comes back, or nothing."""

import awkward as ak
import numpy as np
import pytest

from hepline.data.writing.pieces import packed, unpacked
from hepline.data.writing.rows import Rows


def test_what_is_packed_comes_back(columns):
    rows = {name: row for name, (_, row) in columns.items()}
    rows["holes"] = Rows(np.array([1.0, 2.0]), there=np.array([True, False]))
    back, facts = unpacked(packed(rows, {"events": 5}))
    assert facts == {"events": 5}
    assert list(back) == list(rows)
    for name, row in rows.items():
        assert back[name].values.dtype == row.values.dtype
        assert ak.Array(back[name].layout()).to_list() == ak.Array(row.layout()).to_list(), name


@pytest.mark.parametrize("place", [0, 20, -1])
def test_damage_is_noticed(columns, place):
    stored = bytearray(packed({name: row for name, (_, row) in columns.items()}, {}))
    stored[place] ^= 1
    assert unpacked(bytes(stored)) is None


def test_half_a_piece_is_none(columns):
    stored = packed({name: row for name, (_, row) in columns.items()}, {})
    assert unpacked(stored[: len(stored) // 2]) is None
    assert unpacked(b"") is None
