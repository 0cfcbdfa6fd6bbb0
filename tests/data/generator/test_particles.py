"""Flavour and ancestry of particles."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from hepline.data.generator.particles import (
    Particles,
    ancestry,
    has_child,
    is_hadron_with,
    last_hadrons,
)


@pytest.mark.parametrize("quark", [4, 5])
def test_heaviest_quark_agrees_with_the_particle_package(quark: int) -> None:
    particle = pytest.importorskip("particle")
    codes = [int(p.pdgid) for p in particle.Particle.findall(lambda p: 100 < p.pdgid < 1_000_000)]
    hadrons = [c for c in codes if particle.pdgid.is_hadron(c)]
    has_bottom = np.array([particle.pdgid.has_bottom(c) for c in hadrons])
    has_charm = np.array([particle.pdgid.has_charm(c) for c in hadrons])
    expected = has_bottom if quark == 5 else has_charm & ~has_bottom
    assert is_hadron_with(quark, np.array(hadrons)).tolist() == expected.tolist()


@pytest.mark.parametrize("code", [5, 24, 2212, 211, 321, 9940003])
def test_others_are_no_heavy_hadrons(code: int) -> None:
    assert not is_hadron_with(5, np.array([code]))[0]
    assert not is_hadron_with(4, np.array([code]))[0]


def test_last_hadron_is_the_one_that_decays_weakly(
    make_particles: Callable[..., Particles],
) -> None:
    # system, b quark, B*, B, D, muon
    chain = make_particles(id=[90, 5, 513, 511, -411, 13], mother=[0, 0, 1, 2, 3, 4])
    assert np.flatnonzero(last_hadrons(chain, 5)).tolist() == [3]
    assert np.flatnonzero(last_hadrons(chain, 4)).tolist() == [4]


def test_ancestry_tells_prompt_from_hadron_decay(make_particles: Callable[..., Particles]) -> None:
    record = make_particles(
        # system, top, W, tau, muon of the tau; b, B, D, muon of the D; photon of a quark
        id=[90, 6, 24, -15, -13, 5, 511, -411, 13, 22],
        mother=[0, 0, 1, 2, 3, 1, 5, 6, 7, 5],
        status=[-11, -22, -22, -23, 91, -23, -84, -91, 91, 51],
    )
    found = ancestry(record, np.array([4, 8, 9]))
    assert found.prompt.tolist() == [True, False, True]
    assert found.hard.tolist() == [True, False, False]
    assert found.tau.tolist() == [True, False, False]
    assert found.bottom.tolist() == [False, True, False]
    assert found.charm.tolist() == [False, True, False]


def test_has_child_marks_mothers(make_particles: Callable[..., Particles]) -> None:
    record = make_particles(id=[90, 15, 16, 211], mother=[0, 0, 1, 1])
    assert has_child(record, record.kind == 16).tolist() == [False, True, False, False]
