import dataclasses

import numpy as np
import pytest

from hepline.show.scans import CONTOURS, draw_scan, draw_surface
from hepline.show.stamps import Stamp
from hepline.stats.inference.results import Interval, Scan, Surface

X = np.linspace(0.6, 1.4, 33)
SCAN = Scan("ttbar_norm", 0.961, 0.108, X, ((X - 0.961) / 0.108) ** 2 * (1 - 0.4 * (X - 0.961)))


def line(ax, label):
    (found,) = [one for one in ax.lines if one.get_label() == label]
    return found.get_xydata()


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_the_curve_is_the_scan_as_far_as_it_is_drawn():
    ax = draw_scan(SCAN).axes[0]
    x, y = line(ax, "profile likelihood").T
    assert np.allclose(x, X)
    drawn = np.isfinite(y)
    assert np.allclose(y[drawn], SCAN.twice_delta_nll[drawn])
    assert (SCAN.twice_delta_nll[~drawn] > 9).all()
    assert ax.get_xlabel() == "ttbar_norm"


def test_the_parabola_rises_by_one_at_the_error():
    x, y = line(draw_scan(SCAN).axes[0], "parabola").T
    at = np.interp([0.961 - 0.108, 0.961, 0.961 + 0.108], x, y)
    assert np.allclose(at, [1, 0, 1], atol=0.01)


def test_lines_of_one_two_and_three_sigma_are_labelled():
    ax = draw_scan(SCAN).axes[0]
    heights = sorted(one.get_ydata()[0] for one in ax.lines if len(set(one.get_ydata())) == 1)
    assert heights == [1, 4, 9]
    assert {"1σ", "2σ", "3σ"} <= set(texts(ax))


def test_a_flat_scan_has_two_sigma_in_its_range_and_no_more():
    flat = dataclasses.replace(SCAN, twice_delta_nll=SCAN.twice_delta_nll / 100)
    ax = draw_scan(flat).axes[0]
    assert {"1σ", "2σ"} <= set(texts(ax))
    assert "3σ" not in texts(ax)


def test_ends_of_intervals_are_marked_up_to_the_curve_and_stated():
    intervals = [
        Interval("ttbar_norm", 0.961, 0.857, 1.073, 0.682689),
        Interval("ttbar_norm", 0.961, 0.757, 1.197, 0.954500),
    ]
    ax = draw_scan(SCAN, intervals=intervals).axes[0]
    ends = {
        round(float(segment[0][0]), 3): float(segment[1][1])
        for collection in ax.collections
        for segment in collection.get_segments()
    }
    assert list(ends) == [0.857, 1.073, 0.757, 1.197]
    assert np.allclose(list(ends.values()), [1, 1, 4, 4], atol=1e-3)
    assert "best fit: 0.96 ± 0.11" in texts(ax)
    assert "68.3 %: 0.86 to 1.07" in texts(ax)


def test_an_end_at_a_bound_is_said_and_not_marked():
    interval = Interval("mu", 0.2, 0.0, 0.86, 0.682689, open_lower=True)
    scan = Scan("mu", 0.2, 0.7, np.array([0.0, 1.0, 2.0]), np.array([0.1, 1.3, 6.6]))
    ax = draw_scan(scan, intervals=[interval]).axes[0]
    assert len(ax.collections) == 1
    assert "68.3 %: 0.00 (bound) to 0.86" in texts(ax)


def test_points_without_a_fit_leave_a_gap():
    values = np.where(np.arange(33) == 5, np.nan, SCAN.twice_delta_nll)
    ax = draw_scan(dataclasses.replace(SCAN, twice_delta_nll=values)).axes[0]
    assert np.isnan(line(ax, "profile likelihood")[5, 1])


@pytest.fixture(scope="module")
def surface():
    x, y = np.linspace(0.5, 1.5, 81), np.linspace(-0.4, 1.3, 61)
    u, v = np.meshgrid((x - 0.961) / 0.108, (y - 0.456) / 0.16)
    return Surface("ttbar_norm", "ME variation", (0.961, 0.456), x, y, u**2 + v**2)


def contour_paths(ax):
    return [one for one in ax.collections if type(one).__name__ == "QuadContourSet"]


def test_levels_are_the_quantiles_of_chi_square_with_two_degrees_of_freedom():
    # scipy.stats.chi2.ppf([0.6827, 0.95], 2)
    assert np.allclose([rise for _, rise in CONTOURS], [2.295815, 5.991465], atol=1e-5)


def test_contours_enclose_what_they_should(surface):
    ax = draw_surface(surface, stamp=Stamp("13 TeV")).axes[0]
    lines = [one for one in contour_paths(ax) if not one.filled]
    for drawn, (_, rise) in zip(lines, CONTOURS, strict=True):
        x, y = drawn.get_paths()[0].vertices.T
        radius = np.hypot((x - 0.961) / 0.108, (y - 0.456) / 0.16)
        assert np.allclose(radius, np.sqrt(rise), rtol=0.01)
    (best,) = [one for one in ax.lines if one.get_marker() == "+"]
    assert np.allclose(best.get_xydata(), [[0.961, 0.456]])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("ttbar_norm", "ME variation")


def test_the_axes_hold_the_scan(surface):
    ax = draw_surface(surface).axes[0]
    assert np.allclose(ax.get_xlim(), (0.5, 1.5))
    assert ax.get_ylim()[0] == pytest.approx(-0.4)
    assert ax.get_ylim()[1] > 1.3


def test_a_contour_outside_of_the_scan_is_said(surface):
    inside = Surface(
        surface.x,
        surface.y,
        surface.best,
        surface.x_values[25:48],
        surface.y_values[25:36],
        surface.twice_delta_nll[25:36, 25:48],
    )
    assert 2.3 < inside.twice_delta_nll.max() < 5.99
    ax = draw_surface(inside).axes[0]
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["best fit", "68 %", "95 %: outside of the scan"]
