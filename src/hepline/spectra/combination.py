"""What to combine into masses: as a user says it, or as a file shows it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hepline.columns.events import Events
from hepline.columns.kinematics import spelled
from hepline.columns.records import Records
from hepline.errors import AnalysisError, nearest
from hepline.spectra.momenta import PARTICLES, Particle, particle_of, suffices

__all__ = ["CHARGES", "UNITS", "Combination", "checked", "combination_of"]

CHARGES = ("opposite", "same", "any", "++", "--")
UNITS = {"GeV": 1.0, "MeV": 1e-3}
_MASS_COLUMNS = ("m", "mass", "invariant_mass", "inv_mass", "mll", "m_mumu", "dimuon_mass")


@dataclass(frozen=True)
class Combination:
    """How masses are formed: from a collection, from columns of momenta, or from a mass column.

    Attributes
    ----------
    collection : str
        List of objects to combine; empty for one of the other two.
    size : int
        Objects in a combination of a collection.
    every : bool
        All combinations of an event; otherwise events with just `size` objects are used.
    momenta : tuple of tuple of str
        Columns of each particle: (pt, eta, phi[, mass]), (px, py, pz[, mass]) or (E, px, py, pz).
    column : str
        Column that holds masses.
    charges : tuple of str
        Columns with the charges, where momenta or masses are columns: one for each particle; a
        single one beside masses holds the total charge.
    charge : str or None
        ``opposite`` (total charge zero; ±1 of three), ``same``, ``any``, ``++`` or ``--``; None
        takes ``opposite`` where charges are known.
    particle : str
        What the objects are (``mu``, ``e``, ``pi``, …), where the name does not say.
    unit : str or None
        Of the file, ``GeV`` or ``MeV``; None takes GeV, unless the masses speak against it.
    """

    collection: str = ""
    size: int = 2
    every: bool = False
    momenta: tuple[tuple[str, ...], ...] = ()
    column: str = ""
    charges: tuple[str, ...] = ()
    charge: str | None = None
    particle: str = ""
    unit: str | None = None

    def combined(self) -> tuple[Particle | None, bool]:
        """What the objects are, as far as it shows; and whether that is an assumption."""
        if self.particle:
            return next(one for one in PARTICLES if one.name == self.particle), False
        if self.collection:
            return particle_of(self.collection), False
        # Two of anything are most often muons; three momenta without a mass need one.
        assumed = len(self.momenta) == 2 or any(len(one) == 3 for one in self.momenta)
        return (PARTICLES[0], True) if assumed else (None, False)


def combination_of(
    events: Events, asked: Combination | None = None
) -> tuple[Combination, tuple[str, ...]]:
    """What to combine in a file whose user did not say.

    Returns
    -------
    Combination, tuple of str
        And what was found, in words.

    Raises
    ------
    AnalysisError
        If there are no muons, no numbered momenta and no mass.
    """
    asked = asked or Combination()
    schema = events.origin.schema
    for particle in PARTICLES[:2]:
        for name in (*schema.groups(), *schema.subsets()):
            if particle_of(name) is not particle:
                continue
            objects = events[name]
            if not (isinstance(objects, Records) and objects.fields.axes):
                continue
            if suffices(spelled(objects.fields.names())):
                return replace(asked, collection=name), (f"found the collection {name}.",)
    single = [name for name, spec in schema.columns.items() if spec.collection is None]
    momenta, charges = _numbered(single)
    if len(momenta) > 1:
        shown = ", ".join(",".join(one) for one in momenta)
        charged = asked.charges or charges
        said = f"found the momenta {shown}{' and charges ' + ','.join(charged) if charged else ''}."
        return replace(asked, momenta=momenta, charges=charged), (said,)
    for name in schema.columns:
        if name.lower() in _MASS_COLUMNS:
            charged = asked.charges or charges
            said = f"found the mass column {name}{' and ' + ','.join(charged) if charged else ''}."
            return replace(asked, column=name, charges=charged), (said,)
    raise AnalysisError(
        f"it is not clear what to combine in {schema.name}.",
        why="there is no list of muons or electrons with momenta, no pt1,eta1,phi1 or "
        "E1,px1,py1,pz1, and no mass column.",
        fix=f"say it: --pairs, --p4 or --mass; {nearest('mass', schema.columns)}",
    )


def checked(asked: Combination) -> Combination:
    """Refuse what has no meaning in any file.

    Raises
    ------
    AnalysisError
    """
    ways = [bool(asked.collection), bool(asked.momenta), bool(asked.column)]
    if sum(ways) > 1:
        raise AnalysisError(
            "more than one way to form masses.",
            why="a collection, momenta and a mass column were given together.",
            fix="choose one of --pairs (--triplets, --combine), --p4 and --mass.",
        )
    if len(asked.momenta) == 1:
        raise AnalysisError(
            "--p4 was given once.",
            why="the mass of a combination needs at least two particles.",
            fix="give --p4 once for each particle: --p4 pt1,eta1,phi1 --p4 pt2,eta2,phi2.",
        )
    known = {particle.name for particle in PARTICLES}
    choices = (("charge", CHARGES), ("unit", tuple(UNITS)), ("particle", tuple(known)))
    for option, allowed in choices:
        given = getattr(asked, option)
        if given and given not in allowed:
            raise AnalysisError(
                f"--{option} {given}.",
                why=f"it is one of {', '.join(sorted(allowed))}.",
                fix=nearest(given, allowed),
            )
    return asked


def _numbered(names: Sequence[str]) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """Columns ``E1, px1, …`` or ``pt1, …`` of particles 1, 2, …, and their charges."""
    momenta: list[tuple[str, ...]] = []
    charges: list[str] = []
    while True:
        ending = re.compile(rf"^(.+?)_?{len(momenta) + 1}$")
        bare = {hit[1]: name for name in names if (hit := ending.match(name))}
        found = {role: bare[base] for role, base in spelled([*bare]).items()}
        if not suffices(found):
            break
        if all(role in found for role in ("energy", "px", "py", "pz")):
            momenta.append(tuple(found[role] for role in ("energy", "px", "py", "pz")))
        else:
            polar = ("pt", "eta", "phi", "mass")
            momenta.append(tuple(found[role] for role in polar if role in found))
        charges += [found["charge"]] if "charge" in found else []
    if not momenta:
        # A mass column may come with the charges of the two that it was made of.
        bare = {name.lower(): name for name in names}
        charges = [bare[name] for name in ("q1", "q2") if name in bare]
        return (), tuple(charges) if len(charges) == 2 else ()
    return tuple(momenta), tuple(charges) if len(charges) == len(momenta) else ()
