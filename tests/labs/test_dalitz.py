"""The Dalitz plot: its edges from vector's boosts, its evenness from statistics."""

import numpy as np
import pytest
from scipy import stats

import hepline as hl
from hepline.errors import HeplineError
from recipes import dalitz
from recipes.phasespace import three_body_decays

D_PLUS, KAON, PION = 1.86966, 0.493677, 0.13957039  # PDG 2024, GeV
MASSES = (KAON, PION, PION)


@pytest.fixture(scope="module")
def decays():
    return three_body_decays(D_PLUS, MASSES, events=40_000, seed=3)


def pair(decays, *which):
    return dalitz.squared_mass(*np.sum([decays[index] for index in which], axis=0))


def test_decays_conserve_four_momentum_and_keep_masses(decays):
    total = decays.sum(axis=0)
    np.testing.assert_allclose(total[0], D_PLUS, rtol=1e-12)
    np.testing.assert_allclose(total[1:], 0, atol=1e-12)
    for particle, mass in zip(decays, MASSES, strict=True):
        np.testing.assert_allclose(dalitz.squared_mass(*particle), mass**2, atol=1e-12)


def test_all_decays_lie_inside_of_the_edges_and_come_close(decays):
    m12, m23 = pair(decays, 0, 1), pair(decays, 1, 2)
    low, high = dalitz.mass12_range(D_PLUS, MASSES)
    assert low <= m12.min() < low + 0.02
    assert high - 0.02 < m12.max() <= high
    bottom, top = dalitz.mass23_limits(m12, D_PLUS, MASSES)
    assert np.all(m23 >= bottom - 1e-9)
    assert np.all(m23 <= top + 1e-9)
    place = (m23 - bottom) / (top - bottom)
    # At each m12, phase space fills m23 evenly.
    assert stats.kstest(place, "uniform").pvalue > 1e-3


def test_phase_space_fills_the_dalitz_plot_evenly(decays):
    m12 = pair(decays, 0, 1)
    low, high = dalitz.mass12_range(D_PLUS, MASSES)
    grid = np.linspace(low, high, 4001)
    bottom, top = dalitz.mass23_limits(grid, D_PLUS, MASSES)
    cumulative = np.concatenate(
        ([0], np.cumsum(0.5 * np.diff(grid) * ((top - bottom)[1:] + (top - bottom)[:-1])))
    )
    result = stats.kstest(m12, lambda x: np.interp(x, grid, cumulative / cumulative[-1]))
    assert result.pvalue > 1e-3


def test_the_three_squared_masses_add_up(decays):
    total = pair(decays, 0, 1) + pair(decays, 1, 2) + pair(decays, 0, 2)
    np.testing.assert_allclose(total, D_PLUS**2 + sum(m**2 for m in MASSES), rtol=1e-12)


def test_directions_have_no_preference(decays):
    for particle in decays:
        cosine = particle[3] / np.sqrt(np.sum(particle[1:] ** 2, axis=0))
        assert stats.kstest(cosine, "uniform", args=(-1, 2)).pvalue > 1e-3


def test_breakup_momentum_of_known_decays():
    # PDG's listings: p in D+ -> K- pi+ pi+ has none, J/psi -> mu mu 1545 MeV, K0S -> pi pi 206 MeV.
    assert dalitz.breakup_momentum(3.0969, 0.1056584, 0.1056584) == pytest.approx(1.545, abs=5e-4)
    assert dalitz.breakup_momentum(0.497611, PION, PION) == pytest.approx(0.206, abs=5e-4)
    assert dalitz.breakup_momentum(0.2, PION, PION) == 0


def test_edges_run_on_expressions(tmp_path):
    (tmp_path / "one.csv").write_text("m12\n1.0\n2.5\n")
    low, high = dalitz.mass23_limits(hl.open(tmp_path / "one.csv").m12, D_PLUS, MASSES)
    found = [np.asarray(part) for part in hl.compute(low, high)]
    wanted = dalitz.mass23_limits(np.array([1.0, 2.5]), D_PLUS, MASSES)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


@pytest.mark.parametrize("masses", [(1.0, 0.5, 0.5), (-0.1, 0.5, 0.5)])
def test_impossible_decays_are_refused(masses):
    with pytest.raises(HeplineError, match="decays into"):
        three_body_decays(1.5, masses, events=10, seed=1)
