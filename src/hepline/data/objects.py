"""What a ROOT file without events holds: histograms and other objects."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from hepline.data.damage import reading
from hepline.data.disk import kind_of
from hepline.data.rootfile import has_events, opened

__all__ = ["StoredObject", "objects_in"]


@dataclass(frozen=True)
class StoredObject:
    """An object of a ROOT file.

    Attributes
    ----------
    name, kind, title : str
        ``folder/h``, ``TH1F``.
    entries : float
        Of a histogram; NaN for what is none.
    bins : tuple of int
        Of each axis, without those outside.
    low, high : tuple of float
        Ends of each axis.
    mean, std : float
        Along the first axis, from the sums that ROOT keeps; NaN without weight.
    """

    name: str
    kind: str
    title: str
    entries: float = math.nan
    bins: tuple[int, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    mean: float = math.nan
    std: float = math.nan


def objects_in(path: str) -> tuple[StoredObject, ...]:
    """The objects of a ROOT file that has no tree of events; none for any other file.

    Parameters
    ----------
    path : str

    Raises
    ------
    FileUnreadable
        If it is missing or damaged.
    """
    if kind_of(path) != "root":
        return ()
    with reading(path), opened(path) as file:
        if has_events(file):
            return ()
        kinds: dict[str, str] = file.classnames(cycle=False)
        names = [name for name, kind in kinds.items() if not kind.startswith("TDirectory")]
        return tuple(_object(name, kinds[name], file) for name in names)


def _object(name: str, kind: str, file: Any) -> StoredObject:
    if not kind.startswith(("TH1", "TH2", "TH3", "TProfile")):
        return StoredObject(name, kind, "")
    stored = file[name]
    axes = [stored.axis(place) for place in range(len(stored.axes))]
    edges = [axis.edges() for axis in axes]
    mean = std = math.nan
    weight = float(stored.member("fTsumw"))
    if weight:
        mean = float(stored.member("fTsumwx")) / weight
        std = math.sqrt(max(float(stored.member("fTsumwx2")) / weight - mean * mean, 0.0))
    return StoredObject(
        name,
        kind,
        str(stored.title),
        float(stored.member("fEntries")),
        tuple(len(axis) - 1 for axis in edges),
        tuple(float(axis[0]) for axis in edges),
        tuple(float(axis[-1]) for axis in edges),
        mean,
        std,
    )
