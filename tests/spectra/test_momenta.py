"""Which particle a collection is named after, and the constants beside the table."""

import awkward as ak
import numpy as np
import pytest

import hepline as hl
from hepline.columns.kinematics import spelled
from hepline.spectra.combination import combination_of
from hepline.spectra.momenta import PARTICLES, list_momenta, particle_of, suffices
from hepline.spectra.particles.lookup import find


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
    found = spelled(["PT", "Eta", "phi", "m", "Q"])
    assert found == {"pt": "PT", "eta": "Eta", "phi": "phi", "mass": "m", "charge": "Q"}
    assert suffices(found)
    assert not suffices(spelled(["pt", "eta"]))
    assert suffices(spelled(["E", "px", "py", "pz"]))


@pytest.mark.filterwarnings("ignore::hepline.errors.DataWarning")
def test_a_subset_of_particles_is_combined_like_any_list(shared_data):
    events = hl.open(shared_data / "formats/test_FCC_Winter2023.root")
    asked, said = combination_of(events)
    assert asked.collection == "Muon"
    assert said == ("found the collection Muon.",)
    (one, other), held, _ = list_momenta(events, "Muon", 2, exactly=True, mass=None)
    energy, number = hl.compute(one.energy + other.energy, held)
    muons = hl.compute(events.Muon.energy)
    expected = [[sum(own)] if len(own) == 2 else [] for own in muons.tolist()]
    np.testing.assert_allclose(ak.flatten(energy), np.concatenate(expected), rtol=1e-6)
    assert number.tolist() == ak.num(muons).tolist()
