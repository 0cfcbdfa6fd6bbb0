import dataclasses
import math

import numpy as np
import pytest
from scipy.stats import norm

from hepline.show.grid_content import SignificanceCurve, SignificancePoint
from hepline.show.significances import draw_significances

SIGMAS = {800.0: 2.6, 400.0: 0.5, 1200.0: -0.3}
CURVE = SignificanceCurve(
    "scan",
    "m(Z′) [GeV]",
    tuple(SignificancePoint(at, z, z + 2) for at, z in SIGMAS.items()),
    global_significance=1.24,
)


def test_points_are_p_values_in_the_order_of_the_mass():
    ax = draw_significances(CURVE).axes[0]
    observed, expected = (line for line in ax.lines if len(line.get_xdata()) == 3)
    assert np.allclose(observed.get_xdata(), [400, 800, 1200])
    assert np.allclose(observed.get_ydata(), norm.sf([0.5, 2.6, -0.3]))
    assert np.allclose(expected.get_ydata(), norm.sf([2.5, 4.6, 1.7]))


def test_lines_are_at_whole_standard_deviations():
    ax = draw_significances(CURVE).axes[0]
    lines = [line.get_ydata()[0] for line in ax.lines if len(line.get_xdata()) == 2]
    assert lines == pytest.approx(norm.sf(range(6)))
    assert {"0σ", "5σ"} <= {text.get_text() for text in ax.texts}


def test_the_largest_excess_is_stated():
    words = {text.get_text() for text in draw_significances(CURVE).axes[0].texts}
    assert "largest excess: 2.6σ local at 800, 1.2σ global" in words


def test_hidden_significances_are_not_drawn():
    points = tuple(dataclasses.replace(point, observed=math.nan) for point in CURVE.points)
    ax = draw_significances(dataclasses.replace(CURVE, points=points)).axes[0]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["expected for the signal"]
    assert not any("excess" in text.get_text() for text in ax.texts)
