"""Any part of a covariance is that of the matrix as a whole."""

import numpy as np
import pytest

from hepline.stats.spread import Covariance


def spread(seed, shared=4, single=9):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(shared, shared))
    where = np.arange(shared + single) >= shared
    return Covariance(
        root @ root.T, rng.normal(size=(single, shared)), rng.uniform(1, 2, single),
        rng.permutation(where),
    )  # fmt: skip


def dense(own):
    """The same from its definition: moves of the shared parameters, and of their own."""
    moves = np.zeros((len(own), len(own.shared)))
    moves[~own.single], moves[own.single] = np.eye(len(own.shared)), own.followed
    alone = np.zeros(len(own))
    alone[own.single] = own.alone
    return moves @ own.shared @ moves.T + np.diag(alone)


@pytest.mark.parametrize("seed", range(3))
def test_parts_and_products_are_those_of_numpy(seed):
    own = spread(seed)
    whole = dense(own)
    rows, columns = [5, 0, 12, 3], [3, 3, 7, 5, 1]
    np.testing.assert_allclose(own.matrix, whole, atol=1e-12)
    np.testing.assert_allclose(own.variances, np.diag(whole))
    np.testing.assert_allclose(own.part(rows, columns), whole[np.ix_(rows, columns)], atol=1e-12)
    vector = np.random.default_rng(seed).normal(size=len(own))
    np.testing.assert_allclose(own.times(vector), whole @ vector, atol=1e-11)
    factor = np.linspace(0.5, 2, len(own))
    np.testing.assert_allclose(own.scaled(factor).matrix, whole * np.outer(factor, factor))
    np.testing.assert_allclose(own.doubled().matrix, 2 * whole)


def test_parameters_that_were_left_out_have_zeros():
    own = spread(1)
    chosen = np.insert(np.ones(len(own), dtype=bool), [0, 5], False)
    single = np.insert(own.single, [0, 5], [True, False])
    more = own.within(chosen, single)
    expected = np.zeros((len(chosen), len(chosen)))
    expected[np.ix_(chosen, chosen)] = dense(own)
    np.testing.assert_allclose(more.matrix, expected, atol=1e-12)
