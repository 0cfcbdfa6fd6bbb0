"""Windows, against loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepline.errors import DataError
from hepline.timeseries.series import Aligned
from hepline.timeseries.windows import windows


def aligned(values, valid, rate=10.0):
    return Aligned(("a", "b"), 100.0, rate, np.where(valid, values, np.nan), valid)


@given(
    back=st.integers(1, 6), forward=st.integers(0, 4), stride=st.integers(1, 7),
    good=st.lists(st.tuples(st.booleans(), st.booleans()), min_size=12, max_size=40),
)  # fmt: skip
@settings(deadline=None)
def test_windows_are_those_of_a_loop(back, forward, stride, good):
    valid = np.array(good).T
    values = np.arange(valid.size, dtype=float).reshape(valid.shape)
    made = windows(
        aligned(values, valid), back=back / 10, forward=forward / 10, stride=stride / 10,
        targets=["b"],
    )  # fmt: skip
    inputs, targets, times, left_out = [], [], [], 0
    for first in range(0, valid.shape[1] - back - forward + 1, stride):
        past, future = slice(first, first + back), slice(first + back, first + back + forward)
        if valid[:, past].all() and valid[1, future].all():
            inputs.append(values[:, past])
            targets.append(values[1:, future])
            times.append(100 + (first + back) / 10)
        else:
            left_out += 1
    assert made.left_out == left_out
    assert len(made) == len(inputs)
    np.testing.assert_array_equal(made.inputs, np.array(inputs).reshape(len(inputs), 2, back))
    np.testing.assert_array_equal(made.targets, np.array(targets).reshape(len(inputs), 1, forward))
    np.testing.assert_allclose(made.times, times)
    assert made.inputs.dtype == np.float32
    assert made.inputs.flags.c_contiguous


def test_a_time_that_is_no_whole_number_of_samples_is_refused():
    series = aligned(np.zeros((2, 50)), np.ones((2, 50), bool))
    with pytest.raises(DataError, match="samples"):
        windows(series, back=0.25)
    with pytest.raises(DataError, match="do not fit"):
        windows(series, back=6.0)
    with pytest.raises(DataError, match="no channel"):
        windows(series, back=1.0, inputs=["c"])
    assert "left out" in repr(windows(series, back=1.0))
