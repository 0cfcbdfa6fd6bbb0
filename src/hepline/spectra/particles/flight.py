"""How far particles fly before they decay, and what of a detector they reach."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hepline.errors import AnalysisError
from hepline.physics import motion
from hepline.spectra.particles.properties import ParticleProperties, particle
from hepline.spectra.tables import FLYING, RADII

__all__ = ["Flight", "flight_table"]


@dataclass(frozen=True)
class Flight:
    """One particle at one energy.

    Attributes
    ----------
    particle : ParticleProperties
    energy, momentum : float
        GeV; the momentum is not a number where the energy is less than the mass.
    length : float
        Mean distance flown, (p/m) cτ, cm.
    ends : str
        In which part of the detector that distance ends; ``outside`` beyond all of them, empty
        where there is no momentum.
    by_momentum : bool
        Whether it was asked for by its momentum; else by its energy.
    """

    particle: ParticleProperties
    energy: float
    momentum: float
    length: float
    ends: str
    by_momentum: bool = False


def flight_table(
    names: Sequence[str | int] | str = FLYING,
    *,
    energies: Sequence[float] | float | None = None,
    momenta: Sequence[float] | float | None = None,
    detector: Mapping[str, float] = RADII,
) -> tuple[Flight, ...]:
    """Mean flight distances of particles.

    Parameters
    ----------
    names : sequence of str or int, or str
    energies, momenta : sequence of float, or float
        GeV; one of the two. Energies of 1, 10 and 100 GeV if there is neither.
    detector : mapping of str to float
        Outer radius of each part, cm; those of CMS if not given.

    Returns
    -------
    tuple of Flight
        In the order of names, then energies.

    Raises
    ------
    ParticleNotFound
        If a name is none.
    AnalysisError
        If both energies and momenta are given, one is not positive, or a particle has no known
        mass or lifetime.
    """
    if energies is not None and momenta is not None:
        raise AnalysisError(
            "flight distances at given energies and at given momenta.",
            why="each energy has its momentum already.",
            fix="give energies= or momenta=.",
        )
    if isinstance(names, str):
        names = [names]
    asked = momenta if momenta is not None else energies
    given = (1.0, 10.0, 100.0) if asked is None else asked
    if isinstance(given, int | float):
        given = (given,)
    for value in given:
        _check_positive(value)
    found = [_known(particle(name)) for name in names]
    return tuple(
        _flight(one, mass, ctau, value, momenta is not None, detector)
        for one, mass, ctau in found
        for value in given
    )


def _check_positive(value: float) -> None:
    if not (math.isfinite(value) and value > 0):
        raise AnalysisError(
            f"a particle of {value:g} GeV.",
            why="energies and momenta of a flying particle are positive.",
            fix="give GeV, such as 10.",
        )


def _known(one: ParticleProperties) -> tuple[ParticleProperties, float, float]:
    if not one.mass or one.ctau is None:
        raise AnalysisError(
            f"how far a {one.name} flies.",
            why=f"it has {'no mass that is known' if not one.mass else 'no known lifetime'}, and "
            "the distance is (p/m) cτ.",
            fix="ask for a particle that has both.",
        )
    return one, one.mass, one.ctau


def _flight(
    one: ParticleProperties,
    mass: float,
    ctau: float,
    value: float,
    is_momentum: bool,
    detector: Mapping[str, float],
) -> Flight:
    energy = float(motion.energy_of(value, mass)) if is_momentum else value
    if energy < mass:
        return Flight(one, energy, math.nan, math.nan, "", is_momentum)
    momentum = value if is_momentum else float(motion.momentum_of(energy, mass))
    length = float(motion.decay_length(momentum, mass, ctau)) if momentum else 0.0
    parts = sorted(detector.items(), key=lambda part: part[1])
    ends = next((part for part, radius in parts if length <= radius), "outside")
    return Flight(one, energy, momentum, length, ends, is_momentum)
