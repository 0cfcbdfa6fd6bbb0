"""Names of peaks against the table of labs.md and the Review of Particle Physics."""

import numpy as np
import pytest
from scipy.stats import norm

from hepline.errors import HeplineError
from hepline.spectra.naming import candidates

# Measured in the 2012 sample (labs.md) or near it: mass, error, standard deviation of the peak.
DIMUONS = [
    (0.7822, 0.002, 0.009, "omega(782)"),
    (1.0168, 0.0015, 0.009, "phi(1020)"),
    (3.0924, 0.0007, 0.034, "J/psi(1S)"),
    (3.6790, 0.004, 0.040, "psi(2S)"),
    (9.453, 0.007, 0.088, "Upsilon(1S)"),
    (10.013, 0.015, 0.092, "Upsilon(2S)"),
    (10.342, 0.020, 0.095, "Upsilon(3S)"),
    (90.73, 0.04, 2.67, "Z0"),
]


@pytest.mark.parametrize(("mass", "error", "sigma", "name"), DIMUONS)
@pytest.mark.parametrize("known", [True, False])
def test_dimuon_peaks_are_named(mass, error, sigma, name, known):
    found = candidates(mass, error, resolution=sigma if known else None)
    assert found[0].name == name


def test_rho_and_omega_are_both_offered():
    found = candidates(0.778, 0.004, resolution=0.03)
    assert {one.name for one in found} == {"omega(782)", "rho(770)0"}


@pytest.mark.parametrize(
    ("mass", "name"),
    [(0.5478, "eta"), (5.3669, "B(s)0")],
)
def test_a_rare_decay_that_tables_list_has_its_name(mass, name):
    assert candidates(mass, 0.0005)[0].name == name


@pytest.mark.parametrize("mass", [0.9578, 3.5562, 9.8928])
def test_a_rare_decay_that_no_table_lists_has_none(mass):
    # η′, χc2 and χb1 have never been seen as pairs of muons (PDG).
    absent = {"eta'(958)", "chi(c2)(1P)", "chi(b1)(1P)"}
    assert not absent & {one.name for one in candidates(mass, 0.0005)}


def test_more_frequent_decays_come_first():
    # PDG: φ → K⁺K⁻ in 49 %, and a₀(980) or f₀(980) less often, where both are near.
    names = [one.name for one in candidates(1.012, 0.004, decay=("K+", "K-"), resolution=0.02)]
    assert names[0] == "phi(1020)"


def test_a_width_tells_rho_from_omega():
    broad = candidates(0.777, 0.003, width=0.148, resolution=0.008)
    narrow = candidates(0.781, 0.002, width=0.009, resolution=0.008)
    assert (broad[0].name, narrow[0].name) == ("rho(770)0", "omega(782)")


def test_numbers_are_those_of_the_review():
    # Review of Particle Physics 2024: 3096.900 ± 0.006 MeV, 92.6 keV.
    (found,) = candidates(3.0924, 0.0007, resolution=0.034)
    assert (found.name, found.pdgid) == ("J/psi(1S)", 443)
    assert found.mass == pytest.approx(3.0969, abs=1e-5)
    assert found.width == pytest.approx(92.6e-6, rel=0.01)
    assert found.percent_difference == pytest.approx(100 * (3.0924 - 3.0969) / 3.0969, rel=1e-3)
    assert found.pull == pytest.approx((3.0924 - 3.0969) / np.hypot(0.0007, 6e-6), rel=1e-3)
    assert found.probability == pytest.approx(2 * norm.sf(abs(found.pull)), rel=1e-6)
    assert found.decay.startswith("mu+ mu-: ")


def test_a_scale_systematic_lowers_the_pull_and_keeps_the_name():
    (found,) = candidates(3.0924, 0.0007, scale_error=0.0015)
    total = np.hypot(0.0007, 0.0015 * 3.0924)
    assert found.pull == pytest.approx((3.0924 - 3.0969) / total, rel=1e-3)


