"""What is counted of one column: a tally of each chunk, which add up in any order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.arrays import empty
from hepline.survey.frequencies import Frequencies, frequencies_of
from hepline.survey.moments import NOTHING, Moments, moments_of_floats, moments_of_integers

__all__ = ["Tally", "tally_of"]

Ends = tuple[tuple[float, int], ...]

# Distinct values that are kept at each end: more than the sentinels that one column has.
_ENDS = 8
# Values that are sorted at a time: they stay in the cache of a core.
_BLOCK = 1 << 18
# Bits of a float64 that narrower floats do not use.
_SPARE = {2: 42, 4: 29, 8: 0}
_HALF = 1 << 63
# Integers that are counted without sorting: how many different ones, and how large.
_FEW, _SMALL = 1 << 12, 1 << 20


@dataclass(frozen=True, eq=False)
class Tally:
    """Counts and sums over the values of one column.

    Attributes
    ----------
    missing, nan, above, below : int
        Values that are missing in the file; that are not a number; plus and minus infinity.
    moments : Moments
        Of all others, like what follows.
    frequencies : Frequencies or None
        None without values.
    lowest, highest : tuple of (float, int)
        The distinct values at both ends, from outside to inside, and how often they occur.
    marked : mapping of float to int
        How often values occur that were asked for.
    """

    missing: int = 0
    nan: int = 0
    above: int = 0
    below: int = 0
    moments: Moments = NOTHING
    frequencies: Frequencies | None = None
    lowest: Ends = ()
    highest: Ends = ()
    marked: dict[float, int] = field(default_factory=dict)

    @property
    def entries(self) -> int:
        """Values, and places for them."""
        return self.missing + self.nan + self.above + self.below + self.moments.count

    @property
    def distinct(self) -> int:
        """How many different values there are, infinities and NaN among them; at least."""
        others = (self.missing, self.nan, self.above, self.below)
        known = 0 if self.frequencies is None else len(self.frequencies.keys)
        return known + sum(number > 0 for number in others)

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.missing + other.missing,
            self.nan + other.nan,
            self.above + other.above,
            self.below + other.below,
            self.moments + other.moments,
            _joined(self.frequencies, other.frequencies),
            _ends(self.lowest, other.lowest, highest=False),
            _ends(self.highest, other.highest, highest=True),
            {
                value: self.marked.get(value, 0) + other.marked.get(value, 0)
                for value in sorted({*self.marked, *other.marked})
            },
        )


def _joined(first: Frequencies | None, second: Frequencies | None) -> Frequencies | None:
    if first is None or second is None:
        return second if first is None else first
    return first + second


def _ends(first: Ends, second: Ends, *, highest: bool) -> Ends:
    counts = dict(first)
    for value, count in second:
        counts[value] = counts.get(value, 0) + count
    return tuple(sorted(counts.items(), reverse=highest)[:_ENDS])


def tally_of(
    values: NDArray[Any],
    *,
    level: int = 0,
    marks: NDArray[np.float64] | None = None,
    missing: int = 0,
) -> Tally:
    """Count and sum the values of a column.

    Parameters
    ----------
    values : ndarray, shape (entry,)
        Of the type of the column, without what is missing.
    level : int
        Bits that the frequencies drop anyway: those of another part of the same column.
    marks : ndarray of float64, optional
        Values to count.
    missing : int
    """
    total = Tally(missing=missing)
    for start in range(0, len(values), _BLOCK):
        part = _block(values[start : start + _BLOCK], level, marks)
        total = total + part
        level = level if total.frequencies is None else total.frequencies.level
    return total


def _block(values: NDArray[Any], level: int, marks: NDArray[np.float64] | None) -> Tally:
    if values.dtype.kind == "b":
        true = np.count_nonzero(values)
        return _few_integers(np.array([len(values) - true, true]), 0, 0, marks)
    if values.dtype.kind != "f":
        low, high = (int(values.min()), int(values.max())) if len(values) else (0, 0)
        lowest = _HALF if values.dtype == np.uint64 else 0
        if high - low < _FEW and max(-low, high) < _SMALL:
            counts = np.bincount(values.astype(np.intp) - low)
            return _few_integers(counts, low, lowest, marks)
        return _integers(np.sort(values), level, lowest, marks)
    values = np.sort(values)
    # Sorting puts NaN after everything else.
    special = np.array([-np.inf, np.inf, np.nan], values.dtype)
    end, above = np.searchsorted(values, special[1:], side="left").tolist()
    below = int(np.searchsorted(values, special[0], side="right"))
    others = {"below": below, "above": above - end, "nan": len(values) - above}
    values = values[below:end]
    if not len(values):
        return Tally(**others)
    spare = _SPARE[values.itemsize]
    floats = values.astype(np.float64, copy=False)
    keys = empty(len(floats), np.int64)
    moments = moments_of_floats(floats, keys)
    frequencies = frequencies_of(keys, max(level, spare), spare=spare)
    return Tally(moments=moments, frequencies=frequencies, **others, **_edges(values, marks))


def _few_integers(
    counts: NDArray[np.intp], low: int, lowest: int, marks: NDArray[np.float64] | None
) -> Tally:
    """Take small integers that were counted one by one, which needs no sorting."""
    places = np.flatnonzero(counts)
    if not len(places):
        return Tally()
    numbers, counted = places.astype(np.int64) + low, counts[places].astype(np.int64)
    # A quarter of a million numbers below a million: all of these fit into 64 bits.
    total, squares = int(numbers @ counted), int((numbers * numbers) @ counted)
    pairs = list(zip(numbers.tolist(), counted.tolist(), strict=True))
    keys = numbers + np.iinfo(np.int64).min if lowest else numbers
    wanted = set() if marks is None else set(marks.tolist())
    return Tally(
        moments=Moments(int(counted.sum()), total, squares),
        frequencies=Frequencies(0, keys, counted, None, lowest),
        lowest=tuple(pairs[:_ENDS]),
        highest=tuple(pairs[::-1][:_ENDS]),
        marked={value: count for value, count in pairs if value in wanted},
    )


def _integers(
    values: NDArray[Any], level: int, lowest: int, marks: NDArray[np.float64] | None
) -> Tally:
    if not len(values):
        return Tally()
    # Unsigned integers of 64 bits keep their order as signed ones that begin with the lowest.
    signed = (values ^ np.uint64(_HALF)).view(np.int64) if lowest else values.astype(np.int64)
    moments = moments_of_integers(signed, lowest)
    frequencies = frequencies_of(signed, level, spare=None, lowest=lowest)
    return Tally(moments=moments, frequencies=frequencies, **_edges(values, marks))


def _edges(values: NDArray[Any], marks: NDArray[np.float64] | None) -> dict[str, Any]:
    """The outermost values, and those to count, of sorted ones."""
    lowest: list[tuple[float, int]] = []
    highest: list[tuple[float, int]] = []
    start, end = 0, len(values)
    while start < len(values) and len(lowest) < _ENDS:
        value = values[start]
        after = int(np.searchsorted(values, value, side="right"))
        lowest.append((value.item() + 0, after - start))
        start = after
    while end and len(highest) < _ENDS:
        value = values[end - 1]
        before = int(np.searchsorted(values, value, side="left"))
        highest.append((value.item() + 0, end - before))
        end = before
    counted: dict[float, int] = {}
    if marks is not None:
        inside = marks[(marks >= float(values[0])) & (marks <= float(values[-1]))]
        if values.dtype.kind != "f":  # the ends of a type are at the ends of the column
            inside = inside[np.abs(inside) < _HALF]
        inside = inside.astype(values.dtype)
        counts = np.searchsorted(values, inside, "right") - np.searchsorted(values, inside, "left")
        counted = {
            mark.item(): int(count) for mark, count in zip(inside, counts, strict=True) if count
        }
    return {"lowest": tuple(lowest), "highest": tuple(highest), "marked": counted}
