"""Rules of decays against what the Review of Particle Physics has seen and has not."""

import pytest

from hepline.spectra.particles.lookup import find
from hepline.spectra.selection_rules import charge_of, known, route

# Branching fractions of the Review of Particle Physics 2024.
SEEN = [
    ("rho(770)0", ("mu+", "mu-"), 4.6e-5),
    ("omega(782)", ("mu+", "mu-"), 7.4e-5),
    ("phi(1020)", ("mu+", "mu-"), 2.9e-4),
    ("J/psi(1S)", ("mu+", "mu-"), 0.0596),
    ("psi(2S)", ("mu+", "mu-"), 8.0e-3),
    ("Upsilon(1S)", ("mu+", "mu-"), 0.0248),
    ("Upsilon(2S)", ("mu+", "mu-"), 0.0193),
    ("Upsilon(3S)", ("mu+", "mu-"), 0.0218),
    ("psi(3770)", ("e+", "e-"), 9.6e-6),
    ("Z0", ("mu+", "mu-"), 0.0337),
    ("eta", ("mu+", "mu-"), 5.8e-6),
    ("B(s)0", ("mu+", "mu-"), 3.3e-9),
    ("H0", ("gamma", "gamma"), 2.5e-3),
    ("Z0", ("mu+", "mu-", "mu+", "mu-"), 4.6e-6),
]


@pytest.mark.parametrize(("name", "products", "fraction"), SEEN)
def test_fractions_are_right_to_an_order_of_magnitude(name, products, fraction):
    assert fraction / 13 < route(find(name), products).fraction < 13 * fraction


NEVER = [
    ("J/psi(1S)", ("e+", "mu-")),
    ("J/psi(1S)", ("gamma", "gamma")),
    ("Z0", ("gamma", "gamma")),
    ("J/psi(1S)", ("tau+", "tau-")),
    ("J/psi(1S)", ("K-", "pi+")),
    ("K(L)0", ("pi+", "pi-")),
    ("h(c)(1P)", ("mu+", "mu-")),
    ("K*(892)0", ("mu+", "mu-")),
    ("Lambda", ("pi+", "pi-")),
    ("phi(1020)", ("p", "pi-")),
]


@pytest.mark.parametrize(("name", "products"), NEVER)
def test_what_is_forbidden_or_out_of_reach_has_no_route(name, products):
    assert route(find(name), products) is None


def test_charges_add():
    assert charge_of(("K-", "pi+", "pi+")) == 1
    assert charge_of(("mu+", "mu-")) == 0


def test_the_table_has_what_a_lab_needs():
    names = {one.name for one in known()}
    assert {"J/psi(1S)", "psi(2S)", "Upsilon(3S)", "Z0", "H0", "D+", "D-", "D0"} <= names
    assert not names & {"gamma", "K0", "D~0"}
