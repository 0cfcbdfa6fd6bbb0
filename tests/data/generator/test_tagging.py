"""The b-tag against published working points, the quark likelihood against its meaning."""

from __future__ import annotations

import numpy as np
import pytest

from hepline.data.generator.objects import Objects
from hepline.data.generator.randomness import Streams
from hepline.data.generator.tagging import (
    discriminant,
    quark_likelihood,
    tagging_efficiency,
)

_JETS = 40_000
# CMS, JINST 13 (2018) P05011, table 2: cut, then efficiency for b, c, light jets.
_PUBLISHED = [
    (0.5426, 0.81, 0.37, 0.089),
    (0.8484, 0.63, 0.12, 0.009),
    (0.9535, 0.41, 0.022, 0.001),
]


def _tags(flavour: int, eta: float = 0.0) -> np.ndarray:
    jets = Objects(
        np.zeros(_JETS, np.int64),
        {"eta": np.full(_JETS, eta), "hadronFlavour": np.full(_JETS, flavour)},
    )
    return discriminant(jets, Streams(1, "test", 0))


@pytest.mark.parametrize(("cut", "b", "c", "light"), _PUBLISHED)
def test_working_points_are_those_published(cut: float, b: float, c: float, light: float) -> None:
    for flavour, expected in ((5, b), (4, c), (0, light)):
        error = np.sqrt(expected * (1 - expected) / _JETS)
        assert np.mean(_tags(flavour) > cut) == pytest.approx(expected, abs=4 * error)


@pytest.mark.parametrize("flavour", [0, 4, 5])
def test_efficiency_at_the_cut_of_the_ttbar_analysis(flavour: int) -> None:
    expected = tagging_efficiency(flavour, 0.5)
    error = np.sqrt(expected * (1 - expected) / _JETS)
    assert np.mean(_tags(flavour) > 0.5) == pytest.approx(expected, abs=4 * error)


def test_discriminant_lies_between_zero_and_one() -> None:
    tags = _tags(5)
    assert tags.min() >= 0
    assert tags.max() <= 1


def test_jets_outside_the_tracker_have_no_tag() -> None:
    assert not _tags(5, eta=2.6).any()


def _likelihoods(flavour: int, *, eta: float = 0.0, constituents: int = 9) -> np.ndarray:
    values = {"eta": eta, "partonFlavour": flavour, "nConstituents": constituents}
    jets = Objects(
        np.zeros(_JETS, np.int64), {name: np.full(_JETS, value) for name, value in values.items()}
    )
    return quark_likelihood(jets, Streams(1, str(flavour), 0))


def test_a_likelihood_is_what_it_says() -> None:
    """Of jets with the likelihood x, x are quarks, if there are as many quarks as gluons."""
    quarks, gluons = _likelihoods(-2), _likelihoods(21)
    edges = np.linspace(0, 1, 11)
    of_quarks, of_gluons = (np.histogram(part, edges)[0] for part in (quarks, gluons))
    share = of_quarks / (of_quarks + of_gluons)
    np.testing.assert_allclose(share, (edges[1:] + edges[:-1]) / 2, atol=0.02)
    # The area under the ROC curve of the densities 2x and 2 (1 − x).
    above = np.searchsorted(np.sort(gluons), quarks).mean() / _JETS
    assert above == pytest.approx(5 / 6, abs=0.01)


def test_jets_without_substructure_have_no_likelihood() -> None:
    assert (_likelihoods(1, eta=2.6) == -1).all()
    assert (_likelihoods(1, constituents=2) == -1).all()
    assert (_likelihoods(0) >= 0).all()
