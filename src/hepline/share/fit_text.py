"""Answers in the words of a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from hepline.stats.results import FitResult, Parameter
from hepline.stats.run import Answers

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
    return [*said, *_other_minima(fit), *_causes(answers), *_tests(answers), *_samples(answers)]


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


def _causes(answers: Answers) -> Iterator[str]:
    if answers.breakdown:
        parts = answers.breakdown
        by_group = ", ".join(f"{one.name} {one.error:.4f}" for one in parts.components[:6])
        yield (
            f"error {parts.error:.4f}: statistical {parts.statistical:.4f}, systematic "
            f"{parts.systematic:.4f} ({by_group})"
        )


def _tests(answers: Answers) -> Iterator[str]:
    if answers.cls:
        test = answers.cls
        yield (
            f"CLs({test.mu:g}) = {_error(test.cls, test.error)}; expected {_five(test.expected)}"
            f"{_failures(test.failed)}"
        )
    if answers.limit:
        upper = answers.limit
        yield (
            f"{upper.poi} < {_error(upper.observed, upper.error)} at {100 * upper.level:g} % CL; "
            f"expected {_five(upper.expected)}{_failures(upper.failed)}"
        )
    if answers.significance:
        found = answers.significance
        # With no toy as extreme as the data, their number is all that is known.
        least = "at least " if found.toys and found.p_value * (found.toys + 1) < 1.5 else ""
        yield (
            f"significance {least}{found.observed:.3f} σ, "
            f"p = {_error(found.p_value, found.error)}; expected {found.expected:.3f} σ"
            f"{_failures(found.failed)}"
        )


def _samples(answers: Answers) -> Iterator[str]:
    """What toys and the sampler tell."""
    if answers.goodness:
        good = answers.goodness
        yield f"goodness of fit from {good.toys} toys: p = {_error(good.p_value, good.error)}"
    if answers.toys:
        study = answers.toys
        yield f"{len(study.statistics)} toys fitted, {study.failed} failed"
    if answers.posterior:
        seen = answers.posterior
        low, high = seen.interval(seen.poi, 0.6827)
        yield f"posterior of {seen.poi}: {low:.4f} to {high:.4f} (68 %); {seen.quality}"


def _failures(count: int) -> str:
    return f"; {count} toys without a fit, in the error" if count else ""


def _error(value: float, error: float) -> str:
    return f"{value:.4g} ± {error:.1g}" if error else f"{value:.4g}"


def _five(expected: tuple[float, ...]) -> str:
    low2, low, median, high, high2 = expected
    return f"{median:.4g} [{low:.4g}, {high:.4g}] [{low2:.4g}, {high2:.4g}]"
