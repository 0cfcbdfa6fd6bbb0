"""Channels from files: HDF5 with sampling attributes, or any table with a column of times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.arrays import Floats, Mask
from hepline.columns.leaves import presence_of
from hepline.columns.source import Chunk
from hepline.columns.types import TEXT
from hepline.data.disk import kind_of
from hepline.data.filesource import FileSource
from hepline.data.open import paths_of, source
from hepline.data.sampled import Clock, sampled_in
from hepline.errors import DataError, checked_keywords, nearest
from hepline.timeseries.channel import Channel
from hepline.timeseries.clocks import regular
from hepline.timeseries.series import Series

__all__ = ["series"]

_TIMES = ("time", "t", "timestamp", "gps", "gpstime", "gps_time", "unixtime", "seconds")
_FLAGS = ("quality/*", "*mask*", "*flag*")


@checked_keywords
def series(
    files: str | Path | Iterable[str | Path],
    channels: str | Sequence[str] = (),
    *,
    time: str = "",
    rate: float | None = None,
    start: float | None = None,
    stop: float | None = None,
    begin: float = 0.0,
    flags: str | Sequence[str] = _FLAGS,
) -> Series:
    """Open sampled channels.

    Parameters
    ----------
    files : path, pattern with ``*``, or iterable of these
        HDF5 with attributes of sampling (GWOSC, GWpy, PyCBC), whose datasets are channels; or a
        table (CSV, Parquet, ROOT, HDF5) with a column of times. Several files of one channel
        follow one another; what lies between them is a gap.
    channels : str or sequence of str
        Datasets or columns, or patterns of their names; all by default.
    time : str, optional
        The column of times (s, or ISO 8601) of a table; ``time``, ``t``, ``timestamp`` or ``gps``
        by default.
    rate : float, optional
        Hz. Of HDF5 datasets that do not say it; of a table, the rate to sample at if its steps
        are not equal.
    start, stop : float, optional
        Only the samples from a time on, and before another; s.
    begin : float
        Time of the first sample of HDF5 datasets that do not say it; s.
    flags : str or sequence of str
        Patterns of the names of channels that hold states, such as masks of data quality: they
        last until the next sample, and are never filtered. Booleans are states anyway.

    Returns
    -------
    Series
        Values that are not finite are gaps.

    Raises
    ------
    DataError
        For a channel that does not exist, times that do not ascend, or files that overlap.
    FileUnreadable
        For a file that cannot be read.

    Examples
    --------
    >>> strain = hl.series("H-H1_GWOSC_*.hdf5", "strain/Strain")        # doctest: +SKIP
    """
    names = [channels] if isinstance(channels, str) else list(channels)
    between = (-np.inf if start is None else start, np.inf if stop is None else stop)
    pieces: dict[str, list[Channel]] = {}
    for path in paths_of(files):
        if kind_of(path) == "hdf5" and not time:
            clock = None if rate is None else Clock(begin, rate)
            parts = [
                Channel.of(
                    part.name,
                    _numbers(part.name, part.values, flags),
                    start=part.clock.start,
                    rate=part.clock.rate,
                    unit=part.unit,
                )
                for part in sampled_in(path, names, clock=clock, between=between)
            ]
        else:
            parts = _of_table(path, names, time, rate, between, flags)
        for part in parts:
            if len(part):
                pieces.setdefault(part.name, []).append(part)
    if not pieces:
        raise DataError(
            f"no sample from {between[0]} to {between[1]} s.",
            why="the files hold other times.",
            fix="leave start= and stop= out to see what there is.",
        )
    return Series.of(_joined(parts) for parts in pieces.values())


def _of_table(
    path: str,
    patterns: Sequence[str],
    time: str,
    rate: float | None,
    between: tuple[float, float],
    flags: str | Sequence[str],
) -> list[Channel]:
    table = source(path)
    (part,) = table.parts
    columns = table.schema.columns
    time = time or next((n for n in columns if n.lower() in _TIMES), "")
    if time not in columns:
        raise DataError(
            f"{path} has no column of times{f' {time!r}' if time else ''}.",
            why=f"its columns are {', '.join([*columns][:12])}.",
            fix=f"name it: time='…'. {nearest(time, columns) if time else ''}".strip(),
        )
    names = _columns(path, patterns, table, time)
    chunk = table.read(part, [time, *names], [], 0, part.entries)
    times = chunk.contents[time]
    if columns[time].dtype == TEXT:
        times = _parsed(path, times, table.words(part, time, 0, part.entries))
    times = np.where(_there(chunk, time), times.astype(np.float64), np.nan)
    inside = (times >= between[0]) & (times < between[1])
    if inside.sum() < 2:
        return []
    made = []
    for name in names:
        values, there = _numbers(name, chunk.contents[name], flags), _there(chunk, name)
        if values.dtype.kind == "f":
            values, kept = np.where(there, values, np.nan), inside
        else:
            # A state has no NaN: without its sample there is a gap.
            kept = inside & there
        if kept.sum() > 1:
            made.append(regular(name, times[kept], values[kept], rate=rate))
    return made


def _there(chunk: Chunk, name: str) -> Mask:
    """Where a column is not null."""
    present = chunk.contents.get(presence_of(name))
    return np.ones(chunk.events, bool) if present is None else present.astype(bool)


def _numbers(name: str, values: NDArray[Any], flags: str | Sequence[str]) -> NDArray[Any]:
    """States as they are, and other numbers, such as counts of an ADC, as floats."""
    patterns = [flags] if isinstance(flags, str) else flags
    is_flag = any(fnmatchcase(name.lower(), pattern.lower()) for pattern in patterns)
    is_state = values.dtype.kind == "b" or (is_flag and values.dtype.kind in "iu")
    return values if is_state else values.astype(np.float64)


def _columns(path: str, patterns: Sequence[str], table: FileSource, time: str) -> list[str]:
    numbers = [
        name
        for name, spec in table.schema.columns.items()
        if spec.collection is None and spec.dtype != TEXT and name != time
    ]
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in numbers):
            raise DataError(
                f"no channel '{pattern}' in {path}.",
                why=f"it has {len(numbers)} columns of numbers beside '{time}'.",
                fix=nearest(pattern, numbers),
            )
    if not patterns:
        return numbers
    return [name for name in numbers if any(fnmatchcase(name, p) for p in patterns)]


def _parsed(path: str, codes: NDArray[np.uint64], words: Mapping[int, str]) -> Floats:
    """Seconds since 1970 from texts such as 2026-12-01T09:30:00.25."""
    try:
        moments = {
            code: np.datetime64(text.rstrip("Z").strip(), "ns") for code, text in words.items()
        }
    except ValueError as error:
        raise DataError(
            f"the times of {path} cannot be understood.",
            why=f"{error}.",
            fix="write seconds, or dates as 2026-12-01T09:30:00.25.",
        ) from None
    nanoseconds = np.array([moments[int(code)] for code in codes]).astype(np.int64)
    whole, rest = np.divmod(nanoseconds, 1_000_000_000)
    return whole + rest / 1e9


def _joined(parts: Sequence[Channel]) -> Channel:
    """One channel of pieces that follow one another."""
    first, *others = sorted(parts, key=lambda part: part.start)
    if not others:
        return first
    end, places = first, [0]
    for part in others:
        place = (part.start - first.start) * first.rate
        if abs(part.rate / first.rate - 1) > 1e-9 or abs(place - round(place)) > 0.01:
            raise DataError(
                f"two files of '{first.name}' are not on the same clock.",
                why=f"{part.rate:.13g} Hz from {part.start:.13g} s does not continue "
                f"{first.rate:.13g} Hz from {first.start:.13g} s.",
                fix="open them separately, and bring them on one clock: hl.series(…).aligned().",
            )
        if part.unit != first.unit:
            raise DataError(
                f"'{first.name}' is in {first.unit or 'no unit'} in one file, and in "
                f"{part.unit or 'no unit'} in another.",
                why="numbers of two units would follow one another in one channel.",
                fix="open the files separately, and convert one of them.",
            )
        if part.start < end.stop - 0.5 / first.rate:
            raise DataError(
                f"two files of '{first.name}' overlap.",
                why=f"one ends at {end.stop:.13g} s, the next begins at {part.start:.13g} s.",
                fix="leave one of them out, or cut them with start= and stop=.",
            )
        end = part
        places.append(round(place))
    size = places[-1] + len(end)
    values = np.zeros(size, np.result_type(*(part.values.dtype for part in parts)))
    valid = np.zeros(size, bool)
    for place, part in zip(places, (first, *others), strict=True):
        values[place : place + len(part)] = part.values
        valid[place : place + len(part)] = part.valid
    if values.dtype.kind == "f":
        values = np.where(valid, values, np.nan)
    return Channel(first.name, first.start, first.rate, values, valid, first.unit)
