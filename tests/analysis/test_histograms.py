import hist
import numpy as np
import pytest

import hepline as hl
from hepline.analysis.histograms import to_hist
from hepline.engine.filled import Filled

ev = hl.events("nanoaod")


@pytest.mark.parametrize("bins", [(7, 0, 10), [0, 1, 3, 10], range(10)])
@pytest.mark.parametrize("weighted", [True, False])
def test_filled_bins_are_those_of_hist(bins, weighted):
    random = np.random.default_rng(3)
    values, weights = random.uniform(-2, 12, 500), random.normal(1, 1, 500)
    weight = hl.weight(ev.genWeight) if weighted else None
    node = hl.hist(ev.MET.pt, bins=bins, weight=weight, label="x").node
    filled = Filled.empty(node)
    filled.add(node.axes[0].index(values), weights if weighted else None)
    made = to_hist(filled)
    expected = hist.Hist(
        made.axes[0], storage=hist.storage.Weight() if weighted else hist.storage.Double()
    )
    if isinstance(bins, range):
        values = np.floor(values).astype(np.int64)
    expected.fill(values, **({"weight": weights} if weighted else {}))
    np.testing.assert_allclose(made.values(flow=True), expected.values(flow=True), rtol=1e-13)
    np.testing.assert_allclose(made.variances(flow=True), expected.variances(flow=True), rtol=1e-13)
    assert made.axes[0].label == "x"
    assert made.storage_type == expected.storage_type


def test_scale_multiplies_contents_and_its_square_variances():
    node = hl.hist(ev.MET.pt, bins=(2, 0, 2)).node
    filled = Filled.empty(node)
    filled.add(np.array([1, 1, 2, 3]), None)
    made = to_hist(filled, scale=0.5)
    np.testing.assert_array_equal(made.values(flow=True), [0, 1, 0.5, 0.5])
    np.testing.assert_array_equal(made.variances(flow=True), [0, 0.5, 0.25, 0.25])
