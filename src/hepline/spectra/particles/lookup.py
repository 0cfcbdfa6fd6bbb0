"""From whatever a physicist writes to one particle of the PDG's table."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache

from particle import Particle
from particle.exceptions import MatchingIDNotFound

from hepline.errors import ParticleNotFound, nearest

__all__ = ["evtgen_name", "find"]

# Words that no table has.
_SPOKEN = {
    "antineutron": -2112,
    "antiproton": -2212,
    "B": 521,
    "Bs": 531,
    "D": 411,
    "Ds": 431,
    "e": 11,
    "electron": 11,
    "gluon": 21,
    "H": 25,
    "Higgs": 25,
    "K": 321,
    "K0L": 130,
    "K0S": 310,
    "KL": 130,
    "KS": 310,
    "kaon": 321,
    "Lambdab": 5122,
    "Lambdac": 4122,
    "mu": 13,
    "muon": 13,
    "neutron": 2112,
    "p-": -2212,
    "photon": 22,
    "pi": 211,
    "pion": 211,
    "positron": -11,
    "proton": 2212,
    "rho": 113,
    "tau": 15,
    "top": 6,
    "W": 24,
    "X(3872)": 120443,
    "Y1S": 553,
    "Y2S": 100553,
    "Y3S": 200553,
    "Z": 23,
}
_NUCLEI = 1_000_000_000
_LETTERS = {"−": "-", "–": "-", "⁺": "+", "⁻": "-", "⁰": "0"}
_UNSPOKEN = str.maketrans(dict.fromkeys("$\\{}()^_/, "))
_MARKS = str.maketrans(_LETTERS)


def find(name: str | int) -> Particle:
    r"""Find a particle by number or by any spelling of its name.

    Parameters
    ----------
    name : str or int
        PDG identifier (``443``, ``"443"``); name of the PDG (``J/psi(1S)``), of EvtGen
        (``J/psi``), in LaTeX (``\Upsilon(2S)``) or Greek letters; or a word: ``muon``.
        Brackets, slashes and underscores do not matter, nor does upper case if only one
        particle is meant.

    Returns
    -------
    particle.Particle

    Raises
    ------
    ParticleNotFound
        If there is none, or if several differ by upper case only.
    """
    text = str(name).strip()
    if text.lstrip("+-").isdecimal():
        return _numbered(int(text))
    key = _plain(text)
    exact, folded = _index()
    if key in exact:
        return Particle.from_pdgid(exact[key])
    meant = folded.get(key.lower(), ())
    if len(meant) == 1:
        return Particle.from_pdgid(meant[0])
    if meant:
        offered = " or ".join(f"'{Particle.from_pdgid(pdgid).name}'" for pdgid in meant)
        raise ParticleNotFound(
            f"'{text}' may be several particles.",
            why="they differ by upper and lower case only.",
            fix=f"write {offered}.",
        )
    raise ParticleNotFound(
        f"no particle '{text}'.",
        why="neither the PDG's table nor EvtGen's has this name.",
        # Diquarks, which start with a bracket, are nobody's spelling mistake.
        fix=nearest(text, (each for _, each in _names(nuclei=False) if each[0].isalpha())),
    )


def evtgen_name(one: Particle) -> str | None:
    """Name in EvtGen's tables; None of what they do not have."""
    try:
        return str(one.evtgen_name)
    except MatchingIDNotFound:
        return None


def _numbered(pdgid: int) -> Particle:
    if pdgid not in _identifiers():
        known = sorted(_identifiers(), key=lambda other: abs(other - pdgid))[:3]
        offered = ", ".join(f"{other} ({Particle.from_pdgid(other).name})" for other in known)
        raise ParticleNotFound(
            f"no particle has the number {pdgid}.",
            why="it is not in the PDG's Monte Carlo numbering scheme, as the package has it.",
            fix=f"the nearest numbers are {offered}.",
        )
    return Particle.from_pdgid(pdgid)


def _plain(name: str) -> str:
    """A name without decoration: ``$K_{S}^{0}$``, ``K(S)0`` and ``K_S0`` are all KS0."""
    spelled = "".join(_spelled(letter) for letter in name.translate(_MARKS))
    plain = spelled.translate(_UNSPOKEN).replace("overline", "bar")
    # D0bar and \bar{D}^0 are one.
    return f"bar{plain.removesuffix('bar')}" if plain.endswith("bar") else plain


def _spelled(letter: str) -> str:
    if letter.isascii():
        return letter
    said = unicodedata.name(letter, "").replace("WITH HOOK SYMBOL", "").split()
    if "GREEK" not in said:
        return letter
    greek = said[-1].capitalize() if "CAPITAL" in said else said[-1].lower()
    return {"Lamda": "Lambda", "lamda": "lambda"}.get(greek, greek)


@cache
def _identifiers() -> frozenset[int]:
    return frozenset(int(one.pdgid) for one in Particle.all())


def _names(*, nuclei: bool) -> Iterator[tuple[int, str]]:
    """Identifier and spelling; what is said first wins, and so do particles over others."""
    everything = sorted(
        (one for one in Particle.all() if nuclei or abs(int(one.pdgid)) < _NUCLEI),
        key=lambda one: (abs(int(one.pdgid)), -int(one.pdgid)),
    )
    for spelling in ("name", "evtgen_name", "latex_name", "programmatic_name"):
        for one in everything:
            written = evtgen_name(one) if spelling == "evtgen_name" else getattr(one, spelling)
            if written:
                yield int(one.pdgid), str(written)
    for spoken, pdgid in _SPOKEN.items():
        yield pdgid, spoken


@cache
def _index() -> tuple[dict[str, int], dict[str, tuple[int, ...]]]:
    """Identifiers by plain name, and by plain name without upper case."""
    exact: dict[str, int] = {}
    for pdgid, name in _names(nuclei=True):
        exact.setdefault(_plain(name), pdgid)
    folded: dict[str, tuple[int, ...]] = {}
    for name, pdgid in exact.items():
        if abs(pdgid) < _NUCLEI:
            known = folded.get(name.lower(), ())
            folded[name.lower()] = known if pdgid in known else (*known, pdgid)
    return exact, folded
