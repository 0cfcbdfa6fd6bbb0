"""Excesses anywhere; the oracles are independent bins, where the global p-value is a formula."""

import numpy as np
import pytest
from scipy import stats

from hepline.errors import FitError
from hepline.stats.inference.everywhere import look_everywhere
from hepline.stats.model import Model

BINS = 4


def model_of(place, *, counts, error=0.0, bins=BINS):
    """A signal in one of several bins with 25 events each, and nothing that joins them."""
    modifiers = [{"name": "size", "type": "normsys", "data": {"hi": 1.1, "lo": 0.9}}]
    if error:
        errors = {"name": "mc", "type": "staterror", "data": [error] * bins}
        modifiers.append(errors)
    signal = [20.0 if bin == place else 0.0 for bin in range(bins)]
    mu = {"name": "mu", "type": "normfactor", "data": None}
    only = {"name": f"only {place}", "type": "normsys", "data": {"hi": 1.2, "lo": 0.8}}
    return Model(
        {
            "channels": [
                {
                    "name": "SR",
                    "samples": [
                        {"name": "sig", "data": signal, "modifiers": [mu, only]},
                        {"name": "bkg", "data": [25.0] * bins, "modifiers": modifiers},
                    ],
                }
            ],
            "observations": [{"name": "SR", "data": list(counts)}],
            "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
            "version": "1.0.0",
        }
    )


def test_independent_bins_have_the_product_of_their_probabilities():
    counts = [25.0, 36.0, 25.0, 25.0]
    models = [model_of(place, counts=counts) for place in range(BINS)]
    models = [model.holding({"size": 0.0}) for model in models]
    found = look_everywhere(models, 2000, seed=5)
    assert found.at == 1
    # Each bin is a Poisson count of 25 on its own: none of them reaches 36.
    wanted = 1 - stats.poisson.cdf(35, 25.0) ** BINS
    assert abs(found.p_value - wanted) < 4 * found.error
    assert found.lower < found.p_value < found.upper
    interval = stats.binomtest(round(found.p_value * 2001) - 1, 2000).proportion_ci(0.6826894921)
    assert (found.lower, found.upper) == pytest.approx((interval.low, interval.high), rel=1e-6)
    assert found.observed == pytest.approx(stats.norm.isf(found.p_value), rel=1e-9)


def test_all_models_see_the_same_toys():
    """Twice the same model is as one: an excess is found in both or in none."""
    counts = [25.0, 36.0, 25.0, 25.0]
    alike = [model_of(1, counts=counts, error=error) for error in (1.0, 1.0)]
    found = look_everywhere(alike, 50, seed=2)
    np.testing.assert_allclose(found.statistics[:, 0], found.statistics[:, 1], atol=1e-6)
    # The width of its auxiliary data may differ: they fluctuate by as many standard deviations.
    wider = look_everywhere([alike[0], model_of(1, counts=counts, error=1.3)], 50, seed=2)
    np.testing.assert_allclose(wider.statistics[:, 0], found.statistics[:, 0], atol=1e-6)
    assert np.corrcoef(wider.statistics.T)[0, 1] > 0.95


def test_crossings_are_counted_along_the_line():
    counts = [25.0, 41.0, 25.0, 25.0]
    models = [model_of(place, counts=counts) for place in range(BINS)]
    found = look_everywhere(models, 300, seed=5, line=[0, 1, 2, 3])
    assert found.upcrossings.p_value > found.upcrossings.local_p_value
    # Neighbors are independent: a rise through the level has the chance below × above.
    above = found.statistics > 0.5
    rises = (~above[:, :-1] & above[:, 1:]).sum(axis=1).mean()
    wanted = found.upcrossings.local_p_value + rises * np.exp(-(found.local**2 - 0.5) / 2)
    assert found.upcrossings.p_value == pytest.approx(wanted, rel=1e-9)
    assert look_everywhere(models, 5, seed=5).upcrossings is None
    low = [model.observing([25.0] * BINS) for model in models]
    assert look_everywhere(low, 5, seed=5, line=[0, 1, 2, 3]).upcrossings is None


def test_models_must_share_their_bins():
    models = [model_of(1, counts=[25.0] * bins, bins=bins) for bins in (3, 4)]
    with pytest.raises(FitError, match="no toys in common"):
        look_everywhere(models, 10, seed=1)
    with pytest.raises(FitError, match="no toys in common"):
        look_everywhere([], 10, seed=1)
