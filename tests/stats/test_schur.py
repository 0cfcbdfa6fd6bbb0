"""Eliminating the factors of single bins changes no number."""

import tracemalloc

import numpy as np
import pytest

from hepline.stats import Model, schur
from hepline.stats.covariance import inverse_curvature
from hepline.stats.expectation import slopes


def system(seed, rest=4, single=30):
    """A positive definite matrix with a diagonal part, in mixed order."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(single + 20, rest))
    border = rng.normal(size=(rest, single)) * 0.3
    diagonal = rng.uniform(1, 3, single)
    matrix = np.block([[rows.T @ rows, border], [border.T, np.diag(diagonal)]])
    order = rng.permutation(rest + single)
    local = np.arange(rest + single) >= rest
    return matrix[np.ix_(order, order)], local[order], rng.normal(size=rest + single)


@pytest.mark.parametrize("seed", range(5))
def test_solutions_and_inverses_are_those_of_numpy(seed):
    matrix, local, right = system(seed)
    for shift in (0.0, 0.7):
        solution, lowest = schur.solve(blocks(matrix, local), right, shift)
        shifted = matrix + shift * np.eye(len(matrix))
        np.testing.assert_allclose(solution, np.linalg.solve(shifted, right), rtol=1e-9, atol=1e-12)
        assert lowest == 0.0
    np.testing.assert_allclose(
        schur.inverse(blocks(matrix, local)).matrix, np.linalg.inv(matrix), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("place", ["diagonal", "rest"])
def test_what_is_not_positive_definite_is_told(place):
    matrix, local, right = system(1)
    at = np.flatnonzero(local if place == "diagonal" else ~local)[0]
    matrix[at, at] = -1.0
    solution, lowest = schur.solve(blocks(matrix, local), right, 0.0)
    assert solution is None
    assert lowest < 0
    assert schur.inverse(blocks(matrix, local)) is None
    assert schur.solve(blocks(matrix, local), right, 50.0)[0] is not None


def blocks(matrix, local):
    """The same matrix, without the zeros between unknowns of single bins."""
    return schur.Blocks(
        matrix[np.ix_(~local, ~local)], matrix[np.ix_(~local, local)], np.diag(matrix)[local], local
    )


def many_bins(workspace, mod, channels=6, bins=20, both=True):
    rng = np.random.default_rng(8)
    regions, observed = {}, {}
    for c in range(channels):
        background, signal = rng.uniform(5, 60, bins), rng.uniform(0, 6, bins)
        samples = {
            "s": (signal.tolist(), [mod.normfactor(), mod.normsys("lumi", 0.98, 1.02)]),
            "b": (
                background.tolist(),
                [
                    mod.normsys(f"norm{c % 3}", 0.9, 1.1),
                    mod.histosys("h", (0.95 * background).tolist(), (1.05 * background).tolist()),
                    mod.of_bins("staterror", f"st{c}", (0.1 * background).tolist()),
                    *([mod.of_bins("shapesys", f"sh{c}", (0.05 * background).tolist())] * both),
                ],
            ),
        }
        regions[f"R{c}"] = samples
        observed[f"R{c}"] = rng.poisson(background + signal).tolist()
    return workspace(regions, **observed)


def test_fits_with_many_factors_are_those_without_elimination(workspace, mod, monkeypatch):
    content = many_bins(workspace, mod)
    model = Model(content)
    assert model.local.sum() == 120  # one factor for each bin, of two that it has
    ours = model.fit()
    monkeypatch.setattr(schur, "MANY", 10**9)
    theirs = Model(content).fit()
    assert ours.twice_nll == pytest.approx(theirs.twice_nll, abs=1e-8)
    assert len(ours.spread.alone) == 120
    assert not len(theirs.spread.alone)
    np.testing.assert_allclose(ours.covariance, theirs.covariance, rtol=1e-5, atol=1e-9)
    values = [[p.value for p in fit.parameters] for fit in (ours, theirs)]
    np.testing.assert_allclose(*values, atol=1e-5)


def test_numbers_at_one_point_are_those_without_elimination(workspace, mod):
    model = Model(many_bins(workspace, mod))
    likelihood, theta = model.likelihood(), model.initial
    gradient, hessian = likelihood.curvature(theta)
    exact_gradient, exact = likelihood.derivatives(theta)
    free = ~model.fixed
    np.testing.assert_allclose(gradient, exact_gradient, rtol=1e-12)
    np.testing.assert_allclose(hessian.full(), exact, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(hessian.times(theta), exact @ theta, rtol=1e-10)
    covariance = 2 * np.linalg.inv(exact[np.ix_(free, free)])
    ours = inverse_curvature(hessian, free)
    np.testing.assert_allclose(ours.matrix[np.ix_(free, free)], covariance, rtol=1e-8, atol=1e-8)


def test_predictions_are_those_of_the_whole_covariance(workspace, mod):
    model = Model(many_bins(workspace, mod))
    fit = model.fit()
    theta = np.array([each.value for each in fit.parameters])
    jacobian = slopes(model.tables, theta).jacobian()
    expected = np.sqrt(np.diag(jacobian @ fit.covariance @ jacobian.T))
    found = np.concatenate([each.uncertainty for each in model.postfit(fit)])
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_no_matrix_of_all_parameters_is_made(workspace, mod):
    content = many_bins(workspace, mod, channels=60, both=False)
    peaks = []
    # A kernel is compiled when it has worked for long enough, which takes memory of its own.
    for _ in range(3):
        model = Model(content)
        tracemalloc.start()
        fit = model.fit()
        model.postfit(fit)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    size = len(model.initial)
    assert size > 1200
    assert min(peaks) < size**2 * 8 / 3


def test_the_largest_of_many_impacts_are_refitted(workspace, mod):
    model = Model(many_bins(workspace, mod))
    fit = model.fit()
    ranking = model.impacts()
    assert len(ranking.impacts) == len(fit.parameters) - 1
    largest = ranking.impacts[0]
    (refitted,) = model.impacts(names=[largest.parameter]).impacts
    assert largest.up == pytest.approx(refitted.up, abs=1e-7)
    # The smallest are what the covariance says: covariance over the error of the parameter.
    smallest = next(each for each in reversed(ranking.impacts) if each.error > 0)
    names = [each.name for each in fit.parameters]
    covariance = fit.covariance[names.index("mu"), names.index(smallest.parameter)]
    assert smallest.up == pytest.approx(covariance / smallest.error, rel=1e-6)
