import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from hepline.stats import Model
from hepline.stats.ladder import climb
from hepline.stats.newton import Region
from hepline.stats.valleys import deepest, same_sided


def region_of(model):
    return Region(model.lower, model.upper, ~model.fixed, np.ones(len(model.initial)))


def test_only_variations_to_the_same_side_are_mirrored(workspace, mod):
    modifiers = [
        mod.normsys("two-sided", 0.9, 1.1),
        mod.normsys("same side", 1.05, 1.2),
        mod.histosys("bent", [9.0, 9.0], [9.0, 9.5]),
        mod.histosys("turned", [9.0, 11.0], [11.0, 9.0]),
    ]
    model = Model(workspace({"SR": {"b": ([10.0, 10.0], modifiers)}}, poi="", SR=[9, 9]))
    found = same_sided(model.tables, model.initial, ~model.fixed)
    assert found == model.same_sided
    assert model.parameter_names[found[0]] == "same side"
    assert {model.parameter_names[i] for i in found} == {"same side", "bent"}


def test_the_deeper_of_two_valleys_is_found(workspace, mod):
    # Both directions raise the yield; the fit starts towards the steeper, weaker one.
    modifiers = [mod.normsys("a", 1.25, 1.10)]
    model = Model(workspace({"SR": {"b": ([1000.0], modifiers)}}, poi="", SR=[1400]))
    likelihood, region = model.likelihood(), region_of(model)
    start = np.array([0.5])
    first = climb(likelihood, start, region)
    best = deepest(likelihood, first, region, model.two_sided, model.same_sided)
    valleys = [
        minimize_scalar(lambda a: likelihood.value(np.array([a])), bounds=side, method="bounded")
        for side in [(-5, 0), (0, 5)]
    ]
    assert best.minimum.value == pytest.approx(min(v.fun for v in valleys), abs=1e-6)
    assert best.minimum.theta[0] < 0 < first.minimum.theta[0]


@pytest.mark.parametrize("setting", [{"bounds": [[-5.0, 4.9]]}, {"inits": [0.1]}])
def test_bounds_and_starts_do_not_switch_off_the_search(workspace, mod, setting):
    samples = {"b": ([1000.0], [mod.normsys("a", 1.25, 1.10)])}
    plain = Model(workspace({"SR": samples}, poi="", SR=[1400]))
    settings = [{"name": "a", **setting}]
    other = Model(workspace({"SR": samples}, poi="", SR=[1400], parameters=settings))
    assert other.same_sided == plain.same_sided == (0,)
    likelihood = plain.likelihood()
    valley = minimize_scalar(
        lambda a: likelihood.value(np.array([a])), bounds=(-5, 0), method="bounded"
    )
    assert other.fit().twice_nll == pytest.approx(valley.fun, abs=1e-6)


def test_parameters_of_one_side_have_no_mirror_image(workspace, mod):
    modifiers = [mod.normsys("a", 1.25, 1.10), mod.of_bins("staterror", "st", [9.0])]
    settings = [{"name": "a", "bounds": [[0.0, 5.0]]}]
    samples = {"b": ([1000.0], modifiers)}
    model = Model(workspace({"SR": samples}, poi="", SR=[1400], parameters=settings))
    assert model.same_sided == ()
