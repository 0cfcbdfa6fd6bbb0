"""From a workspace to everything that was asked of it: what ``hepline fit`` does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from hepline.errors import FitError
from hepline.stats.blinding import expecting, fit_hidden, hide_poi, shown_while_blinded
from hepline.stats.inference.asimov import free_poi
from hepline.stats.inference.breakdown import breakdown
from hepline.stats.inference.impacts import linear_ranking, ranking
from hepline.stats.inference.intervals import intervals
from hepline.stats.inference.neighborhood import DeeperMinimum
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
from hepline.stats.preflight import Finding, preflight
from hepline.stats.results import FitResult

__all__ = ["Answers", "Questions", "answer"]

_MOST_RESTARTS = 5


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
    asked = questions or Questions()
    _check_poi(model, asked)
    if asked.blind is not None:
        return _blinded(model, asked, asked.blind)
    findings = preflight(model)
    fit = model.fit()
    for _ in range(_MOST_RESTARTS):
        try:
            return _answers(model, asked, fit, findings)
        except DeeperMinimum as deeper:
            # All answers start again, so that they are about the same minimum.
            fit = model.fit(init=deeper.start)
    return _answers(model, asked, fit, findings)


def _answers(
    model: Model, asked: Questions, fit: FitResult, findings: tuple[Finding, ...]
) -> Answers:
    # First those that may find a deeper minimum, and start all of them again.
    impacts = ranking(model, fit=fit) if asked.impacts else None
    profiles = intervals(model, fit=fit) if asked.intervals else None
    scans = tuple(scan(model, name, fit=fit) for name in asked.scans)
    study = None
    if asked.studies:
        study = fit_toys(model, asked.toys, seed=asked.seed, workers=asked.workers)
    return Answers(
        fit=fit,
        findings=findings,
        impacts=impacts,
        breakdown=breakdown(model, asked.groups, fit=fit) if asked.breakdown else None,
        intervals=profiles,
        scans=scans,
        cls=_test(model, asked),
        limit=_limit(model, asked),
        significance=_significance(model, asked),
        toys=study,
        goodness=toy_goodness(study) if study is not None and asked.goodness else None,
        posterior=model.posterior(seed=asked.seed) if asked.posterior else None,
    )


def _test(model: Model, asked: Questions) -> HypothesisTest | None:
    if asked.cls is None:
        return None
    return model.cls(
        asked.cls,
        toys=asked.toys,
        seed=asked.seed,
        workers=asked.workers,
        statistic=asked.statistic,
    )


def _limit(model: Model, asked: Questions) -> UpperLimit | None:
    if not asked.limit:
        return None
    return model.limit(
        level=asked.level,
        toys=asked.toys,
        seed=asked.seed,
        workers=asked.workers,
        statistic=asked.statistic,
    )


def _significance(model: Model, asked: Questions) -> Significance | None:
    if not asked.significance:
        return None
    return model.significance(toys=asked.toys, seed=asked.seed, workers=asked.workers)


def _check_poi(model: Model, asked: Questions) -> None:
    """Refuse before the fit what only a parameter of interest can answer."""
    about = (asked.cls is not None, asked.limit, asked.significance, asked.impacts,
             asked.breakdown, asked.posterior)  # fmt: skip
    if any(about):
        free_poi(model)


def _check_blind(asked: Questions) -> None:
    telling = {
        "a test (cls)": asked.cls is not None,
        "a limit": asked.limit,
        "a significance": asked.significance,
        "intervals": asked.intervals,
        "a scan": bool(asked.scans),
        "toys": asked.toys > 0,
        "a posterior": asked.posterior,
    }
    wanted = [name for name, is_asked in telling.items() if is_asked]
    if wanted:
        raise FitError(
            f"cannot compute {' and '.join(wanted)} while the parameter of interest is hidden.",
            why="it would tell the value.",
            fix="ask for the fit, impacts and breakdown only, or drop the blinding.",
        )


def _blinded(model: Model, asked: Questions, phrase: str) -> Answers:
    _check_blind(asked)
    fit = fit_hidden(model)
    shown = hide_poi(fit, phrase, of=_special(model))
    parts = None
    if asked.breakdown:
        parts = shown_while_blinded(lambda: breakdown(model, asked.groups, fit=fit))
    return Answers(
        fit=shown,
        # Rules about the observation would speak of what stands in for it.
        findings=tuple(one for one in preflight(expecting(model)) if one.code < "HL6"),
        blinded=True,
        # Refits would end at the bound of the hidden parameter, and tell how far away it is.
        impacts=linear_ranking(shown) if asked.impacts else None,
        breakdown=None if parts is None else replace(parts, value=shown[shown.poi].value),
    )


def _special(model: Model) -> tuple[str, ...]:
    """What keeps fits whose answer is known from telling the shift of others.

    The workspace that a blinded analysis writes has expected events in place of hidden data. Fitted
    with the phrase of the analysis, it must tell neither the shift there, nor that of real data,
    which are whole numbers.
    """
    fractional = bool(np.any(model.data % 1))
    return ("hepline fit", "no counts") if fractional else ("hepline fit",)
