"""Lists of objects per event, in flat form: what the detector makes and the writer writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Objects", "close_pairs", "joined", "sorted_by_pt"]

Column = NDArray[Any]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Objects:
    """One collection of a batch of events.

    Attributes
    ----------
    event : ndarray of int64, shape (object,)
        Event of the batch, ascending.
    columns : mapping of str to ndarray, each of shape (object,)
        What the file will hold, such as ``pt`` in GeV.
    source : ndarray of int64, shape (object,)
        Where the object comes from: a particle's position, or a generator jet's.
    """

    event: Integers
    columns: Mapping[str, Column]
    source: Integers = field(default_factory=lambda: np.empty(0, np.int64))

    def __len__(self) -> int:
        return len(self.event)

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def counts(self, events: int) -> Integers:
        """Objects per event, shape (event,)."""
        return np.bincount(self.event, minlength=events)

    def local_index(self, events: int) -> Integers:
        """Position of each object within its event, shape (object,)."""
        counts = self.counts(events)
        return np.arange(len(self)) - np.repeat(np.cumsum(counts) - counts, counts)

    def take(self, selection: Column) -> Objects:
        """Choose objects by mask or position."""
        return Objects(
            self.event[selection],
            {name: column[selection] for name, column in self.columns.items()},
            self.source[selection],
        )

    def having(self, **columns: Column) -> Objects:
        """Add columns to the same objects."""
        return replace(self, columns={**self.columns, **columns})


def sorted_by_pt(objects: Objects) -> Objects:
    """Order the objects of each event by falling transverse momentum."""
    return objects.take(np.lexsort((-objects["pt"], objects.event)))


def joined(first: Objects, second: Objects) -> Objects:
    """Put two collections of the same columns into one, sorted by pt."""
    columns = {name: np.concatenate([first[name], second[name]]) for name in first.columns}
    return sorted_by_pt(
        Objects(
            np.concatenate([first.event, second.event]),
            columns,
            np.concatenate([first.source, second.source]),
        )
    )


def close_pairs(
    event: Integers,
    eta: Column,
    phi: Column,
    *,
    other_event: Integers,
    other_eta: Column,
    other_phi: Column,
    events: int,
    radius: float,
) -> tuple[Integers, Integers, Column]:
    """All pairs of the same event closer than a radius in (η, φ).

    Parameters
    ----------
    event, eta, phi : ndarray, shape (first,)
    other_event, other_eta, other_phi : ndarray, shape (second,)
        `other_event` ascending.
    events : int
        Number of events.
    radius : float

    Returns
    -------
    first, second : ndarray of int64, shape (pair,)
        Positions, ascending in `first`.
    distance : ndarray of float64, shape (pair,)
        ΔR = √(Δη² + Δφ²).
    """
    counts = np.bincount(other_event, minlength=events)
    starts = np.cumsum(counts) - counts
    partners = counts[event]
    first = np.repeat(np.arange(len(event)), partners)
    within = np.arange(len(first)) - np.repeat(np.cumsum(partners) - partners, partners)
    second = np.repeat(starts[event], partners) + within
    d_phi = np.abs(phi[first] - other_phi[second])
    d_phi = np.minimum(d_phi, 2.0 * np.pi - d_phi)
    distance = np.hypot(eta[first] - other_eta[second], d_phi)
    close = distance < radius
    return first[close], second[close], distance[close]
