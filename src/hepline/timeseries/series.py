"""Several channels, each on its own clock, and all of them on one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.arrays import Floats, Mask
from hepline.data.sampled import Clock, span
from hepline.errors import DataError, checked_keywords, nearest
from hepline.timeseries.channel import Channel
from hepline.timeseries.resampling import sampled_at

__all__ = ["Aligned", "Series"]


@dataclass(frozen=True, eq=False, repr=False)
class Series(Mapping[str, Channel]):
    """Channels by name, each on its own clock.

    Attributes
    ----------
    channels : mapping of str to Channel
    """

    channels: Mapping[str, Channel]

    @classmethod
    def of(cls, channels: Iterable[Channel]) -> Series:
        """Collect channels.

        Raises
        ------
        DataError
            If two have the same name.
        """
        by_name: dict[str, Channel] = {}
        for channel in channels:
            if channel.name in by_name:
                raise DataError(
                    f"two channels are called '{channel.name}'.",
                    why="one would hide the other.",
                    fix="rename one of them: dataclasses.replace(channel, name=…).",
                )
            by_name[channel.name] = channel
        return cls(by_name)

    def __getitem__(self, name: str) -> Channel:
        if name not in self.channels:
            raise DataError(
                f"no channel '{name}'.",
                why=f"there are {len(self.channels)} channels.",
                fix=nearest(name, self.channels),
            )
        return self.channels[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.channels)

    def __len__(self) -> int:
        return len(self.channels)

    def __repr__(self) -> str:
        return "\n".join([f"<Series of {len(self)} channels", *(f"  {c!r}" for c in self.values())])

    def __or__(self, other: Series | Channel) -> Series:
        """The channels of both."""
        others = [other] if isinstance(other, Channel) else other.values()
        return Series.of([*self.values(), *others])

    def between(self, start: float, stop: float) -> Series:
        """The samples of all channels from a time on, and before another; s."""
        return Series.of(channel.between(start, stop) for channel in self.values())

    @checked_keywords
    def aligned(
        self,
        rate: float | None = None,
        *,
        start: float | None = None,
        stop: float | None = None,
        keep_edges: bool = False,
    ) -> Aligned:
        """Bring all channels on one clock.

        Parameters
        ----------
        rate : float, optional
            Hz; the lowest rate of a channel by default.
        start, stop : float, optional
            s; by default the time that all channels have in common.
        keep_edges : bool
            Whether to keep samples for which the filter reaches into a gap or over an end.

        Returns
        -------
        Aligned
            Every channel is low-passed before its rate is lowered; states (integers) are taken as
            they are at each time.

        Raises
        ------
        DataError
            If the channels have no time in common.
        """
        rate = min(channel.rate for channel in self.values()) if rate is None else rate
        first = max(channel.start for channel in self.values()) if start is None else start
        last = min(channel.stop for channel in self.values()) if stop is None else stop
        count = int(np.floor((last - first) * rate + 1e-6))
        if count < 1:
            spans = ", ".join(
                f"'{c.name}' {c.start:.13g} to {c.stop:.13g} s" for c in self.values()
            )
            raise DataError(
                f"nothing to align from {first} to {last} s.",
                why=f"the channels have no time in common: {spans}.",
                fix="leave a channel out, correct a clock with channel.on_clock(offset=…), or give "
                "start= and stop=.",
            )
        moved = [
            sampled_at(channel, first, rate, count, keep_edges=keep_edges)
            for channel in self.values()
        ]
        return Aligned(
            tuple(self),
            first,
            rate,
            np.array([np.where(channel.valid, channel.values, np.nan) for channel in moved]),
            np.array([channel.valid for channel in moved]),
            tuple(channel.unit for channel in moved),
        )


@dataclass(frozen=True, eq=False, repr=False)
class Aligned:
    """Channels on one clock.

    Attributes
    ----------
    names : tuple of str
    start : float
        s.
    rate : float
        Hz.
    values : ndarray, shape (channel, sample)
        NaN in gaps.
    valid : ndarray of bool, shape (channel, sample)
    units : tuple of str
    """

    names: tuple[str, ...]
    start: float
    rate: float
    values: Floats
    valid: Mask
    units: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Number of samples of each channel."""
        return int(self.values.shape[1])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.values, dtype, copy=copy)

    def __repr__(self) -> str:
        good = self.valid.all(axis=0).mean() if len(self) else 0.0
        return (
            f"<Aligned {', '.join(self.names)}: {len(self)} samples at {self.rate:.6g} Hz from "
            f"{self.start:.13g} s, {good:.1%} of them without a gap>"
        )

    def __getitem__(self, name: str) -> Channel:
        place = self.place(name)
        unit = self.units[place] if self.units else ""
        return Channel(name, self.start, self.rate, self.values[place], self.valid[place], unit)

    @property
    def stop(self) -> float:
        """End of the last sample's step; s."""
        return self.start + len(self) / self.rate

    @property
    def times(self) -> Floats:
        """Time of each sample; s."""
        return self.start + np.arange(len(self)) / self.rate

    def place(self, name: str) -> int:
        """The row of a channel.

        Raises
        ------
        DataError
            If there is none of this name.
        """
        if name not in self.names:
            raise DataError(
                f"no channel '{name}'.",
                why=f"{len(self.names)} channels are aligned.",
                fix=nearest(name, self.names),
            )
        return self.names.index(name)

    def between(self, start: float, stop: float) -> Aligned:
        """The samples from a time on, and before another; s.

        Samples of training and test that are cut so share no window.
        """
        first, last = span(Clock(self.start, self.rate), len(self), (start, stop))
        return replace(
            self,
            start=self.start + first / self.rate,
            values=self.values[:, first:last],
            valid=self.valid[:, first:last],
        )
