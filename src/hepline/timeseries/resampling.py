"""Samples of a channel at other times, without aliasing.

What lies above the new Nyquist frequency would be folded into the band below: a filter takes it
away first. Filters and polyphase arithmetic are scipy's.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, signal

from hepline.arrays import Floats, Mask
from hepline.errors import DataError
from hepline.timeseries.channel import Channel, is_state

__all__ = ["resampled", "sampled_at"]

# The filter passes up to this share of the Nyquist frequency, and stops from there on by so much
# (Kaiser's formula; test_resampling.py measures both). A narrower transition takes more samples
# at the borders of gaps: 50 times the inverse of 1 − the share, on both sides together.
_PASSED = 0.8
_ATTENUATION = 80.0  # dB
# Ratios of rates that are not those of small integers are interpolated, four times oversampled: a
# spline of degree 5 is then exact to 1e-5 of the amplitude up to the end of the band.
_LARGEST = 20_000
_OVERSAMPLED, _DEGREE = 4, 5
# Difference from a sample's time that is rounding (samples).
_ROUNDING = 1e-3


def resampled(channel: Channel, rate: float, *, keep_edges: bool = False) -> Channel:
    """Change the rate of a channel.

    Parameters
    ----------
    channel : Channel
    rate : float
        Hz.
    keep_edges : bool
        Whether to keep samples for which the filter reaches into a gap, or over an end of the
        channel, where it takes the straight line between the neighbors, or the last value.

    Returns
    -------
    Channel
        Of a state, the state at that time.

    Raises
    ------
    DataError
        If the rate is not positive.
    """
    if not 0 < rate < np.inf:
        raise DataError(
            f"'{channel.name}' at {rate} Hz.",
            why="a rate is a positive number of samples per second.",
            fix="give a rate in Hz, such as rate=256.",
        )
    count = int(np.ceil(len(channel) * rate / channel.rate - 1e-9))
    return sampled_at(channel, channel.start, rate, count, keep_edges=keep_edges)


def sampled_at(
    channel: Channel, start: float, rate: float, count: int, *, keep_edges: bool = False
) -> Channel:
    """Evaluate a channel on another clock.

    Parameters
    ----------
    channel : Channel
    start : float
        s.
    rate : float
        Hz.
    count : int
        Number of samples; those outside of the channel are gaps.
    keep_edges : bool
        See `resampled`.
    """
    first, step = (start - channel.start) * channel.rate, channel.rate / rate
    if is_state(channel):
        return _states(channel, start, rate, first + step * np.arange(count))
    ratio = Fraction(rate / channel.rate).limit_denominator(_LARGEST)
    drift = abs(float(1 / ratio) - step) * count if ratio else np.inf
    on_grid = abs(first - round(first)) < _ROUNDING and drift < _ROUNDING
    if not channel.valid.any():
        values = np.full(count, np.nan)
    elif on_grid:
        values = _polyphase(_without_gaps(channel), round(first), ratio, count)
    else:
        values = _interpolated(_without_gaps(channel), first, step, count)
    reach = 0.0 if on_grid and ratio == 1 else len(_filter(_scale(ratio))) / 2 / ratio.numerator
    if not on_grid:
        reach = max(1.0, step) * _half()
    valid = _supported(channel.valid, first + step * np.arange(count), 0 if keep_edges else reach)
    return replace(
        channel, start=start, rate=rate, values=np.where(valid, values, np.nan), valid=valid
    )


def _states(channel: Channel, start: float, rate: float, places: NDArray[np.floating]) -> Channel:
    place = np.floor(places + _ROUNDING).astype(np.int64)
    inside = (place >= 0) & (place < len(channel))
    place = np.clip(place, 0, len(channel) - 1)
    valid = inside & channel.valid[place]
    return replace(channel, start=start, rate=rate, values=channel.values[place], valid=valid)


def _without_gaps(channel: Channel) -> Floats:
    """The values, with straight lines across gaps."""
    if channel.valid.all():
        values: Floats = channel.values
        return values
    at = np.arange(len(channel))
    bridged: Floats = np.interp(at, at[channel.valid], channel.values[channel.valid])
    return bridged


def _scale(ratio: Fraction) -> int:
    return max(ratio.numerator, ratio.denominator)


def _half() -> float:
    """Half the length of the filter, in samples of the lower rate."""
    return len(_filter(1)) / 2


@lru_cache(maxsize=8)
def _filter(scale: int) -> Floats:
    """A low pass, for a Nyquist frequency that is divided by `scale`."""
    taps, beta = signal.kaiserord(_ATTENUATION, (1 - _PASSED) / scale)
    taps += 1 - taps % 2
    cutoff = (1 + _PASSED) / 2 / scale
    window: Floats = signal.firwin(taps, cutoff, window=("kaiser", beta))
    return window


def _polyphase(values: Floats, first: int, ratio: Fraction, count: int) -> Floats:
    """Samples from one of the channel's own on, at a rational multiple of its rate."""
    up, down = ratio.numerator, ratio.denominator
    # The grid is that of every `down`-th sample; samples before `first` feed the filter.
    begin = first % down
    skipped = (first - begin) * up // down
    if up == down:
        whole = values[begin:]
    else:
        whole = signal.resample_poly(
            values[begin:], up, down, window=_filter(_scale(ratio)), padtype="edge"
        )
    result = np.full(count, np.nan)
    low = max(0, -skipped)
    part = whole[max(0, skipped) : max(0, skipped + count)]
    result[low : low + len(part)] = part[: max(0, count - low)]
    return result


def _interpolated(values: Floats, first: float, step: float, count: int) -> Floats:
    """Samples at any times, by a spline through the channel, oversampled if its band is full."""
    if step > 1:
        values = _low_passed(values, 1 / step)
    fine = int(np.ceil(_OVERSAMPLED * min(1.0, 1 / step)))
    if fine > 1:
        values = signal.resample_poly(values, fine, 1, window=_filter(fine), padtype="edge")
    places = np.clip((first + step * np.arange(count)) * fine, 0, len(values) - 1)
    inside: Floats = ndimage.map_coordinates(values, [places], order=_DEGREE, mode="nearest")
    return inside


def _low_passed(values: Floats, band: float) -> Floats:
    """The part of the values below a share of their Nyquist frequency."""
    taps, beta = signal.kaiserord(_ATTENUATION, (1 - _PASSED) * band)
    taps += 1 - taps % 2
    window = signal.firwin(taps, (1 + _PASSED) / 2 * band, window=("kaiser", beta))
    half = taps // 2
    padded = np.pad(values, half, mode="edge")
    passed: Floats = signal.oaconvolve(padded, window, mode="valid")
    return passed


def _supported(valid: Mask, places: NDArray[np.floating], reach: float) -> Mask:
    """Whether all samples within reach of each place are there."""
    before = np.concatenate([[0], np.cumsum(~valid)])
    low = np.floor(places - reach + _ROUNDING).astype(np.int64)
    high = np.ceil(places + reach - _ROUNDING).astype(np.int64)
    inside = (low >= 0) & (high < len(valid))
    if not reach:
        # Between the last sample and its end, the channel is as long as its steps say.
        inside = (low >= 0) & (low < len(valid))
    low, high = (np.clip(edge, 0, len(valid) - 1) for edge in (low, high))
    supported: Mask = inside & (before[high + 1] == before[low])
    return supported
