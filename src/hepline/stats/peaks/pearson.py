"""How well a curve describes a histogram: Pearson's χ² over bins with enough events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from hepline.stats.results import Floats

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
    merged_counts, merged_expected = [0.0], [0.0]
    for count, events in zip(counts, expected, strict=True):
        if merged_expected[-1] >= _LEAST:
            merged_counts.append(0.0)
            merged_expected.append(0.0)
        merged_counts[-1] += count
        merged_expected[-1] += events
    if merged_expected[-1] < _LEAST and len(merged_expected) > 1:
        rest, expected_rest = merged_counts.pop(), merged_expected.pop()
        merged_counts[-1] += rest
        merged_expected[-1] += expected_rest
    seen, foreseen = np.array(merged_counts), np.maximum(merged_expected, 1e-9)
    chi2 = float(((seen - foreseen) ** 2 / foreseen).sum())
    return Agreement(chi2, max(len(seen) - fitted, 0))


def f_test(simple: Agreement, rich: Agreement) -> float:
    """Chance that parameters without meaning improve χ² by as much (F-test of nested models).

    Parameters
    ----------
    simple, rich : Agreement
        Without and with the additional parameters.

    Returns
    -------
    float
    """
    added = simple.degrees_of_freedom - rich.degrees_of_freedom
    if added <= 0 or rich.degrees_of_freedom <= 0 or rich.chi2 <= 0:
        return 1.0
    ratio = (simple.chi2 - rich.chi2) / added / (rich.chi2 / rich.degrees_of_freedom)
    return float(stats.f.sf(max(ratio, 0.0), added, rich.degrees_of_freedom))
