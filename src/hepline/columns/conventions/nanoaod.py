"""CMS NanoAOD: versions 5 to 15, and what follows its rules (PFNano, scouting, outreach of 2012).

References
----------
CMS, documentation of the content, https://cms-nanoaod-integration.web.cern.ch/autoDoc/.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from hepline.columns.conventions.convention import (
    Columns,
    Convention,
    Derived,
    Identity,
    Link,
    Sums,
)
from hepline.columns.conventions.masses import constant_mass
from hepline.columns.conventions.references import (
    as_stored,
    children,
    distinct,
    either,
    keyed,
    unless,
)
from hepline.columns.conventions.table import listed, table
from hepline.columns.lifting import build
from hepline.columns.nodes import Node

__all__ = ["NANOAOD", "NanoAOD"]

_MOTHER = "genPartIdxMother"
_INDEX = re.compile(r"(?P<word>\w+?)Idx(?P<rest>\w*)")
# The value of Tau_genPartFlav with which Tau_genPartIdx counts GenVisTau, not GenPart.
_HADRONIC = 5


def bit(number: int, field: Node) -> Node:
    """Whether a bit of an integer is set."""
    return build("not_equal", (build("bitwise_and", (field, 1 << number)), 0))


def _bits(field: str, names: Mapping[str, int]) -> dict[str, Derived]:
    return {name: Derived((field,), partial(bit, number)) for name, number in names.items()}


@dataclass(frozen=True)
class NanoAOD(Convention):
    """``Muon_pt`` beside ``nMuon``; indices such as ``Muon_jetIdx`` refer to other collections."""

    name: ClassVar[str] = "nanoaod"
    title: ClassVar[str] = "CMS NanoAOD"
    trees: ClassVar[tuple[str, ...]] = ("Events",)
    # Trigger paths and filters change from run to run: no list of them is ever complete.
    open_groups: ClassVar[Mapping[str, str]] = {"HLT": "bool", "L1": "bool", "Flag": "bool"}
    weights: ClassVar[tuple[str, ...]] = ("genWeight", "Generator_weight")
    sums: ClassVar[Sums | None] = Sums("Runs", "genEventSumw")
    counted: ClassVar[bool] = True

    def recognizes(self, columns: Columns) -> bool:
        """By ``luminosityBlock``, or a list of ``pt`` that is in the table."""
        listing = self.symbolic_columns()
        return "luminosityBlock" in columns or any(
            name in listing and spec.collection == listing[name][1]
            for name, spec in columns.items()
            if name.endswith("_pt")
        )

    def aliases(self, groups: Collection[str]) -> Mapping[str, str]:
        """The missing momentum is ``MET`` up to version 14, and ``PFMET`` from 15 on."""
        return {"MET": "PFMET"} if "PFMET" in groups and "MET" not in groups else {}

    def derived(self, group: str, fields: Collection[str]) -> Mapping[str, Derived]:
        """Flags by name from bit fields; masses that are not stored."""
        derived: dict[str, Derived] = {}
        for field, names in table("nanoaod")["bits"].get(group, {}).items():
            if field in fields:
                derived |= _bits(field, names)
        if group in ("Photon", "FsrPhoton") and "mass" not in fields:
            derived["mass"] = constant_mass(0.0)
        return derived

    def links(
        self, group: str, fields: Collection[str], groups: Mapping[str, Collection[str]]
    ) -> Mapping[str, Link]:
        """``jetIdx`` leads to ``jet``, ``muonIdx1`` and ``muonIdx2`` to ``muons``."""
        links: dict[str, Link] = {}
        if _MOTHER in fields and "GenPart" in groups:
            links["parent"] = Link("GenPart", (_MOTHER,), as_stored)
            if group == "GenPart":
                links["children"] = Link("GenPart", (_MOTHER,), children, inside=True)
                if "pdgId" in fields:
                    links["distinct_parent"] = Link("GenPart", (_MOTHER, "pdgId"), distinct)
        for field, word, rest, target in _indices(group, fields, groups):
            links |= _referring(field, word, rest, target, fields)
        if group == "Tau" and {"genPartIdx", "genPartFlav"} <= {*fields}:
            needs = ("genPartIdx", "genPartFlav")
            if "GenPart" in groups:
                links["gen"] = Link("GenPart", needs, partial(unless, _HADRONIC))
            if "GenVisTau" in groups:
                links["genVisTau"] = Link("GenVisTau", needs[::-1], partial(keyed, _HADRONIC))
        return links

    def identity(self, columns: Collection[str]) -> Identity:
        """Run, luminosity block and event, the same in every version."""
        names = ("run", "luminosityBlock", "event")
        return Identity(*(name if name in columns else "" for name in names))

    def symbolic_columns(self) -> Mapping[str, tuple[str, str | None]]:
        """The union of the formats of 2015 and 2018."""
        return listed("nanoaod")


def _indices(
    group: str, fields: Collection[str], groups: Mapping[str, Collection[str]]
) -> Iterator[tuple[str, str, str, str]]:
    """Field, word, ending and target of every index into a collection of the file."""
    exceptions = table("nanoaod")["targets"]
    by_letters = {name.lower(): name for name in groups}
    for field in fields:
        match = _INDEX.fullmatch(field)
        if match is None or field == _MOTHER:
            continue
        word = match["word"]
        named = exceptions.get(group, {}).get(word, word)
        target = by_letters.get(named.lower())
        if target is not None:
            yield field, word, match["rest"], target


def _referring(
    field: str, word: str, rest: str, target: str, fields: Collection[str]
) -> dict[str, Link]:
    """The links of one index column."""
    short = "gen" if word == "genPart" else word
    links = {f"{short}{rest}": Link(target, (field,), as_stored)}
    if word in ("genJet", "genJetAK8") and "genPartIdx" not in fields:
        links["gen"] = links[f"{short}{rest}"]
    if rest == "1" and f"{word}Idx2" in fields:
        links[f"{short}s"] = Link(target, (field, f"{word}Idx2"), either)
    return links


NANOAOD = NanoAOD()
