"""How well a curve describes a histogram: Pearson's χ² over bins with enough events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from hepline.arrays import Floats

__all__ = ["Agreement", "agreement", "f_test"]

_LEAST = 5.0


@dataclass(frozen=True)
class Agreement:
    """χ² of a fit.

    Attributes
    ----------
    chi2 : float
    degrees_of_freedom : int
        Merged bins minus fitted parameters, at least 0.
    """

    chi2: float
    degrees_of_freedom: int

    @property
    def p_value(self) -> float:
        """Chance of a larger χ²; 1 without degrees of freedom."""
        if not self.degrees_of_freedom:
            return 1.0
        return float(stats.chi2.sf(self.chi2, self.degrees_of_freedom))


def agreement(counts: Floats, expected: Floats, fitted: int) -> Agreement:
    """Σ (counted − expected)² / expected; the residuals are squared before they are summed.

    Parameters
    ----------
    counts, expected : ndarray, shape (bin,)
        Neighbours are merged until five events are expected: below that, χ² follows no χ² law.
    fitted : int
        Number of fitted parameters.

    Returns
    -------
    Agreement
    """
    return _agreement(counts, expected, fitted, _merged(expected))


def f_test(counts: Floats, simple: tuple[Floats, int], rich: tuple[Floats, int]) -> float:
    """Chance that parameters without meaning improve χ² by as much (F-test of nested models).

    Parameters
    ----------
    counts : ndarray, shape (bin,)
    simple, rich : tuple of (ndarray, int)
        Expected events of each bin without and with the additional parameters, and how many
        parameters there are.

    Returns
    -------
    float
    """
    # Both in the same bins: a difference of χ² over different bins means nothing.
    starts = _merged(simple[0])
    before, after = (_agreement(counts, *model, starts) for model in (simple, rich))
    added = rich[1] - simple[1]
    if added <= 0 or after.degrees_of_freedom <= 0 or after.chi2 <= 0:
        return 1.0
    ratio = (before.chi2 - after.chi2) / added / (after.chi2 / after.degrees_of_freedom)
    return float(stats.f.sf(max(ratio, 0.0), added, after.degrees_of_freedom))


def _merged(expected: Floats) -> NDArray[np.intp]:
    """First bin of each group of neighbours in which enough events are expected."""
    starts, inside = [0], 0.0
    for k, events in enumerate(expected):
        if inside >= _LEAST:
            starts.append(k)
            inside = 0.0
        inside += events
    if inside < _LEAST and len(starts) > 1:
        starts.pop()
    return np.array(starts)


def _agreement(
    counts: Floats, expected: Floats, fitted: int, starts: NDArray[np.intp]
) -> Agreement:
    seen = np.add.reduceat(counts, starts)
    foreseen = np.maximum(np.add.reduceat(expected, starts), 1e-9)
    chi2 = float(((seen - foreseen) ** 2 / foreseen).sum())
    return Agreement(chi2, max(len(seen) - fitted, 0))
