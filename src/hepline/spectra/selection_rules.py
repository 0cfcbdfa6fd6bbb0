"""Which particles may decay to what was measured, from conserved quantum numbers.

Tables list decays that were measured. These rules say what else is possible, which is needed where
a table has nothing, and what is not. How often a decay happens they do not say: that is
`hepline.spectra.particles.decays`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from hepline.spectra.particles.lookup import find
from hepline.spectra.particles.properties import natural_width

__all__ = ["Route", "charge_of", "known", "route"]

_LONG_LIVED = 1e-9  # GeV: total widths below it are those of weak decays
_TOP, _PHOTON, _Z, _W, _HIGGS = 6, 22, 23, 24, 25
_STABLE = 2e-17  # GeV: narrower particles fly more than ten meters and leave the detector


@dataclass(frozen=True)
class Route:
    """A way to decay.

    Attributes
    ----------
    words : str
        What makes it happen.
    suppressed : bool
        Whether it is seen only where a table lists it: loops, and more than one virtual photon.
    """

    words: str
    suppressed: bool = False


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
    if total != _conserved(parent) or 0 < natural_width(parent) < _STABLE:
        return None
    ids = sorted(int(one.pdgid) for one in daughters)
    leptons = all(11 <= abs(one) <= 15 for one in ids)
    if leptons and len(ids) == 2 and sum(ids) == 0:
        return _to_leptons(parent)
    if leptons and sum(ids) == 0:
        weak = int(parent.pdgid) in (_Z, _HIGGS)
        return Route("through Z bosons or photons" if weak else "through virtual photons", not weak)
    if ids == [_PHOTON, _PHOTON]:
        return _to_photons(parent)
    return _to_hadrons(parent, daughters)


def _conserved(one: Any) -> tuple[int, ...]:
    """Charge, baryon number and the three lepton numbers."""
    sign, size = (1 if one.pdgid > 0 else -1), abs(int(one.pdgid))
    families = (sign * int(size in (11 + 2 * i, 12 + 2 * i)) for i in range(3))
    return round(one.charge), sign * int(one.pdgid.is_baryon), *families


def _to_leptons(parent: Any) -> Route | None:
    size = int(parent.pdgid)
    if size == _Z:
        return Route("as the Z couples to leptons")
    if size == _HIGGS:
        return Route("by the Yukawa coupling")
    if parent.C not in (1, -1):
        weak = 0 < natural_width(parent) < _LONG_LIVED
        return Route("by a flavor-changing loop", suppressed=True) if weak else None
    if (parent.J, parent.P, parent.C) == (1, -1, -1):
        return Route("1−− through one virtual photon")
    if parent.C == -1:
        return None
    return Route("even C through two virtual photons", suppressed=True)


def _to_photons(parent: Any) -> Route | None:
    if int(parent.pdgid) == _HIGGS:
        return Route("by loops of W bosons and top quarks")
    # Landau and Yang: no particle of spin one decays to two photons, nor one of odd C.
    if parent.J == 1 or parent.C != 1 or not parent.is_self_conjugate:
        return None
    return Route("even C to two photons")


def _to_hadrons(parent: Any, daughters: list[Any]) -> Route | None:
    if abs(int(parent.pdgid)) in (_TOP, _Z, _W, _HIGGS):
        return Route("by the weak interaction")
    change = dict(_flavors(parent))
    for one in daughters:
        for flavor, number in _flavors(one):
            change[flavor] = change.get(flavor, 0) - number
    if not any(change.values()):
        return Route("keeping flavor")
    if not 0 < natural_width(parent) < _LONG_LIVED:
        return None
    return Route("changing flavor, by the weak interaction")


def _flavors(one: Any) -> tuple[tuple[str, int], ...]:
    """Net numbers of strange, charm and bottom quarks; none where quarks are superposed."""
    quarks = one.quarks or ""
    if re.search(r"[^a-zA-Z]", quarks):
        return ()
    numbers = ((flavor, quarks.count(flavor) - quarks.count(flavor.upper())) for flavor in "scb")
    return tuple((flavor, number) for flavor, number in numbers if number)
