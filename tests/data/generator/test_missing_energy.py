"""Missing transverse momentum."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from hepline.data.generator.missing_energy import missing_energy, noise_width
from hepline.data.generator.objects import Objects
from hepline.data.generator.particles import Particles


class _Silent:
    """Streams without noise."""

    def normal(self, _: str, size: int) -> np.ndarray:
        return np.zeros(size)


def _jets(pt: float, phi: float) -> Objects:
    return Objects(np.array([0]), {"pt": np.array([pt]), "phi": np.array([phi])}, np.array([0]))


def test_missing_momentum_is_that_of_the_neutrinos_when_jets_are_perfect(
    make_particles: Callable[..., Particles],
) -> None:
    particles = make_particles(id=[12, -14, 211], pt=[30.0, 40.0, 10.0], phi=[0.0, np.pi / 2, 1.0])
    jet = _jets(50.0, 2.0)
    found = missing_energy(particles, jet, jet, np.array([10]), _Silent())
    assert found["MET_pt"][0] == pytest.approx(50.0)
    assert found["GenMET_pt"][0] == pytest.approx(50.0)
    assert found["MET_phi"][0] == pytest.approx(np.arctan2(40, 30))
    assert found["MET_sumEt"][0] == pytest.approx(10.0)


def test_mismeasured_jet_shows_as_missing_momentum(
    make_particles: Callable[..., Particles],
) -> None:
    particles = make_particles(id=[211], pt=[50.0])
    found = missing_energy(particles, _jets(50.0, 1.0), _jets(70.0, 1.0), np.array([10]), _Silent())
    assert found["MET_pt"][0] == pytest.approx(20.0)
    assert found["MET_phi"][0] == pytest.approx(1.0 - np.pi)


def test_noise_adds_in_quadrature() -> None:
    found = noise_width(np.array([16]), np.array([400.0]))
    assert found[0] == pytest.approx(np.hypot(14.0, 12.0))
