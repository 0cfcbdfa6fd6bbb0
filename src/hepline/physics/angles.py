"""Angles and distances between directions.

Formulas run alike on floats, NumPy arrays, awkward arrays and hepline expressions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["delta_phi", "delta_r"]


def delta_phi(phi1: Any, phi2: Any) -> Any:
    """Difference φ₁ − φ₂ of two azimuths, brought into (−π, π].

    Parameters
    ----------
    phi1, phi2 : float or array-like
        Radians.

    Returns
    -------
    like the operands, radians
    """
    return np.pi - (phi2 - phi1 + np.pi) % (2 * np.pi)


def delta_r(eta1: Any, phi1: Any, eta2: Any, phi2: Any) -> Any:
    """Distance in pseudorapidity and azimuth, √(Δη² + Δφ²).

    Parameters
    ----------
    eta1, phi1, eta2, phi2 : float or array-like

    Returns
    -------
    like the operands
    """
    # Not hypot: a square root is correctly rounded, hence the same on every machine.
    deta, dphi = eta1 - eta2, (phi1 - phi2 + np.pi) % (2 * np.pi) - np.pi
    return np.sqrt(deta * deta + dphi * dphi)
