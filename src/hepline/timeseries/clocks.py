"""Clocks: samples with a time each become a channel, and two clocks are compared."""

from __future__ import annotations

import numpy as np
from scipy import signal

from hepline.arrays import Floats
from hepline.errors import DataError, checked_keywords
from hepline.timeseries.channel import Channel
from hepline.timeseries.resampling import resampled, sampled_at

__all__ = ["clock_offset", "regular"]

# Difference from equal steps that is rounding of the times that were written, in steps.
_JITTER = 0.02
_LATEST = 1e11  # s since 1970 or 1980: a thousand years from now


def regular(
    name: str,
    times: Floats,
    values: Floats,
    *,
    rate: float | None = None,
    longest: float | None = None,
    unit: str = "",
) -> Channel:
    """Make a channel of samples that have a time each.

    Parameters
    ----------
    name : str
    times : ndarray, shape (sample,)
        Ascending; s.
    values : ndarray, shape (sample,)
    rate : float, optional
        Hz. Needed where the steps are not equal: straight lines between the samples are then
        sampled, faster than the samples come, and low-passed. By default the rate of the samples.
    longest : float, optional
        A longer time between two samples is a gap; s. One and a half steps by default.
    unit : str, optional

    Raises
    ------
    DataError
        If times do not ascend or cannot be seconds, or the steps are unequal and no rate is given.
    """
    steps = np.diff(times)
    if len(times) < 2 or not np.isfinite(times).all() or (steps <= 0).any():
        place = int(np.argmax(~(steps > 0))) + 1 if len(times) > 1 else 0
        raise DataError(
            f"the times of '{name}' do not ascend: sample {place} comes at "
            f"{times[place] if len(times) else 'no time'}.",
            why="a channel needs two samples, and each must be later than the one before.",
            fix="sort the samples, and leave out those that were written twice.",
        )
    if np.abs(times).max() > _LATEST:
        raise DataError(
            f"the times of '{name}' are as large as {np.abs(times).max():.4g} s.",
            why="no date of this millennium is so large: they may be milliseconds or nanoseconds.",
            fix="write seconds, or dates as 2026-12-01T09:30:00.25.",
        )
    step = float(np.median(steps))
    # Rounded times give a rounded step: the whole span is more precise.
    number = np.rint(np.cumsum(np.rint(steps / step)))
    if number[-1]:
        step = float((times[-1] - times[0]) / number[-1])
    place = (times - times[0]) / step
    index = np.rint(place).astype(np.int64)
    if np.abs(place - index).max() <= _JITTER and (np.diff(index) > 0).all():
        channel = _on_steps(name, float(times[0]), step, index, values, unit)
        return channel if rate is None else resampled(channel, rate)
    if rate is None:
        raise DataError(
            f"'{name}' has no fixed rate: steps between {steps.min():.6g} and {steps.max():.6g} s.",
            why="a channel has equal steps of time.",
            fix=f"say at which rate to sample it: rate={1 / step:.6g} (Hz).",
        )
    return _interpolated(name, times, values, rate, longest or 1.5 * step, unit)


def _on_steps(
    name: str, start: float, step: float, index: np.ndarray, values: Floats, unit: str
) -> Channel:
    size = int(index[-1]) + 1
    valid = np.zeros(size, bool)
    valid[index] = True
    placed = np.zeros(size, values.dtype)
    placed[index] = values
    if placed.dtype.kind != "f":
        return Channel(name, start, 1 / step, placed, valid, unit)
    valid[index] &= np.isfinite(values)
    placed = np.where(valid, placed, np.nan).astype(np.float64)
    return Channel(name, start, 1 / step, placed, valid, unit)


def _interpolated(
    name: str, times: Floats, values: Floats, rate: float, longest: float, unit: str
) -> Channel:
    """Straight lines between samples, sampled at a multiple of the rate and low-passed."""
    good = np.isfinite(values.astype(np.float64))
    times, values = times[good], values[good]
    fine = rate * max(1, int(np.ceil(1 / (rate * np.diff(times).min()))))
    # As many as two samples at the closest are followed; more would only take time.
    fine = min(fine, rate * max(1, int(np.ceil(4 / (rate * np.median(np.diff(times)))))))
    at = times[0] + np.arange(int(np.floor((times[-1] - times[0]) * fine)) + 1) / fine
    after = np.clip(np.searchsorted(times, at, side="left"), 1, len(times) - 1)
    close = times[after] - times[after - 1] <= longest
    if values.dtype.kind != "f":
        values = values[np.searchsorted(times, at, side="right") - 1]
        channel = Channel(name, float(times[0]), fine, values, close, unit)
    else:
        values = np.where(close, np.interp(at, times, values), np.nan)
        channel = Channel(name, float(times[0]), fine, values, close, unit)
    return resampled(channel, rate, keep_edges=True) if fine != rate else channel


@checked_keywords
def clock_offset(first: Channel, second: Channel, *, within: float) -> float:
    """How much later the clock of a second channel shows what both have seen.

    Parameters
    ----------
    first, second : Channel
        Of the same signal, such as a pulse that both record.
    within : float
        Largest offset to look for; s.

    Returns
    -------
    float
        s, where the cross-correlation is largest, between samples by a parabola:
        ``second.on_clock(offset=-result)`` agrees with `first`.

    Raises
    ------
    DataError
        If they overlap for less than twice that time.
    """
    rate = max(first.rate, second.rate)
    start = max(first.start, second.start)
    count = int((min(first.stop, second.stop) - start) * rate)
    most = int(np.ceil(within * rate))
    if count < 2 * most + 3:
        raise DataError(
            f"'{first.name}' and '{second.name}' overlap for {max(0, count) / rate:.6g} s.",
            why=f"offsets of {within} s cannot be told in less than twice that time.",
            fix="look within a smaller time, or give longer channels.",
        )
    early, late = (
        _centered(sampled_at(channel, start, rate, count, keep_edges=True))
        for channel in (first, second)
    )
    similarity = signal.correlate(late, early, mode="full", method="fft")
    lags = signal.correlation_lags(len(late), len(early))
    near = np.abs(lags) <= most
    similarity, lags = similarity[near], lags[near]
    best = int(np.argmax(similarity))
    if not 0 < best < len(lags) - 1:
        return float(lags[best] / rate)
    left, top, right = similarity[best - 1 : best + 2]
    bend = left - 2 * top + right
    return float((lags[best] + (0.5 * (left - right) / bend if bend else 0.0)) / rate)


def _centered(channel: Channel) -> Floats:
    """The values without their mean, and none in gaps."""
    values = channel.values.astype(np.float64)
    mean = values[channel.valid].mean() if channel.valid.any() else 0.0
    return np.where(channel.valid, values - mean, 0.0)
