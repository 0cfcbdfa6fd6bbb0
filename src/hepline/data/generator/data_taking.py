"""Data taking: runs and luminosity sections, and which of them are certified."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from hepline.data.generator.particles import Booleans, Floats, Integers
from hepline.data.generator.randomness import Streams
from hepline.files import replacing

__all__ = ["DataTaking", "Ranges", "Stamps"]

Ranges = Mapping[str, Sequence[Sequence[int]]]

# Beams burn off: at the end of a run its luminosity is three quarters of that at its start.
_BURN_OFF = 0.25
_EVENTS_PER_SECTION = 1_000_000


@dataclass(frozen=True)
class Stamps:
    """When events were recorded, in the order of recording.

    Attributes
    ----------
    run, section : ndarray of int64, shape (event,)
    number : ndarray of int64, shape (event,)
        Of the event, rising within a run.
    certified : ndarray of bool, shape (event,)
    """

    run: Integers
    section: Integers
    number: Integers
    certified: Booleans


@dataclass(frozen=True)
class DataTaking:
    """The runs of a data set, and how much luminosity they recorded.

    Attributes
    ----------
    runs : mapping of str to list of (first, last)
        Sections that were recorded, as in a list of certified ones.
    certified : mapping of str to list of (first, last)
        Sections that are good.
    luminosity : float, 1/pb
        Of the certified sections.
    """

    runs: Ranges
    certified: Ranges
    luminosity: float

    @cached_property
    def sections(self) -> tuple[Integers, Integers]:
        """Run and number of every recorded section."""
        return _expanded(self.runs)

    @cached_property
    def good(self) -> Booleans:
        """Whether each recorded section is certified."""
        certified = set(
            zip(*(column.tolist() for column in _expanded(self.certified)), strict=True)
        )
        pairs = zip(*(column.tolist() for column in self.sections), strict=True)
        return np.array([pair in certified for pair in pairs], dtype=bool)

    @cached_property
    def recorded(self) -> Floats:
        """Luminosity of every recorded section, 1/pb."""
        run, section = self.sections
        shape = np.ones(len(run))
        for number in np.unique(run):
            inside = np.flatnonzero(run == number)
            age = (section[inside] - section[inside].min()) / max(np.ptp(section[inside]), 1)
            shape[inside] -= _BURN_OFF * age
        return np.asarray(shape * self.luminosity / shape[self.good].sum())

    @property
    def total(self) -> float:
        """Recorded luminosity, certified or not, 1/pb."""
        return float(self.recorded.sum())

    def stamps(self, events: int, streams: Streams) -> Stamps:
        """Spread events over the sections by their luminosity.

        Parameters
        ----------
        events : int
        streams : Streams

        Returns
        -------
        Stamps
        """
        edges = np.cumsum(self.recorded) / self.total
        drawn = np.searchsorted(edges[:-1], streams.uniform("section", events), "right")
        index = np.sort(drawn)
        run, section = (column[index] for column in self.sections)
        rank = np.arange(events) - np.searchsorted(index, index)
        step = _EVENTS_PER_SECTION // (int(rank.max(initial=0)) + 1)
        number = section * _EVENTS_PER_SECTION + 1 + rank * step
        return Stamps(run, section, number, self.good[index])

    def write_certified(self, path: Path) -> None:
        """Write the certified sections as CMS publishes them."""
        with replacing(path) as partial:
            partial.write_text(json.dumps(_plain(self.certified), indent=1) + "\n")

    def write_luminosity(self, path: Path, *, energy: float) -> None:
        """Write the luminosity of every section as ``brilcalc lumi --byls`` does.

        Parameters
        ----------
        path : Path
        energy : float, TeV
            Of the collisions.
        """
        head = "#run:fill,ls,time,beamstatus,E(GeV),delivered(/pb),recorded(/pb),avgpu,source"
        beam = f"{500 * energy:g}"
        lines = [
            f"{run}:0,{section}:{section},,STABLE BEAMS,{beam},{value:.9g},{value:.9g},,hepline"
            for run, section, value in zip(*self.sections, self.recorded.tolist(), strict=True)
        ]
        with replacing(path) as partial:
            partial.write_text("\n".join([head, *lines]) + "\n")


def _expanded(ranges: Ranges) -> tuple[Integers, Integers]:
    pairs = [
        (int(run), section)
        for run in sorted(ranges, key=int)
        for first, last in sorted(map(tuple, ranges[run]))
        for section in range(first, last + 1)
    ]
    columns = np.array(pairs, np.int64).reshape(-1, 2).T
    return columns[0], columns[1]


def _plain(ranges: Ranges) -> dict[str, Any]:
    return {run: [list(pair) for pair in pairs] for run, pairs in ranges.items()}
