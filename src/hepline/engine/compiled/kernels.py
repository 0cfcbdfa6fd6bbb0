"""What kernels call: small functions that become part of them.

Plain Python of the kind that `machine` translates, so that the text says all there is to say;
numba compiles the same text for kernels that call functions of the user.
"""

# Types are those of the arguments: these functions are templates.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

import math

import numpy as np

__all__ = [
    "count", "count_where", "float_floor_divide", "float_remainder", "floor_divide", "integer",
    "is_member", "joined_bins", "left_shift", "longest", "longest_block", "maximum", "member",
    "minimum", "regular", "remainder", "right_shift", "sign", "sliced", "sort", "subsets",
    "table_bin", "uniforms", "variable", "weigh", "weigh_all",
]  # fmt: skip

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW32, _ALL = np.uint64(0xFFFFFFFF), np.int64(0xFFFFFFFF)
_U12, _U20, _U32 = np.uint64(12), np.uint64(20), np.uint64(32)
_MANTISSA = np.int64((1 << 52) - 1)


def longest(offsets):
    """Length of the longest list, at least 1."""
    most = 1
    for event in range(len(offsets) - 1):
        most = max(most, offsets[event + 1] - offsets[event])
    return most


def longest_block(offsets, events):
    """Most elements of so many consecutive events, at least 1."""
    most = 1
    for first in range(0, len(offsets) - 1, events):
        last = min(first + events, len(offsets) - 1)
        most = max(most, offsets[last] - offsets[first])
    return most


def subsets(count, n):
    """Number of subsets of `n` elements."""
    made = 1
    for chosen in range(n):
        made = made * max(count - chosen, 0) // (chosen + 1)
    return made


def member(place, count, n, slot):
    """Member `slot` of subset number `place` of `n` elements, in lexicographic order."""
    first = 0
    for chosen in range(slot + 1):
        below = subsets(count - first - 1, n - chosen - 1)
        while place >= below and first < count:
            place -= below
            first += 1
            below = subsets(count - first - 1, n - chosen - 1)
        first += 1
    return first - 1


