"""Answers in the words of a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from hepline.share.fit_answers import TELLERS
from hepline.stats.questions import Answers
from hepline.stats.results import FitResult, Parameter

__all__ = ["lines"]


def lines(answers: Answers) -> list[str]:
    """Sum up the fit and every answer, beside the tables of parameters and impacts.

    Parameters
    ----------
    answers : Answers

    Returns
    -------
    list of str
        What was not asked is not mentioned.
    """
    fit = answers.fit
    said = [] if not fit.poi else [_measured(fit[fit.poi], blinded=answers.blinded)]
    if not answers.blinded:
        said.append(f"−2 ln L = {fit.twice_nll:.4f}")
    if fit.goodness_of_fit:
        good = fit.goodness_of_fit
        said.append(
            f"goodness of fit: {good.statistic:.2f} for {good.degrees_of_freedom} degrees of "
            f"freedom, p = {good.p_value:.3g}"
        )
    said.append(f"{fit.method} in {fit.seconds:.3f} s; covariance: {fit.covariance_quality}")
    return [*said, *_other_minima(fit), *_answered(answers)]


def _answered(answers: Answers) -> Iterator[str]:
    given = answers.given
    for name, teller in TELLERS.items():
        if name in given:
            yield from teller.lines(given[name])


def _other_minima(fit: FitResult) -> Iterator[str]:
    """The deepest of the others; they are not told of a fit that is hidden."""
    if fit.other_minima:
        other = fit.other_minima[0]
        values = {p.name: value for p, value in zip(fit.parameters, other.values, strict=True)}
        there = f" at {fit.poi} = {values[fit.poi]:.4f}" if fit.poi else ""
        yield (
            f"the likelihood has another minimum{there}, where −2 ln L is higher by "
            f"{other.twice_nll - fit.twice_nll:.3g}"
        )


def _measured(poi: Parameter, *, blinded: bool) -> str:
    error = f"± {poi.error:.4f}" if poi.error > 0 or poi.fixed else "at its bound, without an error"
    error = error if poi.determined else "(one of many values: the data do not determine it)"
    shifted = " (shifted by a secret amount)" if blinded else ""
    return f"{poi.name} = {poi.value:.4f} {error}{shifted}"
