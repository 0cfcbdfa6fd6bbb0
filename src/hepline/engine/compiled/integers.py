"""What kernels call to compute with integers that have no sign, or must not lose their value.

numba takes `uint64` beside a signed integer for floats: everything here keeps to one type.
"""

# Types are those of the arguments: these functions are templates.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

import numpy as np

__all__ = [
    "exact_int64",
    "exact_uint64",
    "exact_within",
    "integer_power",
    "integer_sign",
    "unsigned_floor_divide",
    "unsigned_left_shift",
    "unsigned_remainder",
    "unsigned_right_shift",
]

_ZERO, _LARGEST = np.uint64(0), np.uint64((1 << 63) - 1)


def integer_sign(a):
    """Minus one, zero or one."""
    return 1 if a > 0 else (-1 if a < 0 else 0)


def integer_power(a, b, one):
    """An integer to a power that is not negative; the highest bits are lost."""
    result, nothing = one, one - one
    while b > nothing:
        if (b & one) != nothing:
            result = result * a
        a = a * a
        b = b >> one
    return result


def unsigned_remainder(a, b):
    """What is left of a division of unsigned integers; zero if by zero."""
    return a % b if b != _ZERO else b


def unsigned_floor_divide(a, b):
    """A quotient of unsigned integers; zero if by zero."""
    return a // b if b != _ZERO else b


def exact_int64(a):
    """An unsigned integer with a sign; the caller turns the exception into an error that helps."""
    if a > _LARGEST:
        raise OverflowError("an unsigned integer does not fit into int64")
    return np.int64(a)


def exact_uint64(a):
    """A signed integer without its sign; the caller turns the exception into one that helps."""
    if a < 0:
        raise OverflowError("a negative integer does not fit into uint64")
    return np.uint64(a)


def exact_within(a, low, high):
    """An integer between two limits; the caller turns the exception into one that helps."""
    if a < low or a > high:
        raise OverflowError("an integer does not fit")
    return a


def unsigned_left_shift(a, b, width):
    """Bits moved up; none are left beyond the width."""
    return a << b if b < np.uint64(width) else a - a


def unsigned_right_shift(a, b, width):
    """Bits moved down; none are left beyond the width."""
    return a >> b if b < np.uint64(width) else a - a
