"""The pruned generator record."""

from __future__ import annotations

from collections.abc import Callable

import awkward as ak
import numpy as np
import pytest

from hepline.data.generator.gen_record import gen_particles, index_in_event
from hepline.data.generator.objects import Objects
from hepline.data.generator.particles import Particles


def _decay(make_particles: Callable[..., Particles]) -> Particles:
    # system, top (hard), recoiling copy, W, b (hard), gluon, muon, neutrino, pion
    return make_particles(
        id=[90, 6, 6, 24, 5, 21, -13, 14, 211],
        mother=[0, 0, 1, 2, 2, 4, 3, 3, 5],
        status=[-11, -22, -62, -22, -23, -51, 23, 23, 81],
        pt=[1.0, 50.0, 50.0, 50.0, 50.0, 5.0, 30.0, 20.0, 4.0],
    )


def test_mothers_skip_what_was_pruned(make_particles: Callable[..., Particles]) -> None:
    record = gen_particles(_decay(make_particles))
    assert record["pdgId"].tolist() == [6, 6, 24, 5, -13, 14]
    assert record["genPartIdxMother"].tolist() == [-1, 0, 1, 1, 2, 2]


def test_first_and_last_copies_are_flagged(make_particles: Callable[..., Particles]) -> None:
    flags = gen_particles(_decay(make_particles))["statusFlags"]
    first, last = flags & (1 << 12) > 0, flags & (1 << 13) > 0
    assert first[:2].tolist() == [True, False]
    assert last[:2].tolist() == [False, True]


def test_final_particles_have_status_one(make_particles: Callable[..., Particles]) -> None:
    assert gen_particles(_decay(make_particles))["status"].tolist() == [22, 62, 22, 23, 1, 1]


def test_indices_are_counted_within_the_event() -> None:
    kept = Objects(np.array([0, 0, 1]), {}, np.array([3, 5, 9]))
    assert index_in_event(np.array([9, 5, 4, 3]), kept, 2).tolist() == [0, 1, -1, 0]


@pytest.mark.slow
def test_mothers_of_generated_events_point_backwards(ttbar: ak.Array) -> None:
    record = ttbar.GenPart
    mother = record.genPartIdxMother
    assert ak.all(mother < ak.local_index(record.pdgId))
    w = record[(abs(record.pdgId) == 24) & (record.status == 22)]
    assert ak.all(abs(record.pdgId[w.genPartIdxMother]) == 6)
