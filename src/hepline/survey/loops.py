"""Loops over the sorted values of a column: exact sums, and how often values occur."""

# The decorator declares the types.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

import numpy as np

from hepline.machine.function import function

__all__ = [
    "LEVELS",
    "ROWS",
    "SUMS",
    "differing_bits",
    "float_sums",
    "hash_rows",
    "integer_sums",
    "runs",
]

ROWS = 4096
"""Signs and exponents that a float64 can have: the most rows of `float_sums`."""
SUMS = 9
"""Numbers in a row of sums."""
LEVELS = 65
"""Numbers of bits by which two integers of 64 bits can differ."""

_0, _30, _64 = np.int64(0), np.int64(30), np.int64(64)
_HIDDEN, _FRACTION = np.int64(1 << 52), np.int64((1 << 52) - 1)
_POSITIVE, _TOP, _EXPONENT = np.int64((1 << 63) - 1), np.int64(0xFFF), np.int64(0x7FF)
_LOW_27, _LOW_26 = np.int64((1 << 27) - 1), np.int64((1 << 26) - 1)
_LOW_32 = np.int64((1 << 32) - 1)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_U27, _U30, _U31, _U32 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)
_ULOW_32 = np.uint64((1 << 32) - 1)


@function(values="f8[]", keys="i8[]", sums="i8[,]", size="i8[]")
def float_sums(values, keys, sums, size):
    """Sum sorted values and their squares as integers, for each sign and exponent.

    A mantissa is ``2**26 a + b``. ``sums`` gets ``size[0]`` rows: the top 12 bits; the sums of a,
    of b; of the bits of a², ab and b² from 27 on, and of those below. ``keys`` gets integers in the
    order of the values, equal for equal values.
    """
    row, start = _0, _0
    while start < len(values):
        top = _top(values[start])
        stop = _end(values, start, top)
        a, b, aa, aa_low, ab, ab_low, bb, bb_low = _0, _0, _0, _0, _0, _0, _0, _0
        hidden = _HIDDEN if (top & _EXPONENT) != 0 else _0
        for i in range(start, stop):
            # The sum turns the negative zero into the positive one.
            bits = (values[i] + 0.0).view(np.int64)
            keys[i] = bits ^ ((bits >> 63) & _POSITIVE)
            mantissa = (bits & _FRACTION) | hidden
            high, low = mantissa >> 26, mantissa & _LOW_26
            square, product, rest = high * high, high * low, low * low
            a += high
            b += low
            aa += square >> 27
            aa_low += square & _LOW_27
            ab += product >> 27
            ab_low += product & _LOW_27
            bb += rest >> 27
            bb_low += rest & _LOW_27
        _put(sums, row, top, a, b, aa, aa_low, ab, ab_low, bb, bb_low)
        row += 1
        start = stop
    size[0] = row


def _top(value):
    return ((value + 0.0).view(np.int64) >> 52) & _TOP


def _end(values, start, top):
    """Find the end of the values with one sign and exponent, which lie together."""
    low, high = start, np.int64(len(values))
    while high - low > 1:
        middle = (low + high) >> 1
        if _top(values[middle]) == top:
            low = middle
        else:
            high = middle
    return high


def _put(sums, row, top, a, b, aa, aa_low, ab, ab_low, bb, bb_low):
    sums[row, 0] = top
    sums[row, 1] = a
    sums[row, 2] = b
    sums[row, 3] = aa
    sums[row, 4] = aa_low
    sums[row, 5] = ab
    sums[row, 6] = ab_low
    sums[row, 7] = bb
    sums[row, 8] = bb_low


@function(values="i8[]", sums="i8[,]")
def integer_sums(values, sums):
    """Sum integers and their squares.

    A size is ``2**32 a + b``. The row gets, as that of `float_sums`, nothing; the sums of the upper
    32 bits of the values, and of the lower; of the bits of a², ab and b² from 32 on, and of those
    below.
    """
    high, low = _0, _0
    aa, aa_low, ab, ab_low, bb, bb_low = _0, _0, _0, _0, _0, _0
    for i in range(len(values)):
        value = values[i]
        high += value >> 32
        low += value & _LOW_32
        size = np.uint64(value)
        if value < 0:
            size = np.uint64(0) - size
        a, b = size >> _U32, size & _ULOW_32
        square, product, rest = a * a, a * b, b * b
        aa += np.int64(square >> _U32)
        aa_low += np.int64(square & _ULOW_32)
        ab += np.int64(product >> _U32)
        ab_low += np.int64(product & _ULOW_32)
        bb += np.int64(rest >> _U32)
        bb_low += np.int64(rest & _ULOW_32)
    _put(sums, 0, 0, high, low, aa, aa_low, ab, ab_low, bb, bb_low)


@function(keys="i8[]", differing="i8[]")
def differing_bits(keys, differing):
    """Count neighbors by the highest bit in which they differ.

    ``differing[n]`` counts those that are equal once n bits are dropped, and no fewer.
    """
    for i in range(1, len(keys)):
        other = keys[i] ^ keys[i - 1]
        bits = _0
        if other < 0:
            bits = _64
        elif other != 0:
            if other >= _HIDDEN:
                other = other >> 30
                bits = _30
            bits += (np.float64(other).view(np.int64) >> 52) - 1022
        differing[bits] += 1


@function(keys="i8[]", level="i8", distinct="i8[]", counts="i8[]", size="i8[]")
def runs(keys, level, distinct, counts, size):
    """Count how often each key occurs once the lowest bits are dropped.

    ``size[0]`` gets the number of different keys; -1 if they are more than there is room for.
    """
    place, current, count = np.int64(-1), _0, _0
    size[0] = -1
    for i in range(len(keys)):
        key = keys[i] >> level
        if place < 0 or key != current:
            if place >= 0:
                distinct[place] = current
                counts[place] = count
            place += 1
            if place == len(distinct):
                return
            current = key
            count = _0
        count += 1
    if place >= 0:
        distinct[place] = current
        counts[place] = count
    size[0] = place + 1


@function(words="u8[]", offsets="i8[]", seed="u8", hashes="u8[]")
def hash_rows(words, offsets, seed, hashes):
    """Add to the hash of each event that of its list in one column."""
    for event in range(len(hashes)):
        total = np.uint64(offsets[event + 1] - offsets[event]) * _GOLDEN + seed
        for i in range(offsets[event], offsets[event + 1]):
            total = total ^ words[i]
            # The finalizer of SplitMix64.
            total = (total ^ (total >> _U30)) * _MIX_1
            total = (total ^ (total >> _U27)) * _MIX_2
            total = (total ^ (total >> _U31)) + _GOLDEN
        hashes[event] = hashes[event] + total
