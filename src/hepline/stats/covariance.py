"""Uncertainties from the exact Hessian, or the names of the parameters that have none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import numpy as np
from scipy.linalg import eigh
from scipy.linalg.lapack import dpotrf, dpotri

from hepline.errors import FitError
from hepline.stats.newton import Mask, Region, scaled
from hepline.stats.onecore import on_one_core
from hepline.stats.results import Floats

__all__ = ["covariance_matrix", "degenerate_parameters", "inverse_curvature"]

# A variance that correlations inflate by more than this has no digits left in double precision.
_LARGEST_INFLATION = 1e10


@on_one_core
def covariance_matrix(
    hessian: Floats, theta: Floats, region: Region, names: Sequence[str]
) -> tuple[Floats, str]:
    """Covariance of the free parameters: twice the inverse Hessian of twice the log-likelihood.

    Parameters
    ----------
    hessian : ndarray, shape (parameter, parameter)
        Of twice the negative log-likelihood at its minimum.
    theta : ndarray, shape (parameter,)
    region : Region
    names : sequence of str

    Returns
    -------
    covariance : ndarray, shape (parameter, parameter)
        Zero for parameters that are fixed, or that stand at a bound without curvature.
    quality : str
        ``exact``, or which parameters stand at a bound.

    Raises
    ------
    FitError
        If the data and the constraints leave a direction open; its parameters are named.
    """
    at_bound = region.free & ((theta <= region.lower) | (theta >= region.upper))
    bound_names = ", ".join(
        f"'{names[i]}' = {theta[i]:.3g}" for i in np.flatnonzero(at_bound).tolist()
    )
    covariance = inverse_curvature(hessian, region.free)
    if covariance is not None:
        quality = f"at a bound, error from the curvature there: {bound_names}"
        return covariance, quality if bound_names else "exact"
    if bound_names:
        covariance = inverse_curvature(hessian, region.free & ~at_bound)
        if covariance is not None:
            return covariance, f"at a bound, held there without an error: {bound_names}"
    return _refuse(hessian, region, names)


def inverse_curvature(hessian: Floats, free: Mask) -> Floats | None:
    """Twice the inverse Hessian of the free parameters; None where it has no digits.

    Parameters
    ----------
    hessian : ndarray, shape (parameter, parameter)
    free : ndarray of bool, shape (parameter,)

    Returns
    -------
    ndarray, shape (parameter, parameter), or None
        Zero for parameters that are not free.
    """
    full = np.zeros_like(hessian)
    if not free.any():
        return full
    matrix, scale = scaled(hessian[np.ix_(free, free)])
    triangle, refused = dpotrf(matrix, lower=1)
    if refused:
        return None
    inverse = np.tril(dpotri(triangle, lower=1)[0])
    diagonal = np.diag(inverse)
    if not np.all(np.isfinite(inverse)) or diagonal.max() > _LARGEST_INFLATION:
        return None
    full[np.ix_(free, free)] = (inverse + np.tril(inverse, -1).T) * 2 / np.outer(scale, scale)
    return full


def degenerate_parameters(
    hessian: Floats, region: Region, names: Sequence[str]
) -> tuple[float, tuple[str, ...]]:
    """Find the smallest eigenvalue of the scaled Hessian, and who is in its eigenvector.

    Parameters
    ----------
    hessian : ndarray, shape (parameter, parameter)
    region : Region
    names : sequence of str

    Returns
    -------
    eigenvalue : float
        One for independent parameters; zero for a flat direction, negative for a saddle.
    names : tuple of str
        Largest contribution first; parameters with less than a tenth of it are left out.
    """
    index = np.flatnonzero(region.free)
    matrix, _ = scaled(hessian[np.ix_(index, index)])
    values, vectors = eigh(matrix, subset_by_index=[0, 0])
    weight = np.abs(vectors[:, 0])
    order = [i for i in np.argsort(-weight, kind="stable") if weight[i] > 0.1 * weight.max()]
    return float(values[0]), tuple(names[index[i]] for i in order[:8])


def _refuse(hessian: Floats, region: Region, names: Sequence[str]) -> NoReturn:
    dead = [names[i] for i in np.flatnonzero(region.free).tolist() if hessian[i, i] == 0]
    if dead:
        listed = ", ".join(f"'{name}'" for name in dead)
        raise FitError(
            f"nothing depends on {listed}.",
            why="the likelihood is the same for every value, and there is no constraint.",
            fix="fix it (fixed={...}), or give its sample some events; "
            "an empty template is the usual cause.",
        )
    eigenvalue, blamed = degenerate_parameters(hessian, region, names)
    listed = ", ".join(f"'{name}'" for name in blamed)
    kind = "falls" if eigenvalue < -1e-8 else "is flat"
    raise FitError(
        f"the data do not determine {listed}.",
        why=f"the likelihood {kind} along a combination of them "
        f"(smallest eigenvalue of the scaled Hessian: {eigenvalue:.1e}).",
        fix="fix one of them (fixed={...}), constrain it, or remove a modifier that repeats "
        "another.",
    )
