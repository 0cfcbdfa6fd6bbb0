"""Electron resolution and identification."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from hepline.data.generator.electrons import electron_resolution, reconstructed_electrons
from hepline.data.generator.particles import Particles
from hepline.data.generator.randomness import Streams


def test_resolution_of_electrons_from_z_decays_is_that_measured() -> None:
    # CMS, JINST 10 (2015) P06005: 1.7 % in the barrel to 4.5 % in the endcaps.
    barrel, endcap = electron_resolution(np.array([45.0, 90.0]), np.array([0.3, 1.8]))
    assert 0.017 <= barrel < 0.02
    assert 0.03 < endcap < 0.045


def test_prompt_isolated_electrons_pass_the_working_points_as_designed(
    make_particles: Callable[..., Particles],
) -> None:
    size = 4000
    # One electron per event, straight from the system: nothing else is around.
    particles = make_particles(
        id=np.tile([90, 11], size),
        status=np.tile([-11, 1], size),
        pt=np.full(2 * size, 60.0),
        event=np.repeat(np.arange(size), 2),
        mother=np.repeat(np.arange(0, 2 * size, 2), 2),
    )
    electrons = reconstructed_electrons(particles, Streams(1, "test", 0))
    # CMS, JINST 16 (2021) P05014: veto, loose, medium, tight at 95, 90, 80, 70 %. Without
    # hadrons around, isolation costs nothing here: up to a tenth more.
    for level, design in enumerate((0.95, 0.90, 0.80, 0.70), start=1):
        efficiency = np.mean(electrons["cutBased"] >= level)
        assert design - 0.03 < efficiency < design + 0.11


def test_electrons_of_hadrons_rarely_pass_the_tight_working_point(
    make_particles: Callable[..., Particles],
) -> None:
    size = 2000
    particles = make_particles(
        id=np.tile([90, 511, 11], size),
        status=np.tile([-11, -84, 91], size),
        pt=np.full(3 * size, 60.0),
        event=np.repeat(np.arange(size), 3),
        mother=np.arange(3 * size) - np.tile([0, 1, 1], size),
    )
    electrons = reconstructed_electrons(particles, Streams(1, "test", 0))
    assert np.mean(electrons["cutBased"] == 4) == pytest.approx(0.15, abs=0.04)
