"""ATLAS PHYSLITE, as TTree (``CollectionTree``) and as RNTuple (``EventData``).

References
----------
ATLAS, PHYSLITE, https://opendata.atlas.cern/docs/documentation/data_format/physlite.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, ClassVar

import numpy as np

from hepline.columns.conventions.convention import (
    Columns,
    Convention,
    Derived,
    Identity,
    Link,
)
from hepline.columns.conventions.masses import ELECTRON, MUON, constant_mass
from hepline.columns.conventions.references import all_keyed, keyed
from hepline.columns.conventions.table import listed, table
from hepline.columns.kinematics import formula
from hepline.columns.nodes import Node

__all__ = ["PHYSLITE", "Physlite"]

# A column is called CONTAINERAux.FIELD (static) or CONTAINERAuxDyn.FIELD (dynamic).
_NAME = re.compile(r"(?P<container>.+?)Aux(Dyn)?[.:](?P<field>.+)")
# Members of a reference are dotted in a TTree, and joined by an underscore in an RNTuple.
_MEMBER = re.compile(r"_(?=m_pers(Key|Index)$)")
_KEY, _INDEX = ".m_persKey", ".m_persIndex"
_MASSES = {
    "Electrons": ELECTRON, "SiHitElectrons": ELECTRON, "Muons": MUON, "Photons": 0.0,
}  # fmt: skip
_TRUTH = re.compile(r"truth(Particle)?", re.IGNORECASE)
_FAMILY = {"parent": "parents", "child": "children"}


@dataclass(frozen=True)
class Physlite(Convention):
    """``AnalysisElectronsAuxDyn.pt`` in MeV; references by the key of a container."""

    name: ClassVar[str] = "physlite"
    title: ClassVar[str] = "ATLAS PHYSLITE"
    trees: ClassVar[tuple[str, ...]] = ("CollectionTree", "EventData")
    weights: ClassVar[tuple[str, ...]] = tuple(
        f"EventInfoAux{kind}.mcEventWeights" for kind in ("Dyn", "")
    )
    single: ClassVar[frozenset[str]] = frozenset({"EventInfo"})
    renames: ClassVar[bool] = True

    def recognizes(self, columns: Columns) -> bool:
        """By the names of xAOD's auxiliary stores."""
        return any("AuxDyn." in name or name.startswith("EventInfoAux.") for name in columns)

    def places(self, columns: Columns) -> Mapping[str, tuple[str, str]]:
        """Split a name into container, without the prefix ``Analysis``, and field."""
        places: dict[str, tuple[str, str]] = {}
        for name in columns:
            match = _NAME.fullmatch(name)
            if match is not None:
                container = match["container"].removeprefix("Analysis") or match["container"]
                places[name] = container, _MEMBER.sub(".", match["field"])
        return places

    def divisor(self, group: str, field: str) -> float:  # noqa: ARG002
        """Momenta and energies are stored in MeV, charge over momentum in 1/MeV."""
        if field == "qOverP":
            return 0.001
        return 1000.0 if _in_mev().fullmatch(field) else 1.0

    def aliases(self, groups: Collection[str]) -> Mapping[str, str]:
        """Containers under their full names and those of their stores."""
        full = {f"Analysis{group}": group for group in groups}
        stores = {
            f"{start}{group}Aux{kind}": group
            for group in groups
            for start in ("Analysis", "")
            for kind in ("", "Dyn")
        }
        return stores | full

    def derived(self, group: str, fields: Collection[str]) -> Mapping[str, Derived]:
        """Masses that are not stored, momenta of tracks, the components of missing momentum."""
        derived: dict[str, Derived] = {}
        if group in _MASSES and "m" not in fields:
            derived["mass"] = constant_mass(_MASSES[group])
        if {"qOverP", "theta"} <= {*fields}:
            derived["pt"] = Derived(("qOverP", "theta"), partial(formula, _track_pt))
            derived["eta"] = Derived(("theta",), partial(formula, _track_eta))
            derived["charge"] = Derived(("qOverP",), partial(formula, np.sign))
        if {"mpx", "mpy"} <= {*fields}:
            derived |= {"px": Derived(("mpx",), _same), "py": Derived(("mpy",), _same)}
        return derived

    def links(
        self, group: str, fields: Collection[str], groups: Mapping[str, Collection[str]]
    ) -> Mapping[str, Link]:
        """``TruthLink`` leads to ``truth``, or to ``truthTaus`` where several targets are possible.

        Lists of links lead to lists of objects: ``trackParticles``, ``childrenPhotons``.
        """
        links: dict[str, Link] = {}
        # Swapped case sorts TruthLink, which leads to stored objects, after truthParticleLink.
        for field in sorted(fields, key=str.swapcase):
            stem = field.removesuffix(_INDEX)
            if stem == field or stem + _KEY not in fields:
                continue
            many = stem.endswith("Links")
            word = stem.removesuffix("Links" if many else "Link")
            word = word[0].lower() + word[1:]
            for key, container in table("physlite")["keys"].items():
                short = container.removeprefix("Analysis")
                if short not in groups or not _leads(word, group, short):
                    continue
                follow = partial(all_keyed if many else keyed, int(key))
                link = Link(short, (stem + _KEY, field), follow)
                links |= dict.fromkeys(_names(word, group, short, many=many), link)
        return links

    def identity(self, columns: Collection[str]) -> Identity:
        """Run, block of the luminosity and event of the event information."""
        store = next(
            (s for s in ("EventInfoAuxDyn", "EventInfoAux") if f"{s}.eventNumber" in columns), ""
        )
        names = (f"{store}.{field}" for field in ("runNumber", "lumiBlock", "eventNumber"))
        return Identity(*(name if name in columns else "" for name in names))

    def symbolic_columns(self) -> Mapping[str, tuple[str, str | None]]:
        """The columns of two versions, joined."""
        return listed("physlite")


def _leads(word: str, group: str, container: str) -> bool:
    """Whether a reference may lead to a container; references to the truth may lead to several."""
    if _TRUTH.fullmatch(word) or word in _FAMILY:
        return container.startswith("Truth")
    exceptions: Mapping[str, str] = table("physlite")["targets"]
    return exceptions.get(f"{group}.{word}", exceptions.get(word)) == container


def _names(word: str, group: str, container: str, *, many: bool) -> tuple[str, ...]:
    kind = container.removeprefix("Truth")
    if word in _FAMILY:
        return (f"{_FAMILY[word]}{kind}",)
    if not _TRUTH.fullmatch(word):
        return (_plural(word) if many else word,)
    several = f"truth{kind}"
    is_own = table("physlite")["truth"].get(group) == container
    return ("gen", "truth", several) if is_own else (several,)


def _plural(word: str) -> str:
    return f"{word.removesuffix('ex')}ices" if word.endswith("ex") else f"{word}s"


def _same(node: Node) -> Node:
    return node


def _track_pt(charge_over_momentum: Any, theta: Any) -> Any:
    return np.absolute(np.sin(theta) / charge_over_momentum)


def _track_eta(theta: Any) -> Any:
    return np.log(np.tan(theta * 0.5)) * -1.0


@cache
def _in_mev() -> re.Pattern[str]:
    return re.compile("|".join(table("physlite")["MeV"]))


PHYSLITE = Physlite()
