"""Branching fractions against toys and the cases that can be done by hand."""

import math

import numpy as np
import pytest

from hepline.errors import AnalysisError
from hepline.spectra.particles import Quantity, branching_fraction

COUNTS = {"signal": Quantity(500, 25), "reference": Quantity(10_000, 110)}
KNOWN = Quantity(0.0593, 0.0006)


def test_the_ratio_by_hand():
    found = branching_fraction(
        **COUNTS, efficiencies=(Quantity(0.2), Quantity(0.4)), known=Quantity(0.06)
    )
    assert found.value == pytest.approx(500 / 0.2 / (10_000 / 0.4) * 0.06)
    assert found.statistical / found.value == pytest.approx(math.hypot(0.05, 0.011))
    assert (found.systematic, found.external) == (0, 0)


def test_numbers_need_no_class_of_their_own():
    plain = branching_fraction(
        (500, 25), (10_000, 110), efficiencies=(0.2, (0.4, 0.01)), known=(0.0593, 0.0006)
    )
    efficiencies = (Quantity(0.2), Quantity(0.4, 0.01))
    assert plain == branching_fraction(**COUNTS, efficiencies=efficiencies, known=KNOWN)


@pytest.mark.parametrize("yields", [-0.5, 0.0, 0.8])
@pytest.mark.parametrize("efficiencies", [-0.9, 0.0, 0.95])
def test_errors_equal_the_spread_of_toys(yields, efficiencies):
    rng = np.random.default_rng(7)
    n, eps = (500.0, 10_000.0), (0.20, 0.40)
    dn, de = (10.0, 110.0), (0.006, 0.008)

    def draw(mean, error, correlation):
        cross = correlation * error[0] * error[1]
        covariance = [[error[0] ** 2, cross], [cross, error[1] ** 2]]
        return rng.multivariate_normal(mean, covariance, 200_000).T

    signal, reference = draw(n, dn, yields)
    ours, theirs = draw(eps, de, efficiencies)
    known = rng.normal(KNOWN.value, KNOWN.error, 200_000)
    found = branching_fraction(
        Quantity(n[0], dn[0]),
        Quantity(n[1], dn[1]),
        efficiencies=(Quantity(eps[0], de[0]), Quantity(eps[1], de[1])),
        known=KNOWN,
        yield_correlation=yields,
        efficiency_correlation=efficiencies,
    )
    toys = (signal / ours) / (reference / theirs) * known
    assert found.error == pytest.approx(toys.std(), rel=0.02)
    assert found.value == pytest.approx(toys.mean(), rel=0.005)
    statistical = signal / reference * eps[1] / eps[0] * KNOWN.value
    assert found.statistical == pytest.approx(statistical.std(), rel=0.02)


def test_what_both_decays_share_cancels():
    found = branching_fraction(
        **COUNTS,
        efficiencies=(Quantity(0.2, 0.02), Quantity(0.4, 0.04)),
        known=KNOWN,
        efficiency_correlation=1.0,
    )
    assert found.systematic == pytest.approx(0, abs=1e-15)


def test_no_events_still_have_an_error():
    found = branching_fraction(
        Quantity(0, 1.8),
        Quantity(10_000, 100),
        efficiencies=(Quantity(0.2), Quantity(0.4)),
        known=KNOWN,
    )
    assert found.value == 0
    assert found.statistical == pytest.approx(1.8 / 0.2 / (10_000 / 0.4) * KNOWN.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"efficiencies": (Quantity(20), Quantity(40))},
        {"efficiencies": (Quantity(0), Quantity(0.4))},
        {"known": Quantity(0)},
        {"reference": Quantity(0)},
        {"yield_correlation": 1.5},
    ],
)
def test_nonsense_is_refused(wrong):
    given = {**COUNTS, "efficiencies": (Quantity(0.2), Quantity(0.4)), "known": KNOWN, **wrong}
    with pytest.raises(AnalysisError):
        branching_fraction(**given)
