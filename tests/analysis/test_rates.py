import math

import pytest

from hepline.analysis.rates import Rate, checked_bounds, checked_uncertainty
from hepline.errors import AnalysisError


def test_an_uncertainty_is_relative_downwards_and_upwards():
    assert checked_uncertainty("x", 0.06) == (1.06, 0.94)
    assert checked_uncertainty("x", (0.05, 0.08)) == (1.08, 0.95)


@pytest.mark.parametrize("value", [0, -0.1, math.nan, math.inf, 1.2, (0.1, -0.1), (0.1, 0.1, 0.1)])
def test_an_uncertainty_that_makes_no_sense_is_refused(value):
    with pytest.raises(AnalysisError, match="of x"):
        checked_uncertainty("x", value)


@pytest.mark.parametrize("bounds", [(2, 5), (0, 0.5), (1, 1), (0,), (0, math.nan)])
def test_bounds_enclose_one(bounds):
    assert checked_bounds("x", [0, 1]) == (0.0, 1.0)
    with pytest.raises(AnalysisError, match="of x"):
        checked_bounds("x", bounds)


def test_a_rate_acts_where_it_is_declared():
    rate = Rate("r", 1.1, 0.9, samples=("TT",), regions=("SR",), eras=("16",))
    assert rate.acts_on("TT", "SR", "16", simulated=True)
    for sample, region, era in (("W", "SR", "16"), ("TT", "SS", "16"), ("TT", "SR", "17")):
        assert not rate.acts_on(sample, region, era, simulated=True)
    everywhere = Rate("r", 1.1, 0.9)
    assert everywhere.acts_on("TT", "SR", "", simulated=True)
    assert not everywhere.acts_on("QCD", "SR", "", simulated=False)
