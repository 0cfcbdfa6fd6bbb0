"""ATLAS open data for education at 13 TeV: ``lep_pt`` and its like, as vectors.

References
----------
ATLAS, https://opendata.atlas.cern/docs/data/for_education/13TeV20_details (2016 and 2020, in MeV)
and https://opendata.atlas.cern/docs/data/for_education/13TeV25_details (2025, in GeV).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from hepline.columns.conventions.convention import (
    Columns,
    Convention,
    Derived,
    Identity,
    of_prefix,
)
from hepline.columns.conventions.table import listed, table
from hepline.columns.nodes import Node

__all__ = ["ATLAS_2020", "ATLAS_2025", "Atlas2020", "Atlas2025"]

_GROUPS = ("lep", "jet", "photon", "tau", "fatjet", "largeRjet", "largeRJet", "truth_jet", "met")


@dataclass(frozen=True)
class Atlas2020(Convention):
    """Releases of 2016 and 2020, in MeV."""

    name: ClassVar[str] = "atlas2020"
    title: ClassVar[str] = "ATLAS open data of 2016 or 2020"
    trees: ClassVar[tuple[str, ...]] = ("mini",)
    weights: ClassVar[tuple[str, ...]] = ("mcWeight",)
    energy: ClassVar[str] = "lep_E"

    def recognizes(self, columns: Columns) -> bool:
        """By the spelling of the lepton energy."""
        return {"lep_n", "lep_pt", "lep_type", self.energy} <= columns.keys()

    def places(self, columns: Columns) -> Mapping[str, tuple[str, str]]:
        """Split a name into object and field; scale factors and triggers form groups."""
        places: dict[str, tuple[str, str]] = {}
        for name in columns:
            group = next((g for g in _GROUPS if name.startswith(f"{g}_")), None)
            place = of_prefix(name) if group is None else (group, name[len(group) + 1 :])
            if all(place):
                places[name] = place
        if "met" in columns:
            places["met"] = "met", "et"
        return places

    def divisor(self, group: str, field: str) -> float:
        """Momenta and energies are stored in MeV."""
        inside = group in _GROUPS and _in_mev().fullmatch(field)
        return 1000.0 if inside or (group, field) == ("ditau", "m") else 1.0

    def aliases(self, groups: Collection[str]) -> Mapping[str, str]:
        """The missing momentum is ``met``, which may also be a column."""
        return {"MET": "met"} if "met" in groups else {}

    def derived(self, group: str, fields: Collection[str]) -> Mapping[str, Derived]:
        """The missing transverse momentum under the name `pt`."""
        return {"pt": Derived(("et",), _same)} if group == "met" and "et" in fields else {}

    def identity(self, columns: Collection[str]) -> Identity:
        """Run, channel of the simulation, and event."""
        run = next((n for n in ("runNumber", "RunNumber") if n in columns), "")
        channel = next((n for n in ("channelNumber", "channel_number") if n in columns), "")
        return Identity(run, channel, "eventNumber" if "eventNumber" in columns else "")

    def symbolic_columns(self) -> Mapping[str, tuple[str, str | None]]:
        """The branches that the documentation lists."""
        return listed("atlas2020")


@dataclass(frozen=True)
class Atlas2025(Atlas2020):
    """The release of 2025, in GeV."""

    name: ClassVar[str] = "atlas2025"
    title: ClassVar[str] = "ATLAS open data of 2025"
    trees: ClassVar[tuple[str, ...]] = ("analysis",)
    energy: ClassVar[str] = "lep_e"

    def divisor(self, group: str, field: str) -> float:  # noqa: ARG002
        """Everything is stored in GeV."""
        return 1.0

    def symbolic_columns(self) -> Mapping[str, tuple[str, str | None]]:
        """The branches that the documentation lists."""
        return listed("atlas2025")


def _same(node: Node) -> Node:
    return node


@cache
def _in_mev() -> re.Pattern[str]:
    return re.compile("|".join(table("atlas2020")["MeV"]))


ATLAS_2020, ATLAS_2025 = Atlas2020(), Atlas2025()
