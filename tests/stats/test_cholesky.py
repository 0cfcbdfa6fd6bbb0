"""Small systems: the factors are those of LAPACK, and those of the loops that are compiled."""

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st

from hepline.stats import cholesky


def symmetric(size, seed, *, empty=0.0, shift=0.0):
    """A matrix with some zeros; positive definite with a shift of its size."""
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(size, size)) * (random.random((size, size)) >= empty)
    return matrix + matrix.T + shift * np.eye(size)


@pytest.mark.parametrize("size", [0, 1, 2, 7, 40])
def test_factor_is_that_of_lapack(size):
    matrix = symmetric(size, seed=size, empty=0.3, shift=6.0 * size)
    factor = matrix.copy()
    assert cholesky.factorized(factor)
    if size:
        assert np.triu(factor) == pytest.approx(scipy.linalg.cholesky(matrix), rel=1e-12, abs=1e-12)


def test_matrix_with_a_negative_eigenvalue_is_refused():
    matrix = symmetric(6, seed=2)
    assert scipy.linalg.eigvalsh(matrix)[0] < 0
    assert not cholesky.factorized(matrix)


@given(
    size=st.integers(0, 12),
    seed=st.integers(0, 1000),
    empty=st.sampled_from([0.0, 0.5, 0.95]),
    shift=st.sampled_from([-1.0, 0.0, 3.0, 40.0]),
    odd=st.sampled_from([None, 0.0, -0.0, np.inf, np.nan, 5e-324]),
)
def test_loops_that_are_compiled_have_the_same_bits(size, seed, empty, shift, odd):
    matrix = symmetric(size, seed, empty=empty, shift=shift)
    if odd is not None and size:
        matrix[0, -1] = odd
    loops, factor = matrix.copy(), matrix.copy()
    with np.errstate(all="ignore"):
        ended = cholesky.factorized(factor), cholesky._factorized_by_loops(loops)
    assert ended[0] == ended[1]
    rows = np.triu_indices(size)
    assert factor[rows].tobytes() == loops[rows].tobytes()
