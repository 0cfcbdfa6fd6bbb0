"""The momentum scale: how wrong all masses are together, from resonances that are known.

A scale that is wrong by a fraction shifts every mass by that fraction. With more than one reference
the fraction may change along the logarithm of the mass, and the references test each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from hepline.errors import AnalysisError
from hepline.stats.particles.lookup import find

__all__ = ["Closure", "MassScale", "calibrate", "calibrate_many"]

_Pairs = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True)
class Closure:
    """How one reference agrees with the scale of the others.

    Attributes
    ----------
    reference : str
    scale, error : float
        Measured over true mass of this reference.
    predicted, predicted_error : float
        The same by the other references.
    pull : float
        Difference over its uncertainty.
    """

    reference: str
    scale: float
    error: float
    predicted: float
    predicted_error: float
    pull: float


@dataclass(frozen=True)
class MassScale:
    """Measured over true mass.

    Attributes
    ----------
    scale, error : float
        At the mass `at`.
    at : float
        GeV.
    slope : float
        Change of the scale for each unit of ln(mass); zero with one reference.
    covariance : tuple of tuple of float, shape (2, 2)
        Of scale and slope.
    references : tuple of str
        What it was measured with; empty if it was given.
    closure : tuple of Closure
        Each reference against the others, where there are at least two.
    chi2, p_value : float
        Of one common scale for all references; 0 and 1 with one.
    """

    scale: float
    error: float
    at: float = 1.0
    slope: float = 0.0
    covariance: _Pairs = ((0.0, 0.0), (0.0, 0.0))
    references: tuple[str, ...] = ()
    closure: tuple[Closure, ...] = ()
    chi2: float = 0.0
    p_value: float = 1.0

    @staticmethod
    def given(error: float, *, scale: float = 1.0) -> MassScale:
        """A scale that is known from elsewhere, the same for all masses.

        Parameters
        ----------
        error : float
            Relative uncertainty: 0.001 for one per mille.
        scale : float
            Measured over true mass.

        Returns
        -------
        MassScale

        Raises
        ------
        AnalysisError
            If the scale is not positive, or the error negative.
        """
        if not (np.isfinite(scale) and scale > 0 and np.isfinite(error) and error >= 0):
            raise AnalysisError(
                f"a momentum scale of {scale} ± {error}",
                why="it is measured over true mass: about one, with an error of zero or more",
                fix="give relative numbers, such as an error of 0.001",
            )
        return MassScale(scale, error, covariance=((error**2, 0.0), (0.0, 0.0)))

    def factor(self, mass: float) -> tuple[float, float]:
        """Measured over true mass at a mass.

        Parameters
        ----------
        mass : float
            GeV.

        Returns
        -------
        factor, error : float
        """
        distance = float(np.log(mass / self.at))
        variance = (
            self.covariance[0][0]
            + 2 * distance * self.covariance[0][1]
            + distance**2 * self.covariance[1][1]
        )
        return self.scale + self.slope * distance, float(np.sqrt(max(variance, 0.0)))

    def apply(self, mass: float, error: float) -> tuple[float, float]:
        """Correct a measured mass.

        Parameters
        ----------
        mass, error : float
            As measured, GeV; the error without that of the scale.

        Returns
        -------
        mass, error : float
            Corrected, GeV; the error with that of the scale.
        """
        factor, uncertainty = self.factor(mass)
        corrected = mass / factor
        return corrected, float(np.hypot(error / factor, corrected * uncertainty / factor))


def calibrate(peak_mass: float, error: float, reference: str = "J/psi(1S)") -> MassScale:
    """Measure the scale with one resonance.

    Parameters
    ----------
    peak_mass, error : float
        Its measured mass, GeV.
    reference : str
        Its name, as the PDG writes it.

    Returns
    -------
    MassScale
        The uncertainty holds that of the table.

    Raises
    ------
    AnalysisError
        If the name is unknown, or if the mass is not within 10 % of the table's.
    """
    true, true_error = _true_mass(peak_mass, error, reference)
    scale = peak_mass / true
    spread = scale * float(np.hypot(error / peak_mass, true_error / true))
    return MassScale(
        scale, spread, at=true, covariance=((spread**2, 0.0), (0.0, 0.0)), references=(reference,)
    )


def calibrate_many(peaks: Sequence[tuple[float, float, str]]) -> MassScale:
    """Measure the scale, and its change along the logarithm of the mass, with several resonances.

    Parameters
    ----------
    peaks : sequence of (mass, error, reference)
        Measured masses with errors, GeV, and names. At least two.

    Returns
    -------
    MassScale
        The least-squares line through all of them; `p_value` tells whether one number would do for
        all, and `closure` compares each with the common scale of the others.

    Raises
    ------
    AnalysisError
        If there are less than two different references, or as for `calibrate`.
    """
    names = [name for _, _, name in peaks]
    if len(set(names)) < 2 or len(set(names)) < len(names):
        raise AnalysisError(
            f"the momentum scale is to be measured with {', '.join(names) or 'nothing'}",
            why="a line needs two different points",
            fix="give two resonances or more, each once; or use calibrate for one",
        )
    single = [calibrate(*peak) for peak in peaks]
    scales = np.array([one.scale for one in single])
    errors = np.array([one.error for one in single])
    logarithms = np.log([one.at for one in single])
    # Around the weighted mean, scale and slope are not correlated.
    middle = float(np.average(logarithms, weights=errors**-2))
    design = np.stack([np.ones(len(single)), logarithms - middle], axis=1) / errors[:, None]
    covariance = np.linalg.inv(design.T @ design)
    scale, slope = covariance @ design.T @ (scales / errors)
    common = np.average(scales, weights=errors**-2)
    chi2 = float(np.sum(((scales - common) / errors) ** 2))
    return MassScale(
        float(scale),
        float(np.sqrt(covariance[0, 0])),
        at=float(np.exp(middle)),
        slope=float(slope),
        covariance=(
            (float(covariance[0, 0]), float(covariance[0, 1])),
            (float(covariance[1, 0]), float(covariance[1, 1])),
        ),
        references=tuple(names),
        closure=tuple(_closure(i, names, scales, errors) for i in range(len(single))),
        chi2=chi2,
        p_value=float(chdtrc(len(single) - 1, chi2)),
    )


def _closure(
    i: int, names: list[str], scales: NDArray[np.float64], errors: NDArray[np.float64]
) -> Closure:
    others = np.arange(len(scales)) != i
    weights = errors[others] ** -2
    predicted, spread = np.average(scales[others], weights=weights), weights.sum() ** -0.5
    return Closure(
        reference=names[i],
        scale=float(scales[i]),
        error=float(errors[i]),
        predicted=float(predicted),
        predicted_error=float(spread),
        pull=float((scales[i] - predicted) / np.hypot(errors[i], spread)),
    )


def _true_mass(peak_mass: float, error: float, reference: str) -> tuple[float, float]:
    one = find(reference)
    true = (one.mass or 0.0) / 1e3
    if not (np.isfinite(error) and error > 0 and abs(peak_mass - true) < 0.1 * true):
        raise AnalysisError(
            f"a peak at {peak_mass} ± {error} GeV is to be the reference {reference}",
            why=f"its mass is {true:g} GeV, and a momentum scale is not off by more than 10 %",
            fix="give the fitted mass and its error in GeV, and the name of that particle",
        )
    return true, max(one.mass_upper or 0.0, one.mass_lower or 0.0) / 1e3
