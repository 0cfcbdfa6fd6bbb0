"""Alignment of channels, against signals that are known at any time."""

import numpy as np
import pytest

from hepline.errors import DataError
from hepline.timeseries.channel import Channel
from hepline.timeseries.series import Series


def signal(times):
    return np.sin(2 * np.pi * 0.7 * times) + 0.5 * np.cos(2 * np.pi * 1.9 * times)


def channel(name, start, rate, count):
    times = start + np.arange(count) / rate
    return Channel.of(name, signal(times), start=start, rate=rate, unit="V")


def test_channels_of_three_clocks_show_the_same_signal():
    series = Series.of(
        [
            channel("a", 0.0, 256.0, 5120),
            channel("b", 0.731, 100.0, 1900),
            channel("c", -3.0, 10.0, 250),
        ]
    )
    aligned = series.aligned()
    assert aligned.rate == 10.0
    assert aligned.start == pytest.approx(0.731)
    assert aligned.values.shape == (3, len(aligned))
    inner = slice(26, -26)
    assert aligned.valid[:, inner].all()
    np.testing.assert_allclose(
        aligned.values[:, inner], np.tile(signal(aligned.times[inner]), (3, 1)), atol=1e-3
    )
    assert aligned.units == ("V", "V", "V")
    assert np.asarray(aligned).shape == aligned.values.shape


def test_a_span_and_a_rate_can_be_said():
    series = Series.of([channel("a", 0.0, 100.0, 2000), channel("b", 0.5, 50.0, 900)])
    aligned = series.aligned(25.0, start=2.0, stop=10.0)
    assert (aligned.start, aligned.rate, len(aligned)) == (2.0, 25.0, 200)
    assert aligned.stop == 10.0
    assert aligned["b"].rate == 25.0
    cut = aligned.between(3.0, 4.0)
    np.testing.assert_allclose(cut.times, 3 + np.arange(25) / 25)


def test_gaps_and_states_are_kept_apart():
    flags = Channel.of("flags", np.array([1, 0, 1, 1]), start=0.0, rate=1.0)
    values = np.ones(400)
    values[100:120] = np.nan
    aligned = (Series.of([flags]) | Channel.of("x", values, rate=100.0)).aligned(
        10.0, keep_edges=True
    )
    assert aligned["flags"].values.tolist() == np.repeat([1, 0, 1, 1], 10).tolist()
    assert aligned.valid[1].tolist() == [*[True] * 10, False, False, *[True] * 28]
    assert np.isnan(aligned.values[1, 10:12]).all()


def test_mistakes_are_named():
    series = Series.of([channel("a", 0.0, 100.0, 100), channel("b", 50.0, 100.0, 100)])
    with pytest.raises(DataError, match="no time in common"):
        series.aligned()
    with pytest.raises(DataError, match="did you mean"):
        series["aa"]
    with pytest.raises(DataError, match="two channels"):
        series | series["a"]
