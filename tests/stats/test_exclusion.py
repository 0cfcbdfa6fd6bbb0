import numpy as np
import pytest
from scipy.optimize import brentq

from hepline.errors import FitError
from hepline.stats.exclusion import ExcludedRange, excluded_ranges, ratio_to_theory

MASSES = np.array([500.0, 1000, 1500, 2000, 2500])


def theory(mass):
    return 10.0 * np.exp(-np.asarray(mass) / 250)


def test_an_exponential_theory_crosses_a_flat_limit_where_it_is_equal():
    # Exponentials are interpolated exactly, so that the oracle is the root of the function itself.
    limits = np.full(5, 0.02)
    at, ratio = ratio_to_theory(MASSES, limits, [500.0, 2500.0], theory([500.0, 2500.0]))
    (excluded,) = excluded_ranges(at, ratio)
    root = brentq(lambda mass: theory(mass) - 0.02, 500, 2500)
    assert excluded == ExcludedRange(500, pytest.approx(root), open_low=True)
    assert excluded.crossings == (pytest.approx(root),)


def test_points_of_both_curves_are_used():
    at, ratio = ratio_to_theory([0.0, 2.0], [1.0, 1.0], [0.0, 1.0, 2.0], [1.0, 4.0, 1.0])
    assert at.tolist() == [0, 1, 2]
    assert np.allclose(ratio, [1, 0.25, 1])


def test_only_where_both_are_known():
    at, _ = ratio_to_theory(MASSES, theory(MASSES), [800.0, 1700.0], [1.0, 1.0])
    assert at.tolist() == [800, 1000, 1500, 1700]
    assert ratio_to_theory([], [], [1.0], [1.0])[0].size == 0


def test_several_ranges_with_their_open_ends():
    at, height = np.arange(7.0), np.array([-1.0, 1, 1, -1, 1, -1, -3])
    ranges = excluded_ranges(at, np.exp(height))
    assert ranges == (
        ExcludedRange(0, 0.5, open_low=True),
        ExcludedRange(2.5, 3.5),
        ExcludedRange(4.5, 6, open_high=True),
    )


def test_nothing_and_everything():
    assert excluded_ranges([1.0, 2.0], [2.0, 3.0]) == ()
    assert excluded_ranges([], []) == ()
    assert excluded_ranges([1.0, 2.0], [0.5, 0.1]) == (ExcludedRange(1, 2, True, True),)


def test_hidden_limits_are_left_out_and_negative_ones_refused():
    at, _ = ratio_to_theory([1.0, 2.0, 3.0], [1.0, np.nan, 1.0], [1.0, 3.0], [1.0, 1.0])
    assert at.tolist() == [1, 3]
    with pytest.raises(FitError, match="at 2"):
        ratio_to_theory([1.0, 2.0], [1.0, 0.0], [1.0, 2.0], [1.0, 1.0])
