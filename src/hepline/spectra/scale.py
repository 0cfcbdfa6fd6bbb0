"""The momentum scale: how wrong all masses are together, from a resonance that is known.

A scale that is wrong by a fraction shifts every mass by that fraction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from hepline.errors import AnalysisError, FitError, NothingToFit
from hepline.spectra.informed import informed_fit
from hepline.spectra.particles.lookup import find
from hepline.spectra.particles.properties import mass_error
from hepline.spectra.question import Question
from hepline.spectra.rounded import in_steps
from hepline.spectra.spectrum import Spectrum
from hepline.spectra.systematics import systematics_of

__all__ = ["MassScale", "calibrate", "scale_from"]

_REFERENCE = (0.9, 1.15)  # window around a reference, of its mass
_CLEAR = 5.0  # standard deviations


@dataclass(frozen=True)
class MassScale:
    """Measured over true mass.

    Attributes
    ----------
    scale, error : float
    reference : str
        What it was measured with.
    """

    scale: float
    error: float
    reference: str


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
    one = find(reference)
    true = (one.mass or 0.0) / 1e3
    if not (np.isfinite(error) and error > 0 and abs(peak_mass - true) < 0.1 * true):
        raise AnalysisError(
            f"cannot calibrate a peak at {peak_mass} ± {error} GeV to the reference {reference}",
            why=f"its mass is {true:g} GeV, and a momentum scale is not off by more than 10 %",
            fix="give the fitted mass and its error in GeV, and the name of that particle",
        )
    scale = peak_mass / true
    return MassScale(
        scale, scale * float(np.hypot(error / peak_mass, mass_error(one) / true)), reference
    )


def scale_from(spectrum: Spectrum, reference: str, question: Question) -> MassScale:
    """Measure the scale of masses with a resonance of the same spectrum.

    Parameters
    ----------
    spectrum : Spectrum
    reference : str
        Name of the resonance; ``J/psi`` will do for ``J/psi(1S)``.
    question : Question
        What was combined.

    Returns
    -------
    MassScale

    Raises
    ------
    AnalysisError
        If the name is unknown, or there is no clear peak at its mass.
    """
    known_one = find(reference)
    name, mass = known_one.name, (known_one.mass or 0.0) / 1e3
    low, high = (mass * ratio for ratio in _REFERENCE)
    try:
        inside, _ = in_steps(spectrum.window(low, high))
        fit = informed_fit(inside, replace(question, window=(low, high)), (low, high), ())
        fit = systematics_of(inside, fit)
    except (FitError, NothingToFit) as error:
        raise AnalysisError(
            f"the scale cannot be measured with {name}.",
            why=f"between {low:.4g} and {high:.4g} GeV, {error.what} {error.why}",
            fix="choose another reference, or give --scale.",
        ) from error
    peak = min(fit.peaks, key=lambda one: abs(one.mass - mass))
    if peak.local_significance < _CLEAR:
        raise AnalysisError(
            f"the scale cannot be measured with {name}.",
            why=f"its peak has a significance of {peak.local_significance:.1f} in these data.",
            fix="choose a reference that stands out, or give --scale.",
        )
    total = math.hypot(peak.mass_error, *(one.mass for one in peak.systematics))
    return calibrate(peak.mass, total, name)
