"""A particle, its decays and its flight as lines of text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from hepline.show.rounding import measured
from hepline.spectra.particles import DecayTable, Flight, ParticleProperties, table_edition

__all__ = ["length_text", "particle_text", "time_text"]

_LENGTHS = (
    (1e5, "km"), (1e2, "m"), (1.0, "cm"), (1e-1, "mm"), (1e-4, "µm"), (1e-7, "nm"),
    (1e-10, "pm"), (1e-13, "fm"),
)  # fmt: skip
_TIMES = (
    (1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"), (1e-12, "ps"), (1e-15, "fs"),
    (1e-18, "as"), (1e-21, "zs"), (1e-24, "ys"),
)  # fmt: skip
_ENERGIES = ((1.0, "GeV"), (1e-3, "MeV"), (1e-6, "keV"), (1e-9, "eV"))


def particle_text(
    particle: ParticleProperties,
    decays: DecayTable | None = None,
    flights: Sequence[Flight] = (),
    *,
    most: int = 10,
) -> str:
    """Write the properties of a particle.

    Parameters
    ----------
    particle : ParticleProperties
    decays : DecayTable, optional
    flights : sequence of Flight
    most : int
        How many decays to list.

    Returns
    -------
    str
        Several lines, without the last line's end.
    """
    lines = [*_facts(particle), f"  source       PDG {table_edition()}"]
    if decays:
        lines += ["", *_decays(decays, most)]
    if flights:
        lines += ["", *_flights(flights)]
    return "\n".join(lines)


def length_text(length: float) -> str:
    """Write a length given in cm with a fitting unit: ``62.3 km``."""
    return _scaled(length, _LENGTHS)


def time_text(seconds: float) -> str:
    """Write a time with a fitting unit: ``2.2 µs``."""
    return _scaled(seconds, _TIMES)


def _scaled(value: float, units: Sequence[tuple[float, str]]) -> str:
    if math.isinf(value):
        return "without end"
    size, unit = next((item for item in units if abs(value) >= item[0]), units[-1])
    number = value / size
    text = f"{number:.3g}" if 1e-3 <= abs(number) < 1e4 or not number else f"{number:.2e}"
    return f"{text} {unit}"


def _facts(particle: ParticleProperties) -> Iterator[str]:
    yield f"{particle.name}   number {particle.pdgid}, antiparticle {_antiparticle(particle)}"
    yield f"  mass         {_energy(particle.mass, particle.mass_error)}"
    width = "0 (stable)" if particle.stable else _energy(particle.width, particle.width_error)
    yield f"  width        {width}"
    if particle.lifetime is not None and particle.ctau is not None and not particle.stable:
        yield f"  mean life    {time_text(particle.lifetime)}, cτ = {length_text(particle.ctau)}"
    yield f"  charge       {_charge(particle.charge)}"
    if particle.spin_parity:
        yield f"  spin, parity {particle.spin_parity}"
    if particle.quarks:
        yield f"  quarks       {particle.quarks}"


def _antiparticle(particle: ParticleProperties) -> str:
    return "itself" if particle.antiparticle == particle.name else particle.antiparticle


def _energy(value: float | None, error: float | None) -> str:
    """Write a mass or width of the table with its error and a fitting unit."""
    if value is None:
        return "not known"
    if not error:
        return _scaled(value, _ENERGIES) if value else "0 GeV"
    size, unit = next((item for item in _ENERGIES if value >= item[0]), _ENERGIES[-1])
    if value / size < 1e-3:
        return f"{value / size:.3e} {unit}"
    return f"{measured(value / size, error / size)} {unit}"


def _charge(charge: float) -> str:
    if charge == round(charge):
        return f"{charge:+.0f}" if charge else "0"
    return f"{3 * charge:+.0f}/3"


def _decays(table: DecayTable, most: int) -> Iterator[str]:
    yield f"decays ({table.source})"
    for mode in table.modes[:most]:
        yield f"  {100 * mode.fraction:10.4g} %  {' '.join(mode.products)}"
    rest = table.modes[most:]
    if rest:
        yield f"  {100 * sum(mode.fraction for mode in rest):10.4g} %  in {len(rest)} others"


def _flights(flights: Sequence[Flight]) -> Iterator[str]:
    yield "mean flight d = (p/m) cτ, and the part of a detector like CMS in which it ends"
    for flight in flights:
        if math.isnan(flight.momentum):
            yield f"  E = {flight.energy:.4g} GeV: less than its mass"
        else:
            motion = f"E = {flight.energy:.4g} GeV, p = {flight.momentum:.4g} GeV"
            yield f"  {motion}: {length_text(flight.length)}, {flight.ends}"
