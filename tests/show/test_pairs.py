"""Pairs: a panel for each pair, with the points of the sample, and its coefficient opposite."""

import sys

import numpy as np
import pytest

from hepline.errors import MissingPackage
from hepline.show.pairs import draw_pairs
from hepline.survey.pairing import PairContent


def content(hue=""):
    random = np.random.default_rng(1)
    columns = {name: random.normal(size=50) for name in ("x", "y", "z")}
    columns["x"][3] = np.nan
    classes = np.array(["a", "b"] * 25) if hue else np.zeros(0, np.str_)
    coefficients = np.array([[1.0, 0.5, np.nan], [0.5, 1.0, -0.25], [np.nan, -0.25, 1.0]])
    return PairContent(columns, hue, classes, coefficients, 50, 1, ())


@pytest.mark.parametrize("hue", ["", "kind", "x"])
def test_points_and_coefficients(hue):
    figure = draw_pairs(content(hue))
    axes = np.array(figure.axes[:9]).reshape(3, 3)
    points = axes[1, 0].collections[0].get_offsets()
    assert np.isfinite(points).all(axis=1).sum() == 49
    assert [axes[0, 1].texts[0].get_text(), axes[1, 2].texts[0].get_text()] == ["+0.50", "−0.25"]
    assert axes[0, 2].texts[0].get_text() == "–"
    assert axes[2, 0].get_xlabel() == "x"
    legends = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    assert legends == (["a", "b"] if hue else [])


def test_without_seaborn_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "seaborn", None)
    with pytest.raises(MissingPackage, match="pairs of columns"):
        draw_pairs(content())
