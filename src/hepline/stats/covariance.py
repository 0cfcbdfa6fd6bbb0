"""Uncertainties from the exact Hessian, for the parameters that have one.

Where the data leave a combination of parameters open, the Hessian has no inverse. Its generalized
inverse still holds the covariance of everything that the data do determine: a parameter that takes
no part in an open combination has the same variance whatever stands in for the missing curvature.

References
----------
C. R. Rao, "Linear Statistical Inference and Its Applications", 2nd ed., section 4a (estimable
functions).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

import numpy as np

from hepline.arrays import Floats, Mask
from hepline.errors import FitError
from hepline.stats import schur
from hepline.stats.cholesky import scaled_inverse
from hepline.stats.newton import Region, scaled
from hepline.stats.onecore import on_one_core
from hepline.stats.schur import Blocks
from hepline.stats.spread import Covariance
from hepline.stats.verdict import SADDLE

__all__ = [
    "Uncertainty",
    "covariance_matrix",
    "degenerate_parameters",
    "generalized_inverse",
    "inverse_curvature",
]

# A variance that correlations inflate by more than this has no digits left in double precision.
_LARGEST_INFLATION = 1e10
_SMALL = 100  # parameters; LAPACK is faster for more
_LISTED = 8  # parameters that a message names


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """What the Hessian at a minimum says of the parameters.

    Attributes
    ----------
    spread : Covariance
        Zero for parameters that are fixed, or that stand at a bound without curvature; not a number
        for those that the data do not determine.
    quality : str
        ``exact``, or which parameters stand at a bound, or what the data leave open.
    pseudo_inverse : ndarray, shape (parameter, parameter), or None
        Of a degenerate fit: right for whatever the data determine, finite everywhere.
    open_directions : int
        Combinations of parameters that the data do not determine.
    """

    spread: Covariance
    quality: str
    pseudo_inverse: Floats | None = None
    open_directions: int = 0

    @property
    def covariance(self) -> Floats:
        """All of `spread`, shape (parameter, parameter)."""
        return self.spread.matrix


def covariance_matrix(
    hessian: Blocks, theta: Floats, region: Region, names: Sequence[str]
) -> Uncertainty:
    """Covariance of the free parameters: twice the inverse Hessian of twice the log-likelihood.

    Parameters
    ----------
    hessian : Blocks
        Of twice the negative log-likelihood at its minimum.
    theta : ndarray, shape (parameter,)
    region : Region
    names : sequence of str

    Returns
    -------
    Uncertainty

    Raises
    ------
    FitError
        If the likelihood rises along a combination of parameters: the point is not a minimum.
    """
    at_bound = region.at_bound(theta)
    spread = inverse_curvature(hessian, region.free)
    if spread is not None:
        remark = _at_bounds("error from the curvature there", theta, at_bound, names)
        return Uncertainty(spread, remark or "exact")
    # Bounds decide what the curvature leaves open, and nothing else is held there.
    full = hessian.full()
    spectrum = _Spectrum.of(full, region.free)
    held = at_bound & spectrum.open_directions().any(axis=0)
    remarks = [
        _at_bounds("held there without an error", theta, held, names),
        _at_bounds("error from the curvature there", theta, at_bound & ~held, names),
    ]
    if held.any():
        free = region.free & ~held
        spread = inverse_curvature(hessian, free)
        spectrum = _Spectrum.of(full, free) if spread is None else spectrum
    found = _degenerate(spectrum, names) if spread is None else Uncertainty(spread, "")
    return replace(found, quality="; ".join(filter(None, [found.quality, *remarks])))


def _at_bounds(how: str, theta: Floats, where: Mask, names: Sequence[str]) -> str:
    if not where.any():
        return ""
    listed = ", ".join(f"'{names[i]}' = {theta[i]:.3g}" for i in np.flatnonzero(where).tolist())
    return f"at a bound, {how}: {listed}"


def inverse_curvature(hessian: Blocks, free: Mask) -> Covariance | None:
    """Twice the inverse Hessian of the free parameters; None where it has no digits.

    Parameters
    ----------
    hessian : Blocks
    free : ndarray of bool, shape (parameter,)

    Returns
    -------
    Covariance or None
        Zero for parameters that are not free.
    """
    if not len(hessian.diagonal) and len(free) <= _SMALL:
        dense, inflation = scaled_inverse(hessian.shared, free)
        return Covariance.of(2 * dense) if inflation <= _LARGEST_INFLATION else None
    return _inverse_of_many(hessian, free)


@on_one_core
def _inverse_of_many(hessian: Blocks, free: Mask) -> Covariance | None:
    matrix, scale = scaled(hessian.part(free))
    inverse = schur.inverse(matrix)
    if inverse is None:
        return None
    largest = inverse.variances.max(initial=0.0)
    if not largest <= _LARGEST_INFLATION:
        return None
    return inverse.scaled(1 / scale).doubled().within(free, hessian.single)


@dataclass(frozen=True, eq=False)
class _Spectrum:
    """Eigenvalues, the smallest first, and eigenvectors of a scaled Hessian."""

    free: Mask
    scale: Floats
    values: Floats
    vectors: Floats

    @classmethod
    def of(cls, hessian: Floats, free: Mask) -> _Spectrum:
        index = np.flatnonzero(free)
        matrix, scale = scaled(Blocks.of(hessian[index[:, None], index]))
        return cls(free, scale, *_eigen(matrix.full()))

    @property
    def is_open(self) -> Mask:
        return self.values <= 1 / _LARGEST_INFLATION

    def inverse(self) -> Floats:
        seen, index = self.vectors[:, ~self.is_open], np.flatnonzero(self.free)
        inverse = (seen / self.values[~self.is_open]) @ seen.T
        full = np.zeros((len(self.free), len(self.free)))
        full[index[:, None], index] = inverse * 2 / (self.scale[:, None] * self.scale)
        return full

    def open_directions(self) -> Floats:
        directions = np.zeros((int(self.is_open.sum()), len(self.free)))
        directions[:, self.free] = self.vectors[:, self.is_open].T
        # Smaller shares are rounding errors: they would inflate no variance that has digits left.
        directions[np.abs(directions) < _LARGEST_INFLATION**-0.5] = 0.0
        return directions

    def lowest(self, names: Sequence[str]) -> tuple[float, tuple[str, ...]]:
        weight, index = np.abs(self.vectors[:, 0]), np.flatnonzero(self.free)
        order = [i for i in np.argsort(-weight, kind="stable") if weight[i] > 0.1 * weight.max()]
        return float(self.values[0]), tuple(names[index[i]] for i in order[:_LISTED])


@on_one_core
def _eigen(matrix: Floats) -> tuple[Floats, Floats]:
    values, vectors = np.linalg.eigh(matrix)
    return values, vectors


def generalized_inverse(hessian: Floats, free: Mask) -> tuple[Floats, Floats]:
    """Twice the generalized inverse Hessian of the free parameters, and what it leaves open.

    Parameters
    ----------
    hessian : ndarray, shape (parameter, parameter)
    free : ndarray of bool, shape (parameter,)

    Returns
    -------
    inverse : ndarray, shape (parameter, parameter)
        Zero for parameters that are not free.
    open_directions : ndarray, shape (direction, parameter)
        In units of the scaled Hessian; zero for parameters that the data determine.
    """
    spectrum = _Spectrum.of(hessian, free)
    return spectrum.inverse(), spectrum.open_directions()


def degenerate_parameters(
    hessian: Floats, free: Mask, names: Sequence[str]
) -> tuple[float, tuple[str, ...]]:
    """Find the smallest eigenvalue of the scaled Hessian, and who is in its eigenvector.

    Parameters
    ----------
    hessian : ndarray, shape (parameter, parameter)
    free : ndarray of bool, shape (parameter,)
    names : sequence of str

    Returns
    -------
    eigenvalue : float
        One for independent parameters; zero for a flat direction, negative for a saddle.
    names : tuple of str
        Largest contribution first; parameters with less than a tenth of it are left out.
    """
    return _Spectrum.of(hessian, free).lowest(names)


def _degenerate(spectrum: _Spectrum, names: Sequence[str]) -> Uncertainty:
    eigenvalue, blamed = spectrum.lowest(names)
    if eigenvalue < SADDLE:
        _refuse(eigenvalue, blamed)
    inverse, directions = spectrum.inverse(), spectrum.open_directions()
    undetermined = directions.any(axis=0)
    covariance = inverse.copy()
    covariance[undetermined] = covariance[:, undetermined] = np.nan
    quality = _open_combinations(directions, names)
    return Uncertainty(Covariance.of(covariance), quality, inverse, len(directions))


def _open_combinations(directions: Floats, names: Sequence[str]) -> str:
    involved = np.flatnonzero(directions.any(axis=0)).tolist()
    listed = ", ".join(f"'{names[i]}'" for i in involved[:_LISTED])
    more = f" and {len(involved) - _LISTED} more" if len(involved) > _LISTED else ""
    count = len(directions)
    if count == len(involved):
        return f"degenerate: the data do not determine {listed}{more}"
    combinations = "a combination" if count == 1 else f"{count} combinations"
    return f"degenerate: the data do not determine {combinations} of {listed}{more}"


def _refuse(eigenvalue: float, blamed: Sequence[str]) -> NoReturn:
    raise FitError(
        "the fit stopped at a saddle point; the combination that leads further down is made of "
        f"{', '.join(repr(name) for name in blamed)}.",
        why="the likelihood is not at its maximum there (smallest eigenvalue of the scaled "
        f"Hessian: {eigenvalue:.1e}).",
        fix="start the fit elsewhere (init={...}), or hold one of these parameters (fixed={...}).",
    )
