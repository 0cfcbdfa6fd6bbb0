"""Each answer about a likelihood, as a key of ``fit.json`` and in the words of a terminal.

`TELLERS` has an entry for each question of `hepline.stats.questions`; the docstrings of the
functions that make its JSON describe their keys.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

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
from hepline.stats.inference.toystudy import ToyGoodness

__all__ = ["TELLERS", "Teller", "or_null", "without"]


def _no_lines(_answer: Any) -> Iterator[str]:
    """What stands in a table of its own."""
    return iter(())


@dataclass(frozen=True)
class Teller:
    """How an answer is told.

    Attributes
    ----------
    as_json : callable
        The answer in the types of JSON.
    lines : callable
        The answer in words.
    part_of : str
        The key of ``fit.json`` that it completes; its own, the name of the question, where empty.
    """

    as_json: Callable[[Any], dict[str, Any]]
    lines: Callable[[Any], Iterator[str]] = _no_lines
    part_of: str = ""


def _test_json(test: HypothesisTest) -> dict[str, Any]:
    """``mu``, ``observed``, ``expected`` (five, for backgrounds from −2 to +2 standard
    deviations), ``clsb``, ``clb``, ``statistic``, ``method``, ``toys``, ``failed`` (toys without a
    fit), ``error``.
    """
    return {
        "mu": test.mu,
        "observed": test.cls,
        "expected": list(test.expected),
        "clsb": test.clsb,
        "clb": test.clb,
        "statistic": test.statistic,
        "method": test.method,
        "toys": test.toys,
        "failed": test.failed,
        "error": test.error,
    }


def _test_lines(test: HypothesisTest) -> Iterator[str]:
    yield (
        f"CLs({test.mu:g}) = {_error(test.cls, test.error)}; expected {_five(test.expected)}"
        f"{_failures(test.failed)}"
    )


def _limit_json(limit: UpperLimit) -> dict[str, Any]:
    """``observed``, ``error`` (from the number of toys), ``expected`` (five), ``level``,
    ``method``, ``tests``.
    """
    return {
        "observed": limit.observed,
        "error": or_null(limit.error),
        "expected": list(limit.expected),
        "level": limit.level,
        "method": limit.method,
        "tests": [_test_json(test) for test in limit.tests],
    }


def _limit_lines(limit: UpperLimit) -> Iterator[str]:
    yield (
        f"{limit.poi} < {_error(limit.observed, limit.error)} at {100 * limit.level:g} % CL; "
        f"expected {_five(limit.expected)}{_failures(limit.failed)}"
    )


def _significance_json(significance: Significance) -> dict[str, Any]:
    """``observed``, ``p_value``, ``expected``, ``method``, ``toys``, ``error``, ``failed``."""
    numbers = without(asdict(significance), "poi")
    # A signal that no background can imitate has no finite significance.
    return {k: or_null(v) if isinstance(v, float) else v for k, v in numbers.items()}


def _significance_lines(significance: Significance) -> Iterator[str]:
    toys, p_value = significance.toys, significance.p_value
    # With no toy as extreme as the data, their number is all that is known.
    least = "at least " if toys and p_value * (toys + 1) < 1.5 else ""
    yield (
        f"significance {least}{significance.observed:.3f} σ, "
        f"p = {_error(p_value, significance.error)}; expected {significance.expected:.3f} σ"
        f"{_failures(significance.failed)}"
    )


def _impacts_json(ranking: Ranking) -> dict[str, Any]:
    """By name, the largest first: ``up``, ``down``, ``prefit_up``, ``prefit_down`` and the
    parameter's ``value``, ``error``, ``pull``, ``constraint``.
    """
    return {one.parameter: without(asdict(one), "parameter", "kind") for one in ranking.impacts}


def _breakdown_json(parts: Breakdown) -> dict[str, Any]:
    """``statistical``, ``systematic``, ``components`` by name: ``error``, ``parameters``."""
    return {
        "statistical": parts.statistical,
        "systematic": parts.systematic,
        "components": {
            one.name: {"error": one.error, "parameters": list(one.parameters)}
            for one in parts.components
        },
    }


def _breakdown_lines(parts: Breakdown) -> Iterator[str]:
    by_group = ", ".join(f"{one.name} {one.error:.4f}" for one in parts.components[:6])
    yield (
        f"error {parts.error:.4f}: statistical {parts.statistical:.4f}, systematic "
        f"{parts.systematic:.4f} ({by_group})"
    )


def _intervals_json(intervals: Sequence[Interval]) -> dict[str, Any]:
    """By name: ``lower``, ``upper``, ``level``, ``open_lower``, ``open_upper``."""
    return {one.parameter: without(asdict(one), "parameter", "value") for one in intervals}


def _scans_json(scans: Sequence[Scan]) -> dict[str, Any]:
    """By name: ``values``, ``twice_delta_nll``."""
    return {
        one.parameter: {
            "values": one.values.tolist(),
            "twice_delta_nll": [or_null(rise) for rise in one.twice_delta_nll.tolist()],
        }
        for one in scans
    }


def _goodness_json(goodness: ToyGoodness) -> dict[str, Any]:
    """``toys``: ``p_value``, ``error``, ``toys``."""
    return {"toys": without(asdict(goodness), "statistic")}


def _goodness_lines(goodness: ToyGoodness) -> Iterator[str]:
    p_value = _error(goodness.p_value, goodness.error)
    yield f"goodness of fit from {goodness.toys} toys: p = {p_value}"


def _toys_json(study: ToyStudy) -> dict[str, Any]:
    """``count``, ``failed``, ``seed`` and by parameter the ``mean`` and ``width`` of its pulls."""
    pulls = {}
    for name in study.parameters:
        own = study.pulls(name)
        if len(own) > 1:
            pulls[name] = {"mean": float(np.mean(own)), "width": float(np.std(own, ddof=1))}
    return {
        "count": len(study.statistics),
        "failed": study.failed,
        "seed": study.seed,
        "pulls": pulls,
    }


def _toys_lines(study: ToyStudy) -> Iterator[str]:
    yield f"{len(study.statistics)} toys fitted, {study.failed} failed"


def _posterior_json(posterior: Posterior) -> dict[str, Any]:
    """``quality``, ``seed`` and by parameter ``mean``, ``std``, ``interval`` (68.27 %),
    ``r_hat``.
    """
    return {
        "quality": posterior.quality,
        "seed": posterior.seed,
        "parameters": {
            name: {
                "mean": float(posterior.mean[i]),
                "std": float(posterior.std[i]),
                "interval": list(posterior.interval(name, 0.6827)),
                "r_hat": or_null(float(posterior.r_hat[i])),
            }
            for i, name in enumerate(posterior.parameters)
        },
    }


def _posterior_lines(posterior: Posterior) -> Iterator[str]:
    low, high = posterior.interval(posterior.poi, 0.6827)
    yield f"posterior of {posterior.poi}: {low:.4f} to {high:.4f} (68 %); {posterior.quality}"


TELLERS: Mapping[str, Teller] = {
    "breakdown": Teller(_breakdown_json, _breakdown_lines),
    "cls": Teller(_test_json, _test_lines),
    "limit": Teller(_limit_json, _limit_lines),
    "significance": Teller(_significance_json, _significance_lines),
    "impacts": Teller(_impacts_json),
    "intervals": Teller(_intervals_json),
    "scans": Teller(_scans_json),
    "goodness": Teller(_goodness_json, _goodness_lines, part_of="goodness_of_fit"),
    "toys": Teller(_toys_json, _toys_lines),
    "posterior": Teller(_posterior_json, _posterior_lines),
}
"""By name of the question, in the order of the lines."""


def without(entry: dict[str, Any], *keys: str) -> dict[str, Any]:
    """Leave keys out."""
    return {key: value for key, value in entry.items() if key not in keys}


def or_null(number: float) -> float | None:
    """A number as far as JSON has it."""
    return number if math.isfinite(number) else None


def _failures(count: int) -> str:
    return f"; {count} toys without a fit, in the error" if count else ""


def _error(value: float, error: float) -> str:
    return f"{value:.4g} ± {error:.1g}" if error else f"{value:.4g}"


def _five(expected: tuple[float, ...]) -> str:
    low2, low, median, high, high2 = expected
    return f"{median:.4g} [{low:.4g}, {high:.4g}] [{low2:.4g}, {high2:.4g}]"
