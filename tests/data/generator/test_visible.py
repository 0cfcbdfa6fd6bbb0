"""Which events the detector can see a muon and a tau of."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hepline.data.generator.particles import Particles
from hepline.data.generator.process import Fakes, Part
from hepline.data.generator.visible import only_events, visible_events

_PION, _NEUTRINO = 211, 16


def _tau_events(make_particles: Callable[..., Particles]) -> Particles:
    """Three events of "the system", a muon, a tau and its decay products."""
    # (muon pt, muon eta, pion pt): the second has a soft pion, the third a forward muon.
    cases = [(20.0, 0.5, 25.0), (20.0, 0.5, 9.0), (20.0, 2.3, 25.0)]
    columns: dict[str, list[float]] = {"event": [], "id": [], "status": [], "mother": []}
    columns |= {"pt": [], "eta": []}
    for number, (muon_pt, muon_eta, pion_pt) in enumerate(cases):
        start = 5 * number
        rows = [
            (90, -11, start, 0.0, 0.0),
            (13, 1, start, muon_pt, muon_eta),
            (-15, -23, start, pion_pt + 10.0, 0.1),
            (_PION, 91, start + 2, pion_pt, 0.1),
            (-_NEUTRINO, 91, start + 2, 10.0, 0.1),
        ]
        for code, status, mother, pt, eta in rows:
            values = (number, code, status, mother, pt, eta)
            for name, value in zip(columns, values, strict=True):
                columns[name].append(value)
    integers = {name: np.array(columns[name], np.int64) for name in list(columns)[:4]}
    return make_particles(pt=columns["pt"], eta=columns["eta"], **integers)


def test_muon_and_tau_have_to_be_hard_and_central(
    make_particles: Callable[..., Particles],
) -> None:
    particles = _tau_events(make_particles)
    seen = visible_events(particles, Part((), visible=True))
    assert seen.tolist() == [True, False, False]


def test_a_tau_that_a_jet_fakes_need_not_be_there(make_particles: Callable[..., Particles]) -> None:
    particles = _tau_events(make_particles)
    assert visible_events(particles, Part((), fakes=Fakes())).tolist() == [True, True, False]
    both = Part((), fakes=Fakes(muon=True))
    assert visible_events(particles, both).tolist() == [True, True, True]


def test_events_that_are_left_keep_their_ancestry(make_particles: Callable[..., Particles]) -> None:
    particles = _tau_events(make_particles)
    left = only_events(particles, np.array([False, True, True]))
    assert left.events == 2
    assert left.event.tolist() == [0] * 5 + [1] * 5
    assert left.mother.tolist() == [0, 0, 0, 2, 2, 5, 5, 5, 7, 7]
    assert left.pt.tolist() == particles.pt[5:].tolist()
