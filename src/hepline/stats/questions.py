"""The register of what can be asked of a fitted likelihood: one entry for each question.

A question is a field of `Questions`, a field of `Answers` and an entry of `QUESTIONS`, all of one
name. `hepline.stats.run` puts them to a model, `hepline.share.fit_answers` says the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hepline.stats.blinding import shown_while_blinded
from hepline.stats.inference.breakdown import breakdown
from hepline.stats.inference.impacts import linear_ranking, ranking
from hepline.stats.inference.intervals import intervals
from hepline.stats.inference.posterior import Posterior
from hepline.stats.inference.results import (
    Breakdown,
    HypothesisTest,
    Interval,
    Ranking,
    Scan,
    Significance,
    ToyStudy,
    UpperLimit,
)
from hepline.stats.inference.scans import scan
from hepline.stats.inference.toystudy import ToyGoodness, fit_toys, toy_goodness
from hepline.stats.model import Model
from hepline.stats.preflight import Finding
from hepline.stats.results import FitResult

__all__ = ["QUESTIONS", "Answers", "Inquiry", "Question", "Questions"]


@dataclass(frozen=True)
class Questions:
    """What is asked beside the fit itself.

    Attributes
    ----------
    cls : float or None
        Value of the parameter of interest to test.
    limit, significance, impacts, breakdown, posterior : bool
    intervals : bool
        Profile-likelihood intervals of all parameters.
    scans : tuple of str
        Parameters whose profile likelihood is followed.
    goodness : bool
        With toys, its p-value comes from toys.
    toys : int
        How many toys for the test, the limit, the significance and the goodness of fit; if none of
        them is asked for, so many toys of the best fit are fitted.
    seed : int
    workers : int
        Processes for toys. Starting them takes longer than a thousand toys of a usual model.
    blind : str or None
        A phrase that hides the parameter of interest; see `hepline.stats.blinding`.
    level : float
        Confidence level of the limit.
    statistic : str
        Of the test and the limit: ``qtilde``, ``q``, ``t``.
    groups : mapping of str to tuple of str, or None
        Of the breakdown: names to patterns of parameters; the usual groups where None.
    """

    cls: float | None = None
    limit: bool = False
    significance: bool = False
    impacts: bool = False
    breakdown: bool = False
    intervals: bool = False
    scans: tuple[str, ...] = ()
    goodness: bool = False
    posterior: bool = False
    toys: int = 0
    seed: int = 1
    workers: int = 1
    blind: str | None = None
    level: float = 0.95
    statistic: str = "qtilde"
    groups: Mapping[str, tuple[str, ...]] | None = None

    @property
    def studies(self) -> bool:
        """Whether toys of the best fit are needed."""
        tested = self.cls is not None or self.limit or self.significance
        return self.toys > 0 and (self.goodness or not tested)


@dataclass(frozen=True, eq=False)
class Answers:
    """A fit with all that was asked; the rest is None or empty.

    Attributes
    ----------
    fit : FitResult
    findings : tuple of Finding
        Of the pre-flight check.
    blinded : bool
        Whether the parameter of interest is shifted.
    """

    fit: FitResult
    findings: tuple[Finding, ...] = ()
    blinded: bool = False
    cls: HypothesisTest | None = None
    limit: UpperLimit | None = None
    significance: Significance | None = None
    impacts: Ranking | None = None
    breakdown: Breakdown | None = None
    intervals: tuple[Interval, ...] | None = None
    scans: tuple[Scan, ...] = ()
    toys: ToyStudy | None = None
    goodness: ToyGoodness | None = None
    posterior: Posterior | None = None

    @property
    def given(self) -> dict[str, Any]:
        """By name of the question, in the order of `QUESTIONS`, what was answered."""
        values = {question.name: getattr(self, question.name) for question in QUESTIONS}
        return {name: value for name, value in values.items() if value != getattr(Answers, name)}


@dataclass(frozen=True, eq=False)
class Inquiry:
    """What a question is answered from.

    Attributes
    ----------
    model : Model
    questions : Questions
    fit : FitResult
        The true one.
    shown : FitResult
        The one that is shown: while blinded, its parameter of interest is shifted.
    answers : mapping of str to answer
        Those to earlier questions.
    """

    model: Model
    questions: Questions
    fit: FitResult
    shown: FitResult
    answers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def toys(self) -> dict[str, Any]:
        """How toys are drawn, for methods of the model."""
        asked = self.questions
        return {"toys": asked.toys, "seed": asked.seed, "workers": asked.workers}


@dataclass(frozen=True)
class Question:
    """Something to ask of a fitted likelihood.

    Attributes
    ----------
    name : str
        Of its fields in `Questions` and `Answers`. It is asked where the first is not its default.
    title : str
        As messages call it.
    ask : callable
        Answers it.
    needs_poi : bool
        It is about the value of the parameter of interest: refused before the fit without one.
    refits : bool
        It refits with parameters held, and may end in a deeper minimum: then all start again.
    while_blinded : callable or None
        Answers it without telling a hidden value. A question that does not say how is refused
        while the parameter of interest is hidden.
    """

    name: str
    title: str
    ask: Callable[[Inquiry], Any]
    needs_poi: bool = False
    refits: bool = False
    while_blinded: Callable[[Inquiry], Any] | None = None

    def asked(self, questions: Questions) -> bool:
        """Whether it is among the questions."""
        return bool(getattr(questions, self.name) != getattr(Questions, self.name))


def _test(inquiry: Inquiry) -> HypothesisTest | None:
    asked = inquiry.questions
    if asked.cls is None:
        return None
    return inquiry.model.cls(asked.cls, **inquiry.toys, statistic=asked.statistic)


def _limit(inquiry: Inquiry) -> UpperLimit:
    asked = inquiry.questions
    return inquiry.model.limit(level=asked.level, **inquiry.toys, statistic=asked.statistic)


def _significance(inquiry: Inquiry) -> Significance:
    return inquiry.model.significance(**inquiry.toys)


def _impacts(inquiry: Inquiry) -> Ranking:
    return ranking(inquiry.model, fit=inquiry.fit)


def _linear_impacts(inquiry: Inquiry) -> Ranking:
    # Refits would end at the bound of the hidden parameter, and tell how far away it is.
    return linear_ranking(inquiry.shown)


def _breakdown(inquiry: Inquiry) -> Breakdown:
    return breakdown(inquiry.model, inquiry.questions.groups, fit=inquiry.fit)


def _shifted_breakdown(inquiry: Inquiry) -> Breakdown:
    parts = shown_while_blinded(lambda: _breakdown(inquiry))
    return replace(parts, value=inquiry.shown[inquiry.shown.poi].value)


def _intervals(inquiry: Inquiry) -> tuple[Interval, ...]:
    return intervals(inquiry.model, fit=inquiry.fit)


def _scans(inquiry: Inquiry) -> tuple[Scan, ...]:
    return tuple(scan(inquiry.model, name, fit=inquiry.fit) for name in inquiry.questions.scans)


def _study(inquiry: Inquiry) -> ToyStudy | None:
    """Where there is something to test, toys are of the test and not of the best fit."""
    asked = inquiry.questions
    if not asked.studies:
        return None
    return fit_toys(inquiry.model, asked.toys, seed=asked.seed, workers=asked.workers)


def _goodness(inquiry: Inquiry) -> ToyGoodness | None:
    """Without toys, the fit itself says how good it is."""
    study = inquiry.answers.get("toys")
    return None if study is None else toy_goodness(study)


def _posterior(inquiry: Inquiry) -> Posterior:
    return inquiry.model.posterior(seed=inquiry.questions.seed)


QUESTIONS = (
    Question("cls", "a test (cls)", _test, needs_poi=True),
    Question("limit", "a limit", _limit, needs_poi=True),
    Question("significance", "a significance", _significance, needs_poi=True),
    Question(
        "impacts", "impacts", _impacts,
        needs_poi=True, refits=True, while_blinded=_linear_impacts,
    ),
    Question(
        "breakdown", "breakdown", _breakdown, needs_poi=True, while_blinded=_shifted_breakdown
    ),
    Question("intervals", "intervals", _intervals, refits=True),
    Question("scans", "a scan", _scans, refits=True),
    Question("toys", "toys", _study),
    Question("goodness", "goodness of fit", _goodness, while_blinded=_goodness),
    Question("posterior", "a posterior", _posterior, needs_poi=True),
)  # fmt: skip
"""In the order of their answers."""
