import dataclasses
import math

import numpy as np
import pytest
from scipy.optimize import brentq

from hepline.errors import OutputError
from hepline.show.grid_content import LimitCurve, LimitPoint, Theory
from hepline.show.limit_curves import draw_limit_curve

MASSES = np.array([500.0, 1000, 1500, 2000, 2500])
MEDIAN = 0.5 * np.exp(-MASSES / 900)
OBSERVED = 1.2 * MEDIAN
THEORY = Theory("Z′ (SSM)", np.array([500.0, 2500]), 30 * np.exp(-np.array([500.0, 2500]) / 250))
CURVE = LimitCurve(
    "limits",
    "m(Z′) [GeV]",
    "σ × B(Z′ → µµ) [pb]",
    tuple(
        LimitPoint(at, (e * 0.5, e * 0.7, e, e * 1.4, e * 2), o)
        for at, e, o in zip(MASSES[::-1], MEDIAN[::-1], OBSERVED[::-1], strict=True)
    ),
    theory=THEORY,
)


def crossing(factor):
    """Where both exponentials are equal: they are interpolated exactly."""
    return brentq(lambda m: 30 * math.exp(-m / 250) - factor * 0.5 * math.exp(-m / 900), 500, 2500)


def words(ax):
    return "\n".join(text.get_text() for text in ax.texts)


def test_crossings_are_where_theory_and_limit_are_equal():
    (observed,), (expected,) = (CURVE.excluded(observed=kind) for kind in (True, False))
    assert observed.crossings == pytest.approx((crossing(1.2),))
    assert expected.crossings == pytest.approx((crossing(1.0),))
    numbers = CURVE.numbers()["excluded"]
    assert numbers["observed"][0]["high"] == pytest.approx(crossing(1.2))
    assert numbers["observed"][0]["open_low"]


def test_crossings_are_marked_and_stated():
    ax = draw_limit_curve(CURVE).axes[0]
    marked = {round(line.get_xdata()[0]) for line in ax.lines if len(set(line.get_xdata())) == 1}
    assert marked == {round(crossing(1.2)), round(crossing(1.0))}
    assert f"excluded, observed: 500–{crossing(1.2):.4g} GeV" in words(ax)
    assert f"excluded, expected: 500–{crossing(1.0):.4g} GeV" in words(ax)


def test_bands_observed_and_theory_are_drawn():
    ax = draw_limit_curve(CURVE).axes[0]
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["observed", "expected", "expected ±1σ", "expected ±2σ", "Z′ (SSM)"]
    (points,) = (
        line for line in ax.lines if line.get_marker() == "o" and len(line.get_xdata()) > 1
    )
    assert np.allclose(points.get_xydata(), np.transpose([MASSES, OBSERVED]))
    assert ax.get_yscale() == "log"
    assert ax.get_ylabel() == "95 % CL upper limit on σ × B(Z′ → µµ) [pb]"


def test_hidden_observations_leave_no_trace():
    points = tuple(dataclasses.replace(point, observed=math.nan) for point in CURVE.points)
    ax = draw_limit_curve(dataclasses.replace(CURVE, points=points)).axes[0]
    assert "observed" not in words(ax)
    assert "observed" not in [text.get_text() for text in ax.get_legend().get_texts()]


def test_a_reference_stands_in_for_a_theory():
    strength = dataclasses.replace(CURVE, theory=None, reference=0.1, limit_label="µ")
    (expected,) = strength.excluded(observed=False)
    assert expected.low == pytest.approx(900 * math.log(5))
    assert expected.open_high
    assert dataclasses.replace(strength, reference=None).excluded(observed=True) == ()


def test_the_band_of_a_theory_is_drawn():
    wide = dataclasses.replace(THEORY, low=THEORY.values * 0.9, high=THEORY.values * 1.1)
    without, with_band = (
        len(draw_limit_curve(dataclasses.replace(CURVE, theory=one)).axes[0].collections)
        for one in (THEORY, wide)
    )
    assert with_band == without + 1


def test_a_curve_needs_a_point():
    with pytest.raises(OutputError, match="no limits"):
        dataclasses.replace(CURVE, points=())
