import hist
import numpy as np
import pytest

from hepline.analysis.histograms import as_counts, scaled, total


@pytest.fixture
def filled():
    made = hist.Hist(hist.axis.Regular(2, 0, 2), storage=hist.storage.Weight())
    made.fill([0.5, 0.5, 1.5], weight=[2.0, 1.0, -1.0])
    made.metadata = {"undefined": 1, "missing": 2}
    return made


def test_a_factor_acts_on_errors_with_its_square(filled):
    minus = scaled(filled, -3.0)
    assert minus.values().tolist() == [-9.0, 3.0]
    assert minus.variances().tolist() == [45.0, 9.0]
    assert filled.values().tolist() == [3.0, -1.0]


def test_a_sum_adds_variances_and_what_is_in_no_bin(filled):
    whole = total([filled, scaled(filled, 2.0)])
    assert whole.values().tolist() == [9.0, -3.0]
    assert whole.variances().tolist() == [25.0, 5.0]
    assert whole.metadata == {"undefined": 2, "missing": 4}
    assert total([filled]) is filled


def test_pseudo_data_scatter_as_counts(filled):
    counts = as_counts([(filled, 2.0), (filled, 1.0)])
    np.testing.assert_array_equal(counts.values(), [9.0, -3.0])
    np.testing.assert_array_equal(counts.variances(), [9.0, 3.0])
