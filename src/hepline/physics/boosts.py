"""Lorentz boosts and rest frames.

Formulas run alike on floats, NumPy arrays, awkward arrays and hepline expressions. A boost is
active, as in the package ``vector``: a particle at rest, boosted with velocity β, moves with β.
Velocities are in units of the speed of light; energies and momenta share one unit (GeV).

References
----------
PDG, *Review of Particle Physics* (2024), "Kinematics", section 49.1,
doi:10.1103/PhysRevD.110.030001.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hepline.errors import HeplineError

__all__ = ["boosted", "lorentz_factor", "to_rest_frame"]


def lorentz_factor(beta: Any) -> Any:
    """Lorentz factor γ = 1/√(1 − β²); infinite at the speed of light.

    Parameters
    ----------
    beta : float or array-like
        Speed, 0 to 1.
    """
    # (1 − β)(1 + β) keeps the digits of 1 − β that 1 − β² loses near the speed of light.
    return 1.0 / np.sqrt((1.0 - beta) * (1.0 + beta))


def boosted(
    e: Any, px: Any, py: Any, pz: Any, *, velocity: tuple[Any, Any, Any]
) -> tuple[Any, Any, Any, Any]:
    """Boost a four-momentum in any direction.

    Parameters
    ----------
    e, px, py, pz : float or array-like
        GeV.
    velocity : tuple of (float or array-like)
        Velocity of the boost along x, y and z.

    Returns
    -------
    e, px, py, pz : like the operands, GeV

    Raises
    ------
    HeplineError
        If the velocity is constant and not below that of light.
    """
    x, y, z = velocity
    beta = np.sqrt(x * x + y * y + z * z)
    if isinstance(beta, float) and not beta < 1:
        raise HeplineError(
            f"a boost with {beta:g} times the speed of light.",
            why="no frame of reference moves as fast as light.",
            fix="give velocities in units of the speed of light, together below 1.",
        )
    gamma = lorentz_factor(beta)
    along = x * px + y * py + z * pz
    # (γ − 1)/β² = γ²/(γ + 1) is finite at rest, too.
    shift = gamma * gamma / (gamma + 1.0) * along + gamma * e
    return gamma * (e + along), px + shift * x, py + shift * y, pz + shift * z


def to_rest_frame(
    e: Any, px: Any, py: Any, pz: Any, *, of: tuple[Any, Any, Any, Any]
) -> tuple[Any, Any, Any, Any]:
    """Transform a four-momentum to the rest frame of another.

    Parameters
    ----------
    e, px, py, pz : float or array-like
        GeV.
    of : tuple of (float or array-like)
        E, px, py, pz of the momentum at rest in the new frame; its mass must not vanish.

    Returns
    -------
    e, px, py, pz : like the operands, GeV

    Raises
    ------
    HeplineError
        If `of` is constant and has no mass.
    """
    frame_e, x, y, z = of
    squared = frame_e * frame_e - (x * x + y * y + z * z)
    if isinstance(squared, int | float) and not squared > 0:
        raise HeplineError(
            f"the rest frame of a four-momentum with E² − p² = {squared:g} GeV².",
            why="what has no mass is at rest nowhere.",
            fix="give E, px, py, pz of a particle or a pair with a mass, in this order.",
        )
    mass = np.sqrt(squared)
    at_rest = (frame_e * e - (x * px + y * py + z * pz)) / mass
    shift = (e + at_rest) / (frame_e + mass)
    return at_rest, px - shift * x, py - shift * y, pz - shift * z
