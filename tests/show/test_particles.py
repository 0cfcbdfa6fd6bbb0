"""Numbers of particles with fitting units."""

import math

import pytest

from hepline.show.particles import length_text, particle_text, time_text
from hepline.spectra.particles import flight_table, particle, table_edition


@pytest.mark.parametrize(
    ("centimetres", "text"),
    [
        (6.2333e6, "62.3 km"),
        (65863.8, "659 m"),
        (2.6844, "2.68 cm"),
        (0.04911, "491 µm"),
        (2.13e-10, "2.13 pm"),
        (7.9e-15, "0.079 fm"),
        (2.63e13, "2.63e+08 km"),
        (math.inf, "without end"),
    ],
)
def test_lengths(centimetres, text):
    assert length_text(centimetres) == text


def test_times():
    assert [time_text(t) for t in (878.4, 2.197e-6, 2.6e-25)] == ["878 s", "2.2 µs", "0.26 ys"]


def test_the_text_leaves_out_what_is_not_known():
    text = particle_text(particle("nu_e"))
    assert "not known" in text
    assert "quarks" not in text
    assert "decays" not in text


def test_the_text_says_of_which_year_the_table_is():
    assert f"PDG {table_edition()}" in particle_text(particle("Z"))


def test_charges_of_quarks_are_thirds():
    assert "charge       -1/3" in particle_text(particle("b"))
    assert "charge       +1" in particle_text(particle("D+"))


def test_flights_name_the_part_of_the_detector():
    text = particle_text(particle("K_S0"), flights=flight_table(["K_S0"], momenta=[10]))
    assert "p = 10 GeV: 53.9 cm, tracker" in text
