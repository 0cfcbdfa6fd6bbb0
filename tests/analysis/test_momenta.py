"""Which particle a collection is named after, and the constants beside the table."""

import pytest

from hepline.analysis.momenta import PARTICLES, coordinates, particle_of, suffices
from hepline.stats.particles.lookup import find


def test_masses_are_those_of_the_table():
    for one in PARTICLES:
        name = one.name if one.name == "gamma" else f"{one.name}+"
        assert one.mass == pytest.approx(find(name).mass / 1e3, rel=1e-12), one.name


@pytest.mark.parametrize(
    ("name", "particle"), [("Muon", "mu"), ("electrons", "e"), ("K", "K"), ("Photon", "gamma")]
)
def test_collections_are_named_after_particles(name, particle):
    assert particle_of(name).name == particle
    assert particle_of("Jet") is None


def test_coordinates_that_make_a_momentum():
    found = coordinates(["PT", "Eta", "phi", "m", "Q"])
    assert found == {"pt": "PT", "eta": "Eta", "phi": "phi", "mass": "m", "charge": "Q"}
    assert suffices(found)
    assert not suffices(coordinates(["pt", "eta"]))
    assert suffices(coordinates(["E", "px", "py", "pz"]))
