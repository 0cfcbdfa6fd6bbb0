import numpy as np
import pytest

from hepline.stats import Model, ladder
from hepline.stats.ladder import RUNGS, climb
from hepline.stats.newton import Minimum, Region, newton


@pytest.fixture
def problem(workspace, mod):
    samples = {
        "s": ([10.0, 20.0], [mod.normfactor()]),
        "b": ([50.0, 40.0], [mod.normsys("a", 0.8, 1.3), mod.of_bins("staterror", "st", [5, 8])]),
    }
    model = Model(workspace({"SR": samples}, SR=[75, 90]))
    reach = np.full(len(model.initial), np.inf)
    return model.likelihood(), model.initial, Region(model.lower, model.upper, ~model.fixed, reach)


def test_every_rung_leads_to_the_same_minimum(problem):
    likelihood, start, region = problem
    expected = newton(likelihood, start, region)
    for _, approach in RUNGS:
        closer = approach(likelihood, start, region)
        found = newton(likelihood, closer, region)
        assert found.converged
        assert found.value == pytest.approx(expected.value, abs=1e-7)


@pytest.mark.parametrize("rung", range(len(RUNGS)))
def test_a_rung_that_fails_hands_over_to_the_next(problem, monkeypatch, rung):
    tries = []

    def stubborn(objective, start, region):
        tries.append(start)
        if len(tries) <= rung:
            return Minimum(start, objective.value(start), False, "does not want to")
        return newton(objective, start, region)

    monkeypatch.setattr(ladder, "descend", stubborn)
    climbed = climb(*problem)
    assert climbed.method == RUNGS[rung][0]
    assert climbed.remarks == tuple((name, "does not want to") for name, _ in RUNGS[:rung])


def test_the_end_of_the_ladder_keeps_the_deepest_point(problem, monkeypatch):
    def never(objective, start, region):
        return Minimum(start, objective.value(start), False, "no")

    monkeypatch.setattr(ladder, "descend", never)
    climbed = climb(*problem)
    assert climbed.method == ""
    assert len(climbed.remarks) == len(RUNGS)
    assert climbed.minimum.value < problem[0].value(problem[1])
