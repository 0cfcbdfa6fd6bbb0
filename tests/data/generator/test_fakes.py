"""Jets that are taken for taus: charges, isolation and what they do not depend on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from hepline.data.generator.fakes import FakeLeptons, fake_leptons
from hepline.data.generator.objects import Objects
from hepline.data.generator.particles import Particles
from hepline.data.generator.process import Fakes
from hepline.data.generator.randomness import Streams

_EVENTS = 20_000
_QUARK, _GLUON = 2, 21


def _seen(
    make_particles: Callable[..., Particles],
    fakes: Fakes,
    codes: tuple[int, ...] = (_GLUON, _GLUON),
) -> tuple[FakeLeptons, Objects]:
    """Events with partons back to back, 60 GeV each, and a jet for each parton."""
    per_event = len(codes)
    phi = np.tile([0.5, -2.5][:per_event], _EVENTS)
    event = np.repeat(np.arange(_EVENTS), per_event)
    particles = make_particles(
        id=np.tile(codes, _EVENTS),
        status=np.full(len(event), -23),
        event=event,
        mother=np.arange(len(event)),
        pt=np.full(len(event), 60.0),
        phi=phi,
    )
    columns = {"pt": np.full(len(event), 60.0), "eta": np.full(len(event), 0.1), "phi": phi}
    jets = Objects(event, columns, np.arange(len(event)))
    return fake_leptons(fakes, particles, jets, Streams(5, "fakes", 0)), jets


@pytest.fixture
def multijets(make_particles: Callable[..., Particles]) -> FakeLeptons:
    fakes, _ = _seen(make_particles, Fakes(muon=True, opposite_to_same=1.06))
    assert len(fakes.muons) == len(fakes.taus) == _EVENTS
    return fakes


def test_opposite_charges_are_more_frequent_by_the_factor(multijets: FakeLeptons) -> None:
    opposite = int(np.sum(multijets.muons["charge"] * multijets.taus["charge"] < 0))
    assert stats.binomtest(opposite, _EVENTS, 1.06 / 2.06).pvalue > 1e-3
    # And the test could tell 1.06 from 1.
    assert stats.binomtest(opposite, _EVENTS, 0.5).pvalue < 1e-3


def test_isolations_fall_exponentially(multijets: FakeLeptons) -> None:
    for isolation, scale in (
        (multijets.muons["pfRelIso04_all"], 0.20),
        (multijets.taus["relIso_all"], 0.15),
    ):
        assert stats.kstest(isolation, "expon", args=(0, scale)).pvalue > 1e-3


def test_nothing_depends_on_anything_else(multijets: FakeLeptons) -> None:
    muons, taus = multijets.muons, multijets.taus
    opposite = (muons["charge"] * taus["charge"]).astype(float)
    columns = [muons["pfRelIso04_all"], taus["relIso_all"], opposite, muons["pt"], taus["pt"]]
    correlations = stats.spearmanr(np.stack(columns, axis=1)).statistic
    off_diagonal = correlations[~np.eye(len(columns), dtype=bool)]
    assert np.abs(off_diagonal).max() < 4.5 / np.sqrt(_EVENTS)


def test_muon_and_tau_come_from_different_jets(multijets: FakeLeptons) -> None:
    assert np.all(multijets.muons["jetIdx"] != multijets.taus["jetIdx"])
    assert set(multijets.taus["jetIdx"].tolist()) == {0, 1}
    assert set(multijets.taus["genPartIdx"].tolist()) == {-1}
    assert set(multijets.muons.source.tolist()) == {-1}


@pytest.mark.parametrize(
    ("code", "positive"), [(_QUARK, 0.7), (-_QUARK, 0.3), (1, 0.3), (_GLUON, 0.5)]
)
def test_charge_follows_the_quark(
    make_particles: Callable[..., Particles], code: int, positive: float
) -> None:
    fakes, _ = _seen(make_particles, Fakes(), (code,))
    assert len(fakes.muons) == 0
    count = int(np.sum(fakes.taus["charge"] > 0))
    assert stats.binomtest(count, _EVENTS, positive).pvalue > 1e-3


def test_flags_follow_the_isolation(multijets: FakeLeptons) -> None:
    taus = multijets.taus
    np.testing.assert_array_equal(taus["idIsoTight"], taus["relIso_all"] < 0.05)
    np.testing.assert_array_equal(taus["idIsoLoose"], taus["relIso_all"] < 0.12)


def test_without_jets_there_is_no_fake(make_particles: Callable[..., Particles]) -> None:
    particles = make_particles(id=[_GLUON, _GLUON], status=[-23, -23], pt=[30.0, 30.0])
    empty = np.empty(0)
    jets = Objects(np.empty(0, np.int64), {"pt": empty, "eta": empty, "phi": empty})
    fakes = fake_leptons(Fakes(muon=True), particles, jets, Streams(5, "fakes", 0))
    assert (len(fakes.muons), len(fakes.taus)) == (0, 0)
