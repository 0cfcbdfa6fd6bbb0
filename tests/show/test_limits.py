import dataclasses
import math

import numpy as np
import pytest

from hepline.errors import OutputError
from hepline.show.limit_curves import draw_limits
from hepline.show.limits import draw_limit
from hepline.stats.inference.results import HypothesisTest, UpperLimit

# The tutorial model of pyhf: CLs at mu = 1 is 0.0525, limits as pyhf's interpolation has them.
TESTS = (
    HypothesisTest("mu", 0.2, 0.1, 0.4, 0.5, 0.79, (0.45, 0.58, 0.74, 0.88, 0.97)),
    HypothesisTest("mu", 1.0, 3.9, 0.02, 0.45, 0.0525, (0.0026, 0.0138, 0.0645, 0.2353, 0.5730)),
    HypothesisTest("mu", 1.5, 8.9, 0.001, 0.4, 0.0034, (3e-5, 5e-4, 0.0064, 0.05, 0.23)),
)
LIMIT = UpperLimit("mu", 0.95, 1.01, (0.56, 0.76, 1.06, 1.49, 2.02), TESTS)


def observed(ax):
    return next(one for one in ax.lines if one.get_marker() == "o").get_xydata()


def band(collection):
    """Lower and upper edge of a filled band, by place."""
    points = collection.get_paths()[0].vertices
    return {
        round(float(x), 6): (points[points[:, 0] == x, 1].min(), points[points[:, 0] == x, 1].max())
        for x in np.unique(points[:, 0])
    }


def texts(ax):
    return " ".join(text.get_text() for text in ax.texts)


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_observed_and_expected_cls_are_drawn_at_the_tested_values():
    ax = draw_limit(LIMIT).axes[0]
    assert np.allclose(observed(ax), [[0.2, 0.79], [1.0, 0.0525], [1.5, 0.0034]])
    (median,) = [
        one for one in ax.lines if one.get_linestyle() == "--" and len(one.get_xdata()) > 2
    ]
    assert np.allclose(median.get_ydata(), [0.74, 0.0645, 0.0064])
    yellow, green = (band(one) for one in ax.collections)
    assert np.allclose(yellow[1.0], (0.0026, 0.5730))
    assert np.allclose(green[1.0], (0.0138, 0.2353))


def test_the_level_of_exclusion_is_a_line_and_the_limits_are_stated():
    ax = draw_limit(LIMIT).axes[0]
    assert any(np.allclose(one.get_ydata(), 0.05) for one in ax.lines)
    assert "95 % CL" in texts(ax)
    assert "observed limit 1.01" in texts(ax)
    assert "expected limit 1.06, ±1σ: 0.76 to 1.49" in texts(ax)
    marked = [one.get_xdata()[0] for one in ax.lines if one.get_ydata()[0] == 1e-3]
    assert marked == [1.01, 1.06]


def test_more_tests_make_finer_curves():
    more = HypothesisTest("mu", 0.6, 1.5, 0.1, 0.5, 0.25, (0.03, 0.1, 0.27, 0.54, 0.82))
    ax = draw_limit(LIMIT, tests=(more, TESTS[1])).axes[0]
    assert np.allclose(observed(ax)[:, 0], [0.2, 0.6, 1.0, 1.5])


def test_a_limit_outside_of_the_scan_is_stated_and_not_marked():
    ax = draw_limit(dataclasses.replace(LIMIT, observed=2.4)).axes[0]
    assert "observed limit 2.4 (outside of the scan)" in texts(ax)
    marked = [one.get_xdata()[0] for one in ax.lines if one.get_ydata()[0] == 1e-3]
    assert marked == [1.06]


def test_a_hidden_observation_is_nowhere():
    ax = draw_limit(dataclasses.replace(LIMIT, observed=math.nan)).axes[0]
    assert not [one for one in ax.lines if one.get_marker() == "o"]
    assert "observed" not in " ".join((texts(ax), *legend(ax)))
    assert legend(ax) == ["expected", "expected ±1σ", "expected ±2σ"]


def test_toys_have_error_bars_and_their_number_is_said():
    tests = tuple(dataclasses.replace(one, method="toys", toys=5000, error=0.003) for one in TESTS)
    ax = draw_limit(dataclasses.replace(LIMIT, tests=tests, method="toys")).axes[0]
    assert "(5000 toys)" in texts(ax)
    (bars,) = ax.containers
    segments = bars.lines[2][0].get_segments()
    assert np.allclose(segments[1][:, 1], [0.0525 - 0.003, 0.0525 + 0.003])


@pytest.fixture
def points():
    return [
        (mass, dataclasses.replace(LIMIT, observed=0.9 * factor, expected=(
            0.5 * factor, 0.7 * factor, factor, 1.4 * factor, 1.9 * factor)))
        for mass, factor in ((500, 1.3), (200, 0.3), (1000, 4.0))
    ]  # fmt: skip


def test_limits_are_drawn_in_the_order_of_the_mass(points):
    ax = draw_limits(points, axis_label="$m$ [GeV]").axes[0]
    assert np.allclose(observed(ax), [[200, 0.27], [500, 1.17], [1000, 3.6]])
    yellow, green = (band(one) for one in ax.collections)
    assert np.allclose(yellow[500], (0.65, 2.47))
    assert np.allclose(green[1000], (2.8, 5.6))
    assert ax.get_xlabel() == "$m$ [GeV]"
    assert ax.get_ylabel() == "95 % CL upper limit on mu"
    assert any(np.allclose(one.get_ydata(), 1) for one in ax.lines)


def test_the_scale_is_logarithmic_only_where_limits_differ_by_much(points):
    assert draw_limits(points).axes[0].get_yscale() == "log"
    assert draw_limits(points[:1]).axes[0].get_yscale() == "linear"


def test_a_single_point_is_a_bar_that_can_be_seen(points):
    ax = draw_limits(points[:1]).axes[0]
    low, high = ax.get_xlim()
    assert low < 490 < 510 < high
    (low, high) = band(ax.collections[0])[490]
    assert (low, high) == pytest.approx((0.65, 2.47))


def test_hidden_observations_are_left_out(points):
    hidden = [(m, dataclasses.replace(one, observed=math.nan)) for m, one in points]
    assert "observed" not in legend(draw_limits(hidden).axes[0])


def test_limits_of_different_kinds_are_refused(points):
    other = (700, dataclasses.replace(LIMIT, level=0.9))
    with pytest.raises(OutputError, match="one curve") as caught:
        draw_limits([*points, other])
    assert "mu at 90 %; mu at 95 %" in caught.value.why
    with pytest.raises(OutputError, match="one curve"):
        draw_limits([])
