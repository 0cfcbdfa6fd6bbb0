"""Gathered ticks look like those of matplotlib, which is the oracle here."""

import io

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import AutoMinorLocator

from hepline.show.style import house_style, ticks_inside
from hepline.show.ticks import gather_ticks


def picture(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba()).astype(int)


def plain(ax):
    ax.plot([0, 3.3], [1, 2])


def inside(ax):
    ax.plot([0, 3.3], [-1e6, 2e6])
    ticks_inside(ax)


def without_some(ax):
    ticks_inside(ax, minor=False)
    ax.tick_params(axis="y", length=0)
    ax.tick_params(axis="x", top=False, labelbottom=False)
    ax.set_yticks(range(3), ["a", "b", "c"])


def logarithmic(ax):
    ax.set_yscale("log")
    ax.set_ylim(1, 1e5)
    ticks_inside(ax, minor=False)


def short_logarithmic(ax):
    ax.set_xscale("log")
    ax.set_xlim(2, 7)


def turned(ax):
    ax.set_xlim(5, -5)
    ax.xaxis.set_minor_locator(AutoMinorLocator())


def shared(ax):
    ticks_inside(ax)
    beside = ax.figure.add_axes((0.3, 0.6, 0.4, 0.3), sharex=ax, sharey=ax)
    ticks_inside(beside)
    beside.tick_params(labelleft=False)
    ax.set_xlim(0, 3.3)


def image(ax):
    ax.imshow(np.eye(3))
    ax.figure.colorbar(ax.images[0])


@pytest.mark.parametrize(
    "dress", [plain, inside, without_some, logarithmic, short_logarithmic, turned, shared, image]
)
def test_no_pixel_changes(dress):
    with house_style():
        pictures = []
        for change in (lambda _: None, gather_ticks):
            figure = Figure(figsize=(4, 3), dpi=150)
            dress(figure.add_subplot())
            change(figure)
            pictures.append(picture(figure))
    before, after = pictures
    assert (before < 128).any()
    np.testing.assert_array_equal(before, after)


def test_a_side_of_ticks_is_one_line():
    with house_style():
        figure = Figure()
        ax = figure.add_subplot()
        inside(ax)
        gather_ticks(figure)
        gather_ticks(figure)
        figure.savefig(io.BytesIO(), format="png")
    lines = [len(line.get_xdata()) for line in ax.lines[1:]]
    # Bottom, top, left and right, of minor and of major ticks.
    assert len(lines) == 8
    assert sum(lines) > 60
