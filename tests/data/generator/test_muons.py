"""Muon resolution and selection."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from hepline.data.generator.muons import muon_resolution, reconstructed_muons
from hepline.data.generator.particles import Particles
from hepline.data.generator.randomness import Streams


@pytest.mark.parametrize(
    ("eta", "pt", "expected"),
    # Delphes 3, CMS card: √(a² + (b pt)²) by region of |η|.
    [
        (0.1, 10.0, np.sqrt(0.01**2 + 1e-3**2)),
        (-1.0, 100.0, np.sqrt(0.015**2 + 1.5e-2**2)),
        (2.0, 100.0, np.sqrt(0.025**2 + 3.5e-2**2)),
    ],
)
def test_resolution_is_that_of_the_delphes_card(eta: float, pt: float, expected: float) -> None:
    assert muon_resolution(np.array([pt]), np.array([eta]))[0] == pytest.approx(expected)


def test_muons_outside_the_chambers_or_too_soft_are_not_seen(
    make_particles: Callable[..., Particles],
) -> None:
    size = 300
    particles = make_particles(
        id=np.full(size, -13), pt=np.repeat([40.0, 40.0, 2.0], 100), eta=np.repeat([0, 3, 0], 100)
    )
    muons = reconstructed_muons(particles, Streams(1, "test", 0))
    assert 90 < len(muons) <= 100
    assert set(muons["charge"]) == {1}
    assert np.all(np.abs(muons["eta"]) < 2.4)


def test_tighter_identification_implies_the_looser(
    make_particles: Callable[..., Particles],
) -> None:
    particles = make_particles(id=np.full(2000, 13), pt=np.full(2000, 40.0))
    muons = reconstructed_muons(particles, Streams(1, "test", 0))
    assert np.all(muons["mediumId"] | ~muons["tightId"])
    assert np.all(muons["looseId"] | ~muons["mediumId"])
    error = np.sqrt(0.965 * 0.035 / len(muons))
    assert np.mean(muons["tightId"]) == pytest.approx(0.965, abs=4 * error)


def test_no_muons_is_an_empty_collection(make_particles: Callable[..., Particles]) -> None:
    muons = reconstructed_muons(make_particles(id=[211]), Streams(1, "test", 0))
    assert len(muons) == 0
    assert muons.counts(1).tolist() == [0]
