"""What can be generated, in words."""

from __future__ import annotations

from collections.abc import Iterator

from hepline.data.generator.eras import ERAS
from hepline.data.generator.lepton_pair_processes import FAMILIES
from hepline.data.generator.processes import PROCESSES, process_named

__all__ = ["process_lines"]

_ENERGY = 13.0


def process_lines() -> Iterator[str]:
    """Describe every process, family of processes and era, one line each.

    Yields
    ------
    str
        Name, Pythia's cross-section where it is known, and what the process is.
    """
    for name, process in PROCESSES.items():
        rate = _rate(process.cross_section_pb, process.energy or _ENERGY)
        yield f"{name}{rate}: {process.description}"
    for family in FAMILIES:
        rate = _rate(family.cross_section_pb, _ENERGY)
        example = process_named(family.example)
        yield f"{family.pattern}, such as {family.example}{rate}: {example.description}"
    for era in ERAS.values():
        paths = ", ".join(f"HLT_{path.name}" for path in era.paths)
        yield f"era {era.name}: {era.energy:g} TeV; {paths}"


def _rate(cross_section: float | None, energy: float) -> str:
    if cross_section is None:
        return ""
    return f" [{cross_section:.4g} pb, {energy:g} TeV]"
