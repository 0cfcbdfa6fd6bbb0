"""All variations of a channel side by side, as arrays.

A parameter that bears a normsys and a histosys of one name acts by both at once: what counts is
the template that comes out, not how it was split.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hepline.arrays import Floats
from hepline.stats.workspace import Channel, Sample

__all__ = ["MATTERS", "Variations", "statistical_error", "variations_of"]

MATTERS = 0.1
"""A shift of fewer statistical errors of the data than this can hardly change a result."""


def statistical_error(sample: Sample) -> Floats | None:
    """Uncertainty of the simulation by its staterror, shape (bin,); None where it has none."""
    squares = [
        np.square(np.asarray(modifier.data, dtype=np.float64))
        for modifier in sample.modifiers
        if modifier.kind == "staterror"
    ]
    return np.asarray(np.sqrt(np.sum(squares, axis=0))) if squares else None


@dataclass(frozen=True)
class Variations:
    """Templates at one standard deviation up and down.

    Attributes
    ----------
    channel : str
    samples, modifiers : tuple of str, one for each variation
    shaped : ndarray of bool, shape (variation,)
        Whether a histosys takes part.
    nominal, up, down : ndarray, shape (variation, bin), events
    error : ndarray, shape (variation, bin), events
        Statistical error of the simulation; not a number where it is not known.
    total : ndarray, shape (bin,), events
        Of all samples of the channel.
    """

    channel: str
    samples: tuple[str, ...]
    modifiers: tuple[str, ...]
    shaped: NDArray[np.bool_]
    nominal: Floats
    up: Floats
    down: Floats
    error: Floats
    total: Floats

    @cached_property
    def shifts(self) -> Floats:
        """Events added by going up and down, shape (2, variation, bin)."""
        shifts = np.stack([self.up, self.down]) - self.nominal
        # What rounding leaves of a normsys and a histosys that undo each other.
        return np.where(np.abs(shifts) > 1e-12 * np.abs(self.nominal), shifts, 0.0)

    @cached_property
    def relative(self) -> Floats:
        """Shifts over the nominal content, shape (2, variation, bin); zero in empty bins."""
        filled = self.nominal > 0
        return np.where(filled, self.shifts / np.where(filled, self.nominal, 1.0), 0.0)

    @cached_property
    def of_yield(self) -> Floats:
        """Shifts of the yield over the nominal yield, shape (2, variation)."""
        events = self.nominal.sum(axis=1)
        shift = self.shifts.sum(axis=2) / np.where(events > 0, events, 1.0)
        # The sum of a pure change of shape is zero up to rounding.
        return np.where((events > 0) & (np.abs(shift) > 1e-10), shift, 0.0)

    @cached_property
    def importance(self) -> Floats:
        """Largest shift in units of the statistical error of the data, shape (variation,).

        Of a bin or of the yield, whichever is larger.
        """
        bins = np.abs(self.shifts) / np.sqrt(np.maximum(self.total, 1.0))
        whole = np.abs(self.shifts.sum(axis=2)) / np.sqrt(max(self.total.sum(), 1.0))
        return np.asarray(np.maximum(bins.max(axis=(0, 2), initial=0.0), whole.max(axis=0)))


def variations_of(channel: Channel) -> Variations:
    """Collect the variations of a channel.

    Parameters
    ----------
    channel : Channel

    Returns
    -------
    Variations
    """
    bins = len(channel.observed)
    names: list[tuple[str, str, bool]] = []
    rows: list[tuple[Floats, Floats, Floats, Floats]] = []
    for sample in channel.samples:
        known = statistical_error(sample)
        error = np.full(bins, np.nan) if known is None else known
        for name, (up, down, shaped) in _varied(sample).items():
            names.append((sample.name, name, shaped))
            rows.append((sample.data, up, down, error))
    table = np.array(rows, dtype=np.float64).reshape(len(rows), 4, bins)
    return Variations(
        channel=channel.name,
        samples=tuple(sample for sample, _, _ in names),
        modifiers=tuple(name for _, name, _ in names),
        shaped=np.array([shaped for _, _, shaped in names], dtype=bool),
        nominal=table[:, 0],
        up=table[:, 1],
        down=table[:, 2],
        error=table[:, 3],
        total=np.sum([sample.data for sample in channel.samples], axis=0),
    )


def _varied(sample: Sample) -> dict[str, tuple[Floats, Floats, bool]]:
    """Templates up and down of one sample by parameter, and whether a histosys is among them."""
    found: dict[str, tuple[Floats, Floats, bool]] = {}
    # A histosys shifts what the factors then scale.
    for modifier in sample.modifiers:
        if modifier.kind == "histosys":
            up = np.asarray(modifier.data["hi_data"], dtype=np.float64)
            down = np.asarray(modifier.data["lo_data"], dtype=np.float64)
            found[modifier.name] = (up, down, True)
    for modifier in sample.modifiers:
        if modifier.kind == "normsys":
            up, down, shaped = found.get(modifier.name, (sample.data, sample.data, False))
            high, low = float(modifier.data["hi"]), float(modifier.data["lo"])
            found[modifier.name] = (high * up, low * down, shaped)
    return found
