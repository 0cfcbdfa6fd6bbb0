"""Sine and cosine, hyperbolic sine and cosine: two at a time, for one argument.

Four-momenta need both of each pair. One reduction of the argument serves two series, without
branches; and unlike those of the C library these use nothing but exactly rounded operations, so
that they give the same bits on every machine. The error is below two units in the last place.

References
----------
W. J. Cody, W. Waite, *Software Manual for the Elementary Functions* (1980), chapters 7, 8 and 12,
for the reduction; the series are Taylor's, cut where the next term is below 2**-58 of the first.
"""

# Types are those of the arguments: these functions are templates.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

__all__ = ["sincos", "sincos_row", "sinhcosh", "sinhcosh_row"]

# A hundred bits each: π/2 and ln 2.
_HALF_PI = Fraction(0x3243F6A8885A308D313198A2E03707344A4093822299F31D0082EFA98EC4E6C89, 1 << 257)
_LN2 = Fraction(0xB17217F7D1CF79ABC9E3B39803F2F6AF40F343267298B62D8A0D175B8BAAFA2B, 1 << 256)


def _head(number: Fraction, bits: int) -> float:
    """The leading part of a number, rounded so that small multiples of it are exact."""
    return math.floor(number * (1 << bits)) / (1 << bits)


_P1 = _head(_HALF_PI, 32)
_P2 = _head(_HALF_PI - Fraction(_P1), 64)
_P3 = float(_HALF_PI - Fraction(_P1) - Fraction(_P2))
_L1 = _head(_LN2, 32)
_L2 = float(_LN2 - Fraction(_L1))
_PER_HALF_PI, _PER_LN2 = float(1 / _HALF_PI), float(1 / _LN2)
# Beyond these the C library is asked: multiples of π/2 are no longer exact, exp overflows.
_FAR, _LARGE = 1e6, 700.0
# Adding and subtracting it leaves the nearest integer.
_ROUND = 1.5 * 2.0**52

_S3, _S5, _S7, _S9, _S11, _S13, _S15, _S17 = (
    (-1) ** (n // 2) / math.factorial(n) for n in range(3, 18, 2)
)
_C4, _C6, _C8, _C10, _C12, _C14, _C16 = (
    (-1) ** (n // 2) / math.factorial(n) for n in range(4, 17, 2)
)
_E2, _E3, _E4, _E5, _E6, _E7, _E8, _E9, _E10, _E11, _E12, _E13 = (
    1 / math.factorial(n) for n in range(2, 14)
)


def sincos(x):
    """Sine and cosine."""
    return _sincos(x) if abs(x) < _FAR else (math.sin(x), math.cos(x))


def sincos_row(values, first, last, sines, cosines):
    """Sine and cosine of elements of a row, several in one instruction."""
    far = 0
    for place in range(last - first):
        x = np.float64(values[first + place])
        sines[place], cosines[place] = _sincos(x)
        far += 0 if abs(x) < _FAR else 1
    if far:
        for place in range(last - first):
            sines[place], cosines[place] = sincos(np.float64(values[first + place]))


def _sincos(x):
    # The sum is so large that its last bits count quarter turns.
    counted = x * _PER_HALF_PI + _ROUND
    turns = counted - _ROUND
    r = ((x - turns * _P1) - turns * _P2) - turns * _P3
    z = r * r
    high = _S11 + z * (_S13 + z * (_S15 + z * _S17))
    sine = r + r * z * (_S3 + z * (_S5 + z * (_S7 + z * (_S9 + z * high))))
    high = _C10 + z * (_C12 + z * (_C14 + z * _C16))
    half = 0.5 * z
    most = 1.0 - half
    rest = z * z * (_C4 + z * (_C6 + z * (_C8 + z * high)))
    cosine = most + (((1.0 - most) - half) + rest)
    quarter = np.float64(counted).view(np.int64) & 3
    swapped = (quarter & 1) == 1
    of_sine = cosine if swapped else sine
    of_cosine = sine if swapped else cosine
    of_sine = -of_sine if quarter >= 2 else of_sine
    of_cosine = -of_cosine if ((quarter + 1) & 2) == 2 else of_cosine
    # Zero keeps its sign.
    return (of_sine if x != 0 else x), of_cosine


def sinhcosh(x):
    """Hyperbolic sine and cosine."""
    return _sinhcosh(x) if abs(x) < _LARGE else (math.sinh(x), math.cosh(x))


def sinhcosh_row(values, first, last, sines, cosines):
    """Hyperbolic sine and cosine of elements of a row, several in one instruction."""
    large = 0
    for place in range(last - first):
        x = np.float64(values[first + place])
        sines[place], cosines[place] = _sinhcosh(x)
        large += 0 if abs(x) < _LARGE else 1
    if large:
        for place in range(last - first):
            sines[place], cosines[place] = sinhcosh(np.float64(values[first + place]))


def _sinhcosh(x):
    size = abs(x)
    counted = size * _PER_LN2 + _ROUND
    doublings = counted - _ROUND
    r = (size - doublings * _L1) - doublings * _L2
    high = _E8 + r * (_E9 + r * (_E10 + r * (_E11 + r * (_E12 + r * _E13))))
    low = _E2 + r * (_E3 + r * (_E4 + r * (_E5 + r * (_E6 + r * (_E7 + r * high)))))
    grown = r + r * r * low
    # Shifted up, the count becomes the exponent of a float64.
    scale = np.int64((np.float64(counted).view(np.int64) + 1023) << 52).view(np.float64)
    # exp(|x|) − 1, in which small arguments keep all of their digits.
    t = scale * grown + (scale - 1.0)
    shrunk = t / (t + 1.0)
    return math.copysign(0.5 * (t + shrunk), x), 1.0 + 0.5 * t * shrunk
