"""EDM4hep, as podio writes it: FCC, CLIC, ILC, the muon collider.

Older files store a relation as ``Collection#0``, numbered in the order of the data model; newer
ones as ``_Collection_relation``. In both, each object stores where its part begins and ends.

References
----------
EDM4hep, https://edm4hep.web.cern.ch; F. Gaede et al., "PODIO", doi:10.1051/epjconf/202024505024.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from hepline.columns.conventions.convention import (
    Columns,
    Convention,
    Identity,
    Link,
)
from hepline.columns.conventions.references import as_stored, related
from hepline.columns.conventions.table import listed, table

__all__ = ["EDM4HEP", "Edm4hep"]

_OLD = re.compile(r"(?P<owner>[^._#][^.#]*)#(?P<number>\d+)\.index")
_SUBSET = re.compile(r"(?P<owner>[^.]+)_objIdx[._]index|(?P<old>[^.#]+)#0\.index")
_NEW = re.compile(r"_(?P<owner>[^.]+)_(?P<relation>[^_.]+)[._]index")
# Members of members are dotted in a TTree, and joined by an underscore in an RNTuple.
_MEMBER = re.compile(r"_(?=[xyzt]$)")


@dataclass(frozen=True)
class Edm4hep(Convention):
    """``ReconstructedParticles.momentum.x`` in GeV; relations are ranges of positions."""

    name: ClassVar[str] = "edm4hep"
    title: ClassVar[str] = "EDM4hep"
    trees: ClassVar[tuple[str, ...]] = ("events",)
    weights: ClassVar[tuple[str, ...]] = ("EventHeader.weight", "EventHeader_weight")
    renames: ClassVar[bool] = True

    def recognizes(self, columns: Columns) -> bool:
        """By momenta with three components beside relations, or the header of the event."""
        related_ = any(map(_OLD.fullmatch, columns)) or any(map(_NEW.fullmatch, columns))
        momenta = any(name.endswith((".momentum.x", "_momentum_x")) for name in columns)
        return related_ and (momenta or any(name.startswith("EventHeader") for name in columns))

    def places(self, columns: Columns) -> Mapping[str, tuple[str, str]]:
        """Split a name at the first dot, or by the records of an RNTuple."""
        places: dict[str, tuple[str, str]] = {}
        for name, spec in columns.items():
            group, dot, field = name.partition(".")
            if not dot and spec.collection and name.startswith(f"{spec.collection}_"):
                group, field = spec.collection, name[len(spec.collection) + 1 :]
            if field:
                places[name] = group, _MEMBER.sub(".", field)
        return places | _of_owners(places)

    def aliases(self, groups: Collection[str]) -> Mapping[str, str]:
        """The particles of the generator, by their older and newer names."""
        names = ("Particle", "MCParticles", "MCParticle")
        there = [name for name in names if name in groups]
        return {name: there[0] for name in names if there and name not in groups}

    def links(
        self, group: str, fields: Collection[str], groups: Mapping[str, Collection[str]]
    ) -> Mapping[str, Link]:
        """Relations to many as lists of objects, those to one as objects."""
        links: dict[str, Link] = {}
        relations = _many(fields)
        for place, relation in enumerate(relations):
            names = (f"_{group}_{relation}", f"{group}#{place}")
            column = next((name for name in names if name in groups), "")
            target = _target(group, relation, groups)
            if column and target:
                needs = (f"{relation}_begin", f"{relation}_end")
                links[relation] = Link(target, needs, related, (f"{column}.index",))
        for relation in _single(fields):
            target = _target(group, relation, groups)
            if f"{relation}.index" in fields and target:
                links[relation] = Link(target, (f"{relation}.index",), as_stored)
        if "daughters" in links:
            links["children"] = links["daughters"]
        return links

    def subsets(self, columns: Columns) -> Mapping[str, Link]:
        """``Muon`` of ``Muon#0.index``, where there is no collection of this name."""
        groups = {group for group, _ in self.places(columns).values()}
        targets = [name for name in table("edm4hep")["subsets"] if name in groups]
        subsets: dict[str, Link] = {}
        for match in filter(None, map(_SUBSET.fullmatch, columns)):
            owner = match["owner"] or match["old"]
            if targets and owner not in groups:
                subsets[owner] = Link(targets[0], (), as_stored, (match[0],))
        return subsets

    def identity(self, columns: Collection[str]) -> Identity:
        """Run and event of the event header, if the file has one."""
        for dot in "._":
            run, event = (f"EventHeader{dot}{field}Number" for field in ("run", "event"))
            if event in columns:
                return Identity(run if run in columns else "", "", event)
        return Identity()

    def symbolic_columns(self) -> Mapping[str, tuple[str, str | None]]:
        """The columns of an FCC-ee file, winter 2023."""
        return listed("edm4hep")


def _many(fields: Collection[str]) -> list[str]:
    """Relations to many, in the order of the data model, which numbers them."""
    begun = [field.removesuffix("_begin") for field in fields if field.endswith("_begin")]
    values = table("edm4hep")["values"]
    return [
        relation for relation in begun if f"{relation}_end" in fields and relation not in values
    ]


def _single(fields: Collection[str]) -> tuple[str, ...]:
    """Relations to one, of the type whose distinctive fields are all there."""
    for entry in table("edm4hep")["types"]:
        if {*entry["fields"]} <= {*fields}:
            return tuple(entry["one"])
    return ()


def _of_owners(places: Mapping[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Assign relations to one, which have one element per object, to the fields of their owner."""
    fields: dict[str, list[str]] = {}
    for group, field in places.values():
        fields.setdefault(group, []).append(field)
    moved: dict[str, tuple[str, str]] = {}
    for owner, owner_fields in fields.items():
        for place, relation in enumerate(_single(owner_fields), start=len(_many(owner_fields))):
            for stored in (f"{owner}#{place}", f"_{owner}_{relation}"):
                for part in ("index", "collectionID"):
                    if f"{stored}.{part}" in places:
                        moved[f"{stored}.{part}"] = owner, f"{relation}.{part}"
    return moved


def _target(group: str, relation: str, groups: Mapping[str, Collection[str]]) -> str:
    """The collection that a relation leads to; empty if several are possible."""
    kind = str(table("edm4hep")["relations"].get(relation, ""))
    if not kind:
        return ""
    if kind == "self":
        return group
    candidates = [*_of_type(kind, groups)]
    preferred = [name for name in table("edm4hep")["subsets"] if name in candidates]
    if relation in ("rec", "particles") and preferred:
        return str(preferred[0])
    return candidates[0] if len(candidates) == 1 else ""


def _of_type(kind: str, groups: Mapping[str, Collection[str]]) -> Iterator[str]:
    (entry,) = (entry for entry in table("edm4hep")["types"] if entry["name"] == kind)
    return (name for name, fields in groups.items() if {*entry["fields"]} <= {*fields})


EDM4HEP = Edm4hep()
