"""Eliminating the factors of single bins changes no number."""

import numpy as np
import pytest

from hepline.stats import Model, schur


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
        solution, lowest = schur.solve(matrix, right, shift, local)
        shifted = matrix + shift * np.eye(len(matrix))
        np.testing.assert_allclose(solution, np.linalg.solve(shifted, right), rtol=1e-9, atol=1e-12)
        assert lowest == 0.0
    np.testing.assert_allclose(
        schur.inverse(matrix, local), np.linalg.inv(matrix), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("place", ["diagonal", "rest"])
def test_what_is_not_positive_definite_is_told(place):
    matrix, local, right = system(1)
    at = np.flatnonzero(local if place == "diagonal" else ~local)[0]
    matrix[at, at] = -1.0
    solution, lowest = schur.solve(matrix, right, 0.0, local)
    assert solution is None
    assert lowest < 0
    assert schur.inverse(matrix, local) is None
    assert schur.solve(matrix, right, 50.0, local)[0] is not None


def many_bins(workspace, mod, channels=6, bins=20):
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
                    mod.of_bins("shapesys", f"sh{c}", (0.05 * background).tolist()),
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
    np.testing.assert_allclose(ours.covariance, theirs.covariance, rtol=1e-5, atol=1e-9)
    values = [[p.value for p in fit.parameters] for fit in (ours, theirs)]
    np.testing.assert_allclose(*values, atol=1e-5)


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
