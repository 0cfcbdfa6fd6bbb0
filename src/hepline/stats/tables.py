"""A model as flat arrays: what a likelihood needs, with names and dictionaries left behind.

A *cell* is one bin of one sample; its expectation is the product of its factors times the sum of
its content and its shifts. Factors are kept once, as *terms*: term 0 is the constant one, then
comes one term for each parameter (normfactor, lumi, staterror, …), then one for each normsys.
Each cell lists its terms and its shifts in padded rows, so that all loops are array operations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.errors import ModelError, nearest
from hepline.stats.interpolation import FACTOR_CODES, SHIFT_CODES, polynomial
from hepline.stats.parameters import ParameterSet, Place
from hepline.stats.results import Floats
from hepline.stats.workspace import Channel, Specification

__all__ = ["Integers", "Tables", "compile_tables"]

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Tables:
    """The arrays of `expectation`.

    Attributes
    ----------
    parameters, bins : int
        How many there are. The index `parameters` stands for "no parameter".
    factor_code, shift_code : str
        Interpolation of normsys and histosys.
    nominal : ndarray, shape (cell,)
    cell_bin : ndarray, shape (cell,)
        The bin that a cell is added to; channels follow each other.
    factors : ndarray, shape (cell, factor)
        Terms of each cell, padded with term 0.
    term_parameter : ndarray, shape (term,)
    normsys_low, normsys_high : ndarray, shape (normsys,)
        Of the last terms.
    normsys_polynomial : ndarray, shape (6, normsys)
    shifts : ndarray, shape (cell, shift)
        Shifts of each cell, padded with shift 0, which is none.
    shift_parameter, shift_down, shift_up : ndarray, shape (shift,)
    """

    parameters: int
    bins: int
    factor_code: str
    shift_code: str
    nominal: Floats
    cell_bin: Integers
    factors: Integers
    term_parameter: Integers
    normsys_low: Floats
    normsys_high: Floats
    normsys_polynomial: Floats
    shifts: Integers
    shift_parameter: Integers
    shift_down: Floats
    shift_up: Floats


def compile_tables(
    specification: Specification,
    sets: Sequence[ParameterSet],
    *,
    normsys_code: str = "code4",
    histosys_code: str = "code4p",
) -> Tables:
    """Flatten a workspace.

    Parameters
    ----------
    specification : Specification
    sets : sequence of ParameterSet
        Of the same specification.
    normsys_code, histosys_code : str
        Interpolations; the defaults are those of pyhf and ROOT.

    Returns
    -------
    Tables

    Raises
    ------
    ModelError
        If a normsys is not positive, or if an interpolation is unknown.
    """
    _check_code("normsys", normsys_code, FACTOR_CODES)
    _check_code("histosys", histosys_code, SHIFT_CODES)
    builder = _Builder(sets)
    for channel in specification.channels:
        builder.add(channel)
    return builder.tables(normsys_code, histosys_code)


def _check_code(kind: str, code: str, known: Sequence[str]) -> None:
    if code not in known:
        raise ModelError(
            f"there is no interpolation '{code}' for {kind}.",
            why=f"hepline has {' and '.join(known)} for it.",
            fix=nearest(code, known),
        )


class _Builder:
    """Collects cells channel by channel; lives only while `compile_tables` runs."""

    def __init__(self, sets: Sequence[ParameterSet]) -> None:
        sizes = [each.size for each in sets]
        self.first = dict(
            zip((each.name for each in sets), np.cumsum([0, *sizes[:-1]]).tolist(), strict=True)
        )
        self.parameters = sum(sizes)
        self.bins = 0
        # How many parameters of a staterror earlier channels have used up.
        self.used: dict[str, int] = {}
        self.nominal: list[Floats] = []
        self.cell_bin: list[Integers] = []
        self.factors: list[list[int]] = []
        self.shifts: list[list[int]] = []
        self.normsys: list[tuple[int, float, float]] = []
        self.shift: list[tuple[int, float, float]] = [(self.parameters, 0.0, 0.0)]

    def add(self, channel: Channel) -> None:
        """Append the cells of all samples of one channel."""
        size = len(channel.observed)
        for sample in channel.samples:
            first_cell = len(self.factors)
            self.nominal.append(sample.data)
            self.cell_bin.append(self.bins + np.arange(size, dtype=np.int64))
            self.factors += [[] for _ in range(size)]
            self.shifts += [[] for _ in range(size)]
            for modifier in sample.modifiers:
                self._modify(Place(channel, sample, modifier), range(first_cell, first_cell + size))
        names = {
            modifier.name
            for sample in channel.samples
            for modifier in sample.modifiers
            if modifier.kind == "staterror"
        }
        for name in names:
            self.used[name] = self.used.get(name, 0) + size
        self.bins += size

    def _modify(self, place: Place, cells: range) -> None:
        modifier = place.modifier
        first = self.first[modifier.name]
        if modifier.kind == "histosys":
            nominal = place.sample.data
            down = nominal - np.asarray(modifier.data["lo_data"], dtype=np.float64)
            up = np.asarray(modifier.data["hi_data"], dtype=np.float64) - nominal
            for cell, *slopes in zip(cells, down.tolist(), up.tolist(), strict=True):
                self.shifts[cell].append(len(self.shift))
                self.shift.append((first, slopes[0], slopes[1]))
            return
        if modifier.kind == "normsys":
            low, high = float(modifier.data["lo"]), float(modifier.data["hi"])
            _check_positive(place, low, high)
            terms = [1 + self.parameters + len(self.normsys)] * len(cells)
            self.normsys.append((first, low, high))
        elif modifier.kind in {"normfactor", "lumi"}:
            terms = [1 + first] * len(cells)
        else:
            start = 1 + first + self.used.get(modifier.name, 0)
            terms = list(range(start, start + len(cells)))
        for cell, term in zip(cells, terms, strict=True):
            self.factors[cell].append(term)

    def tables(self, normsys_code: str, histosys_code: str) -> Tables:
        """Turn the collected cells into arrays."""
        normsys = np.array(self.normsys, dtype=np.float64).reshape(-1, 3)
        shift = np.array(self.shift, dtype=np.float64)
        owners = [self.parameters, *range(self.parameters), *normsys[:, 0].astype(np.int64)]
        return Tables(
            parameters=self.parameters,
            bins=self.bins,
            factor_code=normsys_code,
            shift_code=histosys_code,
            nominal=np.concatenate(self.nominal),
            cell_bin=np.concatenate(self.cell_bin),
            factors=_padded(self.factors),
            term_parameter=np.array(owners, dtype=np.int64),
            normsys_low=normsys[:, 1].copy(),
            normsys_high=normsys[:, 2].copy(),
            normsys_polynomial=polynomial(normsys[:, 1], normsys[:, 2]),
            shifts=_padded(self.shifts),
            shift_parameter=shift[:, 0].astype(np.int64),
            shift_down=shift[:, 1].copy(),
            shift_up=shift[:, 2].copy(),
        )


def _check_positive(place: Place, low: float, high: float) -> None:
    if low > 0 and high > 0:
        return
    raise ModelError(
        f"{place} scales the yield by {low:g} (lo) and {high:g} (hi).",
        why="the interpolation is exponential, so that both factors have to be positive.",
        fix="a one-sided variation above 100 % was mirrored, or a varied histogram is empty: "
        "check its templates.",
    )


def _padded(rows: list[list[int]]) -> NDArray[Any]:
    width = max((len(row) for row in rows), default=0)
    table = np.zeros((len(rows), width), dtype=np.int64)
    for index, row in enumerate(rows):
        table[index, : len(row)] = row
    return table
