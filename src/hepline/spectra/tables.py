"""Data that code looks up: what stands in spectra of leptons, and one detector."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["ENDCAPS", "ENDCAPS_VARIED", "FAMILIES", "FLYING", "LANDMARKS", "RADII"]

FAMILIES = (
    ("Upsilon(1S)", "Upsilon(2S)", "Upsilon(3S)"),
    ("J/psi(1S)", "psi(2S)"),
)
"""Sets of states so near to each other that each is in the others' background."""

LANDMARKS = (
    "eta", "rho(770)0", "omega(782)", "phi(1020)", "J/psi(1S)", "psi(2S)",
    "Upsilon(1S)", "Upsilon(2S)", "Upsilon(3S)", "Z0",
)  # fmt: skip
"""What stands out in a spectrum of lepton pairs."""

FLYING = (
    "mu-", "tau-", "pi+", "pi0", "rho0", "K+", "K_S0", "K_L0", "phi", "D+", "D0", "D_s+", "B+",
    "B0", "B_s0", "J/psi", "Upsilon", "n", "Lambda",
)  # fmt: skip
"""Particles of every lifetime, from kilometers to less than an atom."""

RADII: Mapping[str, float] = {
    "beam pipe": 2.2,
    "tracker": 116.0,
    "calorimeters": 295.0,
    "muon chambers": 740.0,
}
"""Outer radius in cm of what a particle crosses: CMS, JINST 3 (2008) S08004; beam pipe of 2014."""

ENDCAPS = 2.0
"""Resolution of muons' momenta in the endcaps over that in the barrel, averaged over both."""

ENDCAPS_VARIED = (1.5, 3.0)
"""Ends of what that ratio may be."""
