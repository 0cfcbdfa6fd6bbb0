"""Finished chunks kept aside: found again by the same skim only."""

import numpy as np

from hepline.data.writing.rows import Rows
from hepline.exchange.journal import Journal, Piece


def test_pieces_are_found_by_the_same_key(tmp_path):
    out = tmp_path / "s.root"
    journal = Journal(out, "a" * 64)
    assert journal.count() == 0
    assert journal.load(3) is None
    journal.store(3, Piece(2, (7, 2), {"x": Rows(np.array([1, 2], np.int16))}))
    again = Journal(out, "a" * 64)
    assert again.count() == 1
    piece = again.load(3)
    assert (piece.events, piece.passed) == (2, (7, 2))
    assert piece.rows["x"].values.tolist() == [1, 2]
    assert Journal(out, "b" * 64).load(3) is None
    assert Journal(tmp_path / "t.root", "a" * 64).load(3) is None


def test_a_damaged_piece_is_none(tmp_path):
    journal = Journal(tmp_path / "s.root", "a" * 64)
    journal.store(0, Piece(1, (), {"x": Rows(np.array([1.0]))}))
    (path,) = tmp_path.rglob("*.piece")
    path.write_bytes(path.read_bytes()[:-1])
    assert journal.load(0) is None


def test_all_pieces_of_a_file_are_removed(tmp_path):
    for key in ("a" * 64, "b" * 64):
        Journal(tmp_path / "s.root", key).store(0, Piece(0, (), {}))
    Journal(tmp_path / "other.root", "c" * 64).store(0, Piece(0, (), {}))
    Journal(tmp_path / "s.root", "a" * 64).remove()
    assert [path.name for path in tmp_path.iterdir()] == [".other.root.skim-" + "c" * 16]
