"""The register of questions; `test_run` asks all of them."""

from dataclasses import fields, replace

import pytest

from hepline.errors import FitError
from hepline.share.fit_answers import TELLERS
from hepline.stats import Model, run
from hepline.stats.questions import QUESTIONS, Answers, Inquiry, Question, Questions

NAMES = [question.name for question in QUESTIONS]


@pytest.fixture
def model(workspace, mod):
    samples = {"s": ([5.0], [mod.normfactor()]), "b": ([3.0], [mod.normsys("n", 0.9, 1.1)])}
    return Model(workspace({"SR": samples}, SR=[8]))


def test_a_question_has_a_field_an_answer_and_a_teller():
    assert set(NAMES) <= {one.name for one in fields(Questions)}
    assert {one.name for one in fields(Answers)} == {*NAMES, "fit", "findings", "blinded"}
    assert set(TELLERS) == set(NAMES)


@pytest.mark.parametrize(
    ("questions", "names"),
    [
        (Questions(), []),
        (Questions(cls=0.0), ["cls"]),  # zero is a value to test
        (Questions(toys=5, seed=3, workers=2, level=0.9), ["toys"]),
        (Questions(scans=("mu",), posterior=True), ["scans", "posterior"]),
    ],
)
def test_what_is_not_its_default_is_asked(questions, names):
    assert [one.name for one in QUESTIONS if one.asked(questions)] == names


def test_only_what_was_asked_is_given(model):
    answers = run.answer(model, Questions(intervals=True, breakdown=True))
    assert list(answers.given) == ["breakdown", "intervals"]
    assert run.answer(model).given == {}
    assert replace(answers, intervals=()).given["intervals"] == ()


def test_a_question_that_does_not_say_that_it_is_harmless_is_refused_while_blinded(
    model, monkeypatch
):
    def tell(inquiry: Inquiry) -> None:
        raise AssertionError(inquiry.fit["mu"].value)

    silent = Question("significance", "a new question", tell)
    monkeypatch.setattr(run, "QUESTIONS", (silent, *QUESTIONS))
    with pytest.raises(FitError, match="cannot compute a new question and a significance while"):
        run.answer(model, Questions(significance=True, blind="seven geese"))


def test_only_these_questions_are_answered_while_blinded(model):
    """Whoever adds one to this list has thought about what it tells of the hidden value."""
    harmless = [one.name for one in QUESTIONS if one.while_blinded is not None]
    assert harmless == ["impacts", "breakdown", "goodness"]
    asked = Questions(limit=True, impacts=True, blind="seven geese")
    with pytest.raises(FitError, match="cannot compute a limit while") as refused:
        run.answer(model, asked)
    assert refused.value.fix == (
        "ask for the fit, impacts, breakdown and goodness of fit only, or drop the blinding."
    )
