"""``hepline particle`` as a user sees it."""


def test_a_particle_with_decays_and_flight(hepline):
    done = hepline("particle", "J/psi", "--energy", 1, "--energy", 10, "--decays", 4)
    assert done.code == 0
    for said in (
        "J/psi(1S)   number 443, antiparticle itself",
        "3.096900 ± 0.000006 GeV",
        "92.6 ± 1.7 keV",
        "cτ = 2.13 pm",
        "5.93 %  mu+ mu-",
        "E = 1 GeV: less than its mass",
        "E = 10 GeV, p = 9.508 GeV: 6.54 pm, beam pipe",
    ):
        assert said in done.out


def test_stable_particles_have_no_lifetime(hepline):
    done = hepline("particle", "e-")
    assert "0 (stable)" in done.out
    assert "mean life" not in done.out


def test_an_unknown_name_ends_with_the_nearest(hepline):
    done = hepline("particle", "muno")
    assert done.code == 2
    assert "did you mean 'muon'" in done.err
