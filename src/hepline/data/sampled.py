"""Datasets of HDF5 files whose attributes say when they were sampled, such as strain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.data.damage import reading
from hepline.errors import DataError, FileUnreadable, MissingPackage, nearest

__all__ = ["Clock", "Sampled", "sampled_in", "span"]

# Names of attributes, of GWOSC (Xspacing, Xstart), GWpy (dx, x0), PyCBC (delta_t, start_time),
# LALFrames and common loggers.
_STEPS = ("Xspacing", "dx", "delta_t", "dt")
_RATES = ("sample_rate", "sampling_rate", "rate", "fs")
_STARTS = ("Xstart", "x0", "start_time", "t0", "epoch", "GPSstart")
_UNITS = ("Yunits", "unit", "units")


@dataclass(frozen=True)
class Clock:
    """Times of samples.

    Attributes
    ----------
    start : float
        s.
    rate : float
        Hz.
    """

    start: float
    rate: float


@dataclass(frozen=True)
class Sampled:
    """Samples of one dataset.

    Attributes
    ----------
    name : str
        Path of the dataset.
    clock : Clock
        Of these samples.
    values : ndarray, shape (sample,)
    unit : str
    """

    name: str
    clock: Clock
    values: NDArray[Any]
    unit: str


def sampled_in(
    path: str,
    names: Sequence[str],
    *,
    clock: Clock | None = None,
    between: tuple[float, float] = (-np.inf, np.inf),
) -> list[Sampled]:
    """Read sampled datasets.

    Parameters
    ----------
    path : str
    names : sequence of str
        Paths of datasets, or patterns; all that say when they were sampled by default.
    clock : Clock, optional
        Of datasets that do not say it.
    between : (float, float)
        Only samples from a time on, and before another, are read; s.

    Raises
    ------
    DataError
        If a dataset does not exist, or does not say when it was sampled.
    FileUnreadable
        If the file is damaged.
    """
    try:
        import h5py
    except ImportError:
        raise MissingPackage(
            f"{path} needs h5py to be read.",
            why="HDF5 files are read through h5py, which is not installed.",
            fix="pip install 'hepline[hdf5]'",
        ) from None
    with reading(path), h5py.File(path, "r") as file:
        datasets = dict(_datasets(file, h5py))
        clocks = {name: _clock(dataset) or clock for name, dataset in datasets.items()}
        timed = [name for name, its in clocks.items() if its is not None]
        chosen_names = _matching(path, names, datasets, timed)
        unknown = [name for name in chosen_names if clocks[name] is None]
        if unknown or not chosen_names:
            raise _no_clock(path, unknown, timed)
        return [
            _read(name, datasets[name], its, between)
            for name in chosen_names
            if (its := clocks[name]) is not None
        ]


def _datasets(group: Any, h5py: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Lists of numbers in a group, and in all groups inside."""
    for name, entry in group.items():
        if isinstance(entry, h5py.Group):
            yield from _datasets(entry, h5py, f"{prefix}{name}/")
        elif isinstance(entry, h5py.Dataset) and entry.ndim == 1 and entry.dtype.kind in "biuf":
            yield f"{prefix}{name}", entry


def _clock(dataset: Any) -> Clock | None:
    attributes = dataset.attrs
    step = _number(attributes, _STEPS)
    rate = _number(attributes, _RATES)
    rate = 1 / step if step else rate
    start = _number(attributes, _STARTS)
    return Clock(start or 0.0, rate) if rate else None


def _number(attributes: Mapping[str, Any], names: Sequence[str]) -> float | None:
    for name in names:
        value = attributes.get(name)
        if value is not None and np.size(value) == 1 and np.asarray(value).dtype.kind in "iuf":
            return float(np.asarray(value).item())
    return None


def _matching(
    path: str, patterns: Sequence[str], datasets: Mapping[str, Any], timed: Sequence[str]
) -> list[str]:
    if not patterns:
        return list(timed)
    names: dict[str, None] = {}
    for pattern in patterns:
        matches = [name for name in datasets if fnmatchcase(name, pattern.strip("/"))]
        if not matches:
            raise DataError(
                f"no dataset '{pattern}' in {path}.",
                why=f"it has {len(datasets)} lists of numbers.",
                fix=nearest(pattern, datasets),
            )
        names |= dict.fromkeys(matches)
    return list(names)


def _no_clock(path: str, unknown: Sequence[str], timed: Sequence[str]) -> DataError:
    what = f"'{unknown[0]}' of {path} does not say" if unknown else f"no dataset of {path} says"
    return DataError(
        f"{what} when it was sampled.",
        why=f"none of the attributes {', '.join((*_STEPS, *_RATES))} is there.",
        fix="say it: rate=16384 (Hz), and start= (s) if it matters."
        + (f" Datasets that say it: {', '.join(timed[:6])}." if timed else ""),
    )


def span(clock: Clock, size: int, between: tuple[float, float]) -> tuple[int, int]:
    """The samples from a time on, and before another.

    Parameters
    ----------
    clock : Clock
    size : int
        Number of samples.
    between : (float, float)
        s. A sample whose time differs from a border by rounding lies on it.

    Returns
    -------
    first, last : int
        The sample after the last one; equal if there is none.
    """
    first, last = (
        int(np.clip(np.ceil((time - clock.start) * clock.rate - 1e-6), 0, size)) for time in between
    )
    return first, max(first, last)


def _read(name: str, dataset: Any, clock: Clock, between: tuple[float, float]) -> Sampled:
    low, high = span(clock, len(dataset), between)
    values = dataset[low:high]
    if len(values) != high - low:
        raise FileUnreadable(
            f"'{name}' of {Path(dataset.file.filename).name} ends early.",
            why=f"{len(values)} samples came in place of {high - low}.",
            fix="fetch the file again.",
        )
    unit = next((u for key in _UNITS if (u := dataset.attrs.get(key)) is not None), "")
    unit = unit.decode("utf-8", "replace") if isinstance(unit, bytes) else str(unit)
    return Sampled(name, Clock(clock.start + low / clock.rate, clock.rate), values, unit)
