import numpy as np
import pytest

from hepline.errors import FitError
from hepline.stats import Model, Questions, answer


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
    assert all(one.code < "HL6" for one in answers.findings)


@pytest.mark.parametrize(
    "telling",
    [
        {"cls": 1.0}, {"limit": True}, {"significance": True}, {"intervals": True},
        {"scans": ("a",)}, {"goodness": True}, {"toys": 5}, {"posterior": True},
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
