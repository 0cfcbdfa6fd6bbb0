"""Resampling, against sines whose samples are known at any time, and scipy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepline.errors import DataError
from hepline.timeseries.channel import Channel
from hepline.timeseries.resampling import resampled, sampled_at

RATES = [
    (1024.0, 256.0),
    (16384.0, 4096.0),
    (100.0, 60.0),
    (60.0, 100.0),
    (1000.0, 44.1),
    (64.0, 63.97),
]


def sine(frequency, rate, seconds, start=0.0, phase=0.3):
    times = start + np.arange(round(seconds * rate)) / rate
    return Channel.of("x", np.sin(2 * np.pi * frequency * times + phase), start=start, rate=rate)


@pytest.mark.parametrize(("old", "new"), RATES)
@pytest.mark.parametrize("share", [0.01, 0.3, 0.79])
def test_what_both_rates_can_hold_is_kept(old, new, share):
    frequency = share * min(old, new) / 2
    channel = sine(frequency, old, 400 / min(old, new))
    moved = resampled(channel, new)
    expected = np.sin(2 * np.pi * frequency * moved.times + 0.3)
    assert moved.rate == new
    assert moved.valid.mean() > 0.7
    np.testing.assert_allclose(moved.values[moved.valid], expected[moved.valid], atol=3e-4)


@pytest.mark.parametrize(("old", "new"), [(a, b) for a, b in RATES if b < 0.9 * a])
@pytest.mark.parametrize("share", [1.02, 1.3, 1.9])
def test_what_would_be_folded_back_is_taken_away(old, new, share):
    frequency = min(share * new / 2, 0.49 * old)
    moved = resampled(sine(frequency, old, 400 / new), new)
    assert np.abs(moved.values[moved.valid]).max() < 2e-4


@given(
    rate=st.sampled_from([50.0, 64.0, 100.0]),
    start=st.floats(0, 5),
    phase=st.floats(0, 6),
    share=st.floats(0.05, 0.75),
)
@settings(deadline=None, max_examples=40)
def test_samples_on_any_other_clock_are_those_of_the_signal(rate, start, phase, share):
    frequency = share * min(rate, 80.0) / 2
    channel = sine(frequency, 80.0, 10.0, phase=phase)
    moved = sampled_at(channel, start, rate, int(4 * rate))
    expected = np.sin(2 * np.pi * frequency * moved.times + phase)
    np.testing.assert_allclose(moved.values[moved.valid], expected[moved.valid], atol=5e-4)
    # Where the filter's reach is inside of the channel, nothing is lost.
    inner = (moved.times > 1.0) & (moved.times < 9.0)
    assert moved.valid[inner].all()


def test_a_gap_stays_a_gap_and_does_not_spread_nan():
    channel = sine(3.0, 1000.0, 4.0)
    good = np.ones(4000, bool)
    good[1501:1530] = False
    with_gap = channel.kept(good)
    moved, kept = resampled(with_gap, 250.0), resampled(with_gap, 250.0, keep_edges=True)
    touched = (moved.times >= 1.501) & (moved.times < 1.530)
    assert not moved.valid[touched].any()
    assert not kept.valid[touched].any()
    assert kept.valid.sum() > moved.valid.sum()
    assert np.isnan(moved.values[~moved.valid]).all()
    np.testing.assert_allclose(
        moved.values[moved.valid], np.sin(6 * np.pi * moved.times + 0.3)[moved.valid], atol=3e-4
    )
    # The filter reaches 25 samples of the lower rate far.
    far = np.abs(moved.times - 1.515) > 0.015 + 26 / 250
    inner = far & (moved.times > 26 / 250) & (moved.times < 4 - 26 / 250)
    assert moved.valid[inner].all()


def test_states_are_never_interpolated():
    flags = Channel.of("flags", np.array([1, 3, 0, 7]), start=10.0, rate=1.0)
    moved = resampled(flags, 4.0)
    assert moved.values.tolist() == np.repeat([1, 3, 0, 7], 4).tolist()
    shifted = sampled_at(flags, 9.5, 2.0, 10)
    assert shifted.valid.tolist() == [False] + [True] * 8 + [False]
    assert shifted.values[1:-1].tolist() == [1, 1, 3, 3, 0, 0, 7, 7]


def test_the_same_rate_changes_nothing():
    channel = sine(3.0, 100.0, 1.0)
    np.testing.assert_array_equal(resampled(channel, 100.0).values, channel.values)


def test_a_channel_of_gaps_stays_one():
    channel = Channel.of("x", np.full(100, np.nan), rate=10.0)
    assert not resampled(channel, 5.0).valid.any()


@pytest.mark.parametrize("rate", [0.0, -1.0, np.inf, np.nan])
def test_an_impossible_rate_is_refused(rate):
    with pytest.raises(DataError, match="Hz"):
        resampled(sine(1.0, 10.0, 2.0), rate)


@pytest.mark.parametrize("first", [-9, -4, -3, -2, -1, 0, 1, 2, 5])
@pytest.mark.parametrize("rate", [4096.0, 6144.0, 24576.0])
def test_a_clock_that_begins_before_the_channel_is_met_at_the_same_times(first, rate):
    """Against the sine itself: the grid may begin at any sample, also before the first."""
    own = 16384.0
    times = np.arange(16384) / own
    channel = Channel.of("x", np.sin(2 * np.pi * 100 * times), start=1126259446.0, rate=own)
    moved = sampled_at(channel, channel.start + first / own, rate, 2000)
    at = first / own + np.arange(2000) / rate
    assert moved.valid.sum() > 1500
    expected = np.sin(2 * np.pi * 100 * at[moved.valid])
    np.testing.assert_allclose(moved.values[moved.valid], expected, atol=1e-4)
