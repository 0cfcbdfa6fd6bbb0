from pathlib import Path

import pytest

from hepline.errors import OutputError
from hepline.show.publish import publish


def everything(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_files_are_put_in_place_with_their_folders(tmp_path):
    publish(tmp_path / "new" / "out", {"figures/a.pdf": b"A", "index.html": b"page"})
    out = tmp_path / "new" / "out"
    assert everything(out) == ["figures/a.pdf", "index.html"]
    assert (out / "figures/a.pdf").read_bytes() == b"A"


def test_a_failure_while_writing_leaves_the_earlier_result_alone(tmp_path, monkeypatch):
    publish(tmp_path, {"figures/a.pdf": b"old", "index.html": b"old"})
    whole = Path.write_bytes

    def full_disk(path, content):
        if path.name == "index.html":
            whole(path, content[:2])
            raise OSError(28, "No space left on device")
        return whole(path, content)

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(OutputError, match="No space left") as caught:
        publish(tmp_path, {"figures/a.pdf": b"new", "index.html": b"new"}, replaces=("figures/*",))
    assert "out=" in caught.value.fix
    assert everything(tmp_path) == ["figures/a.pdf", "index.html"]
    assert (tmp_path / "figures/a.pdf").read_bytes() == b"old"
    assert (tmp_path / "index.html").read_bytes() == b"old"


def test_figures_of_an_earlier_result_go_and_other_files_stay(tmp_path):
    publish(tmp_path, {"figures/postfit_SR.pdf": b"", "figures/prefit_SR.pdf": b""})
    (tmp_path / "figures/mine.pdf").write_bytes(b"")
    publish(tmp_path, {"figures/prefit_SR.pdf": b"1"}, replaces=("figures/p*fit_*.pdf",))
    assert everything(tmp_path) == ["figures/mine.pdf", "figures/prefit_SR.pdf"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("not a folder")
    with pytest.raises(OutputError, match="out"):
        publish(tmp_path / "out", {"index.html": b""})
