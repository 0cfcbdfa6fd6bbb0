"""Writing aside, then renaming."""

from __future__ import annotations

from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from hepline.data.generator import nanoaod_writer
from hepline.data.generator.nanoaod_writer import EventFile, aside
from hepline.errors import OutputError


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    with aside(tmp_path / "a.root") as partial:
        partial.write_text("whole")
        assert "a.root" not in _names(tmp_path)
    assert _names(tmp_path) == ["a.root"]


def test_refusing_disk_becomes_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No space left"), aside(tmp_path / "a.root"):
        raise OSError(28, "No space left on device")
    assert _names(tmp_path) == []


def _columns(start: int) -> dict[str, object]:
    lists = ak.values_astype(ak.Array([[1.0, 2.0], [], [3.0]]), np.float32)
    return {
        "event": np.arange(start, start + 3, dtype=np.uint64),
        "Muon": ak.zip({"pt": lists, "tightId": lists > 1}),
    }


def test_blocks_come_back_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nanoaod_writer, "_BASKET", 6)
    file = EventFile(tmp_path / "a.root", identity="test")
    for start in range(0, 21, 3):
        file.add(_columns(start))
    file.finish(run={"run": np.uint32(1)}, settings={"seed": 1})
    with uproot.open(tmp_path / "a.root") as written:
        tree = written["Events"]
        assert tree["event"].array().tolist() == list(range(21))
        assert tree["Muon_pt"].array().tolist() == [[1.0, 2.0], [], [3.0]] * 7
        assert tree["Muon_tightId"].array().tolist() == [[False, True], [], [True]] * 7
        assert tree["nMuon"].array().tolist() == [2, 0, 1] * 7
        assert tree["event"].num_baskets == 4
