"""Results of inference as JSON: ``fit.json``.

The object has these keys (schema ``hepline.fit/2``); those of questions that were not asked are
not there, and numbers that are hidden or do not exist are null:

``poi``
    ``name``, ``value``, ``error`` (null at a bound that leaves none, and where the data do not
    determine it); null if the workspace has no
    parameter of interest.
``twice_nll``
    Twice the negative log-likelihood at the minimum, constants included as in pyhf.
``parameters``
    By name, in the order of the covariance: ``kind``, ``value``, ``error``, ``initial``,
    ``center``, ``prior_width``, ``pull`` and ``constraint`` (null if unconstrained), ``bounds``,
    ``fixed``.
``covariance``
    List of rows; null where the data do not determine a parameter. Of a fit with more than 500
    parameters, only of those that act on several bins: ``covariance_of`` has their names.
``other_minima``
    Less deep ones, the deepest first: ``twice_nll``, ``parameters`` (values by name).
``goodness_of_fit``
    ``statistic``, ``degrees_of_freedom``, ``p_value``; null if there are no degrees of freedom.
    With toys also ``toys``: ``p_value``, ``error``, ``toys``.
``method``, ``covariance_quality``, ``seconds``
    As in `FitResult`.
``cls``
    ``mu``, ``observed``, ``expected`` (five, for backgrounds from −2 to +2 standard deviations),
    ``clsb``, ``clb``, ``statistic``, ``method``, ``toys``, ``failed`` (toys without a fit),
    ``error``.
``limit``
    ``observed``, ``error`` (from the number of toys), ``expected`` (five), ``level``, ``method``,
    ``tests``.
``significance``
    ``observed``, ``p_value``, ``expected``, ``method``, ``toys``, ``error``, ``failed``.
``impacts``
    By name, the largest first: ``up``, ``down``, ``prefit_up``, ``prefit_down`` and the parameter's
    ``value``, ``error``, ``pull``, ``constraint``.
``breakdown``
    ``statistical``, ``systematic``, ``components`` by name: ``error``, ``parameters``.
``intervals``
    By name: ``lower``, ``upper``, ``level``, ``open_lower``, ``open_upper``.
``scans``
    By name: ``values``, ``twice_delta_nll``.
``toys``
    ``count``, ``failed``, ``seed`` and by parameter the ``mean`` and ``width`` of its pulls.
``posterior``
    ``quality``, ``seed`` and by parameter ``mean``, ``std``, ``interval`` (68.27 %), ``r_hat``.
``blinded``
    Whether the value of ``poi`` is shifted.
``findings``
    Of the pre-flight check: ``code``, ``severity``, ``message``.
``versions``
    Of Python, the platform and the libraries.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from hepline.jsonfile import write_json
from hepline.records import versions
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
from hepline.stats.results import FitResult, Parameter
from hepline.stats.run import Answers

__all__ = ["as_json", "fit_as_json", "save"]

Answer = TypeVar("Answer")

_LARGEST = 500  # parameters whose covariance is stored in full: a file of five megabytes


def fit_as_json(fit: FitResult) -> dict[str, Any]:
    """Express a fit in the types of JSON.

    Parameters
    ----------
    fit : FitResult

    Returns
    -------
    dict
        Keys as in the description of this module.
    """
    poi = fit[fit.poi] if fit.poi else None
    names = [parameter.name for parameter in fit.parameters]
    return {
        "schema": "hepline.fit/2",
        "poi": {"name": poi.name, "value": poi.value, "error": _error(poi)} if poi else None,
        "twice_nll": _or_null(fit.twice_nll),
        "parameters": {
            parameter.name: {
                **_without(asdict(parameter), "name"),
                "error": _error(parameter),
                "bounds": list(parameter.bounds),
                "pull": parameter.pull,
                "constraint": None if (c := parameter.constraint) is None else _or_null(c),
            }
            for parameter in fit.parameters
        },
        **_covariance(fit),
        "other_minima": [
            {
                "twice_nll": one.twice_nll,
                "parameters": dict(zip(names, one.values, strict=True)),
            }
            for one in fit.other_minima
        ],
        "goodness_of_fit": asdict(fit.goodness_of_fit) if fit.goodness_of_fit else None,
        "method": fit.method,
        "covariance_quality": fit.covariance_quality,
        "seconds": fit.seconds,
        "versions": dict(versions()),
    }


def _covariance(fit: FitResult) -> dict[str, Any]:
    spread, told = fit.spread, {}
    if len(spread) > _LARGEST:
        matrix = spread.shared
        told["covariance_of"] = [
            one.name
            for one, single in zip(fit.parameters, spread.single, strict=True)
            if not single
        ]
    else:
        matrix = spread.matrix
    rows = [[_or_null(each) for each in row] for row in matrix.tolist()]
    return {"covariance": rows, **told}


def as_json(answers: Answers) -> dict[str, Any]:
    """Express all answers in the types of JSON.

    Parameters
    ----------
    answers : Answers

    Returns
    -------
    dict
        Keys as in the description of this module.
    """
    content = fit_as_json(answers.fit)
    if answers.goodness and content["goodness_of_fit"]:
        content["goodness_of_fit"]["toys"] = _without(asdict(answers.goodness), "statistic")
    told: dict[str, Any] = {
        "cls": _if_asked(answers.cls, _test),
        "limit": _if_asked(answers.limit, _limit),
        "significance": _if_asked(answers.significance, _significance),
        "impacts": _if_asked(answers.impacts, _impacts),
        "breakdown": _if_asked(answers.breakdown, _breakdown),
        "intervals": _if_asked(answers.intervals, _intervals),
        "scans": _if_asked(answers.scans or None, _scans),
        "toys": _if_asked(answers.toys, _toys),
        "posterior": _if_asked(answers.posterior, _posterior),
    }
    content |= {key: value for key, value in told.items() if value is not None}
    content["blinded"] = answers.blinded
    content["findings"] = [
        {"code": one.code, "severity": one.severity, "message": str(one)}
        for one in answers.findings
    ]
    return content


def save(answers: Answers, path: str | Path) -> Path:
    """Write answers to a JSON file, whole or not at all.

    Parameters
    ----------
    answers : Answers
    path : str or Path
        Its folder is made if need be.

    Returns
    -------
    Path

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    return write_json(as_json(answers), path, what="fit")


