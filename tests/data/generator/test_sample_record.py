"""The note beside a generated file."""

from __future__ import annotations

from pathlib import Path

import pytest

from hepline.data.generator.sample_record import (
    GeneratedFile,
    fingerprint,
    read_note,
    settings_of,
    write_note,
)
from hepline.records import checksum


@pytest.fixture
def noted(tmp_path: Path) -> GeneratedFile:
    path = tmp_path / "a.root"
    path.write_bytes(b"events")
    file = GeneratedFile(str(path), "ttbar", 10, 1, 10, 500.0, checksum(path), 3.0)
    write_note(file, settings_of("ttbar", events=10, seed=1))
    return file


def test_note_is_recognised_wherever_the_folder_moved(noted: GeneratedFile, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    moved.mkdir()
    for name in ("a.root", "a.root.json"):
        (tmp_path / name).rename(moved / name)
    found = read_note(moved / "a.root", settings_of("ttbar", events=10, seed=1))
    assert found is not None
    assert (found.path, found.sha256) == (str(moved / "a.root"), noted.sha256)


@pytest.mark.parametrize("other", [("ttbar", 11, 1), ("ttbar", 10, 2), ("wjets", 10, 1)])
def test_other_settings_are_not_recognised(
    noted: GeneratedFile, other: tuple[str, int, int]
) -> None:
    process, events, seed = other
    assert read_note(Path(noted.path), settings_of(process, events=events, seed=seed)) is None


def test_changed_bytes_are_not_recognised(noted: GeneratedFile) -> None:
    Path(noted.path).write_bytes(b"other events")
    assert read_note(Path(noted.path), settings_of("ttbar", events=10, seed=1)) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"file": {"path": 1}}'])
def test_damaged_note_counts_as_none(noted: GeneratedFile, text: str) -> None:
    Path(noted.path + ".json").write_text(text)
    assert read_note(Path(noted.path), settings_of("ttbar", events=10, seed=1)) is None


def test_fingerprint_depends_on_every_setting() -> None:
    one = settings_of("ttbar", events=10, seed=1)
    assert fingerprint(one) == fingerprint(dict(reversed(one.items())))
    assert fingerprint(one) != fingerprint({**one, "block": 1})
