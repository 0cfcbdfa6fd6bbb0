import dataclasses
import math

import numpy as np
import pytest
from scipy.interpolate import LinearNDInterpolator

from hepline.errors import OutputError
from hepline.show.exclusions import contour_lines, draw_exclusion
from hepline.show.grid_content import ExclusionContent, ExclusionPoint


def height(x, y):
    """Zero on an ellipse: axes of 600 and 3."""
    return np.hypot(np.asarray(x) / 600, np.asarray(y) / 3) - 1


def content(xs, ys, **parts):
    points = []
    for x, y in zip(xs, ys, strict=True):
        ratio = math.exp(height(x, y))
        five = tuple(ratio * factor for factor in (0.6, 0.8, 1.0, 1.25, 1.6))
        points.append(ExclusionPoint(float(x), float(y), five, 1.1 * ratio))
    return ExclusionContent("grid", "m [GeV]", "coupling", tuple(points), **parts)


@pytest.fixture(scope="module")
def grid():
    xs, ys = np.meshgrid(np.linspace(0, 1000, 41), np.linspace(0, 5, 41))
    return content(xs.ravel(), ys.ravel(), label="Z′ → µµ")


@pytest.fixture(scope="module")
def scattered():
    rng = np.random.default_rng(4)
    return content(rng.uniform(0, 1000, 150), rng.uniform(0, 5, 150))


def test_the_contour_of_an_ellipse_is_the_ellipse(grid):
    (line,) = contour_lines(grid, 2)
    assert np.abs(height(*line.T)).max() < 2e-3
    # From one axis to the other: nothing is lost on the way.
    assert sorted(np.round(line.max(axis=0), 1)) == [3.0, 600.0]


def test_between_points_the_interpolation_is_that_of_scipy(scattered):
    xy = np.array([(point.x, point.y) for point in scattered.points])
    values = np.log([point.expected[2] for point in scattered.points])
    surface = LinearNDInterpolator(xy, values, rescale=True)
    for line in contour_lines(scattered, 2):
        inside = surface(line)
        assert np.nanmax(np.abs(inside)) < 1e-9


def test_nothing_is_drawn_beyond_the_points(grid):
    few = dataclasses.replace(grid, points=tuple(point for point in grid.points if point.x <= 500))
    (line,) = contour_lines(few, 2)
    assert line[:, 0].max() <= 500


def test_all_or_nothing_excluded_has_no_contour(grid):
    assert contour_lines(dataclasses.replace(grid, threshold=1e-9), 2) == ()
    everything = dataclasses.replace(grid, threshold=1e9)
    assert contour_lines(everything, "observed") == ()
    draw_exclusion(everything)


def test_points_are_full_where_they_are_excluded(grid):
    ax = draw_exclusion(grid).axes[0]
    full, hollow = (line for line in ax.lines if line.get_marker() == "o")
    excluded = {(point.x, point.y) for point in grid.points if point.observed < 1}
    assert set(map(tuple, full.get_xydata())) == excluded
    assert len(hollow.get_xdata()) == len(grid.points) - len(excluded)


def test_the_legend_and_labels_say_what_is_drawn(grid):
    ax = draw_exclusion(grid).axes[0]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "observed", "expected", "expected ±1σ", "excluded",
    ]  # fmt: skip
    assert "Z′ → µµ, 95 % CL" in {text.get_text() for text in ax.texts}


def test_hidden_observations_are_not_drawn(grid):
    points = tuple(dataclasses.replace(point, observed=math.nan) for point in grid.points)
    hidden = dataclasses.replace(grid, points=points)
    assert contour_lines(hidden, "observed") == ()
    labels = [text.get_text() for text in draw_exclusion(hidden).axes[0].get_legend().get_texts()]
    assert "observed" not in labels


def test_points_on_a_line_span_no_plane():
    line = content(np.linspace(0, 1000, 5), np.linspace(0, 5, 5))
    with pytest.raises(OutputError, match="do not span a plane"):
        draw_exclusion(line)


def test_cls_have_another_threshold(grid):
    points = tuple(
        dataclasses.replace(point, observed=0.05 * point.observed,
                            expected=tuple(0.05 * one for one in point.expected))
        for point in grid.points
    )  # fmt: skip
    (line,) = contour_lines(dataclasses.replace(grid, points=points, threshold=0.05), 2)
    (same,) = contour_lines(grid, 2)
    assert np.allclose(line, same)
