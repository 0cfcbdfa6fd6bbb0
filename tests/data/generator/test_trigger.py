"""Trigger turn-on."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from hepline.data.generator.trigger import turn_on


def test_turn_on_is_a_normal_distribution_function() -> None:
    pt = np.linspace(15, 40, 26)
    expected = 0.9 * norm.cdf(pt, loc=24, scale=0.48)
    found = turn_on(pt, 24.0, plateau=0.9, resolution=0.02)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_half_of_the_plateau_at_the_threshold() -> None:
    found = turn_on(np.array([24.0]), 24.0, plateau=0.9, resolution=0.02)
    assert found[0] == pytest.approx(0.45)
