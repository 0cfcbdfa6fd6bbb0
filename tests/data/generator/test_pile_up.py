"""Pile-up and its weights."""

from __future__ import annotations

import numpy as np
import pytest

from hepline.data.generator.pile_up import pile_up, profile
from hepline.data.generator.randomness import Streams

_EVENTS = 40_000


def _drawn(mean: float, seed: int = 1) -> dict[str, np.ndarray]:
    return pile_up(mean, _EVENTS, Streams(seed, "test", 0))


def test_mean_is_the_one_of_the_era() -> None:
    drawn = _drawn(23.0)["Pileup_nTrueInt"]
    assert drawn.mean() == pytest.approx(23.0, abs=4 * drawn.std() / np.sqrt(_EVENTS))


def test_vertices_are_poisson_around_their_share() -> None:
    drawn = _drawn(23.0)
    excess = drawn["PV_npvs"] - 1 - 0.7 * drawn["Pileup_nTrueInt"]
    error = excess.std() / np.sqrt(_EVENTS)
    assert excess.mean() == pytest.approx(0.0, abs=4 * error)
    assert excess.var() == pytest.approx(0.7 * 23.0, rel=0.05)


def test_profile_is_what_is_drawn() -> None:
    edges = np.linspace(0, 60, 21)
    counts, _ = np.histogram(_drawn(23.0)["Pileup_nTrueInt"], edges)
    expected = profile(23.0, edges) * _EVENTS
    filled = expected > 20
    chi2 = np.sum((counts - expected)[filled] ** 2 / expected[filled])
    assert chi2 < filled.sum() + 5 * np.sqrt(2 * filled.sum())