def _error(parameter: Parameter) -> float | None:
    """A free parameter without an error stands at a bound that keeps it from having one."""
    return parameter.error if parameter.error > 0 or parameter.fixed else None


def _if_asked(answer: Answer | None, tell: Callable[[Answer], dict[str, Any]]) -> Any:
    return None if answer is None else tell(answer)


def _intervals(found: Sequence[Interval]) -> dict[str, Any]:
    return {one.parameter: _without(asdict(one), "parameter", "value") for one in found}


def _scans(scans: Sequence[Scan]) -> dict[str, Any]:
    return {
        one.parameter: {
            "values": one.values.tolist(),
            "twice_delta_nll": [_or_null(rise) for rise in one.twice_delta_nll.tolist()],
        }
        for one in scans
    }


def _test(test: HypothesisTest) -> dict[str, Any]:
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


def _limit(limit: UpperLimit) -> dict[str, Any]:
    return {
        "observed": limit.observed,
        "error": _or_null(limit.error),
        "expected": list(limit.expected),
        "level": limit.level,
        "method": limit.method,
        "tests": [_test(test) for test in limit.tests],
    }


def _significance(significance: Significance) -> dict[str, Any]:
    numbers = _without(asdict(significance), "poi")
    # A signal that no background can imitate has no finite significance.
    return {k: _or_null(v) if isinstance(v, float) else v for k, v in numbers.items()}


def _impacts(ranking: Ranking) -> dict[str, Any]:
    return {one.parameter: _without(asdict(one), "parameter", "kind") for one in ranking.impacts}


def _breakdown(parts: Breakdown) -> dict[str, Any]:
    return {
        "statistical": parts.statistical,
        "systematic": parts.systematic,
        "components": {
            one.name: {"error": one.error, "parameters": list(one.parameters)}
            for one in parts.components
        },
    }


def _toys(study: ToyStudy) -> dict[str, Any]:
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


def _posterior(posterior: Posterior) -> dict[str, Any]:
    return {
        "quality": posterior.quality,
        "seed": posterior.seed,
        "parameters": {
            name: {
                "mean": float(posterior.mean[i]),
                "std": float(posterior.std[i]),
                "interval": list(posterior.interval(name, 0.6827)),
                "r_hat": _or_null(float(posterior.r_hat[i])),
            }
            for i, name in enumerate(posterior.parameters)
        },
    }


def _without(entry: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in keys}


def _or_null(number: float) -> float | None:
    return number if math.isfinite(number) else None
