"""Normalisation, against NumPy."""

import json

import numpy as np
import pytest

from hepline.errors import DataError, DataWarning
from hepline.timeseries.channel import Channel
from hepline.timeseries.normalization import Normalization, normalization
from hepline.timeseries.series import Aligned, Series

generator = np.random.default_rng(2)
VALUES = generator.normal([[3.0], [-200.0]], [[2.0], [40.0]], (2, 500))
VALID = generator.uniform(size=(2, 500)) > 0.1
TRAIN = Aligned(("a", "b"), 10.0, 4.0, np.where(VALID, VALUES, np.nan), VALID, ("m", "s"))


@pytest.mark.parametrize("method", ["standard", "robust", "range"])
def test_the_numbers_are_numpys(method):
    fitted = normalization(TRAIN, method=method)
    for row, name in enumerate(TRAIN.names):
        sample, scale = VALUES[row][VALID[row]], fitted.scales[name]
        low, median, high = np.quantile(sample, [0.15865, 0.5, 0.84135])
        expected = {
            "standard": (sample.mean(), sample.std()),
            "robust": (median, (high - low) / 2),
            "range": (sample.min(), sample.max() - sample.min()),
        }[method]
        assert (scale.center, scale.scale) == pytest.approx(expected, rel=1e-12)
        assert (scale.mean, scale.deviation) == pytest.approx((sample.mean(), sample.std()))
        assert (scale.lowest, scale.highest) == (sample.min(), sample.max())
        assert scale.samples == VALID[row].sum()
    assert (fitted.start, fitted.stop, fitted.rate) == (10.0, 135.0, 4.0)


def test_another_sample_is_normalised_by_the_numbers_of_the_first(tmp_path):
    fitted = Normalization.load(normalization(TRAIN).save(tmp_path / "n.json"))
    assert fitted == normalization(TRAIN)
    assert json.loads((tmp_path / "n.json").read_text())["method"] == "standard"
    test = Aligned(("b",), 900.0, 4.0, np.full((1, 3), 5.0), np.ones((1, 3), bool), ("s",))
    sample = VALUES[1][VALID[1]]
    normalised = fitted(test)
    np.testing.assert_allclose(normalised.values, (5.0 - sample.mean()) / sample.std())
    np.testing.assert_allclose(fitted.undone(normalised.values, ("b",)), test.values)


def test_what_cannot_be_normalised_is_named():
    constant = Aligned(("a",), 0.0, 1.0, np.full((1, 9), 7.0), np.ones((1, 9), bool))
    with pytest.warns(DataWarning, match="constant"):
        fitted = normalization(constant)
    np.testing.assert_array_equal(fitted(constant).values, 0)
    with pytest.raises(DataError, match="no numbers for 'b'"):
        fitted(TRAIN)
    empty = Aligned(("a",), 0.0, 1.0, np.full((1, 9), np.nan), np.zeros((1, 9), bool))
    with pytest.raises(DataError, match="no sample"):
        normalization(empty)
    with pytest.raises(DataError, match="method"):
        normalization(TRAIN, method="whiten")


def test_the_rounding_of_equal_numbers_is_no_deviation():
    assert np.full(100, 0.1).std() > 0
    channel = Channel.of("a", np.full(100, 0.1), rate=10.0)
    with pytest.warns(DataWarning, match="constant"):
        fitted = normalization(Series.of([channel]).aligned())
    assert fitted.scales["a"].scale == 1.0
