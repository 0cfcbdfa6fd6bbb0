"""Branching fractions from counted events, relative to a decay that is known."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hepline.errors import AnalysisError

__all__ = ["BranchingFraction", "Quantity", "branching_fraction"]


@dataclass(frozen=True)
class Quantity:
    """A number with its standard deviation."""

    value: float
    error: float = 0.0


@dataclass(frozen=True)
class BranchingFraction:
    """A branching fraction measured relative to another one.

    Attributes
    ----------
    value : float
    statistical : float
        Standard deviation from the two yields.
    systematic : float
        From the two efficiencies.
    external : float
        From the fraction of the reference decay.
    ratio : float
        Of the two fractions: what was measured, whatever the reference decay's fraction is.
    ratio_error : float
        Statistical and systematic.
    """

    value: float
    statistical: float
    systematic: float
    external: float
    ratio: float
    ratio_error: float

    @property
    def error(self) -> float:
        """All three uncertainties in quadrature."""
        return math.hypot(self.statistical, self.systematic, self.external)


Measured = Quantity | tuple[float, float] | float
"""A number with its standard deviation, or without."""


def branching_fraction(
    signal: Measured,
    reference: Measured,
    *,
    efficiencies: tuple[Measured, Measured],
    known: Measured,
    yield_correlation: float = 0.0,
    efficiency_correlation: float = 0.0,
) -> BranchingFraction:
    """Branching fraction by the ratio method, B = (N/ε) / (N_ref/ε_ref) · B_ref.

    What both decays share (luminosity, production, part of the efficiencies) cancels; what is
    correlated is taken out of the error. Errors are propagated to first order.

    Parameters
    ----------
    signal, reference : Quantity, (value, error) or float
        Yields of the decay that is measured and of the one that is known.
    efficiencies : tuple of the same
        Of selecting the one and the other, above 0 and up to 1.
    known : the same
        Branching fraction of the reference decay.
    yield_correlation, efficiency_correlation : float
        −1 to 1: of the two yields (0 when fitted apart), and of the two efficiencies.

    Returns
    -------
    BranchingFraction

    Raises
    ------
    AnalysisError
        If a yield of the reference, an efficiency or the known fraction is not positive, an
        efficiency is above 1, or a correlation is impossible.

    Examples
    --------
    >>> found = branching_fraction(
    ...     (500, 25), (10000, 100), efficiencies=(0.2, 0.4), known=0.06
    ... )
    >>> round(found.value, 6), round(found.statistical, 6)
    (0.006, 0.000306)
    """
    seen, other, ours, theirs, table = map(_quantity, (signal, reference, *efficiencies, known))
    _check(other, (ours, theirs), table, (yield_correlation, efficiency_correlation))
    per_signal = theirs.value / (ours.value * other.value)
    ratio = seen.value * per_signal
    # ∂R/∂N and ∂R/∂N_ref: not relative errors, which no events at all would not have.
    statistical = _together(
        per_signal * seen.error, -ratio * other.error / other.value, yield_correlation
    )
    systematic = _together(
        -ratio * ours.error / ours.value,
        ratio * theirs.error / theirs.value,
        efficiency_correlation,
    )
    return BranchingFraction(
        value=ratio * table.value,
        statistical=statistical * table.value,
        systematic=systematic * table.value,
        external=ratio * table.error,
        ratio=ratio,
        ratio_error=math.hypot(statistical, systematic),
    )


def _quantity(given: Measured) -> Quantity:
    if isinstance(given, Quantity):
        return given
    return Quantity(given) if isinstance(given, int | float) else Quantity(*given)


def _together(first: float, second: float, correlation: float) -> float:
    """Root of the variance of a sum of two correlated shifts."""
    # Rounding may leave a tiny negative number where the two cancel.
    return math.sqrt(max(first**2 + second**2 + 2 * correlation * first * second, 0.0))


def _check(
    reference: Quantity,
    efficiencies: tuple[Quantity, Quantity],
    known: Quantity,
    correlations: tuple[float, float],
) -> None:
    positive = (reference.value, known.value, *(one.value for one in efficiencies))
    fractions = (known.value, *(one.value for one in efficiencies))
    if not (all(value > 0 for value in positive) and all(value <= 1 for value in fractions)):
        raise AnalysisError(
            f"a branching fraction from a reference of {reference.value:g} events with "
            f"efficiencies {efficiencies[0].value:g} and {efficiencies[1].value:g} and a known "
            f"fraction of {known.value:g}.",
            why="the reference is divided by, and efficiencies and fractions lie above 0 and up "
            "to 1.",
            fix="give efficiencies as fractions (0.42, not 42), and a reference that was seen.",
        )
    if not all(abs(correlation) <= 1 for correlation in correlations):
        raise AnalysisError(
            f"correlations of {correlations[0]:g} and {correlations[1]:g}.",
            why="a correlation lies between −1 and 1.",
            fix="divide the covariance by both standard deviations.",
        )
