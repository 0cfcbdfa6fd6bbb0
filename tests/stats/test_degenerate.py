"""Fits of factors that the data do not determine: the rest keeps its values and errors."""

import json

import numpy as np
import pyhf
import pytest
from scipy.optimize import minimize

from hepline.errors import FitError
from hepline.share.fit_json import as_json
from hepline.stats import Model, Questions, answer
from hepline.stats.inference.impacts import linear_ranking

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def control_region(workspace, mod):
    """Two normalizations that one bin of a control region cannot tell apart; mu has its own."""
    channels = {
        "SR": {
            "s": ([5.0, 5.0], [mod.normfactor()]),
            "b": ([50.0, 40.0], [mod.normsys("b", 0.9, 1.1)]),
        },
        "CR": {"top": ([100.0], [mod.normfactor("k")]), "w": ([50.0], [mod.normfactor("k2")])},
    }
    return workspace(channels, SR=[53, 49], CR=[160])


@pytest.fixture
def signal_region(workspace, mod):
    """The same without the control region, which says nothing of mu."""
    samples = {
        "s": ([5.0, 5.0], [mod.normfactor()]),
        "b": ([50.0, 40.0], [mod.normsys("b", 0.9, 1.1)]),
    }
    return workspace({"SR": samples}, SR=[53, 49])


def lowest_of_pyhf(content):
    """Minimum of pyhf's likelihood by scipy."""
    space = pyhf.Workspace(content)
    model = space.model()
    data, config = space.data(model), model.config
    return minimize(
        lambda theta: -2 * model.logpdf(theta, data).item(),
        config.suggested_init(),
        bounds=config.suggested_bounds(),
        method="L-BFGS-B",
        options={"ftol": 1e-15, "gtol": 1e-9},
    ).fun


def test_two_equal_normalizations_are_both_named(workspace, mod):
    samples = {
        "s": ([10.0, 20.0], [mod.normfactor(), mod.normfactor("nu")]),
        "b": ([50.0, 40.0], [mod.normsys("a", 0.9, 1.1)]),
    }
    content = workspace({"SR": samples}, SR=[66, 70])
    fit = Model(content).fit()
    assert fit.undetermined == ("mu", "nu")
    assert fit.covariance_quality == (
        "degenerate: the data do not determine a combination of 'mu', 'nu'"
    )
    assert fit.twice_nll == pytest.approx(lowest_of_pyhf(content), abs=1e-6)
    # Their product is what one factor alone would be.
    for sample in content["channels"][0]["samples"]:
        sample["modifiers"] = [each for each in sample["modifiers"] if each["name"] != "nu"]
    alone = Model(content).fit()
    assert fit["mu"].value * fit["nu"].value == pytest.approx(alone["mu"].value, rel=1e-5)
    assert fit["a"].error == pytest.approx(alone["a"].error, rel=1e-6)


def test_what_the_data_determine_has_the_errors_of_the_model_without_the_rest(
    control_region, signal_region
):
    fit, alone = Model(control_region).fit(), Model(signal_region).fit()
    assert fit.undetermined == ("k", "k2")
    assert np.isnan([fit["k"].error, fit["k2"].error]).all()
    for name in ("mu", "b"):
        assert fit[name].value == pytest.approx(alone[name].value, abs=1e-7)
        assert fit[name].error == pytest.approx(alone[name].error, rel=1e-7)
    assert fit.goodness_of_fit.degrees_of_freedom == alone.goodness_of_fit.degrees_of_freedom
    assert fit.goodness_of_fit.statistic == pytest.approx(alone.goodness_of_fit.statistic, abs=1e-7)


def test_every_question_about_a_determined_parameter_has_its_answer(control_region, signal_region):
    model, alone = Model(control_region), Model(signal_region)
    fit = model.fit()
    assert model.impacts().impacts[0].up == pytest.approx(alone.impacts().impacts[0].up, abs=1e-6)
    assert [each.parameter for each in model.impacts().impacts] == ["b"]
    assert [each.parameter for each in linear_ranking(fit).impacts] == ["b"]
    parts, wanted = model.breakdown(), alone.breakdown()
    assert parts.statistical == pytest.approx(wanted.statistical, rel=1e-6)
    assert parts.systematic == pytest.approx(wanted.systematic, rel=1e-6)
    assert [each.parameter for each in model.intervals()] == ["mu", "b"]
    (mu,), (other,) = model.intervals(["mu"]), alone.intervals(["mu"])
    assert mu.errors == pytest.approx(other.errors, abs=1e-5)
    assert model.limit().observed == pytest.approx(alone.limit().observed, rel=1e-6)
    assert model.significance().observed == pytest.approx(alone.significance().observed, abs=1e-6)


