"""Channels: gaps, cuts, flags, clocks; against arrays by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepline.errors import DataError
from hepline.timeseries.channel import Channel


@given(st.lists(st.booleans(), min_size=1, max_size=30))
def test_gaps_are_the_runs_of_missing_samples(good):
    values = np.where(good, 1.0, np.nan)
    channel = Channel.of("x", values, start=5.0, rate=2.0)
    expected, begin = [], None
    for place, is_there in enumerate([*good, True]):
        if not is_there and begin is None:
            begin = place
        elif is_there and begin is not None:
            expected.append((5 + begin / 2, 5 + place / 2))
            begin = None
    assert channel.gaps() == expected
    assert (f"{len(expected)} gap" in repr(channel)) == bool(expected)


def test_a_cut_takes_samples_from_a_time_on_and_before_another():
    channel = Channel.of("x", np.arange(10.0), start=100.0, rate=10.0)
    assert channel.between(100.2, 100.5).values.tolist() == [2, 3, 4]
    assert channel.between(100.2, 100.5).start == pytest.approx(100.2)
    assert channel.between(0, 1e9).values.tolist() == list(range(10))
    with pytest.raises(DataError, match="no samples"):
        channel.between(101.0, 102.0)


def test_flags_of_another_clock_make_gaps():
    channel = Channel.of("x", np.arange(8.0), start=0.0, rate=4.0)
    flags = Channel.of("mask", np.array([0b01, 0b10]), start=0.0, rate=1.0)
    assert channel.where(flags, bit=1).valid.tolist() == [False] * 4 + [True] * 4
    assert channel.where(flags).valid.all()
    late = Channel.of("mask", np.array([True]), start=1.0, rate=1.0)
    assert channel.where(late).valid.tolist() == [False] * 4 + [True] * 4
    with pytest.raises(DataError, match="flags"):
        channel.where(channel)


def test_another_clock_moves_and_stretches_time():
    channel = Channel.of("x", np.arange(101.0), start=0.0, rate=10.0)
    moved = channel.on_clock(offset=0.25, drift=1e-3)
    assert moved.times[-1] == pytest.approx(10 * 1.001 + 0.25)


def test_numpy_takes_a_channel_for_its_values():
    assert np.asarray(Channel.of("x", np.arange(3.0), rate=1.0)).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("values", "rate"), [(np.zeros((2, 2)), 1.0), (np.array(["a"]), 1.0), (np.zeros(3), 0.0)]
)
def test_what_is_no_channel_is_refused(values, rate):
    with pytest.raises(DataError):
        Channel.of("x", values, rate=rate)
