"""A variation is its normalization times its shape; the oracle is NumPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hepline.errors import ModelError
from hepline.pipeline.splitting import split

POSITIVE = arrays(np.float64, 6, elements=st.floats(0.1, 100))


@given(POSITIVE, POSITIVE, POSITIVE)
def test_normalization_times_shape_is_the_variation(nominal, up, down):
    divided = split(nominal, up, down)
    assert divided.high == pytest.approx(up.sum() / nominal.sum())
    assert divided.low == pytest.approx(down.sum() / nominal.sum())
    np.testing.assert_allclose(divided.high * divided.shape_up, up)
    np.testing.assert_allclose(divided.low * divided.shape_down, down)
    assert divided.shape_up.sum() == pytest.approx(nominal.sum())
    assert divided.shape_down.sum() == pytest.approx(nominal.sum())


@given(POSITIVE, POSITIVE)
def test_one_side_is_mirrored_in_normalization_and_in_shape(nominal, other):
    up = other * (nominal.sum() / other.sum() * 1.3)
    divided = split(nominal, up, None)
    assert divided.low == pytest.approx(2 - divided.high)
    np.testing.assert_allclose(divided.shape_down + divided.shape_up, 2 * nominal)
    assert divided.shape_down.sum() == pytest.approx(nominal.sum())


@pytest.mark.parametrize(
    ("nominal", "up", "down"),
    [
        ([1.0, -1.0], [1.0, 1.0], None),
        ([-1.0, -1.0], [-1.0, -1.2], None),
    ],
)
def test_yields_that_are_not_positive_are_refused(nominal, up, down):
    lower = None if down is None else np.array(down)
    with pytest.raises(ModelError, match="JES of sig"):
        split(np.array(nominal), np.array(up), lower, what="JES of sig")


@pytest.mark.parametrize(
    ("up", "down", "high", "low"),
    [
        ([0.0, 0.0], None, 0.0, 2.0),
        ([2.0, 2.0], None, 2.0, 0.0),
        ([3.0, 2.0], None, 2.5, 0.0),
        ([1.0, 1.0], [0.0, 0.0], 1.0, 0.0),
        ([1.0, 1.0], [-1.0, 0.5], 1.0, 0.0),
    ],
)
def test_a_variation_takes_away_everything_at_most(up, down, high, low):
    nominal = np.array([1.0, 1.0])
    divided = split(nominal, np.array(up), None if down is None else np.array(down))
    assert (divided.high, divided.low) == (high, low)
    for shape in (divided.shape_up, divided.shape_down):
        assert np.all(np.isfinite(shape))
        assert shape.sum() == pytest.approx(nominal.sum())
