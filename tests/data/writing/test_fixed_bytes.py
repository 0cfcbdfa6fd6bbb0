"""ROOT files without a clock."""

from __future__ import annotations

import time
import uuid
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from hepline.data.writing.fixed_bytes import fix_bytes
from hepline.errors import CorruptData

_UNIQUE = uuid.UUID(int=1)


def _write(folder: Path) -> Path:
    folder.mkdir()
    path = folder / "same.root"
    lists = ak.Array([[1.0, 2.0], [], [3.0]])
    with uproot.recreate(path, uuid_function=lambda: _UNIQUE) as file:
        file.mktree("tree", {"x": np.dtype("f4"), "y": lists.type.content})
        # More baskets than the tree has room for: it is moved and leaves a gap.
        for start in range(40):
            file["tree"].extend({"x": np.arange(start, start + 3, dtype="f4"), "y": lists})
        file["text"] = "words"
    return path


@pytest.mark.slow
def test_files_written_at_different_times_become_the_same(tmp_path: Path) -> None:
    one = _write(tmp_path / "one")
    time.sleep(1.1)  # ROOT's clock has a resolution of one second
    two = _write(tmp_path / "two")
    assert one.read_bytes() != two.read_bytes()
    fix_bytes(one)
    fix_bytes(two)
    assert one.read_bytes() == two.read_bytes()


def test_content_is_untouched(tmp_path: Path) -> None:
    path = _write(tmp_path / "one")
    before = uproot.open(path)["tree"].arrays()
    fix_bytes(path)
    with uproot.open(path) as file:
        assert ak.array_equal(file["tree"].arrays(), before)
        assert file.keys() == ["tree;1", "text;1"]
        assert str(file["text"]) == "words"


def test_every_time_is_the_fixed_one(tmp_path: Path) -> None:
    path = _write(tmp_path / "one")
    fix_bytes(path)
    with uproot.open(path) as file:
        assert {key.fDatime for key in file._keys} == {1 << 22 | 1 << 17}
        assert file.created_on.year == file.modified_on.year == 1995


def test_fixing_twice_changes_nothing(tmp_path: Path) -> None:
    path = _write(tmp_path / "one")
    fix_bytes(path)
    once = path.read_bytes()
    fix_bytes(path)
    assert path.read_bytes() == once


def test_truncated_file_is_refused(tmp_path: Path) -> None:
    path = _write(tmp_path / "one")
    whole = path.read_bytes()
    path.write_bytes(whole[:200] + bytes(400) + whole[600:])
    with pytest.raises(CorruptData, match=r"same\.root"):
        fix_bytes(path)
