"""Decays into three: squared masses of pairs, and where they can lie.

Formulas run alike on floats, NumPy arrays, awkward arrays and hepline expressions. Particle 0
decays into 1, 2 and 3; masses in GeV, squared masses in GeV².

References
----------
PDG, *Review of Particle Physics* (2024), "Kinematics", sections 49.4.2 and 49.4.3,
doi:10.1103/PhysRevD.110.030001.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["breakup_momentum", "mass12_range", "mass23_limits", "squared_mass"]


def squared_mass(e: Any, px: Any, py: Any, pz: Any) -> Any:
    """Squared mass E² − p² of a sum of four-momenta."""
    return e * e - (px * px + py * py + pz * pz)


def breakup_momentum(mass: Any, mass1: Any, mass2: Any) -> Any:
    """Momentum of either daughter of a decay into two, in the rest frame of the mother.

    Parameters
    ----------
    mass, mass1, mass2 : float or array-like
        Of the mother and of the daughters, GeV.

    Returns
    -------
    like the operands, GeV; zero where the decay is not possible
    """
    total, difference = mass1 + mass2, mass1 - mass2
    # Factored: near threshold, the triangle function is a small difference of large numbers.
    room = (mass - total) * (mass + total)
    other = (mass - difference) * (mass + difference)
    return np.sqrt(np.maximum(room, 0.0) * other) / (2.0 * mass)


def mass12_range(mass: Any, masses: tuple[Any, Any, Any]) -> tuple[Any, Any]:
    """Least and largest squared mass of particles 1 and 2.

    Parameters
    ----------
    mass : float or array-like
        Of the mother.
    masses : tuple of (float or array-like)
        Of the three daughters.
    """
    first, second, third = masses
    return (first + second) ** 2, (mass - third) ** 2


def mass23_limits(squared_mass12: Any, mass: Any, masses: tuple[Any, Any, Any]) -> tuple[Any, Any]:
    """Edges of the Dalitz plot: least and largest squared mass of 2 and 3 at a mass of 1 and 2.

    Parameters
    ----------
    squared_mass12 : float or array-like
        Inside of `mass12_range`.
    mass : float or array-like
        Of the mother.
    masses : tuple of (float or array-like)
        Of the three daughters.

    Returns
    -------
    low, high : like the operands, GeV²
    """
    first, second, third = masses
    m12 = np.sqrt(squared_mass12)
    # Energies and momenta of 2 and 3 in the rest frame of the pair 12.
    p2 = breakup_momentum(m12, first, second)
    p3 = breakup_momentum(mass, m12, third) * mass / m12
    e2, e3 = np.sqrt(p2 * p2 + second * second), np.sqrt(p3 * p3 + third * third)
    energy2 = (e2 + e3) * (e2 + e3)
    return energy2 - (p2 + p3) * (p2 + p3), energy2 - (p2 - p3) * (p2 - p3)
