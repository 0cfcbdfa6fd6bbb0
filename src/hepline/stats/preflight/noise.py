"""Rules about variations that are mostly statistical fluctuations of the simulation."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from hepline.arrays import Floats
from hepline.stats.preflight.rule import Mark, rule
from hepline.stats.preflight.subject import Subject
from hepline.stats.preflight.variations import MATTERS, Variations

__all__ = ["NOISE_RULES"]

_FEWEST_BINS = 5
_ROUGH = 1.5  # von Neumann's ratio: 2 for white noise, near 0 for a smooth curve
_LEAST_CHI2 = 0.05  # for each bin; smaller jumps drown in what the staterror allows anyway


@rule(
    "HL206",
    "note",
    "variations within the statistical error of the simulation",
    why="the change of shape jumps from bin to bin and is no larger than two simulations of the "
    "same physics would differ: a fit can use such noise to absorb its own fluctuations.",
    fix="smooth it (smoothing=True), prune it, merge bins, or simulate more.",
)
def noisy(subject: Subject) -> Iterator[Mark]:
    """The change of shape is compatible with noise in size, and rough like noise.

    How far the fluctuations of the two templates are the same is not known from a workspace. The
    size alone would blame every small effect of a weight; the roughness alone does not depend on
    the correlation. Both have to look like noise, up and down.
    """
    for each in subject.variations:
        sides = [_looks_like_noise(each, varied) for varied in (each.up, each.down)]
        chi2, p_value, bins = _chi2(each, each.up)
        for row in np.flatnonzero(each.shaped & sides[0] & sides[1]).tolist():
            yield Mark(
                f"χ² of the change of shape = {chi2[row]:.3g} in {bins[row]} bins "
                f"(p = {p_value[row]:.2g} if independent)",
                channel=each.channel,
                sample=each.samples[row],
                modifier=each.modifiers[row],
            )


def _change(each: Variations, varied: Floats) -> Floats:
    """Events added by the change of shape alone, shape (variation, bin)."""
    nominal, events = each.nominal.sum(axis=1), varied.sum(axis=1)
    scale = nominal / np.where(events > 0, events, np.inf)
    return np.asarray(varied * scale[:, None] - each.nominal)


def _pulls(each: Variations, varied: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Changes of shape over the statistical error, and the bins where that is known."""
    known = (each.error > 0) & (each.nominal > 0)
    return np.where(known, _change(each, varied) / np.where(known, each.error, 1.0), 0.0), known


def _chi2(each: Variations, varied: Floats) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """χ² of a change of shape, its p-value if the templates are independent, bins."""
    pulls, known = _pulls(each, varied)
    bins = known.sum(axis=1)
    # Both templates fluctuate: the variance of their difference is at most twice that of one.
    chi2 = np.sum(pulls**2, axis=1) / 2
    return chi2, np.asarray(chdtrc(np.maximum(bins - 1, 1), chi2)), bins


def _looks_like_noise(each: Variations, varied: Floats) -> NDArray[np.bool_]:
    pulls, known = _pulls(each, varied)
    chi2, p_value, bins = _chi2(each, varied)
    enough = (bins >= _FEWEST_BINS) & (chi2 > _LEAST_CHI2 * bins)
    mean = pulls.sum(axis=1) / np.maximum(bins, 1)
    spread = np.sum(np.where(known, pulls - mean[:, None], 0.0) ** 2, axis=1)
    # Pairs across a bin without an error are left out: they can only make it look smoother.
    steps = np.where(known[:, 1:] & known[:, :-1], np.diff(pulls, axis=1), 0.0)
    rough = np.sum(steps**2, axis=1) > _ROUGH * spread
    size = np.abs(_change(each, varied)) / np.sqrt(np.maximum(each.total, 1.0))
    matters = size.max(axis=1, initial=0.0) > MATTERS
    filled = varied.sum(axis=1) > 0
    return np.asarray(rough & matters & filled & enough & (p_value > 0.05))


NOISE_RULES = (noisy,)
