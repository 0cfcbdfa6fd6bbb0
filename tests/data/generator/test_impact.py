"""Impact parameters."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from hepline.data.generator.impact import (
    impact_parameters,
    longitudinal_resolution,
    transverse_resolution,
)
from hepline.data.generator.objects import Objects
from hepline.data.generator.particles import Particles
from hepline.data.generator.randomness import Streams


def _tracks(particles: Particles) -> Objects:
    return impact_parameters(
        Objects(particles.event, {}, np.arange(len(particles.id))),
        particles,
        Streams(1, "test", 0),
        stream="track",
    )


def test_significance_of_prompt_tracks_is_a_rayleigh_variable(
    make_particles: Callable[..., Particles],
) -> None:
    tracks = _tracks(make_particles(id=np.full(4000, 13), pt=np.full(4000, 20.0)))
    assert stats.kstest(tracks["sip3d"], stats.rayleigh.cdf).pvalue > 1e-3


def test_dxy_is_the_distance_of_the_line_from_the_beam(
    make_particles: Callable[..., Particles],
) -> None:
    # 2 mm along y and 1 mm along x, flying along x with slope 1 in z: passes 2 mm from the beam.
    particles = make_particles(
        id=[13], pt=[1e4], eta=[np.arcsinh(1.0)], vx=np.array([1.0]), vy=np.array([2.0])
    )
    tracks = _tracks(particles)
    assert tracks["dxy"][0] == pytest.approx(0.2, abs=5 * tracks["dxyErr"][0])
    assert tracks["dz"][0] == pytest.approx(-0.1, abs=5 * tracks["dzErr"][0])


def test_transverse_resolution_is_that_measured_by_cms() -> None:
    # JINST 9 (2014) P10009: about 90 μm at 1 GeV and 10 μm at 100 GeV, central.
    found = transverse_resolution(np.array([1.0, 100.0]), np.zeros(2)) * 1e4
    assert found == pytest.approx([90.0, 10.0], rel=0.02)


def test_longitudinal_resolution_grows_forward() -> None:
    central, forward = longitudinal_resolution(np.array([10.0, 10.0]), np.array([0.0, 2.0]))
    assert forward > 2 * central
