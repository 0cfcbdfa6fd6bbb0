"""Boosts against the vector package and against what no boost changes."""

import awkward as ak
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hepline as hl
from hepline.errors import HeplineError
from hepline.physics import boosts, fourvectors

vector = pytest.importorskip("vector", reason="vector is not installed")

P = st.floats(-100, 100)
MASS = st.floats(0.1, 100)
BETA = st.floats(-0.57, 0.57)  # three of them stay below the speed of light
FAST = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def momentum(mass, px, py, pz):
    return np.sqrt(mass**2 + px**2 + py**2 + pz**2), px, py, pz


def as_vector(e, px, py, pz):
    return vector.obj(E=e, px=px, py=py, pz=pz)


@FAST
@given(MASS, P, P, P, BETA, BETA, BETA)
def test_a_boost_equals_that_of_vector(mass, px, py, pz, bx, by, bz):
    p4 = momentum(mass, px, py, pz)
    found = boosts.boosted(*p4, velocity=(bx, by, bz))
    wanted = as_vector(*p4).boost_beta3(vector.obj(x=bx, y=by, z=bz))
    scale = 1e-12 * max(found[0], p4[0])
    assert found == pytest.approx((wanted.E, wanted.px, wanted.py, wanted.pz), abs=scale)
    # The mass is what all observers agree on.
    assert as_vector(*found).mass2 == pytest.approx(mass**2, abs=1e-11 * found[0] ** 2)


@FAST
@given(MASS, P, P, P, MASS, P, P, P)
def test_the_rest_frame_equals_that_of_vector(m1, x1, y1, z1, m2, x2, y2, z2):
    one, other = momentum(m1, x1, y1, z1), momentum(m2, x2, y2, z2)
    found = boosts.to_rest_frame(*one, of=other)
    wanted = as_vector(*one).boostCM_of_p4(as_vector(*other))
    # Masses are lost in E² − p² of the frame as (E/m)² grows.
    scale = 1e-12 * one[0] * (other[0] / m2) ** 3
    assert found == pytest.approx((wanted.E, wanted.px, wanted.py, wanted.pz), abs=scale)


@FAST
@given(MASS, P, P, P)
def test_in_its_own_rest_frame_a_particle_stands_still(mass, px, py, pz):
    p4 = momentum(mass, px, py, pz)
    e, *at_rest = boosts.to_rest_frame(*p4, of=p4)
    scale = 1e-12 * (p4[0] / mass) ** 2 * p4[0]
    assert at_rest == pytest.approx([0, 0, 0], abs=scale)
    assert e == pytest.approx(mass, abs=scale)


def test_the_frame_of_a_pair_sees_its_members_back_to_back():
    rng = np.random.default_rng(1)
    one = momentum(0.105, *rng.normal(0, 20, (3, 100)))
    two = momentum(0.105, *rng.normal(0, 20, (3, 100)))
    total = tuple(a + b for a, b in zip(one, two, strict=True))
    first, second = (np.array(boosts.to_rest_frame(*p, of=total)) for p in (one, two))
    np.testing.assert_allclose(first[1:], -second[1:], atol=1e-9)
    np.testing.assert_allclose(first[0] + second[0], fourvectors.invariant_mass(*total), rtol=1e-9)


def test_the_same_formula_runs_on_awkward_arrays():
    e, pz = ak.Array([[5.0, 7.0], [], [9.0]]), ak.Array([[3.0, 1.0], [], [-4.0]])
    found = boosts.boosted(e, 0 * e, 0 * e, pz, velocity=(0.0, 0.0, 0.6))
    assert ak.num(found[0]).tolist() == [2, 0, 1]
    # γ = 1.25
    np.testing.assert_allclose(ak.flatten(found[0]), 1.25 * np.array([6.8, 7.6, 6.6]))
    np.testing.assert_allclose(ak.flatten(found[3]), 1.25 * np.array([6.0, 5.2, 1.4]))


def test_the_same_formula_runs_on_expressions(tmp_path):
    (tmp_path / "one.csv").write_text("E,px,py,pz\n5,0,3,1\n10,1,-2,3\n")
    ev = hl.open(tmp_path / "one.csv")
    recipe = boosts.boosted(ev.E, ev.px, ev.py, ev.pz, velocity=(0.1, -0.2, 0.3))
    energy, along_z = (np.asarray(part) for part in hl.compute(recipe[0], recipe[3]))
    wanted = [
        as_vector(*p).boost_beta3(vector.obj(x=0.1, y=-0.2, z=0.3))
        for p in ((5, 0, 3, 1), (10, 1, -2, 3))
    ]
    np.testing.assert_allclose(energy, [one.E for one in wanted])
    np.testing.assert_allclose(along_z, [one.pz for one in wanted])


def test_lorentz_factor_keeps_its_digits_near_the_speed_of_light():
    # 1 − 2⁻⁴⁰ is exact: γ = 1/√(2⁻⁴⁰ (2 − 2⁻⁴⁰)).
    wanted = 2.0**20 / np.sqrt(2.0 - 2.0**-40)
    assert boosts.lorentz_factor(1 - 2.0**-40) == pytest.approx(wanted, rel=1e-15)


@pytest.mark.parametrize("velocity", [(0, 0, 1), (0.6, 0.6, 0.6), (0.0, float("nan"), 0.0)])
def test_nobody_is_as_fast_as_light(velocity):
    with pytest.raises(HeplineError, match="speed of light"):
        boosts.boosted(5.0, 0.0, 0.0, 3.0, velocity=velocity)


@pytest.mark.parametrize("of", [(5.0, 3.0, 0.0, 4.0), (5, 3, 0, 4), (1.0, 2.0, 0.0, 0.0)])
def test_what_has_no_mass_has_no_rest_frame(of):
    with pytest.raises(HeplineError, match="the rest frame of"):
        boosts.to_rest_frame(5.0, 0.0, 0.0, 3.0, of=of)
