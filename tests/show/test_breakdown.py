import dataclasses
import math

import numpy as np
import pytest

from hepline.show.breakdown import draw_breakdown
from hepline.stats.inference.results import Breakdown, Component

COMPONENTS = (
    Component("MC statistics", ("staterror_SR[0]",), 0.0712),
    Component("luminosity", ("Luminosity",), 0.0104),
)
BREAKDOWN = Breakdown("ttbar_norm", 0.961, 0.1082, COMPONENTS, 0.0113, 0.1076)


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_bars_are_the_errors_with_their_sum_on_top():
    ax = draw_breakdown(BREAKDOWN).axes[0]
    lengths = [bar.get_width() for bar in ax.containers[0]]
    assert np.allclose(lengths, [0.1082, 0.0113, 0.1076, 0.0712, 0.0104])
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["Total", "Statistical", "Systematic", "MC statistics", "luminosity"]
    assert ax.get_xlabel() == "Uncertainty of ttbar_norm"


def test_lengths_are_written_with_the_share_of_the_value():
    # 0.0712 / 0.961 = 7.4 %
    written = texts(draw_breakdown(BREAKDOWN).axes[0])
    assert "0.108  (11.3 %)" in written
    assert "0.071  (7.4 %)" in written


@pytest.mark.parametrize("value", [0.0, math.nan])
@pytest.mark.parametrize(("scale", "total"), [(1000.0, "108"), (1.0, "0.108"), (0.01, "0.00108")])
def test_a_value_of_zero_or_hidden_has_no_share_and_digits_follow_the_total(value, scale, total):
    scaled = dataclasses.replace(
        BREAKDOWN, value=value, error=0.1082 * scale, components=(), statistical=0.0, systematic=0.0
    )
    assert total in texts(draw_breakdown(scaled).axes[0])


def test_only_the_largest_are_drawn_and_their_number_is_said():
    many = tuple(Component(f"group {k}", (), 0.1 / (k + 1)) for k in range(40))
    ax = draw_breakdown(dataclasses.replace(BREAKDOWN, components=many)).axes[0]
    assert len(ax.containers[0]) == 23
    assert "largest 20 of 40" in texts(ax)
