"""Names of particles, in all the ways in which physicists write them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from particle import Particle

from hepline.errors import ParticleNotFound
from hepline.spectra.particles.lookup import find

KNOWN = [one for one in Particle.all() if abs(one.pdgid) < 1_000_000_000]


@pytest.mark.parametrize(
    ("pdgid", "names"),
    [
        (443, ["J/psi", "jpsi", "JPSI", "J/psi(1S)", "443", 443, r"$J/\psi$", "J/ψ"]),
        (100443, ["psi(2S)", "ψ(2S)", r"\psi(2S)", "psi2s"]),
        (553, ["Upsilon", "Upsilon(1S)", "Υ(1S)", "Y(1S)", r"$\Upsilon(1S)$"]),
        (100553, ["Upsilon(2S)", "upsilon2s", "ϒ(2S)", "Y(2S)"]),
        (23, ["Z", "Z0", "z", r"Z^{0}"]),
        (-24, ["W-", r"W^{-}", "W⁻"]),
        (13, ["mu-", "μ-", "μ⁻", "muon", "mu", r"\mu^-", "mu−"]),
        (411, ["D+", "d+", "D"]),
        (310, ["K_S0", "K0S", "KS", "K(S)0", r"K_{S}^{0}", "K_S^0"]),
        (-511, ["anti-B0", "B~0", r"\bar{B}^{0}", r"\overline{B}^0", "B0bar"]),
        (-2212, ["pbar", "p~", "p-", "antiproton", "anti-p-"]),
        (120443, ["X(3872)", "X3872", "chi_c1(3872)"]),
        (-2112, ["antineutron", "nbar"]),
        (3122, ["Lambda", "Lambda0", "Λ", "Λ0"]),
        (4122, ["Lambda_c+", "Λc+", "lambdac"]),
        (333, ["phi", "phi(1020)", "φ"]),
        (25, ["H", "Higgs", "Higgs0", "H0"]),
        (2112, ["n", "neutron", "n0"]),
        (531, ["B_s0", "B(s)0", "Bs"]),
    ],
)
def test_many_spellings_mean_one_particle(pdgid, names):
    assert {str(name): int(find(name).pdgid) for name in names} == {str(n): pdgid for n in names}


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(KNOWN))
def test_the_pdgs_own_name_is_always_understood(one):
    # The same name may stand for several numbers (diquarks, technical states): names decide.
    assert find(one.name).name == one.name
    assert find(int(one.pdgid)) == one


def test_letters_that_differ_in_case_only_are_told_apart():
    assert find("b").pdgid == 5
    assert find("B").pdgid == 521
    assert find("D0").pdgid == find("d0").pdgid == 421


@pytest.mark.parametrize(
    ("name", "offered"), [("Jpsy", "'J/psi'"), ("muno", "'muon'"), ("Upsilon(9S)", "'Upsilon(")]
)
def test_unknown_names_get_the_nearest_ones(name, offered):
    with pytest.raises(ParticleNotFound) as caught:
        find(name)
    assert name in str(caught.value)
    assert offered in caught.value.fix


def test_unknown_numbers_get_the_nearest_ones():
    with pytest.raises(ParticleNotFound) as caught:
        find(444)
    assert "443 (J/psi(1S))" in caught.value.fix


def test_a_name_of_several_particles_is_not_guessed(monkeypatch):
    from hepline.spectra.particles import lookup

    monkeypatch.setattr(lookup, "_index", lambda: ({}, {"b0": (511, 513)}))
    with pytest.raises(ParticleNotFound, match="may be several") as caught:
        find("b0")
    assert "'B0' or" in caught.value.fix
