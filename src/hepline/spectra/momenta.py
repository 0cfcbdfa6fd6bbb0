"""Four-momenta of particles from whatever columns a file has for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hepline.columns.events import Events
from hepline.columns.expression import Expr
from hepline.columns.kinematics import spelled
from hepline.columns.records import Records
from hepline.columns.reductions import count
from hepline.errors import AnalysisError, ColumnNotFound, nearest
from hepline.physics import fourvectors

__all__ = ["PARTICLES", "Momentum", "Particle", "column_momenta", "list_momenta", "particle_of"]


@dataclass(frozen=True)
class Particle:
    """What the columns of a detector's object hold.

    Attributes
    ----------
    name : str
        As the PDG writes it: ``mu``.
    symbol : str
        As it stands on axes: ``μ``.
    mass : float
        GeV.
    called : tuple of str
        How collections of it are called, in lower case and the singular.
    """

    name: str
    symbol: str
    mass: float
    called: tuple[str, ...]


# Masses of the PDG's table, which takes long to load; a test compares them.
PARTICLES = (
    Particle("mu", "μ", 0.1056583755, ("muon", "mu")),
    Particle("e", "e", 0.00051099895069, ("electron", "ele", "e")),
    Particle("pi", "π", 0.13957039, ("pion", "pi")),
    Particle("K", "K", 0.493677, ("kaon", "k")),
    Particle("p", "p", 0.93827208943, ("proton", "p")),
    Particle("gamma", "γ", 0.0, ("photon", "gamma")),
)
_CARTESIAN, _POLAR = ("energy", "px", "py", "pz"), ("pt", "eta", "phi")


@dataclass(frozen=True, eq=False)
class Momentum:
    """Four-momentum and charge of one member of a combination, as recipes.

    Attributes
    ----------
    energy, px, py, pz : Expr of float64, GeV or the file's own unit
    charge : Expr or None
        None where the file does not tell.
    """

    energy: Expr
    px: Expr
    py: Expr
    pz: Expr
    charge: Expr | None


def particle_of(name: str) -> Particle | None:
    """Which particle a collection is named after: ``Muon``, ``muons``; None if none is known."""
    plain = name.lower()
    words = (plain, plain.removesuffix("s"))
    return next((one for one in PARTICLES if any(word in one.called for word in words)), None)


def suffices(found: Mapping[str, str]) -> bool:
    """Whether a four-momentum follows, with the mass of the particle where it is not stored."""
    return all(one in found for one in _CARTESIAN) or all(one in found for one in _POLAR)


def list_momenta(
    events: Events, name: str, size: int, *, exactly: bool, mass: float | None
) -> tuple[list[Momentum], Expr, tuple[str, ...]]:
    """Members of all combinations of the objects of a collection.

    Parameters
    ----------
    events : Events
    name : str
        Collection: ``Muon``.
    size : int
        Objects in a combination.
    exactly : bool
        Use events with just that many objects.
    mass : float or None
        In the unit of the momenta, where the collection has none; None if it is not known what
        the objects are.

    Returns
    -------
    list of Momentum, Expr, tuple of str
        Members; the number of objects in each event; remarks.

    Raises
    ------
    ColumnNotFound
        If there is no such collection, or nothing to make momenta from.
    AnalysisError
        If the group is not a list, or the mass is not known.
    """
    schema = events.origin.schema
    if name not in {*schema.groups(), *schema.subsets()}:
        lists = [one for one, fields in schema.groups().items() if suffices(spelled([*fields]))]
        raise ColumnNotFound(
            f"no collection '{name}' in {schema.name}.",
            why=f"columns that begin with '{name}_' would make it one; there are none.",
            fix=nearest(name, lists or schema.groups() or schema.columns)
            + "  List them: hepline ls FILE",
        )
    records = events[name]
    if not (isinstance(records, Records) and records.fields.axes):
        raise AnalysisError(
            f"'{name}' is one object per event, not a list.",
            why="combinations are formed within a list of objects.",
            fix="name its columns: --p4 E,px,py,pz or --p4 pt,eta,phi, once for each particle.",
        )
    names = records.fields.names()
    found = spelled(names)
    if not suffices(found):
        raise ColumnNotFound(
            f"'{name}' has no four-momentum.",
            why=f"it holds {', '.join(sorted(names)[:8])}; pt, eta and phi, or energy, px, py and "
            "pz are needed.",
            fix="choose another collection, or give the columns with --p4.",
        )
    columns = {one: records.field(found[one]) for one in found if one != "charge"}
    (energy, px, py, pz), remarks = _cartesian(columns, mass, name)
    objects = records.with_fields(energy=energy, px=px, py=py, pz=pz)
    held = count(objects)
    if exactly:
        # An event's answer, asked of each of its objects: other events give no combination.
        objects = objects.choose((objects.position >= 0) & (held == size))
    together = objects.combinations(size)
    charge = found.get("charge")
    members = [
        Momentum(
            one.field("energy"),
            one.field("px"),
            one.field("py"),
            one.field("pz"),
            None if charge is None else one.field(charge),
        )
        for one in together.members
    ]
    return members, held, tuple(remarks)


def column_momenta(
    events: Events,
    momenta: Sequence[Sequence[str]],
    charges: Sequence[str],
    *,
    mass: float,
) -> tuple[list[Momentum], tuple[str, ...]]:
    """Particles whose coordinates are columns with one value per event.

    Parameters
    ----------
    events : Events
    momenta : sequence of sequence of str
        For each particle ``(pt, eta, phi[, mass])``, ``(px, py, pz[, mass])`` or ``(E, px, py,
        pz)``: columns; the mass may be a number, in the unit of the momenta.
    charges : sequence of str
        Columns, one for each particle, or none at all.
    mass : float
        In the unit of the momenta, where none is given.

    Raises
    ------
    ColumnNotFound
        With the nearest names.
    AnalysisError
        If names do not make four-momenta, or a column is a list.
    """
    if charges and len(charges) != len(momenta):
        raise AnalysisError(
            f"{len(charges)} charges for {len(momenta)} particles.",
            why="every particle has one.",
            fix=f"name {len(momenta)} columns: --charge-columns Q1,Q2,…, or none.",
        )
    found: list[Momentum] = []
    remarks: list[str] = []
    for place, names in enumerate(momenta):
        roles = _roles(names)
        own = _number(roles.get("mass", ""))
        if own is not None:
            del roles["mass"]
        columns = {role: _column(events, name) for role, name in roles.items()}
        parts, said = _cartesian(columns, mass if own is None else own, ",".join(names))
        charge = _column(events, charges[place]) if charges else None
        found.append(Momentum(*parts, charge))
        remarks += [] if own is not None else said
    return found, tuple(dict.fromkeys(remarks))


def _roles(names: Sequence[str]) -> dict[str, str]:
    """What each name of ``--p4`` stands for; the order counts, and the letters must not object."""
    letters = [name.lower() for name in names]
    three = (*_CARTESIAN[1:], "mass")
    for order, x in ((three, 0), (_CARTESIAN, 1)):
        if (
            len(names) in (3, 4)
            and len(names) > x + 2
            and "x" in letters[x]
            and "z" in letters[x + 2]
        ):
            return dict(zip(order, names, strict=False))
    polar = len(names) in (3, 4) and not any("z" in one for one in letters)
    if polar and not any("eta" in letters[place] for place in (0, 2)):
        return dict(zip((*_POLAR, "mass"), names, strict=False))
    raise AnalysisError(
        f"--p4 {','.join(names)} is not a four-momentum.",
        why="columns are read as pt,eta,phi or px,py,pz, with the mass behind where it is known, "
        "or as E,px,py,pz.",
        fix="give three or four names in one of these orders, once for each particle.",
    )


def _column(events: Events, name: str) -> Expr:
    spec = events.origin.schema.column(name)
    if spec.collection is not None:
        raise AnalysisError(
            f"'{name}' is a list in every event.",
            why="--p4 takes columns with one value per event.",
            fix=f"combine the objects of a list instead: --pairs {name.partition('_')[0]}.",
        )
    return Expr(spec.node(), events.origin)


def _number(text: str) -> float | None:
    """A mass may be given as a number, in the unit of the momenta."""
    try:
        return float(text)
    except ValueError:
        return None


def _cartesian(
    columns: Mapping[str, Expr], mass: float | None, name: str
) -> tuple[tuple[Expr, Expr, Expr, Expr], list[str]]:
    """Energy, px, py, pz; and what had to be assumed."""
    wide = {coordinate: one.astype("float64") for coordinate, one in columns.items()}
    if all(one in wide for one in _CARTESIAN):
        return (wide["energy"], wide["px"], wide["py"], wide["pz"]), []
    own = wide.get("mass", mass)
    if own is None:
        raise AnalysisError(
            f"the mass of '{name}' is not known.",
            why="there is no column for it, and the name is not one of a particle.",
            fix="say what it is: --particle mu (or e, pi, K, p, gamma).",
        )
    remarks = [] if "mass" in wide else [f"no mass is stored: {mass:.6g} is taken."]
    if "px" in wide:
        px, py, pz = (wide[one] for one in _CARTESIAN[1:])
        return (np.sqrt(px * px + py * py + pz * pz + own * own), px, py, pz), remarks
    pt, eta, phi = (wide[one] for one in _POLAR)
    px, py = fourvectors.momentum_x(pt, phi), fourvectors.momentum_y(pt, phi)
    return (fourvectors.energy(pt, eta, own), px, py, fourvectors.momentum_z(pt, eta)), remarks
