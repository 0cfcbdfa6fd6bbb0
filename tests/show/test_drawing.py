import dataclasses
import os
from functools import partial

import numpy as np
import pytest
from matplotlib.figure import Figure

from hepline.errors import OutputError
from hepline.show import drawing as drawing_module
from hepline.show.drawing import DRAWING, Studio, draw_all
from hepline.show.encoding import Drawing
from hepline.show.figure_files import figure_files
from hepline.show.figures import draw_figures
from hepline.show.publish import publish


def point(number, place=0.0):
    figure = Figure(figsize=(1, 1))
    figure.add_subplot().plot([number], [place], "o")
    return figure


def missing(number):
    raise OutputError(f"no figure {number}.", why="on purpose.", fix="none.")


def dies():
    os._exit(3)


def points(count, place=0.0):
    return [Drawing(f"point_{n}", "a point", partial(point, n, place)) for n in range(count)]


@pytest.fixture
def drawn(monkeypatch):
    """Names of the figures that are drawn in this process."""
    names = []

    def note(drawing, formats):
        names.append(drawing.name)
        return drawn_for_real(drawing, formats)

    drawn_for_real = drawing_module.encode
    monkeypatch.setattr(drawing_module, "encode", note)
    return names


def test_only_what_has_changed_is_drawn_again(drawn, tmp_path):
    told = []
    studio = Studio("png", earlier=tmp_path, progress=lambda *news: told.append(news))
    first = draw_all(points(3), studio)
    publish(tmp_path, figure_files(first))
    assert drawn == ["point_0", "point_1", "point_2"]
    drawn.clear()
    assert draw_all(points(3), studio) == first
    assert drawn == []
    changed = [*points(2), *points(3, place=1.0)[2:]]
    again = draw_all(changed, studio)
    assert drawn == ["point_2"]
    assert list(again) == list(first)
    assert again["point_2"] != first["point_2"]
    assert told[:4] == [(DRAWING, done, 3) for done in range(4)]
    assert told[4:] == [(DRAWING, 3, 3), (DRAWING, 2, 3), (DRAWING, 3, 3)]


def test_another_format_is_drawn_and_fewer_are_taken(drawn, tmp_path):
    publish(tmp_path, figure_files(draw_all(points(1), Studio("both"))))
    drawn.clear()
    assert draw_all(points(1), Studio("png", earlier=tmp_path))["point_0"].kinds == ("png",)
    assert drawn == []
    publish(tmp_path, figure_files(draw_all(points(1), Studio("png", earlier=tmp_path))))
    draw_all(points(1), Studio("both", earlier=tmp_path))
    assert drawn == ["point_0"]


def test_no_figures_are_drawn_where_none_are_wanted(drawn):
    assert draw_all(points(2), Studio("none")) == {}
    assert drawn == []


def test_an_unknown_format_is_refused():
    with pytest.raises(OutputError, match="'pgn'") as caught:
        Studio("pgn")
    assert "'png'" in caught.value.fix


def test_blinded_data_are_never_taken_from_an_earlier_figure(small, tmp_path):
    bare = dataclasses.replace(small, fit=None, postfit=(), variations=())
    seen = draw_figures(bare, Studio("png"))
    publish(tmp_path, figure_files(seen))
    (prediction,) = bare.prefit
    hidden = dataclasses.replace(prediction, data=np.full_like(prediction.data, np.nan))
    content = dataclasses.replace(bare, prefit=(hidden,))
    found = draw_figures(content, Studio("png", earlier=tmp_path))
    assert found["prefit_4j1b"].encoded != seen["prefit_4j1b"].encoded
    assert found == draw_figures(content, Studio("png"))


def test_the_time_of_a_fit_changes_no_figure(small, drawn, tmp_path):
    publish(tmp_path, figure_files(draw_figures(small, Studio("png"))))
    drawn.clear()
    slower = dataclasses.replace(small, fit=dataclasses.replace(small.fit, seconds=9.9))
    draw_figures(slower, Studio("png", earlier=tmp_path))
    assert drawn == []


@pytest.mark.slow
def test_processes_draw_the_same_figures(drawn, monkeypatch):
    alone = draw_all(points(13), Studio("both"))
    assert len(drawn) == 13
    monkeypatch.undo()
    assert draw_all(points(13), Studio("both", workers=2)) == alone


@pytest.mark.slow
def test_errors_come_back_from_processes():
    wrong = [*points(12), Drawing("wrong", "", partial(missing, 7))]
    with pytest.raises(OutputError, match="no figure 7"):
        draw_all(wrong, Studio("png", workers=2))
    with pytest.raises(OutputError, match="a worker process died") as caught:
        draw_all([*points(12), Drawing("dies", "", partial(dies))], Studio("png", workers=2))
    assert "__main__" in caught.value.fix