def sliced(length, start, stop, step):
    """First position and length of a slice, with Python's meaning."""
    by = 1 if step is None else step
    lowest, highest = (0, length) if by > 0 else (-1, length - 1)
    first = lowest if by > 0 else highest
    if start is not None:
        first = start + length if start < 0 else start
        first = min(max(first, lowest), highest)
    last = highest if by > 0 else lowest
    if stop is not None:
        last = stop + length if stop < 0 else stop
        last = min(max(last, lowest), highest)
    if by > 0:
        return first, max((last - first + by - 1) // by, 0)
    return first, max((first - last - by - 1) // -by, 0)


# --- elementwise ---------------------------------------------------------------------------------


def minimum(a, b):
    """The smaller one; not a number if either is."""
    return a if a < b or a != a else b


def maximum(a, b):
    """The larger one; not a number if either is."""
    return a if a > b or a != a else b


def sign(a):
    """Minus one, zero or one; not a number stays so."""
    if a > 0:
        return 1.0
    if a < 0:
        return -1.0
    return 0.0 if a == 0 else math.nan


def float_remainder(a, b):
    """What is left of a division that rounds down; has the sign of the divisor."""
    # Within two divisors of zero no division is needed, and angles are.
    if b > 0 and -b < a < b:
        left = a
    elif b > 0 and b <= a < b + b:
        left = a - b
    else:
        left = np.fmod(a, b)
    if left == 0:
        return math.copysign(left, b)
    return left + b if (b < 0) != (left < 0) else left


def remainder(a, b):
    """What is left of a division of integers that rounds down; zero if by zero."""
    return a % b if b != 0 else b


def float_floor_divide(a, b):
    """A quotient rounded down, without the error of rounding it twice."""
    if b == 0:
        return a / b
    left = np.fmod(a, b)
    quotient = (a - left) / b
    if left != 0 and (b < 0) != (left < 0):
        quotient -= 1.0
    if quotient == 0:
        return math.copysign(0.0, a / b)
    down = np.floor(quotient)
    return down + 1.0 if quotient - down > 0.5 else down


def floor_divide(a, b):
    """A quotient of integers rounded down; zero if by zero."""
    if b == 0:
        return b
    # The most negative integer has no opposite: it stays itself.
    return -a if b == -1 else a // b


def left_shift(a, b, width):
    """Bits moved up; none are left beyond the width."""
    return a << b if 0 <= b < width else a * 0


def right_shift(a, b, width):
    """Bits moved down; the sign is all that is left beyond the width."""
    return a >> (b if 0 <= b < width else width - 1)


# --- lists ---------------------------------------------------------------------------------------


def sort(keys, there, count, descending, order):
    """Positions in the order of a key: equal ones stay, then not a number, then missing."""
    kept = 0
    for rank in range(3):
        first = kept
        for place in range(count):
            own = 0 if keys[place] == keys[place] else 1
            if there is not None and not there[place]:
                own = 2
            if own == rank:
                order[kept] = place
                kept += 1
        if rank == 0:
            _merge_sort(keys, order, first, kept, descending)


def _merge_sort(keys, order, first, last, descending):
    """Sort in runs of a few by insertion, then merge the runs."""
    run = 16
    for begin in range(first, last, run):
        for place in range(begin + 1, min(begin + run, last)):
            moved, at = order[place], place
            while at > begin and _after(keys[order[at - 1]], keys[moved], descending):
                order[at] = order[at - 1]
                at -= 1
            order[at] = moved
    if last - first <= run:
        return
    spare = np.empty(last - first, np.int64)
    while run < last - first:
        for begin in range(first, last, 2 * run):
            middle, end = min(begin + run, last), min(begin + 2 * run, last)
            left, right = begin, middle
            for place in range(begin, end):
                takes_right = left == middle or (
                    right < end and _after(keys[order[left]], keys[order[right]], descending)
                )
                if takes_right:
                    spare[place - first] = order[right]
                    right += 1
                else:
                    spare[place - first] = order[left]
                    left += 1
        for place in range(first, last):
            order[place] = spare[place - first]
        run *= 2


def _after(a, b, descending):
    return a < b if descending else a > b


# --- random numbers ------------------------------------------------------------------------------


def uniforms(key, run, block, event, place):
    """The two numbers that `hepline.engine.counter.uniform` gives at one place."""
    wide = np.uint64(event)
    x0, x1 = wide & _LOW32, wide >> _U32
    x2, x3 = np.uint64(run) & _LOW32, np.uint64(block) & _LOW32
    k0, k1 = np.uint64(key), np.uint64(place) & _LOW32
    for _ in range(10):
        product0, product1 = _M0 * x0, _M1 * x2
        x0, x1, x2, x3 = (
            (product1 >> _U32) ^ x1 ^ k0,
            product1 & _LOW32,
            (product0 >> _U32) ^ x3 ^ k1,
            product0 & _LOW32,
        )
        k0, k1 = (k0 + _W0) & _LOW32, (k1 + _W1) & _LOW32
    return _inside(x0, x1), _inside(x2, x3)


def _inside(high, low):
    """The middle of one of 2**52 intervals between 0 and 1."""
    return (np.float64((high << _U20) | (low >> _U12)) + 0.5) * 2.0**-52


# --- histograms ----------------------------------------------------------------------------------


def regular(value, low, width, count):
    """Bin on an axis of equal bins: `RegularAxis.index` for one value."""
    position = (value - low) / width
    # Choices instead of branches: which values fall outside cannot be guessed by the processor.
    scaled = position * count
    scaled = scaled if scaled < count else count
    scaled = -1.0 if position < 0 else scaled
    return np.int64(scaled) + 1


def integer(value, low, high):
    """Bin on an axis of integers: `IntegerAxis.index` for one value."""
    place = np.floor(value) - low
    place = place if place < high - low else high - low
    place = -1.0 if value < low else place
    return np.int64(place) + 1


def variable(value, edges):
    """Bin between given edges: `VariableAxis.index` for one value."""
    first, last = 0, len(edges)
    while first < last:
        middle = (first + last) // 2
        # Not a number belongs into the overflow: no comparison with it holds.
        if value < edges[middle]:
            last = middle
        else:
            first = middle + 1
    return first


def table_bin(value, edges, clamps):
    """Bin of a table, from zero on; negative for what has no entry."""
    last = len(edges) - 2
    if clamps:
        # No comparison with what is not a number holds.
        return min(max(variable(value, edges) - 1, 0), last) if value == value else -1
    return variable(value, edges) - 1 if edges[0] <= value < edges[-1] else -1


def joined_bins(first, second, count):
    """Place in a table of a bin among `count` in one more dimension; negative if either is."""
    return first * count + second if first >= 0 and second >= 0 else -1


def is_member(value, members):
    """Whether an ascending array holds a value."""
    first, last = 0, len(members)
    while first < last:
        middle = (first + last) // 2
        if members[middle] < value:
            first = middle + 1
        else:
            last = middle
    return first < len(members) and members[first] == value


def count(out, layout, number, place):
    """Add an entry to one bin of one histogram."""
    out[layout[number, 0] + place] += 1


def count_where(out, layout, number, place, there):
    """Add an entry to one bin of one histogram, or nothing."""
    out[layout[number, 0] + place] += np.int64(there)


def weigh(out, layout, number, place, weight, there, trouble):
    """Add an entry, its weight and the square of it to one bin of one histogram.

    Sums are kept in digits of 32 bits, each in an integer of 64 (see `exact`). The last row of
    `layout` says which digits there are. Behind all bins stand the entries with a missing value:
    nobody relies on their weights.
    """
    entries, bins = layout[number, 0], layout[number, 1]
    if not there:
        if place == bins - 1:
            out[entries + place] += 1
        else:
            trouble[number, 0] += 1
        return
    low, digits = layout[-1, 0], layout[-1, 1]
    out[entries + place] += 1
    square = weight * weight
    if not math.isfinite(square):
        if place != bins - 1:
            trouble[number, 1] += 1
        return
    weights = entries + bins + place * digits
    if not _add(out, weights, weight, low, digits):
        trouble[number, 2] += 1
    if not _add(out, weights + bins * digits, square, low, digits):
        trouble[number, 2] += 1


def weigh_all(out, layout, first, place, weights, there, trouble):
    """Add an entry to the same bin of consecutive histograms, which differ in their weights."""
    for number in range(len(weights)):
        present = True if there is None else there[number]
        weigh(out, layout, first + number, place, weights[number], present, trouble)


def _add(out, sums, value, low, digits):
    """Add one float; False if it lies beyond the digits that there are."""
    bits = np.float64(value).view(np.int64)
    mantissa, exponent = bits & _MANTISSA, (bits >> 52) & 0x7FF
    if exponent > 0:
        mantissa |= _MANTISSA + 1
        exponent -= 1
    if mantissa == 0:
        return True
    digit, shift = (exponent >> 5) - low, exponent & 31
    if digit < 0 or digit + 2 >= digits:
        return False
    below, above = (mantissa & _ALL) << shift, (mantissa >> 32) << shift
    first, second, third = below & _ALL, (below >> 32) + (above & _ALL), above >> 32
    if bits < 0:
        first, second, third = -first, -second, -third
    out[sums + digit] += first
    out[sums + digit + 1] += second
    out[sums + digit + 2] += third
    return True
