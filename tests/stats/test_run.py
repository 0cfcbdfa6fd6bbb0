import numpy as np
import pytest

from hepline.errors import FitError
from hepline.share.fit_json import as_json
from hepline.stats import Model, Questions, answer
from hepline.stats.blinding import expecting, secret_shift
from hepline.stats.preflight import preflight


@pytest.fixture
def model(workspace, mod):
    samples = {
        "s": ([12.0, 11.0], [mod.normfactor()]),
        "b": ([50.0, 52.0], [mod.normsys("a", 0.9, 1.1), mod.of_bins("shapesys", "u", [3.0, 7.0])]),
    }
    return Model(workspace({"SR": samples}, SR=[51, 48]))


def test_what_was_not_asked_is_not_computed(model):
    answers = answer(model)
    assert answers.fit.twice_nll == model.fit().twice_nll
    asked = (answers.cls, answers.limit, answers.significance, answers.impacts, answers.toys)
    assert asked == (None,) * 5
    assert answers.intervals is None
    assert answers.scans == ()
    assert not answers.blinded


def test_every_question_is_answered_as_by_the_method_of_the_model(model):
    questions = Questions(
        cls=1.0, limit=True, significance=True, impacts=True, breakdown=True, intervals=True,
        scans=("mu",),
    )  # fmt: skip
    answers = answer(model, questions)
    assert answers.cls == model.cls(1.0)
    assert answers.limit == model.limit()
    assert answers.significance == model.significance()
    assert [one.parameter for one in answers.impacts.impacts] == [
        one.parameter for one in model.impacts().impacts
    ]
    assert answers.breakdown.error == pytest.approx(model.fit()["mu"].error)
    assert {one.parameter for one in answers.intervals} == set(model.parameter_names)
    np.testing.assert_allclose(
        answers.scans[0].twice_delta_nll, model.scan("mu").twice_delta_nll, atol=1e-7
    )


def test_toys_serve_what_was_asked_and_else_the_fit(model):
    tested = answer(model, Questions(cls=1.0, toys=200, seed=3))
    assert (tested.cls.method, tested.cls.toys, tested.toys) == ("toys", 200, None)
    assert tested.cls == model.cls(1.0, toys=200, seed=3)
    assert len(answer(model, Questions(toys=20)).toys.statistics) == 20
    judged = answer(model, Questions(goodness=True, toys=50))
    assert judged.goodness.toys == len(judged.toys.statistics) == 50


def test_the_check_comes_with_the_fit(workspace, mod):
    modifiers = [mod.normfactor(), mod.normsys("nothing", 1.0, 1.0)]
    answers = answer(Model(workspace({"SR": {"s": ([10.0], modifiers)}}, SR=[12])))
    assert any("nothing" in str(one) for one in answers.findings)


def test_a_hidden_parameter_is_shifted_everywhere(model):
    phrase = "three grey cats"
    answers = answer(model, Questions(impacts=True, breakdown=True, blind=phrase))
    true, shown = model.fit()["mu"], answers.fit["mu"]
    assert answers.blinded
    assert abs(shown.value - true.value) > 0.9 * true.error
    assert shown.error == true.error
    assert answers.impacts.value == answers.breakdown.value == shown.value


def test_findings_do_not_tell_hidden_data(workspace, mod):
    """An empty bin, a copy of another channel's data, a bin without expectation, far-off data."""
    main = {
        "s": ([5.0, 9.0, 0.0], [mod.normfactor()]),
        "b": ([50.0, 40.0, 0.0], [mod.normsys("a", 0.9, 1.1), mod.normsys("nothing", 1, 1)]),
    }
    control = {"d": ([60.0, 30.0, 8.0], [mod.normsys("a", 0.9, 1.1)])}
    models = [
        Model(workspace({"CR": control, "SR": main}, SR=data, CR=[61, 33, 7]))
        for data in ([55, 49, 0], [61, 33, 7], [55, 49, 3], [900, 49, 1])
    ]
    plain = [preflight(model) for model in models]
    codes = [{one.code for one in findings} for findings in plain]
    assert "HL105" in codes[0] - codes[1]
    assert "HL405" in codes[1] - codes[0]
    assert "HL603" in codes[3] - codes[0]
    # The third and the fourth cannot be fitted: they are asked without a fit.
    stand_ins = [preflight(expecting(model)) for model in models]
    assert stand_ins.count(stand_ins[0]) == 4
    hidden = answer(models[0], Questions(blind="three grey cats")).findings
    assert hidden == tuple(one for one in stand_ins[0] if one.title not in OF_DATA)
    assert any("nothing" in str(one) for one in hidden)


OF_DATA = ("data equal to the expectation", "data that are not counts")


