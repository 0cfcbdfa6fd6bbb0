"""Windows of aligned channels: what a model looks back on, and what it predicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import DTypeLike, NDArray

from hepline.arrays import Floats
from hepline.errors import DataError, checked_keywords
from hepline.timeseries.series import Aligned

__all__ = ["Windows", "windows"]


@dataclass(frozen=True, eq=False, repr=False)
class Windows:
    """Arrays for a model.

    Attributes
    ----------
    inputs : ndarray, shape (window, channel, sample)
        Of the time before each moment.
    targets : ndarray, shape (window, channel, sample)
        From each moment on; without samples if `forward` is 0.
    times : ndarray, shape (window,)
        The moments: the first sample that a model has not seen; s.
    left_out : int
        Windows that touch a gap.
    inputs_of, targets_of : tuple of str
        Channels.
    rate : float
        Hz.
    """

    inputs: NDArray[np.floating]
    targets: NDArray[np.floating]
    times: Floats
    left_out: int
    inputs_of: tuple[str, ...]
    targets_of: tuple[str, ...]
    rate: float

    def __len__(self) -> int:
        return len(self.times)

    def __repr__(self) -> str:
        return (
            f"<Windows: inputs {self.inputs.shape} of {', '.join(self.inputs_of)}; targets "
            f"{self.targets.shape} of {', '.join(self.targets_of)}; {self.left_out} left out "
            "because of gaps>"
        )


@checked_keywords
def windows(
    series: Aligned,
    *,
    back: float,
    forward: float = 0.0,
    stride: float | None = None,
    inputs: Sequence[str] = (),
    targets: Sequence[str] = (),
    dtype: DTypeLike = np.float32,
) -> Windows:
    """Cut channels into windows.

    Parameters
    ----------
    series : Aligned
    back, forward : float
        Time that a model looks back on, and forward to; s.
    stride : float, optional
        From one moment to the next; s. By default windows do not overlap.
    inputs, targets : sequence of str
        Channels; all by default.
    dtype : dtype

    Returns
    -------
    Windows
        Those in which no channel has a gap, in the order of time.

    Raises
    ------
    DataError
        If a time is not a whole number of samples, or no window fits.
    """
    past = _samples(back, series.rate, "back", least=1)
    future = _samples(forward, series.rate, "forward", least=0)
    step = past + future if stride is None else _samples(stride, series.rate, "stride", least=1)
    length = past + future
    if length > len(series):
        raise DataError(
            f"windows of {length} samples do not fit into {len(series)}.",
            why=f"the channels last for {len(series) / series.rate:.6g} s.",
            fix="look back on a shorter time, or align a longer one.",
        )
    inputs_of, targets_of = (tuple(names) or series.names for names in (inputs, targets))
    rows, aims = ([series.place(name) for name in names] for names in (inputs_of, targets_of))
    firsts = np.arange(0, len(series) - length + 1, step)
    is_good = _whole(series, rows, firsts, past)
    if future:
        is_good &= _whole(series, aims, firsts + past, future)
    begins = firsts[is_good]
    return Windows(
        _cut(series.values[rows], begins, past, dtype),
        _cut(series.values[aims], begins + past, future, dtype),
        series.start + (begins + past) / series.rate,
        len(firsts) - len(begins),
        inputs_of,
        targets_of,
        series.rate,
    )


def _samples(time: float, rate: float, name: str, *, least: int) -> int:
    number = round(time * rate)
    if abs(time * rate - number) > 1e-6 * max(1.0, abs(time * rate)) or number < least:
        raise DataError(
            f"{name}={time} s at {rate:.9g} Hz.",
            why=f"that is {time * rate:.9g} samples; a window has a whole number of them, and at "
            f"least {least}.",
            fix=f"say {name}={max(number, least) / rate:.9g}.",
        )
    return number


def _whole(
    series: Aligned, rows: Sequence[int], firsts: NDArray[np.int64], length: int
) -> NDArray[np.bool_]:
    """Whether none of the channels has a gap from a sample on."""
    bad = ~series.valid[list(rows)].all(axis=0)
    before = np.concatenate([[0], np.cumsum(bad)])
    whole: NDArray[np.bool_] = before[firsts + length] == before[firsts]
    return whole


def _cut(
    values: Floats, begins: NDArray[np.int64], length: int, dtype: DTypeLike
) -> NDArray[np.floating]:
    if not length:
        return np.zeros((len(begins), len(values), 0), dtype)
    views = sliding_window_view(values, length, axis=1)
    return np.ascontiguousarray(views[:, begins].swapaxes(0, 1), dtype)
