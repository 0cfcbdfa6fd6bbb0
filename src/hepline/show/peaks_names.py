"""Peaks and particles in words: how physicists write them."""

from __future__ import annotations

import re

from hepline.show import rounding
from hepline.spectra.results import Peak

__all__ = ["particle_symbol", "peak_name", "peak_width"]

_NAMED = 3.0  # standard deviations, global: what is less sure has no name yet
_GREEK = {
    "Upsilon": "Υ",
    "Lambda": "Λ",
    "Sigma": "Σ",
    "Omega": "Ω",
    "omega": "ω",
    "gamma": "γ",
    "Delta": "Δ",
    "psi": "ψ",
    "phi": "φ",
    "rho": "ρ",
    "eta": "η",
    "chi": "χ",
    "tau": "τ",
    "Xi": "Ξ",
    "mu": "μ",
    "pi": "π",
}
_LETTERS = re.compile("|".join(_GREEK))
# The one of its family that is meant when no mass is said; Υ(11020) is not the Υ.
_WITHOUT_MASS = {"rho(770)": "rho", "omega(782)": "omega", "phi(1020)": "phi", "K*(892)": "K*"}


def particle_symbol(name: str) -> str:
    """A particle as physicists write it: ``J/psi(1S)`` is ``J/ψ``, ``phi(1020)`` is ``φ``."""
    plain = name.replace("J/psi(1S)", "J/psi").replace("Z0", "Z")
    for written, spoken in _WITHOUT_MASS.items():
        plain = plain.replace(written, spoken)
    return _LETTERS.sub(lambda found: _GREEK[found[0]], plain)


def peak_name(peak: Peak) -> str:
    """The best candidate's symbol; its mass where there is none, or where the peak is not sure."""
    if peak.candidates and peak.global_significance >= _NAMED:
        return particle_symbol(peak.candidates[0].name)
    return f"{peak.mass:.4g} GeV"


def peak_width(peak: Peak) -> str:
    """Natural width or resolution with its error, or the limit on it: ``σ = 0.034 ± 0.001 GeV``."""
    letter = "Γ" if peak.width_kind == "natural" else "σ"
    if peak.width_is_limit:
        return f"{letter} < {peak.width:.3g} GeV (95 %)"
    return f"{letter} = {rounding.measured(peak.width, peak.width_error)} GeV"
