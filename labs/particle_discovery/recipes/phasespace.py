"""Random decays into three particles that know of no force: phase space alone."""

from __future__ import annotations

import numpy as np

from hepline.arrays import Floats
from hepline.errors import HeplineError
from hepline.physics.boosts import boosted
from recipes.dalitz import breakup_momentum

__all__ = ["three_body_decays"]


def three_body_decays(
    mass: float, masses: tuple[float, float, float], *, events: int, seed: int
) -> Floats:
    """Decay a particle at rest into three, evenly over the Dalitz plot.

    A chain of two decays into two: 0 → (12) 3 and (12) → 1 2, with the mass of the pair chosen by
    the product of both breakup momenta.

    Parameters
    ----------
    mass : float
        Of the mother, GeV.
    masses : tuple of float
        Of the three daughters, GeV.
    events, seed : int

    Returns
    -------
    ndarray, shape (3, 4, event)
        E, px, py, pz of each daughter, GeV.

    Raises
    ------
    HeplineError
        If the daughters are heavier than the mother.
    """
    if not mass > sum(masses) or min(masses) < 0:
        raise HeplineError(
            f"a particle of {mass:g} GeV decays into {masses} GeV.",
            why="the masses of the daughters must not be negative, and add up to less than the "
            "mother's.",
            fix="check the masses; all are in GeV.",
        )
    random = np.random.default_rng(seed)
    first, second, third = masses
    pair = _pair_masses(mass, masses, events, random)
    p3 = _direction(random, events) * breakup_momentum(mass, pair, third)
    p1 = _direction(random, events) * breakup_momentum(pair, first, second)
    velocity = -p3 / np.sqrt(pair**2 + np.sum(p3**2, axis=0))
    daughters = [
        np.array(boosted(np.sqrt(m**2 + np.sum(p**2, axis=0)), *p, velocity=tuple(velocity)))
        for m, p in ((first, p1), (second, -p1))
    ]
    alone = np.array([np.sqrt(third**2 + np.sum(p3**2, axis=0)), *p3])
    return np.array([*daughters, alone])


def _pair_masses(
    mass: float, masses: tuple[float, float, float], events: int, random: np.random.Generator
) -> Floats:
    """Masses of 1 and 2, drawn from the density p(12) p(3) by acceptance and rejection."""
    first, second, third = masses
    low, high = first + second, mass - third
    # No product is larger: each momentum falls, or rises, with the mass of the pair.
    largest = breakup_momentum(mass, low, third) * breakup_momentum(high, first, second)
    chosen: list[Floats] = []
    missing = events
    while missing > 0:
        tried = random.uniform(low, high, 4 * missing + 64)
        density = breakup_momentum(mass, tried, third) * breakup_momentum(tried, first, second)
        accepted = tried[random.uniform(0, largest, len(tried)) < density][:missing]
        chosen.append(accepted)
        missing -= len(accepted)
    return np.concatenate(chosen) if chosen else np.empty(0)


def _direction(random: np.random.Generator, events: int) -> Floats:
    """Unit vectors in all directions alike, shape (3, event)."""
    cosine, phi = random.uniform(-1, 1, events), random.uniform(-np.pi, np.pi, events)
    sine = np.sqrt(1 - cosine**2)
    return np.array([sine * np.cos(phi), sine * np.sin(phi), cosine])
