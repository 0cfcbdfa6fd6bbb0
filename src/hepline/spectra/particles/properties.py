"""What the PDG's table says of one particle."""

from __future__ import annotations

import re
from dataclasses import dataclass

from particle import Particle

from hepline import units
from hepline.spectra.particles.lookup import find

__all__ = ["ParticleProperties", "mass_error", "natural_width", "particle", "table_edition"]

_PER_NS, _PER_GeV = 1e9, 1e3
_QUARKS = str.maketrans({letter: f"{letter.lower()}\u0304" for letter in "DUSCBT"})


@dataclass(frozen=True)
class ParticleProperties:
    """One particle of the PDG's table.

    Attributes
    ----------
    name, latex : str
        As the PDG writes it, and in LaTeX.
    pdgid : int
        Number in the Monte Carlo numbering scheme.
    mass, mass_error : float or None
        GeV; None where nothing is known (neutrinos).
    width, width_error : float or None
        Natural width, GeV; 0 of what is stable, None where nothing is known.
    lifetime : float or None
        Mean lifetime ħ/Γ, s; infinite of what is stable.
    ctau : float or None
        Mean lifetime times the speed of light, cm.
    charge : float
        In units of the positron's.
    spin_parity : str
        J, P and C as far as they are defined: ``1--``, ``1/2+``.
    quarks : str
        Quark content, ``cc̄``; empty for what has no quarks.
    antiparticle : str
        Its name; the particle's own if it is its own.
    """

    name: str
    latex: str
    pdgid: int
    mass: float | None
    mass_error: float | None
    width: float | None
    width_error: float | None
    lifetime: float | None
    ctau: float | None
    charge: float
    spin_parity: str
    quarks: str
    antiparticle: str

    @property
    def stable(self) -> bool:
        """Whether no decay has been seen."""
        return self.width == 0


def particle(name: str | int) -> ParticleProperties:
    """Look a particle up in the PDG's table.

    Parameters
    ----------
    name : str or int
        ``"J/psi"``, ``"jpsi"``, ``"Upsilon(2S)"``, ``"mu-"``, ``"Z"``, ``443``, …

    Returns
    -------
    ParticleProperties

    Raises
    ------
    ParticleNotFound
        If there is none; the message offers the nearest names.

    Examples
    --------
    >>> particle("jpsi").name
    'J/psi(1S)'
    """
    found = find(name)
    # The width is what the table holds; a lifetime that is not known must not read "for ever".
    lives = found.width is not None
    return ParticleProperties(
        name=str(found.name),
        latex=str(found.latex_name),
        pdgid=int(found.pdgid),
        mass=_in_GeV(found.mass),
        mass_error=_larger(found.mass_lower, found.mass_upper),
        width=_in_GeV(found.width),
        width_error=_larger(found.width_lower, found.width_upper),
        lifetime=float(found.lifetime) / _PER_NS if lives else None,
        ctau=float(found.ctau) * units.mm if lives else None,
        charge=float(found.charge),
        spin_parity=_spin_parity(found),
        quarks=str(found.quarks or "").translate(_QUARKS),
        antiparticle=str(found.invert().name),
    )


def natural_width(one: Particle) -> float:
    """Total width, GeV; zero where only a limit is known."""
    return max(one.width or 0.0, 0.0) / _PER_GeV


def mass_error(one: Particle) -> float:
    """Uncertainty of the mass, GeV: the larger side; zero where none is known."""
    return max(one.mass_upper or 0.0, one.mass_lower or 0.0) / _PER_GeV


def table_edition() -> str:
    """Year of the PDG's table that the installed package holds."""
    Particle.all()  # which loads it
    return "".join(re.findall(r"\d{4}", Particle.table_names()[0]))


def _in_GeV(value: float | None) -> float | None:
    # The table has at most eleven digits; what follows them is rounding of its making.
    return None if value is None else float(f"{value / _PER_GeV:.12g}")


def _larger(lower: float | None, upper: float | None) -> float | None:
    """The larger of two one-sided errors, GeV."""
    known = [float(side) for side in (lower, upper) if side is not None]
    return _in_GeV(max(known)) if known else None


def _spin_parity(found: Particle) -> str:
    signs = {1: "+", -1: "-"}
    spin = "" if found.J is None else str(found.J)
    return spin + signs.get(int(found.P), "") + signs.get(int(found.C), "")
