"""Conversions of four-momenta between Cartesian and collider coordinates.

Formulas run alike on floats, NumPy arrays, awkward arrays and hepline expressions. Energies and
momenta share one unit (GeV); the z axis is the beam.

References
----------
PDG, *Review of Particle Physics* (2024), "Kinematics", sections 49.1 and 49.5.2,
doi:10.1103/PhysRevD.110.030001.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "azimuth",
    "energy",
    "energy_of_momentum",
    "invariant_mass",
    "momentum_x",
    "momentum_y",
    "momentum_z",
    "pseudorapidity",
    "rapidity",
    "transverse_mass",
    "transverse_momentum",
]


def momentum_x(pt: Any, phi: Any) -> Any:
    """Momentum along x from transverse momentum and azimuth."""
    return pt * np.cos(phi)


def momentum_y(pt: Any, phi: Any) -> Any:
    """Momentum along y from transverse momentum and azimuth."""
    return pt * np.sin(phi)


def momentum_z(pt: Any, eta: Any) -> Any:
    """Momentum along the beam from transverse momentum and pseudorapidity."""
    return pt * np.sinh(eta)


def energy(pt: Any, eta: Any, mass: Any) -> Any:
    """Energy √(p² + m²) from transverse momentum, pseudorapidity and mass.

    The sign of the mass does not matter: rounding makes masses of light particles slightly
    negative in some files. (vector treats them as space-like momenta, with E² = p² − m².)
    """
    momentum = pt * np.cosh(eta)
    return np.sqrt(momentum * momentum + mass * mass)


def energy_of_momentum(px: Any, py: Any, pz: Any, mass: Any) -> Any:
    """Energy √(p² + m²) from the components of the momentum and the mass."""
    return np.sqrt(px * px + py * py + pz * pz + mass * mass)


def transverse_momentum(px: Any, py: Any) -> Any:
    """Momentum perpendicular to the beam."""
    # Not hypot: a square root is correctly rounded, hence the same on every machine.
    return np.sqrt(px * px + py * py)


def azimuth(px: Any, py: Any) -> Any:
    """Angle around the beam in (−π, π]."""
    return np.arctan2(py, px)


def pseudorapidity(pt: Any, pz: Any) -> Any:
    """Pseudorapidity arsinh(pz/pt); infinite along the beam."""
    return np.arcsinh(pz / pt)


def rapidity(e: Any, pz: Any) -> Any:
    """Rapidity ½ ln((E + pz)/(E − pz))."""
    return 0.5 * np.log((e + pz) / (e - pz))


def invariant_mass(e: Any, px: Any, py: Any, pz: Any) -> Any:
    """Mass √(E² − p²); zero where rounding makes E² − p² negative."""
    return np.sqrt(np.maximum(e * e - (px * px + py * py + pz * pz), 0.0))


def transverse_mass(pt1: Any, phi1: Any, pt2: Any, phi2: Any) -> Any:
    """Transverse mass of two massless momenta, √(2 pt₁ pt₂ (1 − cos Δφ)).

    References
    ----------
    PDG, *Review of Particle Physics* (2024), "Kinematics", section 49.5.2.
    """
    return np.sqrt(2.0 * pt1 * pt2 * (1.0 - np.cos(phi1 - phi2)))
