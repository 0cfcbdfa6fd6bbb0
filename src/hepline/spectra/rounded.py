"""Values that were rounded: each step holds many of them, and no density has a peak so narrow."""

from __future__ import annotations

import numpy as np

from hepline.arrays import Floats
from hepline.spectra.spectrum import Spectrum

__all__ = ["in_steps"]

_SAMPLE = 100_000
_FEWEST = 20
_REPEATED = 2.0  # entries for each different value
_MULTIPLE = 0.05  # of a step, by which a value may miss it
_MOST_STEPS = 2_000_000


def in_steps(spectrum: Spectrum) -> tuple[Spectrum, tuple[str, ...]]:
    """Count rounded values in bins around them.

    Parameters
    ----------
    spectrum : Spectrum

    Returns
    -------
    spectrum : Spectrum
        Unchanged where values are not rounded, or not to multiples of one step.
    remarks : tuple of str
    """
    if spectrum.values is None or not spectrum.entries:
        return spectrum, ()
    entries = min(spectrum.entries, _SAMPLE)
    different = np.unique(spectrum.values[:_SAMPLE])
    if len(different) < 2 or entries < _REPEATED * len(different):
        return spectrum, ()
    step, (low, high) = _step(different), spectrum.span
    if step is None or (high - low) / step > _MOST_STEPS:
        return spectrum, _repeated(entries, len(different))
    steps = round((high - low) / step)
    edges = low + step * (np.arange(steps + 2) - 0.5)
    counts, edges = spectrum.histogram(edges)
    return Spectrum.binned(counts, edges), (
        f"the masses are rounded to {step:.3g} GeV: they are fitted in bins of this width",
    )


def _repeated(entries: int, different: int) -> tuple[str, ...]:
    if entries < _FEWEST:
        return ()
    return (
        f"{entries} masses have only {different} different values: errors and significances "
        "take each for an event of its own",
    )


def _step(different: Floats) -> float | None:
    """Spacing of the values; none where they are not equally spaced."""
    exact = float(np.diff(different).min())
    # A difference of float32 numbers knows some digits only; whoever rounds, rounds to few.
    for step in (exact, float(f"{exact:.2g}")):
        places = (different - different[0]) / step
        if np.all(np.abs(places - np.round(places)) < _MULTIPLE):
            return step
    return None
