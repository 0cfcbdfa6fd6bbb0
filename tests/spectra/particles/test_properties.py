"""Numbers of the PDG's listings, of which editions differ in the last digits."""

import importlib.resources
import math

import pytest

from hepline.spectra.particles import particle, table_edition


@pytest.mark.parametrize(
    ("name", "mass", "width", "spin_parity"),
    [
        ("J/psi", 3.096900, 92.6e-6, "1--"),
        ("Upsilon(1S)", 9.4604, 54.02e-6, "1--"),
        ("Z", 91.188, 2.4955, "1"),
        ("phi", 1.019461, 4.249e-3, "1--"),
        ("pi0", 0.1349768, 7.81e-9, "0-+"),
        ("chi_c1", 3.51067, 0.84e-3, "1++"),
        ("proton", 0.93827208816, 0, "1/2+"),
    ],
)
def test_masses_widths_and_spins(name, mass, width, spin_parity):
    found = particle(name)
    assert found.mass == pytest.approx(mass, rel=1e-5)
    assert found.width == pytest.approx(width, rel=0.05)
    assert found.spin_parity == spin_parity


@pytest.mark.parametrize(
    ("name", "lifetime", "ctau"),
    [
        ("mu-", 2.1969811e-6, 65863.84),
        ("K_S0", 8.954e-11, 2.6844),
        ("B+", 1.638e-12, 491.1e-4),
        ("pi+", 2.6033e-8, 780.45),
    ],
)
def test_lifetimes_in_seconds_and_centimetres(name, lifetime, ctau):
    found = particle(name)
    assert found.lifetime == pytest.approx(lifetime, rel=2e-3)
    assert found.ctau == pytest.approx(ctau, rel=2e-3)


def test_units_do_not_cost_digits():
    assert particle("mu-").mass == 0.1056583755
    assert particle("e-").mass == 0.00051099895069
    assert particle("Upsilon(2S)").mass == 10.0234
    assert particle("mu-").mass_error == pytest.approx(2.3e-9)


def test_what_is_stable_lives_for_ever_and_what_is_not_known_is_none():
    electron, neutrino, bottom = particle("e-"), particle("nu_e"), particle("b")
    assert electron.stable
    assert math.isinf(electron.lifetime)
    assert math.isinf(electron.ctau)
    assert neutrino.mass is None
    assert (bottom.lifetime, bottom.ctau, bottom.stable) == (None, None, False)


def test_antiparticles_and_quarks():
    assert particle("J/psi").antiparticle == "J/psi(1S)"
    assert particle("D+").antiparticle == "D-"
    assert particle("D+").quarks == "cd\u0304"
    assert particle("D-").quarks == "c\u0304d"
    assert particle("D-").charge == -1
    assert particle("mu-").quarks == ""


def test_the_edition_is_that_of_the_package():
    files = [file.name for file in importlib.resources.files("particle.data").iterdir()]
    assert f"particle{table_edition()}.csv" in files
