"""Jet resolution and identity."""

from __future__ import annotations

import numpy as np
import pytest

from hepline.data.generator.jet_response import jet_resolution, reconstructed_jets
from hepline.data.generator.jets import JetContent
from hepline.data.generator.objects import Objects
from hepline.data.generator.randomness import Streams


def test_resolution_is_about_that_of_cms() -> None:
    # CMS, JINST 12 (2017) P02014: 15 to 20 % at 30 GeV, 10 % at 100 GeV, 5 % at 1 TeV.
    low, middle, high = jet_resolution(np.array([30.0, 100.0, 1000.0]), np.zeros(3))
    assert 0.15 < low < 0.20
    assert middle == pytest.approx(0.10, abs=0.02)
    assert high == pytest.approx(0.05, abs=0.01)


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([211, 22, 130], 6),
        ([13, 22], 2),  # a muon and its photon: not without a lepton
        ([11, 211], 2),
        ([22, 22], 0),  # all electromagnetic and neutral: not tight
        ([211], 0),  # one particle is not a jet
    ],
)
def test_identity_follows_what_the_jet_is_made_of(make_particles, codes, expected) -> None:
    # The first particle carries nine tenths of the energy where there are two.
    pt = [20.0, 20.0, 20.0] if len(codes) == 3 else [90.0, 10.0][: len(codes)]
    particles = make_particles(id=codes, pt=pt)
    kinematics = {name: np.zeros(1) for name in ("eta", "phi", "mass")}
    jets = Objects(
        np.array([0]),
        {
            "pt": np.array([sum(pt)]),
            **kinematics,
            "hadronFlavour": np.array([0]),
            "partonFlavour": np.array([0]),
        },
        np.array([0]),
    )
    content = JetContent(np.zeros(len(codes), np.int64), np.arange(len(codes)))
    seen = reconstructed_jets(jets, content, particles, Streams(1, "test", 0))
    assert seen["jetId"].tolist() == [expected]
    fractions = [seen[name][0] for name in ("chHEF", "neHEF", "chEmEF", "neEmEF", "muEF")]
    assert sum(fractions) == pytest.approx(1.0)