def test_goodness_of_fit_is_shown_while_blinded(model):
    answers = answer(model, Questions(goodness=True, blind="three grey cats"))
    assert answers.fit.goodness_of_fit == model.fit().goodness_of_fit
    assert answers.goodness is None


def test_an_empty_phrase_is_no_way_to_look(model):
    with pytest.raises(FitError, match="empty phrase"):
        answer(model, Questions(blind=""))


def test_the_command_does_not_tell_the_shift_of_an_analysis(model):
    """Its workspace has expected events in place of hidden data: there, the answer is one."""
    phrase = "three grey cats"
    true = model.fit()["mu"]
    shown = answer(model, Questions(blind=phrase)).fit["mu"].value
    of_analysis = secret_shift(phrase, "mu", true.error)
    assert abs(shown - true.value - of_analysis) > 0.01 * true.error


def test_expected_events_do_not_tell_the_shift_of_real_data(workspace, mod):
    samples = {"s": ([12.3, 11.0], [mod.normfactor()]), "b": ([50.0, 52.1], [])}
    blind = Questions(blind="three grey cats")
    real, asimov = (Model(workspace({"SR": samples}, SR=data)) for data in ([66, 59], [62.3, 63.1]))
    shifts = [
        (answer(model, blind).fit["mu"].value - model.fit()["mu"].value) for model in (real, asimov)
    ]
    assert asimov.fit()["mu"].value == pytest.approx(1.0)
    assert abs(shifts[0] - shifts[1]) > 0.01


def test_a_parameter_at_its_bound_looks_like_any_other(workspace, mod):
    samples = {"s": ([5.0], [mod.normfactor()]), "b": ([3.0], [mod.normsys("n", 0.9, 1.1)])}
    model = Model(workspace({"SR": samples}, SR=[0]))
    assert model.fit()["mu"].error == 0
    asked = Questions(impacts=True, breakdown=True, blind="three grey cats")
    answers = answer(model, asked)
    content = as_json(answers)
    assert content["poi"]["error"] == answers.breakdown.error == answers.impacts.error > 0
    assert content["covariance_quality"] == "not told while blinded"
    other = as_json(answer(Model(workspace({"SR": samples}, SR=[7])), asked))
    assert keys(content) == keys(other)


def keys(content):
    """All keys of a JSON object, and which of its numbers are null."""
    if isinstance(content, dict):
        return {key: keys(one) for key, one in content.items()}
    return content is None


@pytest.mark.parametrize(
    "telling",
    [
        {"cls": 1.0}, {"limit": True}, {"significance": True}, {"intervals": True},
        {"scans": ("a",)}, {"goodness": True, "toys": 5}, {"toys": 5}, {"posterior": True},
    ],
)  # fmt: skip
def test_what_would_tell_a_hidden_parameter_is_refused(model, telling):
    with pytest.raises(FitError, match="hidden"):
        answer(model, Questions(blind="three grey cats", **telling))


def test_impacts_do_not_tell_how_far_a_hidden_parameter_is_from_its_bound(workspace, mod):
    samples = {
        "s": ([2.0], [mod.normfactor()]),
        "b": ([50.0], [mod.normsys("n", 0.8, 1.2), mod.of_bins("staterror", "st", [3.0])]),
    }
    model = Model(workspace({"SR": samples}, SR=[51]))
    value = model.fit()["mu"].value
    assert min(one.up for one in model.impacts().impacts) == pytest.approx(-value)
    hidden = answer(model, Questions(impacts=True, blind="x y")).impacts
    assert all(abs(one.up + value) > 0.01 for one in hidden.impacts)
    assert [one.parameter for one in hidden.impacts] == ["n"]
    fit = model.fit()
    names = [one.name for one in fit.parameters]
    slope = fit.covariance[names.index("mu"), names.index("n")] / fit["n"].error
    assert hidden.impacts[0].up == pytest.approx(slope)


def test_a_fit_that_fails_tells_nothing_while_blinded(workspace, mod):
    samples = {"s": ([2.0], [mod.normfactor()]), "b": ([-5.0], [])}
    model = Model(workspace({"SR": samples}, SR=[3]))
    with pytest.raises(FitError) as refused:
        answer(model, Questions(blind="x y"))
    assert "observed" not in str(refused.value)


@pytest.mark.parametrize(
    "about", [{"cls": 1.0}, {"limit": True}, {"impacts": True}, {"posterior": True}]
)
def test_what_needs_a_parameter_of_interest_is_refused_before_the_fit(workspace, mod, about):
    samples = {"b": ([50.0], [mod.normsys("n", 0.8, 1.2)])}
    model = Model(workspace({"SR": samples}, poi="", SR=[51]))
    with pytest.raises(FitError, match="parameter of interest"):
        answer(model, Questions(**about))
