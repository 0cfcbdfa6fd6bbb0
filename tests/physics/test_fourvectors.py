"""Formulas against the vector package, on floats, arrays and expressions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepline.physics import angles, fourvectors

vector = pytest.importorskip("vector", reason="vector is not installed")

PT = st.floats(1, 1000)
ETA = st.floats(-4, 4)
PHI = st.floats(-np.pi, np.pi)
MASS = st.floats(0.1, 200)
FAST = settings(max_examples=60, deadline=None, derandomize=True, database=None)


@FAST
@given(PT, ETA, PHI, MASS, PT, ETA, PHI, MASS)
def test_sums_of_four_momenta_equal_vector(pt1, eta1, phi1, m1, pt2, eta2, phi2, m2):
    first = vector.obj(pt=pt1, eta=eta1, phi=phi1, mass=m1)
    second = vector.obj(pt=pt2, eta=eta2, phi=phi2, mass=m2)
    total = first + second
    px = fourvectors.momentum_x(pt1, phi1) + fourvectors.momentum_x(pt2, phi2)
    py = fourvectors.momentum_y(pt1, phi1) + fourvectors.momentum_y(pt2, phi2)
    pz = fourvectors.momentum_z(pt1, eta1) + fourvectors.momentum_z(pt2, eta2)
    e = fourvectors.energy(pt1, eta1, m1) + fourvectors.energy(pt2, eta2, m2)
    assert e == pytest.approx(total.E, rel=1e-12)
    assert px == pytest.approx(total.px, rel=1e-9, abs=1e-9)
    assert fourvectors.transverse_momentum(px, py) == pytest.approx(total.pt, rel=1e-9, abs=1e-9)
    # A mass is a small difference of large numbers: compare at the scale of the energy.
    assert fourvectors.invariant_mass(e, px, py, pz) ** 2 == pytest.approx(
        total.mass**2, abs=1e-12 * e**2
    )
    if total.pt > 1e-3:
        assert fourvectors.azimuth(px, py) == pytest.approx(total.phi, abs=1e-6)
        pt = fourvectors.transverse_momentum(px, py)
        assert fourvectors.pseudorapidity(pt, pz) == pytest.approx(total.eta, abs=1e-6)
        assert fourvectors.rapidity(e, pz) == pytest.approx(total.rapidity, abs=1e-6)


@FAST
@given(ETA, PHI, ETA, PHI)
def test_distances_equal_vector(eta1, phi1, eta2, phi2):
    first = vector.obj(pt=1, eta=eta1, phi=phi1, mass=0)
    second = vector.obj(pt=1, eta=eta2, phi=phi2, mass=0)
    assert angles.delta_r(eta1, phi1, eta2, phi2) == pytest.approx(
        first.deltaR(second), rel=1e-9, abs=1e-7
    )
    dphi = angles.delta_phi(phi1, phi2)
    assert -np.pi < dphi <= np.pi
    assert np.cos(dphi) == pytest.approx(np.cos(phi1 - phi2), abs=1e-9)


@FAST
@given(PT, PHI, PT, PHI)
def test_transverse_mass_is_the_mass_of_the_transverse_parts(pt1, phi1, pt2, phi2):
    flat = vector.obj(pt=pt1, eta=0, phi=phi1, mass=0) + vector.obj(pt=pt2, eta=0, phi=phi2, mass=0)
    found = fourvectors.transverse_mass(pt1, phi1, pt2, phi2)
    assert found**2 == pytest.approx(flat.mass**2, abs=1e-9 * (pt1 + pt2) ** 2)


def test_mass_is_never_the_root_of_a_negative_number():
    assert fourvectors.invariant_mass(1.0, 1.0, 1e-9, 0.0) == 0.0
