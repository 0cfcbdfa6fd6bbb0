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

from hepline.arrays import Floats, Integers
from hepline.errors import ModelError, nearest
from hepline.stats import layout
from hepline.stats.constraints import constraints
from hepline.stats.interpolation import FACTOR_CODES, SHIFT_CODES, polynomial
from hepline.stats.parameters import ParameterSet, Place
from hepline.stats.workspace import Channel, Sample, Specification

__all__ = ["Tables", "compile_tables", "local", "touched"]


class Tables(NamedTuple):
    """The two arrays of a model as kernels take them; `layout` says what stands where.

    Lists of blocks are stored one after the other: those of block b are ``start[b]:start[b + 1]``.
    Python finds each part by its name in small letters.

    Attributes
    ----------
    integers : ndarray of int
        Numbers: how many ``parameters``, ``bins``, blocks, channels, terms, cells and auxiliary
        data there are, and the interpolations of normsys and of histosys. Then

        - ``block_start``, shape (block + 1,): first cell of each block; ``block_bin``: bin of that
          cell, channels follow each other; ``block_channel``; ``channel_bin``, shape (channel + 1,)
        - ``active_start``, shape (channel + 1,), ``active`` and ``stride``: parameters that act on
          each channel, at its first bin, and how far on they are in the next bin, one for vectors,
          else zero. The slot counts from the channel's start.
        - ``term_parameter``, ``term_curve``: all different scalar factors; the curve is an index
          of the normsys, or −1
        - ``scalar_start``, ``scalar_term``, ``scalar_slot``: scalars of each block
        - ``vector_start``, ``vector_parameter``, ``vector_slot``: vectors of each block, by the
          parameter of the first bin; the others follow
        - ``shift_start``, ``shift_parameter``, ``shift_slot``, ``shift_row``: shifts of each block
          and the first element of their templates
        - ``constrained``, ``is_normal``: the parameter of each auxiliary measurement, and whether
          it is not a Poisson one
    reals : ndarray
        ``least_cell``, ``least_bin``: smaller expectations of a sample in a bin, and of a bin,
        count as this, minus infinity where there is no limit; ``softness``: events above the least
        expectation in which it is approached, zero for a kink, see `clipping`. Then

        - ``nominal``, shape (cell,)
        - ``normsys_low``, ``normsys_high``, ``normsys_polynomial``
        - ``shift_up``, ``shift_down``: templates of all shifts, high − nominal and nominal − low
        - ``scale``: of each auxiliary measurement, standard deviation or expected events
    """

    integers: Integers
    reals: Floats

    def __getattr__(self, name: str) -> Any:
        which: int = getattr(layout, name.upper(), -1)
        if which in layout.INTEGERS:
            return self.integers[slice(*self.integers[which : which + 2])]
        if which in layout.REALS:
            return self.reals[slice(*self.integers[which : which + 2])]
        raise AttributeError(name)

    @property
    def parameters(self) -> int:
        """How many parameters there are."""
        return int(self.integers[layout.PARAMETERS])

    @property
    def least_cell(self) -> float:
        """Least expectation of a sample in a bin."""
        return float(self.reals[layout.LEAST_CELL])

    @property
    def least_bin(self) -> float:
        """Least expectation of a bin."""
        return float(self.reals[layout.LEAST_BIN])

    def having(self, **numbers: float) -> Tables:
        """Copy with other values of ``least_cell``, ``least_bin`` or ``softness``."""
        reals = self.reals.copy()
        for name, number in numbers.items():
            reals[getattr(layout, name.upper())] = number
        return Tables(self.integers, reals)


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
    return tables.having(
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
        return [np.array(self.start, dtype=np.int64), *table.T]


class _Builder:
    """Collects blocks channel by channel; lives only while `compile_tables` runs."""

    def __init__(self, sets: Sequence[ParameterSet]) -> None:
        sizes = [each.size for each in sets]
        self.first = dict(
            zip((each.name for each in sets), np.cumsum([0, *sizes[:-1]]).tolist(), strict=True)
        )
        self.parameters = sum(sizes)
        self.constraints = constraints(sets)
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
        counts = {
            layout.PARAMETERS: self.parameters,
            layout.BINS: self.channel_bin[-1],
            layout.FACTOR_CODE: factor_code,
            layout.SHIFT_CODE: shift_code,
            layout.BLOCKS: len(self.blocks),
            layout.CHANNELS: len(self.active),
            layout.TERMS: len(self.terms),
            layout.CELLS: sum(len(each) for each in self.nominal),
            layout.AUXILIARY: len(self.constraints.parameter),
        }
        return Tables(*layout.packed(counts, self._integers(), self._reals()))

    def _integers(self) -> dict[int, Integers]:
        rows = {
            (layout.BLOCK_BIN, layout.BLOCK_CHANNEL): self.blocks,
            (layout.ACTIVE, layout.STRIDE): [each for part in self.active for each in part],
            (layout.TERM_PARAMETER, layout.TERM_CURVE): [*self.terms],
        }
        found = {
            layout.BLOCK_START: _starts(self.nominal),
            layout.CHANNEL_BIN: np.array(self.channel_bin, dtype=np.int64),
            layout.ACTIVE_START: _starts(self.active),
            layout.CONSTRAINED: self.constraints.parameter,
            layout.IS_NORMAL: self.constraints.is_normal.astype(np.int64),
        }
        for names, pairs in rows.items():
            columns = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
            found |= dict(zip(names, columns, strict=True))
        for first, lists in (
            (layout.SCALAR_START, self.scalars),
            (layout.VECTOR_START, self.vectors),
            (layout.SHIFT_START, self.shifts),
        ):
            found |= {first + place: part for place, part in enumerate(lists.columns())}
        return found

    def _reals(self) -> dict[int, Floats]:
        low, high = np.array(self.normsys, dtype=np.float64).reshape(-1, 2).T
        none = np.zeros(0)
        return {
            layout.NOMINAL: np.concatenate(self.nominal),
            layout.NORMSYS_LOW: low,
            layout.NORMSYS_HIGH: high,
            layout.NORMSYS_POLYNOMIAL: polynomial(low, high),
            layout.SHIFT_UP: np.concatenate([none, *(up for up, _ in self.templates)]),
            layout.SHIFT_DOWN: np.concatenate([none, *(down for _, down in self.templates)]),
            layout.SCALE: self.constraints.scale,
        }


def _starts(parts: Sequence[Any]) -> Integers:
    return np.cumsum([0, *(len(part) for part in parts)], dtype=np.int64)


def _staterrors(samples: Sequence[Sample]) -> set[str]:
    return {
        modifier.name
        for sample in samples
        for modifier in sample.modifiers
        if modifier.kind == "staterror"
    }
