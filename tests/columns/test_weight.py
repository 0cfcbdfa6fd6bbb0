"""Factors and weights in any order."""

import numpy as np
import pytest

import hepline as hl
from hepline.columns.weight import Weight

ev = hl.events("nanoaod")
factor = 1 + ev.MET.pt / 100


@pytest.mark.parametrize("sign", [factor, 2, 0.5, np.float64(0.5), np.float32(0.5), np.int64(3)])
def test_a_factor_may_stand_on_either_side(sign):
    left, right = sign * hl.weight(ev.genWeight), hl.weight(ev.genWeight) * sign
    assert isinstance(left, Weight)
    assert left.expression.node is right.expression.node
    assert left.origin == ev.origin


def test_a_weight_of_a_weight_is_the_weight():
    given = hl.weight(factor)
    assert hl.weight(given) is given


def test_histograms_take_weights_columns_and_numbers_alike():
    made = [hl.hist(weight=each).node for each in (hl.weight(factor), factor)]
    assert made[0] is made[1]
    assert hl.hist(weight=2).node is hl.hist(weight=hl.weight(2.0)).node


def test_variations_survive_a_factor_from_the_left(collisions):
    scale = hl.nuisance("scale")
    varied = collisions.genWeight * hl.weight(1).vary(scale, up=2, down=0.5)
    result = hl.compute(hl.hist(weight=varied))
    total = result.nominal.sum().value
    assert result.variations["scale_up"].sum().value == pytest.approx(2 * total)
    assert result.variations["scale_down"].sum().value == pytest.approx(0.5 * total)
