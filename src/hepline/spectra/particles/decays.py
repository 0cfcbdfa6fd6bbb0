"""What a particle decays into, and how often."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.metadata import version

from particle import Particle

from hepline.spectra.particles.elementary import ELEMENTARY, SOURCE
from hepline.spectra.particles.lookup import evtgen_name, find
from hepline.spectra.particles.properties import ParticleProperties, particle

__all__ = ["DecayMode", "DecayTable", "decay_table"]

# The first that knows a particle is taken: it is the newer one, the other has more excited states.
_FILES = {
    "DECAY_BELLE2.DEC": "the PDG of 2015 and later, in parts older",
    "DECAY_LHCB.DEC": "the PDG of 2008, in parts newer",
}


@dataclass(frozen=True)
class DecayMode:
    """One way to decay.

    Attributes
    ----------
    fraction : float
        Branching fraction, 0 to 1.
    products : tuple of str
        In EvtGen's names, ``anti-`` before an antiparticle; ``g`` and ``rndmflav`` stand for
        hadrons that a generator makes of gluons and quarks.
    """

    fraction: float
    products: tuple[str, ...]


@dataclass(frozen=True)
class DecayTable:
    """All decays of a particle, the most frequent one first.

    Attributes
    ----------
    particle : ParticleProperties
    modes : tuple of DecayMode
        Empty for what does not decay, or where nothing is listed.
    source : str
        Where the fractions come from.
    """

    particle: ParticleProperties
    modes: tuple[DecayMode, ...]
    source: str

    def fraction(self, *products: str) -> float:
        """Branching fraction into these products, in any order and spelling; 0 if not listed."""
        wanted = sorted(map(_asked, products))
        same = (one for one in self.modes if sorted(map(_identity, one.products)) == wanted)
        return sum(one.fraction for one in same)


def decay_table(name: str | int) -> DecayTable:
    """Look up the decays of a particle.

    Parameters
    ----------
    name : str or int
        As for `hepline.spectra.particles.particle`.

    Returns
    -------
    DecayTable

    Raises
    ------
    ParticleNotFound
        If there is no such particle.
    """
    found = particle(name)
    if found.stable:
        return DecayTable(found, (), "no decay has been seen")
    for pdgid, inverted in ((found.pdgid, False), (-found.pdgid, True)):
        if pdgid in ELEMENTARY:
            modes = tuple(DecayMode(*mode) for mode in ELEMENTARY[pdgid])
            return DecayTable(found, _sorted(modes, inverted), SOURCE)
    one = find(found.pdgid)
    for file, edition in _FILES.items():
        for other, inverted in ((one, False), (one.invert(), True)):
            block = _blocks(file).get(evtgen_name(other) or "")
            if block:
                made_by = f"EvtGen (decaylanguage {version('decaylanguage')})"
                source = f"{file} of {made_by}, from {edition}: what simulations use"
                return DecayTable(found, _sorted(_parsed(block, file), inverted), source)
    return DecayTable(found, (), "none in the tables of EvtGen; see https://pdglive.lbl.gov")


@cache
def _text(file: str) -> str:
    return (resources.files("decaylanguage") / "data" / file).read_text("utf-8")


@cache
def _blocks(file: str) -> dict[str, str]:
    """The part of the table that belongs to each particle: parsing all of it takes a minute."""
    blocks = re.finditer(r"^Decay[ \t]+(\S+).*?^Enddecay", _text(file), re.MULTILINE | re.DOTALL)
    return {block[1]: block[0] for block in blocks}


@cache
def _aliases(file: str) -> dict[str, str]:
    """What generators call a particle that they let decay in a way of its own."""
    return dict(re.findall(r"^Alias[ \t]+(\S+)[ \t]+(\S+)", _text(file), re.MULTILINE))


@cache
def _parsed(block: str, file: str) -> tuple[DecayMode, ...]:
    from decaylanguage import DecFileParser  # slow to import

    models = "".join(re.findall(r"^ModelAlias.*\n", _text(file), re.MULTILINE))
    parser = DecFileParser.from_string(f"{models}{block}\nEnd\n")
    parser.parse()
    (mother,) = parser.list_decay_mother_names()
    lines = parser.build_decay_chains(mother, stable_particles=[])[mother]
    known_as = _aliases(file)
    return tuple(
        DecayMode(float(line["bf"]), tuple(known_as.get(one, one) for one in map(str, line["fs"])))
        for line in lines
    )


def _sorted(modes: tuple[DecayMode, ...], inverted: bool) -> tuple[DecayMode, ...]:
    """Modes by fraction; the same products by several decay models are one mode."""
    total: dict[tuple[str, ...], float] = {}
    spelled: dict[tuple[str, ...], tuple[str, ...]] = {}
    for mode in modes:
        products = tuple(map(_conjugate, mode.products)) if inverted else mode.products
        key = tuple(sorted(products))
        spelled.setdefault(key, products)
        total[key] = total.get(key, 0.0) + mode.fraction
    merged = (DecayMode(fraction, spelled[key]) for key, fraction in total.items() if fraction > 0)
    return tuple(sorted(merged, key=lambda mode: -mode.fraction))


@cache
def _conjugate(name: str) -> str:
    """EvtGen's name of the antiparticle."""
    known = _evtgen_identifiers().get(name)
    if known is not None:
        return evtgen_name(find(known).invert()) or f"anti-{name}"
    return name if name in ("hadrons", "neutrinos") else f"anti-{name}".replace("anti-anti-", "")


@cache
def _evtgen_identifiers() -> dict[str, int]:
    named = ((evtgen_name(one), int(one.pdgid)) for one in Particle.all())
    return {name: pdgid for name, pdgid in named if name}


def _identity(name: str) -> str:
    known = _evtgen_identifiers().get(name)
    return name if known is None else str(known)


def _asked(name: str) -> str:
    known = _identity(name)
    made_up = name in ("hadrons", "neutrinos", "rndmflav", "anti-rndmflav")
    return str(int(find(name).pdgid)) if known == name and not made_up else known
