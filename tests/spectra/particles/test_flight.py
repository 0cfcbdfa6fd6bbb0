"""Flight distances against (p/m) cτ by hand."""

import math

import pytest

from hepline.errors import AnalysisError
from hepline.spectra.particles import flight_table


def test_three_energies_are_taken_where_none_is_given():
    names = ["mu-", "K+", "B+"]
    flights = flight_table(names)
    assert len(flights) == 9
    assert [one.energy for one in flights[:3]] == [1, 10, 100]


@pytest.mark.parametrize(
    ("name", "momentum", "centimetres", "ends"),
    [
        # m and cτ of the PDG; d = p/m cτ by hand.
        ("mu-", 10, 10 / 0.1056584 * 65863.84, "outside"),
        ("K_S0", 10, 10 / 0.497611 * 2.6844, "tracker"),
        ("B+", 100, 100 / 5.27941 * 0.04911, "beam pipe"),
        ("Lambda", 20, 20 / 1.115683 * 7.89, "calorimeters"),
        ("pi0", 1, 1 / 0.1349768 * 2.53e-6, "beam pipe"),
        ("J/psi", 100, 100 / 3.0969 * 2.131e-10, "beam pipe"),
    ],
)
def test_mean_distances(name, momentum, centimetres, ends):
    (flight,) = flight_table([name], momenta=[momentum])
    assert flight.length == pytest.approx(centimetres, rel=1e-2)
    assert flight.ends == ends


def test_one_name_is_one_particle():
    assert flight_table("mu-", energies=[5.0]) == flight_table(["mu-"], energies=[5.0])


def test_energy_below_the_mass_is_no_flight():
    light, heavy = flight_table(["pi+", "B+"], energies=[1.0])
    assert light.momentum == pytest.approx(math.sqrt(1 - 0.13957039**2))
    assert math.isnan(heavy.momentum)
    assert math.isnan(heavy.length)
    assert heavy.ends == ""


def test_what_is_stable_leaves_the_detector():
    (stable,) = flight_table(["e-"], energies=[10])
    assert stable.length == math.inf
    assert stable.ends == "outside"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"energies": [1.0], "momenta": [1.0]}, "energies and at given momenta"),
        ({"energies": [-1.0]}, "-1 GeV"),
        ({"momenta": [math.inf]}, "inf GeV"),
    ],
)
def test_nonsense_is_refused(arguments, said):
    with pytest.raises(AnalysisError, match=said):
        flight_table(["mu-"], **arguments)


@pytest.mark.parametrize(("name", "lacks"), [("gamma", "no mass"), ("b", "lifetime")])
def test_what_is_not_known_is_said(name, lacks):
    with pytest.raises(AnalysisError) as caught:
        flight_table([name])
    assert lacks in caught.value.why


def test_without_names_particles_of_every_lifetime_fly():
    flights = flight_table(energies=[100.0])
    assert len(flights) == 19
    lengths = [flight.length for flight in flights]
    assert max(lengths) > 1e7  # cm: a muon of 100 GeV
    assert min(lengths) < 1e-7
