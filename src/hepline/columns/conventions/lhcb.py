"""Trees as LHCb's tuple tools make them: one candidate of a decay per entry, ``B_PX`` in MeV.

References
----------
LHCb Starterkit, https://lhcb.github.io/starterkit-lessons.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from hepline.columns.conventions.convention import Columns, Convention, Identity
from hepline.columns.conventions.table import listed, table

__all__ = ["LHCB", "Lhcb"]


@dataclass(frozen=True)
class Lhcb(Convention):
    """The words before ``_PX`` name a particle of the decay."""

    name: ClassVar[str] = "lhcb"
    title: ClassVar[str] = "LHCb candidates"
    trees: ClassVar[tuple[str, ...]] = ("DecayTree",)

    def recognizes(self, columns: Columns) -> bool:
        """By momenta in capital letters, one per entry."""
        return any(columns[f"{particle}_PX"].collection is None for particle in _particles(columns))

    def places(self, columns: Columns) -> Mapping[str, tuple[str, str]]:
        """Split a name into particle and quantity; other columns belong to no objects."""
        # Longest name first: B_K_PX belongs to B_K, although B has a momentum, too.
        particles = sorted(_particles(columns), key=len, reverse=True)
        places: dict[str, tuple[str, str]] = {}
        for name in columns:
            of = next((p for p in particles if name.startswith(f"{p}_") and name != f"{p}_"), None)
            if of is not None:
                places[name] = of, name[len(of) + 1 :]
        return places

    def divisor(self, group: str, field: str) -> float:  # noqa: ARG002
        """Momenta, energies and masses are stored in MeV."""
        return 1000.0 if _in_mev().fullmatch(field) else 1.0

    def identity(self, columns: Collection[str]) -> Identity:
        """Run, candidate within the event, and event."""
        run, event = (
            next((name for name in names if name in columns), "")
            for names in (("runNumber", "RUNNUMBER"), ("eventNumber", "EVENTNUMBER"))
        )
        return Identity(run, "nCandidate" if "nCandidate" in columns else "", event)

    def symbolic_columns(self) -> Mapping[str, tuple[str, str | None]]:
        """The columns of a decay to three hadrons."""
        return listed("lhcb")


def _particles(columns: Columns) -> list[str]:
    names = [name.removesuffix("_PX") for name in columns if name.endswith("_PX")]
    return [name for name in names if name and {f"{name}_PY", f"{name}_PZ"} <= columns.keys()]


@cache
def _in_mev() -> re.Pattern[str]:
    return re.compile("|".join(table("lhcb")["MeV"]))


LHCB = Lhcb()
