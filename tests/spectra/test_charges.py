"""Charges by hand: of pairs, of triplets, and of a column that holds their sum."""

import numpy as np
import pytest

from hepline.errors import AnalysisError, DataError
from hepline.spectra.charges import Charges
from hepline.spectra.combination import Combination
from hepline.spectra.masses import mass_values
from hepline.spectra.momenta import PARTICLES
from hepline.spectra.particles.lookup import find

MUON, KAON = PARTICLES[0], PARTICLES[3]


def signs(particles, rows=400, seed=2):
    return np.random.default_rng(seed).choice([-1, 1], (particles, rows))


def write(path, mass, **columns):
    rows = np.stack([mass, *columns.values()], axis=1)
    np.savetxt(path, rows, delimiter=",", header=",".join(["M", *columns]), comments="")
    return path


@pytest.mark.parametrize(
    ("wanted", "sums", "decay"),
    [
        (None, (0,), ("mu+", "mu-")),
        ("opposite", (0,), ("mu+", "mu-")),
        ("same", (-2, 2), ("mu+", "mu+")),
        ("++", (2,), ("mu+", "mu+")),
        ("--", (-2,), ("mu-", "mu-")),
        ("any", (-2, 0, 2), None),
    ],
)
def test_one_column_is_the_total_charge_of_the_pair(tmp_path, wanted, sums, decay):
    total = signs(2).sum(axis=0)
    mass = np.linspace(1, 5, len(total))
    path = write(tmp_path / "a.csv", mass, Q=total)
    asked = Combination(column="M", charges=("Q",), charge=wanted, particle="mu")
    found = mass_values(path, asked)
    assert found.values == pytest.approx(mass[np.isin(total, sums)])
    assert found.decay == decay
    assert found.label == "m(μμ) [GeV]"
    assert "Q is taken for the total charge." in found.remarks


@pytest.mark.parametrize("columns", [1, 3])
def test_three_particles_are_no_pair_of_muons(tmp_path, columns):
    of_each = signs(3)
    total = of_each.sum(axis=0)
    mass = np.linspace(1, 5, len(total))
    beside = {"Q": total} if columns == 1 else dict(zip(("Q1", "Q2", "Q3"), of_each, strict=True))
    path = write(tmp_path / "a.csv", mass, **beside)
    found = mass_values(path, Combination(column="M", charges=tuple(beside), particle="mu"))
    assert found.values == pytest.approx(mass[np.abs(total) == 1])
    assert found.charge == 1
    assert found.decay is None
    assert found.label == "m(μμμ) [GeV]"
    assert dict(found.steps)["total charge ±1"] == np.count_nonzero(np.abs(total) == 1)


def test_a_charge_that_is_missing_is_none_that_was_asked_for(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("M,Q\n1.0,0\n2.0,\n3.0,2\n4.0,0\n")
    found = mass_values(path, Combination(column="M", charges=("Q",)))
    assert found.values.tolist() == [1.0, 4.0]


def test_names_of_pairs_are_names_of_the_table():
    for particle in PARTICLES:
        pair = Charges(np.zeros(2), 2).decay(particle)
        charges = [find(name).charge for name in pair]
        assert charges == ([0, 0] if particle.name == "gamma" else [1, -1])


def test_charges_that_cannot_be_had_are_refused():
    with pytest.raises(AnalysisError, match="--charge same without charges"):
        Charges(None, 2, "same").choose()
    with pytest.raises(DataError, match="none of 3 combinations") as caught:
        Charges(np.array([2.0, 0.0, 0.0]), 2, "--").choose()
    assert "2 of total charge +0, 1 of total charge +2" in caught.value.why
    assert Charges(None, 2, "any").remarks == ()
    assert Charges(np.zeros(1), 4).charge == 0
    assert Charges(np.ones(1), 3).decay(KAON) is None
