"""Trees of Delphes: ``Jet.PT`` beside ``Jet_size``.

References
----------
J. de Favereau et al. (DELPHES 3), JHEP 02 (2014) 057, doi:10.1007/JHEP02(2014)057.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar

from hepline.columns.conventions.convention import (
    Columns,
    Convention,
    Derived,
    Identity,
    Link,
)
from hepline.columns.conventions.masses import ELECTRON, MUON, constant_mass
from hepline.columns.conventions.references import as_stored, span
from hepline.columns.conventions.table import listed
from hepline.columns.nodes import Node

__all__ = ["DELPHES", "Delphes"]

_MASSES = {"Electron": ELECTRON, "Muon": MUON, "Photon": 0.0}


@dataclass(frozen=True)
class Delphes(Convention):
    """Branches of objects; the event and its missing momentum are stored as lists of one."""

    name: ClassVar[str] = "delphes"
    title: ClassVar[str] = "Delphes"
    trees: ClassVar[tuple[str, ...]] = ("Delphes",)
    weights: ClassVar[tuple[str, ...]] = ("Event.Weight", "Weight.Weight")
    lone: ClassVar[frozenset[str]] = frozenset(
        {"Event", "GenMissingET", "MissingET", "PuppiMissingET", "ScalarHT"}
    )
    renames: ClassVar[bool] = True

    def recognizes(self, columns: Columns) -> bool:
        """By ``PT`` fields beside the sizes of their lists."""
        return any(
            f"{name.removesuffix('.PT')}_size" in columns
            for name in columns
            if name.endswith(".PT")
        )

    def places(self, columns: Columns) -> Mapping[str, tuple[str, str]]:
        """Split a name at the dot into object and field."""
        places = {}
        for name in columns:
            group, _, field = name.partition(".")
            if field:
                places[name] = group, field
        return places

    def derived(self, group: str, fields: Collection[str]) -> Mapping[str, Derived]:
        """Masses that are not stored; the missing momentum as ``pt``."""
        derived: dict[str, Derived] = {}
        if group in _MASSES and "Mass" not in fields:
            derived["mass"] = constant_mass(_MASSES[group])
        if "MET" in fields and "PT" not in fields:
            derived["pt"] = Derived(("MET",), _same)
        return derived

    def links(
        self,
        group: str,
        fields: Collection[str],
        groups: Mapping[str, Collection[str]],  # noqa: ARG002
    ) -> Mapping[str, Link]:
        """Mothers and daughters of generated particles."""
        links: dict[str, Link] = {}
        if "M1" in fields:
            links["parent"] = Link(group, ("M1",), as_stored)
        if {"D1", "D2"} <= {*fields}:
            links["children"] = Link(group, ("D1", "D2"), span)
        return links

    def identity(self, columns: Collection[str]) -> Identity:
        """The number of the event: a file is one run."""
        return Identity("", "", "Event.Number" if "Event.Number" in columns else "")

    def symbolic_columns(self) -> Mapping[str, tuple[str, str | None]]:
        """The branches of the cards that Delphes comes with."""
        return listed("delphes")


def _same(node: Node) -> Node:
    return node


DELPHES = Delphes()
