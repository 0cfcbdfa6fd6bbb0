"""A model as flat arrays: what a likelihood needs, with names and dictionaries left behind.

A *block* is one sample in one channel, a *cell* one bin of it. The expectation of a cell is

    product of the block's scalars × product of the cell's vectors × (content + sum of its shifts)

where scalars act on all cells of a block alike (normfactor, lumi, normsys), vectors have one
parameter for each bin (staterror, shapesys, shapefactor), and shifts are histosys. Derivatives are
collected for the *active* parameters of each channel only; the place of a parameter among them is
its slot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hepline.errors import ModelError, nearest
from hepline.stats.interpolation import FACTOR_CODES, SHIFT_CODES, polynomial
from hepline.stats.parameters import ParameterSet, Place
from hepline.stats.results import Floats
from hepline.stats.workspace import Channel, Sample, Specification

__all__ = ["Integers", "Tables", "compile_tables", "local", "touched"]

Integers = NDArray[np.int64]


class Tables(NamedTuple):
    """The arrays of `kernels`; a named tuple, because numba takes it apart at no cost.

    Lists of blocks are stored one after the other: those of block b are ``start[b]:start[b + 1]``.

    Attributes
    ----------
    parameters, bins : int
        How many there are.
    factor_code, shift_code : int
        Interpolation of normsys and histosys.
    least_cell, least_bin : float
        Smaller expectations of a sample in a bin, and of a bin, count as this; minus infinity where
        there is no limit.
    softness : float
        Events above the least expectation in which it is approached; zero for a kink. See
        `clipping`.
    nominal : ndarray, shape (cell,)
    block_start : ndarray, shape (block + 1,)
        First cell of each block.
    block_bin : ndarray, shape (block,)
        Bin of its first cell; channels follow each other.
    block_channel : ndarray, shape (block,)
    channel_bin : ndarray, shape (channel + 1,)
    active_start : ndarray, shape (channel + 1,)
    active, stride : ndarray, shape (active,)
        Parameters that act on each channel, at its first bin, and how far on they are in the next
        bin: one for vectors, else zero. The slot counts from the channel's start.
    term_parameter, term_curve : ndarray, shape (term,)
        All different scalar factors; the curve is an index of the normsys, or −1.
    normsys_low, normsys_high : ndarray, shape (normsys,)
    normsys_polynomial : ndarray, shape (normsys, 6)
    scalar_start : ndarray, shape (block + 1,)
    scalar_term, scalar_slot : ndarray, shape (scalar,)
    vector_start : ndarray, shape (block + 1,)
    vector_parameter, vector_slot : ndarray, shape (vector,)
        Of the first bin; the others follow.
    shift_start : ndarray, shape (block + 1,)
    shift_parameter, shift_slot : ndarray, shape (shift,)
    shift_row : ndarray, shape (shift,)
        First element of its templates.
    shift_up, shift_down : ndarray, shape (sum of bins of all shifts,)
        High − nominal, and nominal − low.
    """

    parameters: int
    bins: int
    factor_code: int
    shift_code: int
    least_cell: float
    least_bin: float
    softness: float
    nominal: Floats
    block_start: Integers
    block_bin: Integers
    block_channel: Integers
    channel_bin: Integers
    active_start: Integers
    active: Integers
    stride: Integers
    term_parameter: Integers
    term_curve: Integers
    normsys_low: Floats
    normsys_high: Floats
    normsys_polynomial: Floats
    scalar_start: Integers
    scalar_term: Integers
    scalar_slot: Integers
    vector_start: Integers
    vector_parameter: Integers
    vector_slot: Integers
    shift_start: Integers
    shift_parameter: Integers
    shift_slot: Integers
    shift_row: Integers
    shift_up: Floats
    shift_down: Floats


def compile_tables(
    specification: Specification,
    sets: Sequence[ParameterSet],
    *,
    normsys_code: str = "code4",
    histosys_code: str = "code4p",
    clip_sample_data: float | None = None,
    clip_bin_data: float | None = None,
) -> Tables:
    """Flatten a workspace.

    Parameters
    ----------
    specification : Specification
    sets : sequence of ParameterSet
        Of the same specification.
    normsys_code, histosys_code : str
        Interpolations; the defaults are those of pyhf and ROOT.
    clip_sample_data, clip_bin_data : float, optional
        Least expectation of a sample in a bin, and of a bin.

    Returns
    -------
    Tables

    Raises
    ------
    ModelError
        If an interpolation is unknown, or a least expectation is negative.
    """
    factor_code = _code("normsys", normsys_code, FACTOR_CODES)
    shift_code = _code("histosys", histosys_code, SHIFT_CODES)
    builder = _Builder(sets)
    for channel in specification.channels:
        builder.add(channel)
    tables = builder.tables(factor_code, shift_code)
    return tables._replace(
        least_cell=_least("clip_sample_data", clip_sample_data),
        least_bin=_least("clip_bin_data", clip_bin_data),
    )


def _least(option: str, value: float | None) -> float:
    if value is None:
        return -np.inf
    if np.isfinite(value) and value >= 0:
        return float(value)
    raise ModelError(
        f"{option} is {value}.",
        why="it is the least number of events that is expected, and no counts are negative.",
        fix=f"give {option}=0, a small positive number, or None for no limit.",
    )


def touched(tables: Tables) -> NDArray[np.bool_]:
    """Find the parameters that some expectation can depend on, shape (parameter,).

    A cell that is zero and has no shift stays zero, whatever multiplies it.
    """
    acts = np.zeros(tables.parameters, dtype=bool)
    for block, first in enumerate(tables.block_start[:-1].tolist()):
        bins = int(tables.block_start[block + 1]) - first
        filled = tables.nominal[first : first + bins] != 0
        for k in range(*tables.shift_start[block : block + 2].tolist()):
            rows = slice(tables.shift_row[k], tables.shift_row[k] + bins)
            moves = (tables.shift_up[rows] != 0) | (tables.shift_down[rows] != 0)
            acts[tables.shift_parameter[k]] |= bool(moves.any())
            filled |= moves
        for k in range(*tables.vector_start[block : block + 2].tolist()):
            start = tables.vector_parameter[k]
            acts[start : start + bins] |= filled
        if filled.any():
            own = slice(*tables.scalar_start[block : block + 2].tolist())
            acts[tables.term_parameter[tables.scalar_term[own]]] = True
    return acts


def local(tables: Tables) -> NDArray[np.bool_]:
    """Find parameters that act on one bin each, and no two on the same; shape (parameter,)."""
    bins: dict[int, set[int]] = {}
    for block, first in enumerate(tables.block_start[:-1].tolist()):
        count = int(tables.block_start[block + 1]) - first
        offset = int(tables.block_bin[block])
        for k in range(*tables.vector_start[block : block + 2].tolist()):
            start = int(tables.vector_parameter[k])
            for i in range(count):
                bins.setdefault(start + i, set()).add(offset + i)
    taken: set[int] = set()
    alone = np.zeros(tables.parameters, dtype=bool)
    for parameter in sorted(bins, reverse=True):  # statistical errors come last
        if len(bins[parameter]) == 1 and not bins[parameter] & taken:
            alone[parameter] = True
            taken |= bins[parameter]
    return alone


def _code(kind: str, code: str, known: Mapping[str, int]) -> int:
    if code not in known:
        raise ModelError(
            f"there is no interpolation '{code}' for {kind}.",
            why=f"hepline has {', '.join(known)} for it.",
            fix=nearest(code, known),
        )
    return known[code]


class _Lists:
    """Rows of integers for each block, one block after the other."""

    def __init__(self, width: int) -> None:
        self.rows: list[tuple[int, ...]] = []
        self.start = [0]
        self.width = width

    def close(self) -> None:
        """End the rows of one block."""
        self.start.append(len(self.rows))

    def columns(self) -> list[Integers]:
        """Where blocks start, then the columns of the rows."""
        table = np.array(self.rows, dtype=np.int64).reshape(-1, self.width)
        return [np.array(self.start, dtype=np.int64), *(c.copy() for c in table.T)]


class _Builder:
    """Collects blocks channel by channel; lives only while `compile_tables` runs."""

    def __init__(self, sets: Sequence[ParameterSet]) -> None:
        sizes = [each.size for each in sets]
        self.first = dict(
            zip((each.name for each in sets), np.cumsum([0, *sizes[:-1]]).tolist(), strict=True)
        )
        self.parameters = sum(sizes)
        # How many parameters of a staterror earlier channels have used up.
        self.used: dict[str, int] = {}
        self.nominal: list[Floats] = []
        self.blocks: list[tuple[int, int]] = []
        self.channel_bin = [0]
        self.active: list[list[tuple[int, int]]] = []
        self.terms: dict[tuple[int, int], int] = {}
        self.normsys: list[tuple[float, float]] = []
        self.scalars, self.vectors, self.shifts = _Lists(2), _Lists(2), _Lists(3)
        self.templates: list[tuple[Floats, Floats]] = []
        self.template_size = 0

    def add(self, channel: Channel) -> None:
        """Append the blocks of all samples of one channel."""
        bins = len(channel.observed)
        slots: dict[tuple[int, int], int] = {}
        for sample in channel.samples:
            self.nominal.append(sample.data)
            self.blocks.append((self.channel_bin[-1], len(self.active)))
            for modifier in sample.modifiers:
                self._modify(Place(channel, sample, modifier), slots, bins)
            for lists in (self.scalars, self.vectors, self.shifts):
                lists.close()
        self.active.append(list(slots))
        self.channel_bin.append(self.channel_bin[-1] + bins)
        for name in _staterrors(channel.samples):
            self.used[name] = self.used.get(name, 0) + bins

    def _modify(self, place: Place, slots: dict[tuple[int, int], int], bins: int) -> None:
        modifier = place.modifier
        first = self.first[modifier.name]
        if modifier.kind == "histosys":
            nominal = place.sample.data
            up = np.asarray(modifier.data["hi_data"], dtype=np.float64) - nominal
            down = nominal - np.asarray(modifier.data["lo_data"], dtype=np.float64)
            slot = slots.setdefault((first, 0), len(slots))
            self.shifts.rows.append((first, slot, self.template_size))
            self.templates.append((up, down))
            self.template_size += bins
        elif modifier.kind in {"normsys", "normfactor", "lumi"}:
            slot = slots.setdefault((first, 0), len(slots))
            self.scalars.rows.append((self._term(place, first), slot))
        else:
            start = first + self.used.get(modifier.name, 0)
            slot = slots.setdefault((start, 1), len(slots))
            self.vectors.rows.append((start, slot))

    def _term(self, place: Place, parameter: int) -> int:
        modifier = place.modifier
        if modifier.kind != "normsys":
            return self.terms.setdefault((parameter, -1), len(self.terms))
        # A variation by more than 100 % cannot take away more than everything.
        low, high = (max(0.0, float(modifier.data[side])) for side in ("lo", "hi"))
        self.normsys.append((low, high))
        return self.terms.setdefault((parameter, len(self.normsys) - 1), len(self.terms))

    def tables(self, factor_code: int, shift_code: int) -> Tables:
        """Turn the collected blocks into arrays."""
        low, high = np.array(self.normsys, dtype=np.float64).reshape(-1, 2).T.copy()
        block_bin, block_channel = np.array(self.blocks, dtype=np.int64).T.copy()
        term_parameter, term_curve = np.array([*self.terms], dtype=np.int64).reshape(-1, 2).T.copy()
        scalar_start, scalar_term, scalar_slot = self.scalars.columns()
        vector_start, vector_parameter, vector_slot = self.vectors.columns()
        shift_start, shift_parameter, shift_slot, shift_row = self.shifts.columns()
        none = np.zeros(0)
        active = [each for part in self.active for each in part]
        first_active, stride = np.array(active, dtype=np.int64).reshape(-1, 2).T.copy()
        return Tables(
            parameters=self.parameters,
            bins=self.channel_bin[-1],
            factor_code=factor_code,
            shift_code=shift_code,
            least_cell=-np.inf,
            least_bin=-np.inf,
            softness=0.0,
            nominal=np.concatenate(self.nominal),
            block_start=_starts(self.nominal),
            block_bin=block_bin,
            block_channel=block_channel,
            channel_bin=np.array(self.channel_bin, dtype=np.int64),
            active_start=_starts(self.active),
            active=first_active,
            stride=stride,
            term_parameter=term_parameter,
            term_curve=term_curve,
            normsys_low=low,
            normsys_high=high,
            normsys_polynomial=polynomial(low, high),
            scalar_start=scalar_start,
            scalar_term=scalar_term,
            scalar_slot=scalar_slot,
            vector_start=vector_start,
            vector_parameter=vector_parameter,
            vector_slot=vector_slot,
            shift_start=shift_start,
            shift_parameter=shift_parameter,
            shift_slot=shift_slot,
            shift_row=shift_row,
            shift_up=np.concatenate([none, *(up for up, _ in self.templates)]),
            shift_down=np.concatenate([none, *(down for _, down in self.templates)]),
        )


def _starts(parts: Sequence[Any]) -> Integers:
    return np.cumsum([0, *(len(part) for part in parts)], dtype=np.int64)


def _staterrors(samples: Sequence[Sample]) -> set[str]:
    return {
        modifier.name
        for sample in samples
        for modifier in sample.modifiers
        if modifier.kind == "staterror"
    }
