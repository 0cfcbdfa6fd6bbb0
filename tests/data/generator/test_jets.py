"""Generator jets against a direct implementation of anti-kt."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from hepline.data.generator.blocks import PythiaRun
from hepline.data.generator.jets import cluster
from hepline.data.generator.particles import Particles
from hepline.data.generator.processes import PROCESSES


@pytest.fixture(scope="module")
def particles() -> Particles:
    run = PythiaRun(PROCESSES["ttbar"].parts[0], seed=5)
    return next(run.batches(12, batch=12))


def _anti_kt(momenta: np.ndarray) -> list[np.ndarray]:
    """The textbook algorithm with R = 0.4, O(n³): momenta are rows of px, py, pz, E."""
    objects, jets = list(momenta), []
    while objects:
        p = np.array(objects)
        inverse = 1.0 / (p[:, 0] ** 2 + p[:, 1] ** 2)
        rapidity = 0.5 * np.log((p[:, 3] + p[:, 2]) / (p[:, 3] - p[:, 2]))
        phi = np.arctan2(p[:, 1], p[:, 0])
        turn = np.abs(phi[:, None] - phi[None, :])
        turn = np.minimum(turn, 2 * np.pi - turn)
        apart = ((rapidity[:, None] - rapidity[None, :]) ** 2 + turn**2) / 0.4**2
        pair = np.minimum(inverse[:, None], inverse[None, :]) * apart
        np.fill_diagonal(pair, inverse)
        i, j = np.unravel_index(np.argmin(pair), pair.shape)
        if i == j:
            jets.append(objects.pop(i))
            continue
        merged = objects[i] + objects[j]
        objects = [o for k, o in enumerate(objects) if k not in (i, j)] + [merged]
    return jets


@pytest.mark.slow
def test_jets_are_those_of_the_textbook_algorithm(particles: Particles) -> None:
    jets, _ = cluster(particles)
    for event in range(2):
        mine = particles.final & (particles.event == event) & (np.abs(particles.eta) < 5.0)
        mine &= ~np.isin(particles.kind, (12, 14, 16))
        columns = (particles.px, particles.py, particles.pz, particles.energy)
        expected = _anti_kt(np.stack([column[mine] for column in columns], axis=1))
        expected_pt = sorted(np.hypot(j[0], j[1]) for j in expected)
        expected_pt = [pt for pt in expected_pt if pt > 10.0]
        found = sorted(jets["pt"][jets.event == event])
        assert found == pytest.approx(expected_pt, rel=1e-6)


@pytest.mark.slow
def test_constituents_add_up_to_their_jet(particles: Particles) -> None:
    jets, content = cluster(particles)
    for name, trigonometry in (("px", np.cos), ("py", np.sin)):
        summed = np.bincount(content.jet, weights=getattr(particles, name)[content.particle])
        np.testing.assert_allclose(summed, jets["pt"] * trigonometry(jets["phi"]), atol=1e-3)
    np.testing.assert_array_equal(particles.event[content.particle], jets.event[content.jet])


@pytest.mark.slow
def test_b_jets_of_top_pairs_are_near_the_b_quarks(ttbar: ak.Array) -> None:
    jets = ttbar.GenJet[(ttbar.GenJet.hadronFlavour == 5) & (ttbar.GenJet.pt > 40)]
    quarks = ttbar.GenPart[(abs(ttbar.GenPart.pdgId) == 5) & (ttbar.GenPart.status == 23)]
    pairs = ak.cartesian({"jet": jets, "quark": quarks}, nested=True)
    turn = abs(pairs.jet.phi - pairs.quark.phi)
    turn = ak.where(turn > np.pi, 2 * np.pi - turn, turn)
    nearest = ak.min(np.hypot(pairs.jet.eta - pairs.quark.eta, turn), axis=-1)
    assert ak.mean(ak.flatten(nearest) < 0.4) > 0.85
