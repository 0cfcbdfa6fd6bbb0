"""Decay tables against decaylanguage's own reading of the whole file, and the PDG."""

import importlib.resources
import re

import pytest

from hepline.spectra.particles import decay_table, decays


@pytest.mark.parametrize(
    ("mother", "products", "fraction", "within"),
    [
        # PDG; EvtGen's tables are older in parts, hence the room.
        ("J/psi", ("mu+", "mu-"), 0.05961, 0.01),
        ("Upsilon(1S)", ("mu+", "mu-"), 0.0248, 0.03),
        ("D0", ("K-", "pi+"), 0.03945, 0.01),
        ("D+", ("K-", "pi+", "pi+"), 0.0938, 0.02),
        ("D-", ("pi-", "K+", "pi-"), 0.0938, 0.02),
        ("B_s0", ("J/psi", "phi"), 1.03e-3, 0.06),
        ("rho0", ("mu+", "mu-"), 4.55e-5, 0.05),
        ("phi", ("K+", "K-"), 0.499, 0.03),
        ("tau-", ("e-", "anti-nu_e", "nu_tau"), 0.1782, 1e-3),
        ("tau+", ("mu+", "nu_mu", "anti-nu_tau"), 0.1739, 1e-3),
        ("tau-", ("pi-", "nu_tau"), 0.1082, 1e-3),
        ("tau-", ("rho-", "nu_tau"), 0.2549, 1e-3),  # π⁻π⁰
        ("K_S0", ("pi+", "pi-"), 0.692, 1e-3),
        ("K_L0", ("pi+", "pi-"), 1.967e-3, 1e-3),
        ("K_L0", ("pi+", "e-", "anti-nu_e"), 0.4055 / 2, 1e-3),
        ("K_L0", ("pi+", "e-", "nu_e"), 0.0, 0.0),
        ("t", ("W+", "b"), 0.9991**2, 1e-3),
        ("Z", ("mu-", "mu+"), 0.033662, 1e-9),
        ("W-", ("mu-", "anti-nu_mu"), 0.1063, 1e-9),
        ("K-", ("pi-", "pi-", "pi+"), 0.05583, 1e-9),
        ("mu+", ("e+", "nu_e", "anti-nu_mu"), 1.0, 1e-9),
    ],
)
def test_well_known_fractions(mother, products, fraction, within):
    assert decay_table(mother).fraction(*products) == pytest.approx(fraction, rel=within)


def test_products_may_be_spelled_in_any_way_and_order():
    table = decay_table("J/psi")
    assert table.fraction("μ⁻", "mu+") == table.fraction("mu+", "mu-") > 0
    assert table.fraction("mu+", "e-") == 0


@pytest.mark.parametrize(
    ("name", "spelled", "file"),
    [
        ("J/psi", "J/psi", "DECAY_BELLE2.DEC"),
        ("D+", "D+", "DECAY_BELLE2.DEC"),
        ("tau-", "tau-", "DECAY_BELLE2.DEC"),
        ("B0", "B0", "DECAY_BELLE2.DEC"),
        ("Lambda", "Lambda0", "DECAY_BELLE2.DEC"),
        ("Upsilon(3S)", "Upsilon(3S)", "DECAY_BELLE2.DEC"),
        ("Delta(1600)0", "Delta(1600)0", "DECAY_LHCB.DEC"),
    ],
)
def test_all_modes_of_the_file_are_there(name, spelled, file):
    table = decay_table(name)
    assert file in table.source
    text = (importlib.resources.files("decaylanguage") / "data" / file).read_text()
    block = re.search(
        rf"^Decay\s+{re.escape(spelled)}(?=\s)[^\n]*\n(.*?)^Enddecay", text, re.M | re.S
    )[1]
    lines = (line.split("#")[0].split() for line in block.splitlines())
    by_hand = sum(float(line[0]) for line in lines if line and line[0][0].isdigit())
    assert sum(mode.fraction for mode in table.modes) == pytest.approx(by_hand, rel=1e-9)
    fractions = [mode.fraction for mode in table.modes]
    assert fractions == sorted(fractions, reverse=True)
    assert len({tuple(sorted(mode.products)) for mode in table.modes}) == len(fractions)


@pytest.mark.parametrize(
    ("particle", "antiparticle"), [("tau-", "tau+"), ("Lambda_c+", "anti-Lambda_c-")]
)
def test_an_antiparticle_decays_into_antiparticles(particle, antiparticle):
    from decaylanguage.utils.particleutils import charge_conjugate_name

    ours, theirs = decay_table(particle), decay_table(antiparticle)
    assert ours.modes
    assert len(ours.modes) == len(theirs.modes)
    for mode in ours.modes[:20]:
        if not any("hadrons" in one for one in mode.products):
            mirrored = [charge_conjugate_name(one) for one in mode.products]
            assert theirs.fraction(*mirrored) == pytest.approx(mode.fraction, rel=1e-9)


def test_every_product_is_a_particle():
    """EvtGen's files give a name of their own to particles that decay in a special way."""
    products = {one for mode in decay_table("B0").modes for one in mode.products}
    assert not products & {"K*S", "K*L", "phiR"}
    assert decay_table("B0").fraction("J/psi", "K*0") == pytest.approx(1.27e-3, rel=0.06)


@pytest.mark.slow
def test_all_blocks_of_both_files_can_be_read():
    for file in decays._FILES:
        for name, block in decays._blocks(file).items():
            if len(block) < 10_000:  # of B mesons some are read above; they take long
                assert isinstance(decays._parsed(block, file), tuple), name


def test_elementary_fractions_add_up():
    # Rounded averages: to the permille; of the top quark, the rest goes to W s and W d.
    for name in ("Z", "W+", "pi+", "K+", "K_L0", "K_S0", "H", "n", "mu-", "t"):
        total = sum(mode.fraction for mode in decay_table(name).modes)
        assert total == pytest.approx(1, abs=2.01e-3), name


def test_what_does_not_decay_says_so():
    assert decay_table("proton").modes == ()
    assert "no decay" in decay_table("e-").source
    assert "pdglive" in decay_table("b").source
