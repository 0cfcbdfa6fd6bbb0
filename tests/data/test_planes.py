"""Byte planes are joined as NumPy transposes them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepline.data.planes import join


def planes_of(numbers):
    """What a split page holds, by NumPy."""
    return np.ascontiguousarray(
        numbers.view(np.uint8).reshape(len(numbers), numbers.itemsize).T
    ).reshape(-1)


def joined(raw, dtype, **how):
    out = np.zeros(len(raw) // np.dtype(dtype).itemsize, dtype)
    join(raw, out, **{"zigzag": False, "delta": False} | how)
    return out


@pytest.mark.parametrize("dtype", ["u2", "i2", "f2", "u4", "i4", "f4", "u8", "i8", "f8"])
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_planes_become_the_numbers_that_they_were(dtype, data):
    size = np.dtype(dtype).itemsize
    content = data.draw(st.binary(max_size=40 * size))
    numbers = np.frombuffer(content[: len(content) // size * size], dtype)
    assert joined(planes_of(numbers), dtype).tobytes() == numbers.tobytes()


@pytest.mark.parametrize("size", [2, 4, 8])
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_signs_in_the_lowest_bit(size, data):
    bits = 8 * size
    values = data.draw(st.lists(st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1), max_size=40))
    # The definition of zigzag, in Python's integers.
    stored = np.array([2 * v if v >= 0 else -2 * v - 1 for v in values], f"u{size}")
    assert joined(planes_of(stored), f"i{size}", zigzag=True).tolist() == values


@pytest.mark.parametrize("size", [4, 8])
@settings(deadline=None, max_examples=60)
@given(counts=st.lists(st.integers(0, 1000), max_size=60))
def test_differences_are_summed(size, counts):
    stored = np.array(counts, f"i{size}")
    expected = np.cumsum(stored, dtype=f"i{size}")
    assert joined(planes_of(stored), f"i{size}", delta=True).tolist() == expected.tolist()
