"""What speaks against a fit, in sentences for its reader."""

from __future__ import annotations

import numpy as np

from hepline.stats.peaks.pearson import Agreement
from hepline.stats.peaks.results import PeakFit

__all__ = ["doubts"]

_CLEAR = 3.0  # standard deviations
_NO_CHANCE = 1e-4


def doubts(fit: PeakFit) -> tuple[str, ...]:
    """Whether there is a peak at all, and whether the curve describes the data.

    Parameters
    ----------
    fit : PeakFit
        With global significances.

    Returns
    -------
    tuple of str
    """
    found = []
    if not any(peak.global_significance > _CLEAR for peak in fit.peaks):
        found.append(
            "no peak of this window is significant: what was fitted may well be a fluctuation of "
            "the background."
        )
    if Agreement(fit.chi2, fit.degrees_of_freedom).p_value < _NO_CHANCE:
        found.append(_misfit(fit))
    return tuple(found)


def _misfit(fit: PeakFit) -> str:
    near = np.ones(3)
    off = np.convolve(fit.counts - fit.expected, near, "same")
    error = np.sqrt(np.maximum(np.convolve(fit.expected, near, "same"), 1.0))
    worst = int(np.abs(off / error).argmax())
    kind = "excess" if off[worst] > 0 else "deficit"
    place = 0.5 * (fit.edges[worst] + fit.edges[worst + 1])
    return (
        f"the curve between {fit.low:.4g} and {fit.high:.4g} GeV does not describe the data "
        f"(χ²/ndf = {fit.chi2 / fit.degrees_of_freedom:.1f}, the largest {kind} is near "
        f"{place:.4g} GeV): errors are too small. Is there another peak, or another shape?"
    )
