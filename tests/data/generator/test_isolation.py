"""Isolation sums."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from hepline.data.generator.isolation import relative_isolation
from hepline.data.generator.objects import Objects
from hepline.data.generator.particles import Particles


class _Silent:
    """Streams without pile-up: the noise cancels its own mean."""

    def normal(self, _: str, size: int) -> np.ndarray:
        return np.full(size, -0.5 / 2.0)


def _isolation(particles: Particles) -> tuple[float, float]:
    muon = Objects(np.array([0]), {"pt": particles.pt[:1]}, np.array([0]))
    narrow, wide = relative_isolation(muon, particles, _Silent(), stream="muon")
    return narrow[0], wide[0]


def test_hadrons_and_photons_in_the_cone_count(make_particles: Callable[..., Particles]) -> None:
    particles = make_particles(
        id=[13, 211, 22, 2112, 11, 14, 211, 211],
        pt=[40.0, 2.0, 3.0, 4.0, 50.0, 60.0, 7.0, 8.0],
        eta=[0.0, 0.1, 0.0, 0.35, 0.1, 0.1, 0.0, 0.5],
        phi=[3.1, 3.1, -3.1, 3.1, 3.1, 3.1, 3.0, 3.1],
    )
    narrow, wide = _isolation(particles)
    assert narrow == pytest.approx((2 + 3 + 7) / 40)
    assert wide == pytest.approx((2 + 3 + 7 + 4) / 40)


def test_particles_of_other_events_do_not_count(make_particles: Callable[..., Particles]) -> None:
    particles = make_particles(id=[13, 211], pt=[40.0, 20.0], event=np.array([0, 1]))
    assert _isolation(particles) == (0.0, 0.0)


def test_soft_particles_do_not_count(make_particles: Callable[..., Particles]) -> None:
    assert _isolation(make_particles(id=[13, 211], pt=[40.0, 0.4])) == (0.0, 0.0)
