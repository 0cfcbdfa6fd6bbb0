"""Numbers that stand for "there is none", such as −999: told from measured ones.

A number is a sentinel if it is one that people write for that (`RECOGNIZED`), and

- stands apart at an end of the column: at least as far from all other values as their median is
  from the nearest of them; or
- in a column of many values, is at least ten times as frequent as those around it.

In a column of floats that are otherwise zero or positive, up to three negative whole numbers that
occur more than once are sentinels, too, such as −1 and −10. In integers, −1 is a charge, or stands
for a partner that is missing: it is never taken for one; nor is the highest number of an unsigned
type in a column of indices.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from hepline.survey.frequencies import Frequencies, quantiles
from hepline.survey.moments import Moments
from hepline.survey.tally import Tally

__all__ = ["RECOGNIZED", "Cleaned", "cleaned"]

_NINES = [10.0**power - 1 for power in range(2, 10)]
_POWERS = [1e6, 1e9, 1e10, 1e20, 1e30, 1e31, 1e32, 1e36, 1e38]
_LARGEST = [float(np.finfo(kind).max) for kind in (np.float32, np.float64)]
_INTEGERS = [float(2**bits - less) for bits in (15, 16, 31, 32, 63, 64) for less in (0, 1)]
RECOGNIZED = np.array(
    sorted(
        sign * number
        for sign in (-1, 1)
        for number in {*_NINES, *_POWERS, *_LARGEST, *_INTEGERS, 100.0, 1000.0, 10000.0}
        if not (sign == 1 and number in (100.0, 1000.0, 10000.0))
    )
)
"""Repeated nines, large powers of ten, the ends of integer and float types, −100, −1000 and −10000.

Smaller numbers are too likely to be measured; of the powers of ten below a million, the positive
ones are.
"""

_INDEX = re.compile(r"(?:Idx|[iI]ndex|[kK]ey)(?:G|\d*)$")
_TIMES = 10.0  # as frequent as the values around it
_FEWEST = 5  # entries of a sentinel between other values
_AROUND = 8  # bins on each side
_NEGATIVE = 3  # kinds of "none" that one column may tell apart
_MANY = 20  # values of a column that is measured: charges as floats have two


@dataclass(frozen=True)
class Cleaned:
    """The values of a column without its sentinels.

    Attributes
    ----------
    sentinels : mapping of float to int
        How often each occurs.
    moments : Moments
        Without them, like what follows.
    frequencies : Frequencies or None
    ends : tuple of (float, float) or None
        The lowest and the highest value.
    """

    sentinels: dict[float, int]
    moments: Moments
    frequencies: Frequencies | None
    ends: tuple[float, float] | None


def cleaned(tally: Tally, name: str, dtype: str) -> Cleaned:
    """Tell sentinels from measured values, and take them away.

    Parameters
    ----------
    tally : Tally
    name, dtype : str
        Of the column.
    """
    sentinels: dict[float, int] = {}
    if tally.frequencies is not None and dtype not in ("bool", "string"):
        sentinels = _sentinels(tally, tally.frequencies, name, np.dtype(dtype))
    moments, frequencies = tally.moments, tally.frequencies
    for value, count in sentinels.items():
        moments = moments.without(value, count)
        frequencies = None if frequencies is None else frequencies.without(value, count)
    if frequencies is None or not moments.count:
        return Cleaned(sentinels, moments, None, None)
    return Cleaned(sentinels, moments, frequencies, _ends(tally, frequencies, sentinels))


def _ends(
    tally: Tally, frequencies: Frequencies, sentinels: dict[float, int]
) -> tuple[float, float]:
    """The lowest and highest value besides sentinels; the end of a bin if none is known."""
    low = [value for value, _ in tally.lowest if value not in sentinels]
    high = [value for value, _ in tally.highest if value not in sentinels]
    return (
        low[0] if low else float(frequencies.low[0]),
        high[0] if high else float(frequencies.high[-1]),
    )


def _sentinels(
    tally: Tally, frequencies: Frequencies, name: str, dtype: np.dtype
) -> dict[float, int]:
    known = {**tally.marked, **dict(tally.lowest), **dict(tally.highest)}
    marks = _floats(dtype) if dtype.kind == "f" else _integers(name, dtype)
    negative = _negative(tally) if dtype.kind == "f" and tally.distinct >= _MANY else {}
    candidates = {value: count for value, count in known.items() if value in marks} | negative
    if not candidates:
        return {}
    if sum(candidates.values()) == tally.moments.count:
        # A column of nothing else.
        return candidates if len(candidates) == 1 else {}
    apart = _apart(tally, frequencies, candidates) | negative
    if tally.distinct >= _MANY:
        # The ends of an integer type and powers of two are usual where integers hold bits.
        inside = {
            value: n
            for value, n in candidates.items()
            if value not in apart and (dtype.kind == "f" or abs(value) in _NINES)
        }
        apart |= {v: n for v, n in inside.items() if _is_spike(frequencies, v, n)}
    return dict(sorted(apart.items()))


def _floats(dtype: np.dtype) -> set[float]:
    """What is recognized in floats of this type."""
    with np.errstate(over="ignore"):
        return set(RECOGNIZED.astype(dtype).tolist()) - {math.inf, -math.inf}


def _integers(name: str, dtype: np.dtype) -> set[float]:
    """What is recognized in integers: of those with 8 bits, nothing; of small numbers, few."""
    if dtype.itemsize == 1:
        return set()
    limits = np.iinfo(dtype)
    wide: set[float] = {int(mark) for mark in RECOGNIZED if abs(mark) >= 999 or mark == -99}
    inside = {mark for mark in wide if limits.min <= mark <= limits.max}
    if dtype.kind == "u" and _INDEX.search(name):
        return inside - {limits.max}
    return {*inside, limits.max, *({limits.min} if limits.min else ())}


def _negative(tally: Tally) -> dict[float, int]:
    """Negative whole numbers below values that are zero or positive."""
    below = [(value, count) for value, count in tally.lowest if value < 0]
    if len(below) > _NEGATIVE:
        return {}
    if not all(value.is_integer() and count > 1 for value, count in map(_float, below)):
        return {}
    return dict(below)


def _float(item: tuple[float, int]) -> tuple[float, int]:
    return float(item[0]), item[1]


def _apart(
    tally: Tally, frequencies: Frequencies, candidates: dict[float, int]
) -> dict[float, int]:
    """Candidates at the ends that are far from all other values."""
    rest = frequencies
    for value, count in candidates.items():
        rest = rest.without(value, count)
    low = next((v for v, _ in tally.lowest if v not in candidates), float(rest.low[0]))
    high = next((v for v, _ in tally.highest if v not in candidates), float(rest.high[-1]))
    (median,), _ = quantiles(rest, [0.5], (low, high))
    return {
        value: count
        for value, count in candidates.items()
        if (value < low and low - value >= median - low)
        or (value > high and value - high >= high - median)
    }


def _is_spike(frequencies: Frequencies, value: float, count: int) -> bool:
    """Whether a value is far more frequent than those around it."""
    place = frequencies.place(value)
    around = np.concatenate(
        [
            frequencies.counts[max(place - _AROUND, 0) : place],
            frequencies.counts[place + 1 : place + 1 + _AROUND],
        ]
    )
    usual = float(around.mean()) if len(around) else 0.0
    return count >= max(_FEWEST, _TIMES * usual)
