"""Which particles may decay to what was measured, from conserved quantum numbers.

The table of particles holds masses, widths and quantum numbers, but no decays. These rules stand in
for them, and say to an order of magnitude how often a decay happens, which is enough to tell the
J/ψ from a χc among pairs of muons.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from hepline.spectra.particles.lookup import find

__all__ = ["Route", "charge_of", "known", "route"]

_LONG_LIVED = 1e-9  # GeV: total widths below it are those of weak decays
_TOP, _PHOTON, _Z, _W, _HIGGS = 6, 22, 23, 24, 25
_STABLE = 2e-17  # GeV: narrower particles fly more than ten meters and leave the detector

# Partial widths to a pair of leptons of the vector mesons, ρ to Υ(4S), are 0.3 to 7 keV (PDG).
_LEPTONIC_WIDTH = 3e-6
_MOST_LEPTONIC = 0.05
_PHOTON_PAIR_WIDTH = 1e-11  # GeV: through two virtual photons; η → μμ has 8e-12 (PDG)
_USUAL_WIDTH = 1e-4  # GeV: of quarkonia below open flavor, where the table has none
_RAREST = 5e-10  # fraction below which nothing is seen; Bs → μμ has 3e-9 (PDG)


@dataclass(frozen=True)
class Route:
    """A way to decay.

    Attributes
    ----------
    fraction : float
        Branching fraction, to an order of magnitude.
    words : str
        What makes it happen.
    """

    fraction: float
    words: str


@cache
def known() -> tuple[Any, ...]:
    """All established particles with a mass, without the antiparticles of neutral ones."""
    from particle import Particle

    return tuple(
        one
        for one in Particle.all()
        if one.mass and one.status.name == "Common" and (one.pdgid > 0 or one.charge)
        # A K0 is seen as K(S)0 or K(L)0; nuclei are not resonances.
        if int(one.pdgid) != 311 and abs(one.pdgid) < 10**8
    )


def charge_of(products: tuple[str, ...]) -> int:
    """Charge of a final state, in units of the positron's."""
    return sum(_conserved(find(name))[0] for name in products)


def route(parent: Any, products: tuple[str, ...]) -> Route | None:
    """How a particle reaches a final state.

    Parameters
    ----------
    parent : particle.Particle
    products : tuple of str
        Names of the particles of the final state.

    Returns
    -------
    Route or None
        None if it is too light, or if charge, baryon number, a lepton number or the lifetime
        forbid it.
    """
    daughters = [find(name) for name in products]
    # A resonance may be lighter than its products by some of its width, which makes no peak.
    if parent.mass <= sum(one.mass or 0.0 for one in daughters):
        return None
    total = tuple(map(sum, zip(*map(_conserved, daughters), strict=True)))
    if total != _conserved(parent) or 0 < _width(parent) < _STABLE:
        return None
    ids = sorted(int(one.pdgid) for one in daughters)
    leptons = all(11 <= abs(one) <= 15 for one in ids)
    if leptons and len(ids) == 2 and sum(ids) == 0:
        return _to_leptons(parent, daughters[0].mass / 1e3)
    if leptons and sum(ids) == 0:
        return _to_many_leptons(parent)
    if ids == [_PHOTON, _PHOTON]:
        return _to_photons(parent)
    return _to_hadrons(parent, daughters)


def _conserved(one: Any) -> tuple[int, ...]:
    """Charge, baryon number and the three lepton numbers."""
    sign, size = (1 if one.pdgid > 0 else -1), abs(int(one.pdgid))
    families = (sign * int(size in (11 + 2 * i, 12 + 2 * i)) for i in range(3))
    return round(one.charge), sign * int(one.pdgid.is_baryon), *families


def _to_leptons(parent: Any, lepton_mass: float) -> Route | None:
    size = int(parent.pdgid)
    if size == _Z:
        return Route(0.03, "as the Z couples to leptons")
    if size == _HIGGS:
        muon_mass = find("mu-").mass / 1e3
        return Route(2e-4 * (lepton_mass / muon_mass) ** 2, "by the Yukawa coupling")
    if parent.C not in (1, -1):
        weak = 0 < _width(parent) < _LONG_LIVED
        return Route(3e-9, "by a flavor-changing loop") if weak else None
    if (parent.J, parent.P, parent.C) == (1, -1, -1):
        fraction = _LEPTONIC_WIDTH / (_width(parent) or _USUAL_WIDTH)
        return Route(min(_MOST_LEPTONIC, fraction), "1−− through one virtual photon")
    fraction = _PHOTON_PAIR_WIDTH / (_width(parent) or _USUAL_WIDTH)
    if parent.C == -1 or fraction < _RAREST:
        return None
    return Route(min(1e-4, fraction), "even C through two virtual photons")


def _to_many_leptons(parent: Any) -> Route | None:
    size = int(parent.pdgid)
    if size in (_Z, _HIGGS):
        return Route(1e-4 if size == _HIGGS else 4e-6, "through Z bosons or photons")
    return Route(1e-9, "through virtual photons, suppressed")


def _to_photons(parent: Any) -> Route | None:
    if int(parent.pdgid) == _HIGGS:
        return Route(2e-3, "by loops of W bosons and top quarks")
    # Landau and Yang: no particle of spin one decays to two photons, nor one of odd C.
    if parent.J == 1 or parent.C != 1 or not parent.is_self_conjugate:
        return None
    return Route(min(1.0, 5e-6 / max(_width(parent), 5e-6)), "even C to two photons")


def _to_hadrons(parent: Any, daughters: list[Any]) -> Route | None:
    if abs(int(parent.pdgid)) in (_TOP, _Z, _W, _HIGGS):
        return Route(1e-2, "by the weak interaction")
    change = dict(_flavors(parent))
    for one in daughters:
        for flavor, number in _flavors(one):
            change[flavor] = change.get(flavor, 0) - number
    changed = sum(map(abs, change.values()))
    if not changed:
        return Route(0.3, "keeping flavor")
    if not 0 < _width(parent) < _LONG_LIVED:
        return None
    return Route(0.05 / changed, "changing flavor, by the weak interaction")


def _flavors(one: Any) -> tuple[tuple[str, int], ...]:
    """Net numbers of strange, charm and bottom quarks; none where quarks are superposed."""
    quarks = one.quarks or ""
    if re.search(r"[^a-zA-Z]", quarks):
        return ()
    numbers = ((flavor, quarks.count(flavor) - quarks.count(flavor.upper())) for flavor in "scb")
    return tuple((flavor, number) for flavor, number in numbers if number)


def _width(one: Any) -> float:
    """Natural width, GeV; zero where only a limit is known."""
    return max(one.width or 0.0, 0.0) / 1e3
