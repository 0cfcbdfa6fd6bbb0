"""What can be generated, in words."""

from __future__ import annotations

from collections.abc import Iterator

from hepline.data.generator.eras import ERAS
from hepline.data.generator.lepton_pair_processes import FAMILIES
from hepline.data.generator.process import Process
from hepline.data.generator.processes import PROCESSES

__all__ = ["process_lines"]

_ENERGY = 13.0


def process_lines() -> Iterator[str]:
    """Describe every process, family of processes and era, one line each.

    Yields
    ------
    str
        Name, Pythia's cross-section where it is known, and what the process is.
    """
    yield from (f"{name}{_rate(process)}: {process.description}" for name, process in _all())
    for era in ERAS.values():
        paths = ", ".join(f"HLT_{path.name}" for path in era.paths)
        yield f"era {era.name}: {era.energy:g} TeV; {paths}"


def _all() -> Iterator[tuple[str, Process]]:
    yield from PROCESSES.items()
    for family in FAMILIES:
        yield family.pattern, family.example


def _rate(process: Process) -> str:
    if process.cross_section_pb is None:
        return ""
    energy = process.energy or _ENERGY
    return f" [{process.cross_section_pb:.4g} pb, {energy:g} TeV]"
