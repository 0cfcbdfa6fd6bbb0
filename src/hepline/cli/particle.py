"""``hepline particle``: what the PDG's table says of a particle, its decays and its flight."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from hepline.show.particles import particle_text
from hepline.spectra.particles import decay_table, flight_table
from hepline.spectra.particles import particle as look_up

__all__ = ["particle"]


def particle(
    name: Annotated[str, typer.Argument(help="J/psi, jpsi, 443, mu-, 'Upsilon(2S)', Z, …")],
    energy: Annotated[list[float] | None, typer.Option(help="GeV; may be repeated")] = None,
    momentum: Annotated[list[float] | None, typer.Option(help="GeV; may be repeated")] = None,
    decays: Annotated[int, typer.Option(help="how many to list", min=0)] = 10,
) -> None:
    """Look a particle up: mass, width, lifetime, decays, and how far it flies."""
    found = look_up(name)
    asked = energy or momentum
    flights = flight_table([name], energies=energy, momenta=momentum) if asked else ()
    table = decay_table(name) if decays else None
    lines = particle_text(found, table, flights, most=decays)
    Console(highlight=False, soft_wrap=True).print(lines, markup=False)
