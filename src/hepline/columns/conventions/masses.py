"""Masses of particles whose collections do not store one.

References
----------
S. Navas et al. (Particle Data Group), *Review of Particle Physics*, Phys. Rev. D 110 (2024) 030001,
doi:10.1103/PhysRevD.110.030001.
"""

from __future__ import annotations

from functools import partial

from hepline.columns.conventions.convention import Derived
from hepline.columns.leaves import Constant
from hepline.columns.nodes import Node

__all__ = ["ELECTRON", "MUON", "constant_mass"]

ELECTRON = 0.00051099895069
MUON = 0.1056583755


def constant_mass(mass: float) -> Derived:
    """A mass in GeV that is the same for all objects."""
    return Derived((), partial(_constant, mass))


def _constant(mass: float) -> Node:
    return Constant(mass, "float64")
