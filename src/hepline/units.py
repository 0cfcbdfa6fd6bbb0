"""Units as plain factors: energies in GeV, lengths in cm, cross-sections in pb.

The base units are those of the files that hepline reads (NanoAOD), so that a column
needs no conversion. ``luminosity=3.378 / units.fb`` reads as it is spoken.
"""

from __future__ import annotations

__all__ = ["GeV", "MeV", "TeV", "cm", "fb", "mm", "nb", "pb", "um"]

GeV = 1.0
MeV = 1e-3
TeV = 1e3

cm = 1.0
mm = 1e-1
um = 1e-4

pb = 1.0
fb = 1e-3
nb = 1e3
