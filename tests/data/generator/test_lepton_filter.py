"""Events with chosen leptons and jets, as Pythia's hard process has them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hepline.data.generator.particles import Particles
from hepline.data.generator.processes import process_named
from hepline.data.generator.pythia import PythiaRun

pytestmark = pytest.mark.slow


def _hard(name: str, events: int, part: int = 0) -> Particles:
    """The hard process alone: the filter has its say before anything else happens."""
    process = process_named(name)
    off = ("PartonLevel:ISR", "PartonLevel:FSR", "PartonLevel:Remnants", "HadronLevel:all")
    settings = tuple(f"{level} = off" for level in off)
    entry = process.parts[part]
    entry = replace(entry, settings=(*entry.settings, *settings))
    (particles,) = PythiaRun(entry, seed=3, energy=process.energy or 13.0).batches(
        events, batch=events
    )
    return particles


def _only(particles: Particles, code: int) -> np.ndarray:
    positions = np.flatnonzero((particles.id == code) & particles.final)
    assert len(positions) == particles.events
    return positions


def test_muon_pairs_are_heavy_and_opposite() -> None:
    particles = _hard("ttbar_mumu", 50)
    minus, plus = _only(particles, 13), _only(particles, -13)
    energy = particles.energy[minus] + particles.energy[plus]
    momentum = [getattr(particles, c)[minus] + getattr(particles, c)[plus] for c in ("px", "py")]
    along = particles.pz[minus] + particles.pz[plus]
    mass = np.sqrt(energy**2 - momentum[0] ** 2 - momentum[1] ** 2 - along**2)
    assert mass.min() > 180.0


@pytest.mark.parametrize("name", ["ggH_mutau", "drellyan_mutau"])
def test_both_taus_are_within_reach(name: str) -> None:
    particles = _hard(name, 200)
    for code in (15, -15):
        tau = _only(particles, code)
        assert particles.pt[tau].min() > 12.0
        assert np.abs(particles.eta[tau]).max() < 3.0


def test_top_pairs_have_the_leptons_of_their_part() -> None:
    particles = _hard("ttbar_mutau", 30, part=0)
    _only(particles, -15)
    _only(particles, 13)


def test_the_jet_that_is_taken_for_a_tau_is_central() -> None:
    particles = _hard("wjets_mutau", 200)
    coloured = (np.abs(particles.status) == 23) & ((particles.kind <= 5) | (particles.kind == 21))
    assert np.count_nonzero(coloured) == particles.events
    assert np.abs(particles.eta[coloured]).max() < 2.7
    muon = np.flatnonzero((particles.kind == 13) & particles.final)
    assert particles.pt[muon].min() > 12.0
