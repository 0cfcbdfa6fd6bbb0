"""Samples with a time each, and clocks that differ; against signals that are known at any time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepline.errors import DataError
from hepline.timeseries.channel import Channel
from hepline.timeseries.clocks import clock_offset, regular


def test_rounded_times_of_a_steady_clock_do_not_drift():
    true = 1_600_000_000 + np.arange(100_000) / 30.0
    channel = regular("x", np.round(true, 3), np.arange(100_000.0))
    assert channel.rate == pytest.approx(30.0, rel=1e-8)
    assert len(channel) == 100_000
    np.testing.assert_array_equal(channel.values, np.arange(100_000.0))


@given(st.sets(st.integers(1, 48), max_size=30))
def test_samples_that_were_not_written_are_gaps(lost):
    index = np.array([n for n in range(50) if n not in lost])
    if len(index) < 2 or np.median(np.diff(index)) != 1:
        return
    channel = regular("x", 7 + index * 0.5, index.astype(float))
    assert np.flatnonzero(~channel.valid).tolist() == sorted(lost)
    assert channel.values[channel.valid].tolist() == index.tolist()
    assert (channel.start, channel.rate) == (7.0, 2.0)


def test_values_that_are_not_finite_are_gaps():
    channel = regular("x", np.arange(4.0), np.array([1, np.nan, np.inf, 2]))
    assert channel.valid.tolist() == [True, False, False, True]


def test_irregular_samples_are_sampled_at_a_rate():
    generator = np.random.default_rng(1)
    times = np.cumsum(generator.uniform(0.005, 0.015, 4000))
    values = np.sin(2 * np.pi * 0.8 * times)
    with pytest.raises(DataError, match=r"rate=1\d\d|rate=9\d"):
        regular("x", times, values)
    channel = regular("x", times, values, rate=10.0)
    assert channel.rate == 10.0
    inner = channel.valid & (channel.times < times[-1] - 1)
    # Straight lines: (step ω)²/8 at most.
    error = np.abs(channel.values - np.sin(2 * np.pi * 0.8 * channel.times))[inner]
    assert error[10:].max() < (0.015 * 2 * np.pi * 0.8) ** 2 / 8 + 3e-4


def test_a_long_pause_of_irregular_samples_is_a_gap():
    times = np.concatenate([np.arange(100) * 0.1, 30 + np.arange(100) * 0.1 + 0.013])
    channel = regular("x", times, np.ones(200), rate=5.0)
    inside = (channel.times > 10.2) & (channel.times < 29.8)
    assert not channel.valid[inside].any()
    assert channel.valid[channel.times > 30.3].all()


@pytest.mark.parametrize("times", [[0.0, 1.0, 1.0], [0.0, 2.0, 1.0], [0.0], [0.0, np.nan, 1.0]])
def test_times_that_do_not_ascend_are_refused(times):
    with pytest.raises(DataError, match="ascend"):
        regular("x", np.array(times), np.zeros(len(times)))


@pytest.mark.parametrize("unit", [1e3, 1e6, 1e9])
def test_times_that_are_no_seconds_are_refused(unit):
    times = (1.7e9 + np.arange(10.0)) * unit
    with pytest.raises(DataError, match="nanoseconds"):
        regular("x", times, np.zeros(10))


@given(offset=st.floats(-0.4, 0.4))
@settings(deadline=None, max_examples=20)
def test_the_offset_of_a_clock_is_told_from_a_pulse(offset):
    def pulse(times):
        return np.exp(-0.5 * ((times - 5) / 0.03) ** 2)

    first = Channel.of("a", pulse(np.arange(0, 10, 0.005)), rate=200.0)
    # The second clock shows 5 s + offset when the pulse comes.
    second = Channel.of("b", pulse(np.arange(0, 10, 0.01) - offset), rate=100.0)
    measured = clock_offset(first, second, within=0.5)
    assert measured == pytest.approx(offset, abs=2e-4)
    moved = second.on_clock(offset=-measured)
    assert clock_offset(first, moved, within=0.5) == pytest.approx(0, abs=2e-4)


def test_clocks_that_hardly_overlap_cannot_be_compared():
    first = Channel.of("a", np.ones(10), rate=10.0)
    with pytest.raises(DataError, match="overlap"):
        clock_offset(first, first, within=2.0)
