"""From a workspace to everything that was asked of it: what ``hepline fit`` does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hepline.errors import FitError
from hepline.stats.blinding import expecting, fit_hidden, hide_poi
from hepline.stats.inference.asimov import free_poi
from hepline.stats.inference.neighborhood import DeeperMinimum
from hepline.stats.model import Model
from hepline.stats.preflight import Finding, preflight
from hepline.stats.questions import QUESTIONS, Answers, Inquiry, Question, Questions

__all__ = ["answer"]

_MOST_RESTARTS = 5


def answer(model: Model, questions: Questions | None = None) -> Answers:
    """Check a model, fit it, and answer the questions.

    Parameters
    ----------
    model : Model
    questions : Questions, optional
        Only the fit by default.

    Returns
    -------
    Answers

    Raises
    ------
    FitError
        If there is no minimum, or if a question cannot be answered for this model: asked while
        blinded, or without a parameter of interest.
    """
    given = questions or Questions()
    asked = [question for question in QUESTIONS if question.asked(given)]
    if any(question.needs_poi for question in asked):
        # Before the fit, which may take long.
        free_poi(model)
    if given.blind is not None:
        return _blinded(model, given, asked, given.blind)
    findings = preflight(model)
    fit = model.fit()
    for _ in range(_MOST_RESTARTS):
        try:
            return _answers(Inquiry(model, given, fit, fit), asked, findings)
        except DeeperMinimum as deeper:
            # All answers start again, so that they are about the same minimum.
            fit = model.fit(init=deeper.start)
    return _answers(Inquiry(model, given, fit, fit), asked, findings)


def _answers(inquiry: Inquiry, asked: Sequence[Question], findings: tuple[Finding, ...]) -> Answers:
    # First those that may find a deeper minimum, and start all of them again.
    for question in sorted(asked, key=lambda one: not one.refits):
        inquiry = _with(inquiry, question.name, question.ask(inquiry))
    return Answers(fit=inquiry.fit, findings=findings, **inquiry.answers)


def _with(inquiry: Inquiry, name: str, answer: object) -> Inquiry:
    return replace(inquiry, answers={**inquiry.answers, name: answer})


def _blinded(model: Model, given: Questions, asked: Sequence[Question], phrase: str) -> Answers:
    _check_blind(asked)
    fit = fit_hidden(model)
    shown = hide_poi(fit, phrase, of=_special(model))
    inquiry = Inquiry(model, given, fit, shown)
    for question in asked:
        if question.while_blinded is not None:
            inquiry = _with(inquiry, question.name, question.while_blinded(inquiry))
    return Answers(
        fit=shown,
        # Rules about the observation would speak of what stands in for it.
        findings=tuple(one for one in preflight(expecting(model)) if one.code < "HL6"),
        blinded=True,
        **inquiry.answers,
    )


def _check_blind(asked: Sequence[Question]) -> None:
    """Refuse whatever does not say how it keeps a secret."""
    telling = [question.title for question in asked if question.while_blinded is None]
    if not telling:
        return
    harmless = [question.title for question in QUESTIONS if question.while_blinded is not None]
    shown = ", ".join(["the fit", *harmless[:-1]])
    raise FitError(
        f"cannot compute {' and '.join(telling)} while the parameter of interest is hidden.",
        why="it would tell the value.",
        fix=f"ask for {shown} and {harmless[-1]} only, or drop the blinding.",
    )


def _special(model: Model) -> tuple[str, ...]:
    """What keeps fits whose answer is known from telling the shift of others.

    The workspace that a blinded analysis writes has expected events in place of hidden data. Fitted
    with the phrase of the analysis, it must tell neither the shift there, nor that of real data,
    which are whole numbers.
    """
    fractional = bool(np.any(model.data % 1))
    return ("hepline fit", "no counts") if fractional else ("hepline fit",)