@pytest.mark.parametrize("mass", [3.4152, 3.5107, 3.5562, 2.9840, 9.8928, 9.9122])
def test_charmonia_without_one_photon_are_no_narrow_dimuons(mass):
    # χ and η_c are of even C: as pairs of muons they have never been seen (PDG).
    assert not any(one.decay.endswith("one virtual photon") for one in candidates(mass, 0.0005))


@pytest.mark.parametrize("mass", [2.2, 5.7, 30.0, 55.9, 400.0])
def test_nothing_is_invented_where_no_resonance_is(mass):
    assert candidates(mass, 0.001 * mass) == ()


OTHERS = [
    (1.8643, ("K-", "pi+"), 0, "D0"),
    (1.8691, ("K-", "pi+", "pi+"), 1, "D+"),
    (0.8950, ("K+", "pi-"), 0, "K*(892)0"),
    (1.1155, ("p", "pi-"), 0, "Lambda"),
    (0.4974, ("pi+", "pi-"), 0, "K(S)0"),
    (1.0195, ("K+", "K-"), 0, "phi(1020)"),
    (0.1352, ("gamma", "gamma"), 0, "pi0"),
    (125.1, ("gamma", "gamma"), 0, "H0"),
    (125.1, ("mu+", "mu-", "mu+", "mu-"), 0, "H0"),
    (90.9, ("e+", "e-", "mu+", "mu-"), 0, "Z0"),
    (91.1, ("e+", "e-"), 0, "Z0"),
    (5.2790, ("J/psi(1S)", "K+"), 1, "B+"),
    (5.3665, ("J/psi(1S)", "phi(1020)"), 0, "B(s)0"),
    (3.5105, ("J/psi(1S)", "gamma"), 0, "chi(c1)(1P)"),
]


@pytest.mark.parametrize(("mass", "decay", "charge", "name"), OTHERS)
def test_other_decays_are_named(mass, decay, charge, name):
    assert candidates(mass, 0.001 * mass, decay=decay, charge=charge)[0].name == name


FORBIDDEN = [
    (3.0969, ("e+", "mu-"), 0),  # lepton numbers
    (91.19, ("gamma", "gamma"), 0),  # Landau and Yang
    (3.0969, ("K-", "pi+"), 0),  # a weak decay is too slow for a strong one
    (1.0195, ("p", "pi-"), 0),  # baryon number, and too light
    (3.0969, ("tau+", "tau-"), 0),  # too light
]


@pytest.mark.parametrize(("mass", "decay", "charge"), FORBIDDEN)
def test_forbidden_decays_have_no_candidate(mass, decay, charge):
    assert candidates(mass, 0.001, decay=decay, charge=charge) == ()


def test_without_a_decay_the_mass_alone_decides():
    assert candidates(3.0969, 0.0002, decay=None)[0].name == "J/psi(1S)"
    names = {one.name for one in candidates(1.8697, 0.0005, charge=1, decay=None)}
    assert "D+" in names


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        ((-3.0, 0.1), {}, "has no name"),
        ((3.0, 0.0), {}, "errors of the peak"),
        ((3.0, 0.1), {"scale_error": -1.0}, "errors of the peak"),
        ((3.0, 0.1), {"charge": 1}, "charge 1"),
        ((3.0, 0.1), {"decay": ("muu", "mu-")}, "no particle 'muu'"),
    ],
)
def test_nonsense_is_refused(arguments, options, words):
    with pytest.raises(HeplineError, match=words):
        candidates(*arguments, **options)


def test_large_errors_do_not_reach_far():
    # A shoulder at 211 MeV with a systematic of its own size is not a neutral pion.
    assert all(abs(one.mass / 0.2113 - 1) < 0.06 for one in candidates(0.2113, 0.05))
    assert candidates(91.0, 5.0)[0].name == "Z0"


def test_nothing_decays_below_the_masses_of_its_products():
    assert candidates(0.93, 0.001, decay=("K+", "K-")) == ()
    assert candidates(0.99, 0.001, resolution=0.01, decay=("pi+", "pi-"))
