"""Flight and motion against numbers of the PDG and each other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepline.physics import motion
from hepline.physics.boosts import lorentz_factor

FAST = settings(max_examples=60, deadline=None, derandomize=True, database=None)
MUON, MUON_CTAU = 0.1056583755, 658.6384  # GeV, m: PDG


def test_a_muon_of_10_gev_crosses_the_atmosphere_by_time_dilation_only():
    p = motion.momentum_of(10.0, MUON)
    # βγ = √(E² − m²)/m = 94.6398 by hand; without dilation it would be 658.6 m.
    assert motion.decay_length(p, MUON, MUON_CTAU) == pytest.approx(94.6393 * 658.6384, rel=1e-4)


@FAST
@given(st.floats(1e-3, 1e3), st.floats(0.01, 100))
def test_energy_momentum_and_speed_agree(p, mass):
    e = motion.energy_of(p, mass)
    assert motion.momentum_of(e, mass) == pytest.approx(p, rel=1e-7, abs=1e-7 * mass)
    beta = p / e
    if beta < 0.999:
        gamma = lorentz_factor(beta)
        assert gamma * mass == pytest.approx(e, rel=1e-9)
        # d = βγ cτ, and p/m = βγ.
        assert motion.decay_length(p, mass, 2.0) == pytest.approx(2 * beta * gamma, rel=1e-9)


def test_newton_is_the_limit_of_einstein():
    mass = 1.0
    for p, difference in ((1e-3, 1e-6), (0.1, 3e-3)):
        true = motion.kinetic_energy(motion.energy_of(p, mass), mass)
        assert motion.classical_kinetic_energy(p, mass) == pytest.approx(true, rel=difference)
    # At p = 10 m: p²/2m = 50 m against (√101 − 1) m.
    assert motion.classical_kinetic_energy(10.0, mass) == 50.0
    assert motion.kinetic_energy(motion.energy_of(10.0, mass), mass) == pytest.approx(9.0498756)


def test_too_little_energy_gives_no_momentum():
    with np.errstate(invalid="ignore"):
        assert np.isnan(motion.momentum_of(np.array([1.0]), 5.28)).all()
