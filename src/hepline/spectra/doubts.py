"""What speaks against a fit, in sentences for its reader."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hepline.spectra.pearson import Agreement
from hepline.spectra.results import Bump, Peak, PeakFit

__all__ = ["WIDEST", "describes", "doubts", "half_width", "is_background"]

#: Of the window: a wider peak cannot be told from the shape of its background.
WIDEST = 0.15

_CLEAR = 3.0  # standard deviations
_NO_CHANCE = 1e-4
_NEAR = 3.0  # widths


def describes(fit: PeakFit) -> bool:
    """Whether χ² is one that the curve could have had."""
    return Agreement(fit.chi2, fit.degrees_of_freedom).p_value >= _NO_CHANCE


def half_width(peak: Peak) -> float:
    """About what one standard deviation is to a Gaussian, GeV."""
    return max(peak.resolution, peak.width / 2 if peak.width_kind == "natural" else 0.0)


def is_background(peak: Peak, fit: PeakFit) -> bool:
    """Whether a fitted peak is as broad as its window, or half outside of it.

    Where a background falls or turns otherwise than its curve can, such a peak mends it.
    """
    wide = half_width(peak)
    inside = fit.low + wide < peak.mass < fit.high - wide
    return not inside or wide > WIDEST * (fit.high - fit.low)


def doubts(fit: PeakFit, bumps: Sequence[Bump] | None = None) -> tuple[str, ...]:
    """Whether there is a peak at all, and whether the curve describes the data.

    Parameters
    ----------
    fit : PeakFit
        With global significances.
    bumps : sequence of Bump, optional
        What a scan of the whole spectrum found.

    Returns
    -------
    tuple of str
    """
    found = [_mended(peak) for peak in fit.peaks if is_background(peak, fit)]
    if not any(peak.global_significance > _CLEAR for peak in fit.peaks):
        found.append(
            "no peak of this window is significant: what was fitted may well be a fluctuation of "
            "the background."
        )
    elif bumps is not None:
        found += [_unseen(peak) for peak in fit.peaks if not _is_seen(peak, bumps)]
    if not describes(fit):
        found.append(_misfit(fit))
    return tuple(found)


def _is_seen(peak: Peak, bumps: Sequence[Bump]) -> bool:
    if peak.global_significance < _CLEAR:
        return True
    return any(
        abs(bump.center - peak.mass) < max(_NEAR * bump.width, 0.5 * peak.resolution)
        for bump in bumps
    )


def _mended(peak: Peak) -> str:
    return (
        f"the peak at {peak.mass:.4g} GeV is as broad as its window, or half outside of it: it "
        "has no global significance, for the background alone may look so"
    )


def _unseen(peak: Peak) -> str:
    return (
        f"a scan of the whole spectrum, for peaks of up to 4 % of their mass, sees none at "
        f"{peak.mass:.4g} GeV: a threshold, or the background's own shape, may look like one in a "
        "window"
    )


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
