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
        """By momenta of its own spelling beside the sizes of its lists."""
        return any(
            f"{name.removesuffix('.PT')}_size" in columns
            for name in columns
            if name.endswith(".PT")
        )

    def places(self, columns: Columns) -> Mapping[str, tuple[str, str]]:
        """What stands before and behind the dot."""
        found = {}
        for name in columns:
            group, _, field = name.partition(".")
            if field:
                found[name] = group, field
        return found

    def derived(self, group: str, fields: Collection[str]) -> Mapping[str, Derived]:
        """Masses that are not stored; the missing momentum in the words of the language."""
        found: dict[str, Derived] = {}
        if group in _MASSES and "Mass" not in fields:
            found["mass"] = constant_mass(_MASSES[group])
        if "MET" in fields and "PT" not in fields:
            found["pt"] = Derived(("MET",), _same)
        return found

    def links(
        self,
        group: str,
        fields: Collection[str],
        groups: Mapping[str, Collection[str]],  # noqa: ARG002
    ) -> Mapping[str, Link]:
        """Mothers and daughters of generated particles."""
        found: dict[str, Link] = {}
        if "M1" in fields:
            found["parent"] = Link(group, ("M1",), as_stored)
        if {"D1", "D2"} <= {*fields}:
            found["children"] = Link(group, ("D1", "D2"), span)
        return found

    def identity(self, columns: Collection[str]) -> Identity:
        """The number of the event: a file is one run."""
        return Identity("", "", "Event.Number" if "Event.Number" in columns else "")

    def known(self) -> Mapping[str, tuple[str, str | None]]:
        """The branches of the cards that Delphes comes with."""
        return listed("delphes")


def _same(node: Node) -> Node:
    return node


DELPHES = Delphes()
