"""Rules of decays against what the Review of Particle Physics has seen and has not."""

import pytest

from hepline.spectra.particles.lookup import find
from hepline.spectra.selection_rules import charge_of, known, route

# Seen, as the Review of Particle Physics 2024 has it; the last column is whether by itself.
SEEN = [
    ("rho(770)0", ("mu+", "mu-"), True),
    ("omega(782)", ("mu+", "mu-"), True),
    ("J/psi(1S)", ("mu+", "mu-"), True),
    ("Upsilon(1S)", ("mu+", "mu-"), True),
    ("psi(3770)", ("e+", "e-"), True),
    ("Z0", ("mu+", "mu-"), True),
    ("eta", ("mu+", "mu-"), False),
    ("B(s)0", ("mu+", "mu-"), False),
    ("H0", ("gamma", "gamma"), True),
    ("Z0", ("mu+", "mu-", "mu+", "mu-"), True),
]


@pytest.mark.parametrize(("name", "products", "plain"), SEEN)
def test_what_was_seen_has_a_route(name, products, plain):
    found = route(find(name), products)
    assert found.words
    assert found.suppressed is not plain


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