def test_events_after_the_fit_have_errors_where_only_a_sum_is_known(control_region):
    model = Model(control_region)
    after = {one.channel: one for one in model.postfit(model.fit())}
    assert after["CR"].total == pytest.approx([160.0])
    assert after["CR"].uncertainty == pytest.approx([np.sqrt(160)], rel=1e-6)


@pytest.mark.parametrize("question", ["impacts", "intervals", "scan"])
def test_a_question_about_an_undetermined_parameter_is_refused(control_region, question):
    ask = {
        "impacts": lambda model: model.impacts(names=["k"]),
        "intervals": lambda model: model.intervals(["k"]),
        "scan": lambda model: model.scan("k"),
    }[question]
    if question == "impacts":
        control_region["measurements"][0]["config"]["poi"] = "k2"
    with pytest.raises(FitError, match=r"parameter 'k2?' is not determined") as caught:
        ask(Model(control_region))
    assert "'k', 'k2'" in caught.value.why


def test_toys_of_a_degenerate_model_are_fitted(control_region, signal_region):
    study = Model(control_region).toys(20, seed=3)
    assert study.failed == 0
    assert len(study.pulls("mu")) == 20
    assert len(study.pulls("k")) == 0


def test_a_degenerate_fit_is_json_with_gaps(control_region):
    content = as_json(answer(Model(control_region), Questions(impacts=True, breakdown=True)))
    read = json.loads(json.dumps(content, allow_nan=False))
    assert read["parameters"]["k"]["error"] is None
    assert read["parameters"]["mu"]["error"] > 0
    assert read["covariance"][0][0] is None


def test_a_factor_that_nothing_depends_on_is_held_in_every_question(workspace, mod):
    signal, error = ([5.0, 5.0], [mod.normfactor()]), mod.normsys("b", 0.9, 1.1)
    background = ([50.0, 40.0], [error])
    empty = ([0.0, 0.0], [mod.normfactor("k_w"), mod.normsys("xs", 0.8, 1.2)])
    shaped = ([9.0, 0.0], [mod.of_bins("shapefactor", "free")])
    with_empty = {"s": signal, "b": background, "w": empty, "z": shaped}
    model = Model(workspace({"SR": with_empty}, SR=[53, 49]))
    assert model.idle == ("k_w", "free[1]")
    alone = Model(workspace({"SR": {"s": signal, "b": background, "z": shaped}}, SR=[53, 49]))
    fit, wanted = model.fit(), alone.fit()
    assert fit["k_w"].fixed
    assert "nothing depends on 'k_w', 'free[1]', held" in fit.covariance_quality
    assert fit["mu"].error == pytest.approx(wanted["mu"].error, rel=1e-9)
    assert model.limit().observed == pytest.approx(alone.limit().observed, rel=1e-9)
    assert model.significance().observed == pytest.approx(alone.significance().observed, abs=1e-9)
    assert {each.parameter for each in model.impacts().impacts} == {"b", "xs", "free[0]"}
    assert {each.parameter for each in model.intervals()} == {"mu", "b", "xs", "free[0]"}
    assert model.breakdown().error == pytest.approx(alone.breakdown().error, rel=1e-9)
    assert model.toys(5).failed == 0
    assert "HL501" in {finding.code for finding in answer(model).findings}


def test_a_variation_can_give_an_empty_sample_events(workspace, mod):
    lifted = ([0.0], [mod.normfactor("k"), mod.histosys("h", [0.0], [3.0])])
    samples = {"s": ([5.0], [mod.normfactor()]), "b": ([50.0], []), "w": lifted}
    assert Model(workspace({"SR": samples}, SR=[53])).idle == ()


def test_a_parameter_of_interest_without_effect_has_no_limit_and_no_significance(workspace, mod):
    samples = {"s": ([0.0], [mod.normfactor()]), "b": ([50.0], [])}
    model = Model(workspace({"SR": samples}, SR=[53]))
    assert model.fit()["mu"].fixed
    assert model.cls(3.0).cls == pytest.approx(1.0)
    assert model.significance().observed == 0.0
    with pytest.raises(FitError, match="no upper limit on 'mu': nothing depends on it"):
        model.limit()


def test_a_limit_that_does_not_exist_is_refused_at_once(workspace, mod):
    # What mu adds, the shape of the signal takes away again, without a bound.
    shape = mod.of_bins("shapefactor", "shape")
    samples = {"s": ([5.0], [mod.normfactor(), shape]), "b": ([50.0], [])}
    with pytest.raises(FitError, match="no upper limit on 'mu'") as caught:
        Model(workspace({"SR": samples}, SR=[53])).limit()
    assert float(caught.value.what.rstrip(".").split()[-1]) < 1e6
