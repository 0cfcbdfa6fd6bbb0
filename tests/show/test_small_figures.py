"""Small figures: heights and ratios are where the numbers say."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from hepline.show.small_figures import histogram_figure, ratio_figure
from hepline.survey.binning import Binned


def paths(svg, kind):
    root = ElementTree.fromstring(svg)  # noqa: S314 (our own)
    return [path.get("d") for path in root.iter("path") if path.get("class") == kind]


def levels(path):
    return [float(level) for level in re.findall(r"V([\d.]+)H", path)]


def test_a_histogram_is_as_high_as_its_counts():
    svg = histogram_figure(Binned(np.linspace(0, 3, 4), (np.array([5, 10, 0]),), (2,)))
    (path,) = paths(svg, "fill")
    half, full, none = levels(path)
    assert full < half < none
    assert none - half == pytest.approx(half - full)
    assert "0 to 3, at most 10 in a bin, 2 beyond" in svg


def test_shapes_are_normalized():
    counts = np.array([100, 300, 600])
    svg = ratio_figure(Binned(np.linspace(0, 3, 4), (counts, 5 * counts), (0, 0)), "a <b> & c")
    (first,), (second,) = paths(svg, "first"), paths(svg, "second")
    assert levels(first) == levels(second)
    # All ratios stand on the line of one.
    (points,) = paths(svg, "points")
    middles = set(re.findall(r"M[\d.]+ ([\d.]+)h2", points))
    assert len(middles) == 1
    assert "a &lt;b&gt; &amp; c" in svg


def test_empty_bins_have_no_ratio():
    svg = ratio_figure(
        Binned(np.linspace(0, 2, 3), (np.array([0, 50]), np.array([40, 50])), (0, 0)), "x"
    )
    (points,) = paths(svg, "points")
    assert points.count("h2") == 1
    empty = ratio_figure(Binned(np.linspace(0, 1, 2), (np.zeros(1, int),) * 2, (0, 0)), "x")
    assert paths(empty, "points") == [""]
