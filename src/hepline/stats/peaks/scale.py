"""The momentum scale: how wrong all masses are together, from a resonance that is known.

A scale that is wrong by a fraction shifts every mass by that fraction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepline.errors import AnalysisError
from hepline.stats.particles.lookup import find

__all__ = ["MassScale", "calibrate"]


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
            f"a peak at {peak_mass} ± {error} GeV is to be the reference {reference}",
            why=f"its mass is {true:g} GeV, and a momentum scale is not off by more than 10 %",
            fix="give the fitted mass and its error in GeV, and the name of that particle",
        )
    table = max(one.mass_upper or 0.0, one.mass_lower or 0.0) / 1e3
    scale = peak_mass / true
    return MassScale(scale, scale * float(np.hypot(error / peak_mass, table / true)), reference)
