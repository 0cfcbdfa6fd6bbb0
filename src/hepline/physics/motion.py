"""Energy of motion, and mean flight distance.

Formulas run alike on floats, NumPy arrays, awkward arrays and hepline expressions. Energies,
momenta and masses share one unit (GeV, with c = 1); lengths come out in the unit of cτ.

References
----------
PDG, *Review of Particle Physics* (2024), "Kinematics", sections 49.1 and 49.4,
doi:10.1103/PhysRevD.110.030001.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "classical_kinetic_energy",
    "decay_length",
    "energy_of",
    "kinetic_energy",
    "momentum_of",
]


def energy_of(momentum: Any, mass: Any) -> Any:
    """Energy √(p² + m²) of a particle with this momentum."""
    return np.sqrt(momentum * momentum + mass * mass)


def momentum_of(energy: Any, mass: Any) -> Any:
    """Momentum √(E² − m²) of a particle with this energy; NaN where E < m."""
    # (E − m)(E + m) keeps the digits that E² − m² loses for slow particles.
    return np.sqrt((energy - mass) * (energy + mass))


def kinetic_energy(energy: Any, mass: Any) -> Any:
    """Energy of motion, E − m."""
    return energy - mass


def classical_kinetic_energy(momentum: Any, mass: Any) -> Any:
    """Newton's kinetic energy p²/2m, valid for slow particles only."""
    return momentum * momentum / (2.0 * mass)


def decay_length(momentum: Any, mass: Any, ctau: Any) -> Any:
    """Mean flight distance before the decay, d = βγ cτ = (p/m) cτ.

    Parameters
    ----------
    momentum, mass : float or array-like
        GeV.
    ctau : float or array-like
        Mean lifetime times the speed of light, any length.

    Returns
    -------
    like the operands, in the unit of `ctau`
    """
    return momentum / mass * ctau
