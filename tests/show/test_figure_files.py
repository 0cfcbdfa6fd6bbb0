import dataclasses
import hashlib
import json

import pytest

from hepline.show.encoding import Drawing, EncodedFigure
from hepline.show.figure_files import figure_files, figure_patterns, kept_figures
from hepline.show.publish import publish

DRAWING = Drawing("pulls", "new words", print)
FIGURE = EncodedFigure(
    "pulls", "words", "svg", (9, 7), (("svg", b"S"), ("pdf", b"F"), ("png", b"G")), "abc"
)


@pytest.fixture
def folder(tmp_path):
    publish(tmp_path, figure_files({"pulls": FIGURE}))
    return tmp_path


def test_files_are_the_figures_and_what_they_show():
    files = figure_files({"pulls": FIGURE})
    assert list(files)[:-1] == ["figures/pulls.svg", "figures/pulls.pdf", "figures/pulls.png"]
    checksums = {kind: hashlib.sha256(one).hexdigest() for kind, one in FIGURE.encoded}
    assert json.loads(files["figures/drawn.json"]) == {
        "pulls": {"shows": "abc", "size": [9, 7], "sha256": checksums}
    }
    assert figure_files({}) == {}


def test_a_figure_that_shows_the_same_is_taken_with_its_new_description(folder):
    found = kept_figures(folder).figure(DRAWING, "abc", "both")
    assert found == dataclasses.replace(FIGURE, alt="new words")
    only = kept_figures(folder).figure(DRAWING, "abc", "png")
    assert (only.shown, only.encoded) == ("png", (("png", b"G"),))


def test_a_figure_that_shows_something_else_is_not_taken(folder):
    assert kept_figures(folder).figure(DRAWING, "abd", "both") is None
    other = dataclasses.replace(DRAWING, name="limit")
    assert kept_figures(folder).figure(other, "abc", "both") is None


def test_a_file_that_was_changed_or_is_gone_is_not_taken(folder):
    (folder / "figures/pulls.png").write_bytes(b"painted over")
    assert kept_figures(folder).figure(DRAWING, "abc", "both") is None
    assert kept_figures(folder).figure(DRAWING, "abc", "pdf") is not None
    (folder / "figures/pulls.pdf").unlink()
    assert kept_figures(folder).figure(DRAWING, "abc", "pdf") is None


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"pulls": 3}', '{"pulls": {"shows": "abc"}}',
             '{"pulls": {"shows": "abc", "size": 3, "sha256": {}}}']
)  # fmt: skip
def test_a_damaged_index_is_no_loss(folder, text):
    (folder / "figures/drawn.json").write_text(text)
    assert kept_figures(folder).figure(DRAWING, "abc", "both") is None


def test_all_that_is_written_is_swept_by_the_next_report(folder):
    (folder / "figures/mine.svg").write_bytes(b"")
    publish(folder, {}, replaces=figure_patterns(("pulls",)))
    assert [path.name for path in (folder / "figures").iterdir()] == ["mine.svg"]
