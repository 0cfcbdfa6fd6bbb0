"""A channel: numbers at equal steps of time, with gaps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.arrays import Floats, Mask
from hepline.data.sampled import Clock, span
from hepline.errors import DataError

__all__ = ["Channel", "is_state"]


@dataclass(frozen=True, eq=False, repr=False)
class Channel:
    """Samples of one quantity on the channel's own clock.

    Attributes
    ----------
    name : str
    start : float
        Time of the first sample; s.
    rate : float
        Samples per second; Hz.
    values : ndarray, shape (sample,)
        Floats are NaN in gaps. Integers and booleans are states, such as flags of quality: between
        two samples a state lasts.
    valid : ndarray of bool, shape (sample,)
        False in gaps.
    unit : str
        As the file says.
    """

    name: str
    start: float
    rate: float
    values: NDArray[Any]
    valid: Mask
    unit: str = ""

    @classmethod
    def of(
        cls, name: str, values: NDArray[Any], *, start: float = 0.0, rate: float, unit: str = ""
    ) -> Channel:
        """Make a channel of an array, of which values that are not finite are gaps.

        Parameters
        ----------
        name : str
        values : ndarray, shape (sample,)
        start : float
            s.
        rate : float
            Hz.
        unit : str, optional

        Raises
        ------
        DataError
            If the array is not one of numbers, or the rate is not positive.
        """
        numbers = np.asarray(values)
        if numbers.ndim != 1 or numbers.dtype.kind not in "biuf" or not 0 < rate < np.inf:
            raise DataError(
                f"channel '{name}': {numbers.dtype} of shape {numbers.shape}, {rate} Hz.",
                why="a channel is a list of numbers at equal steps of time.",
                fix="give one array for each channel, and its rate in Hz.",
            )
        if numbers.dtype.kind != "f":
            return cls(name, start, rate, numbers, np.ones(len(numbers), bool), unit)
        numbers = numbers.astype(np.float64)
        return cls(name, start, rate, numbers, np.ones(len(numbers), bool), unit).kept(
            np.isfinite(numbers)
        )

    def __len__(self) -> int:
        return len(self.values)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.values, dtype, copy=copy)

    def __repr__(self) -> str:
        holes = self.gaps()
        lost = (
            f", {len(holes)} gap{'s' * (len(holes) > 1)} of {sum(b - a for a, b in holes):.6g} s"
            if holes
            else ""
        )
        unit = f" [{self.unit}]" if self.unit else ""
        return (
            f"<Channel {self.name}{unit}: {len(self)} samples at {self.rate:.6g} Hz from "
            f"{self.start:.13g} s{lost}>"
        )

    @property
    def stop(self) -> float:
        """End of the last sample's step; s."""
        return self.start + len(self) / self.rate

    @property
    def times(self) -> Floats:
        """Time of each sample; s."""
        return self.start + np.arange(len(self)) / self.rate

    def gaps(self) -> list[tuple[float, float]]:
        """Begin and end of each gap; s."""
        edges = np.flatnonzero(
            np.diff(np.concatenate([[True], self.valid, [True]]).astype(np.int8))
        )
        times = self.start + edges / self.rate
        return [(float(a), float(b)) for a, b in times.reshape(-1, 2)]

    def between(self, start: float, stop: float) -> Channel:
        """The samples from a time on, and before another.

        Parameters
        ----------
        start, stop : float
            s. Samples outside of the channel are not made up.

        Raises
        ------
        DataError
            If there is none.
        """
        first, last = span(Clock(self.start, self.rate), len(self), (start, stop))
        if first == last:
            raise DataError(
                f"'{self.name}' has no samples from {start} to {stop} s.",
                why=f"it lasts from {self.start} to {self.stop} s.",
                fix="choose times inside.",
            )
        return replace(
            self,
            start=self.start + first / self.rate,
            values=self.values[first:last],
            valid=self.valid[first:last],
        )

    def kept(self, good: Mask) -> Channel:
        """Make gaps where a condition fails.

        Parameters
        ----------
        good : ndarray of bool, shape (sample,)
        """
        valid = self.valid & good
        values = self.values if is_state(self) else np.where(valid, self.values, np.nan)
        return replace(self, values=values, valid=valid)

    def where(self, flags: Channel, *, bit: int | None = None) -> Channel:
        """Make gaps where a channel of flags says no, or has a gap itself.

        Parameters
        ----------
        flags : Channel
            On any clock; integers or booleans, such as a mask of data quality.
        bit : int, optional
            The bit that must be set, 0 for the lowest; by default, flags must not be zero.

        Raises
        ------
        DataError
            If the flags are not integers.
        """
        if not is_state(flags):
            raise DataError(
                f"'{flags.name}' is {flags.values.dtype}.",
                why="flags are integers or booleans, which last until the next sample.",
                fix=f"open them as such: hl.series(…, flags=['{flags.name}']).",
            )
        place = np.floor((self.times - flags.start) * flags.rate + 1e-6).astype(np.int64)
        inside = (place >= 0) & (place < len(flags))
        place = np.clip(place, 0, len(flags) - 1)
        states = flags.values[place].astype(np.int64)
        good = states != 0 if bit is None else (states >> bit) & 1 == 1
        return self.kept(inside & flags.valid[place] & good)

    def on_clock(self, *, offset: float = 0.0, drift: float = 0.0) -> Channel:
        """Move to another clock, whose time is (1 + drift) × time + offset.

        Parameters
        ----------
        offset : float
            s, at the start of the channel.
        drift : float
            s per s.
        """
        return replace(self, start=self.start + offset, rate=self.rate / (1 + drift))


def is_state(channel: Channel) -> bool:
    """Whether a channel holds states, which last from one sample to the next."""
    return channel.values.dtype.kind in "biu"
