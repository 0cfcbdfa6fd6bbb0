"""Results of inference as JSON: ``fit.json``.

The object has these keys (schema ``hepline.fit/2``); those of questions that were not asked are
not there, and numbers that are hidden or do not exist are null:

``poi``
    ``name``, ``value``, ``error`` (null at a bound that leaves none, and where the data do not
    determine it); null if the workspace has no parameter of interest.
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
    With toys also ``toys``.
``method``, ``covariance_quality``, ``seconds``
    As in `FitResult`.
the name of each question, such as ``limit``
    Its answer: `hepline.share.fit_answers` has the keys.
``blinded``
    Whether the value of ``poi`` is shifted.
``findings``
    Of the pre-flight check: ``code``, ``severity``, ``message``.
``versions``
    Of Python, the platform and the libraries.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from hepline.jsonfile import write_json
from hepline.records import versions
from hepline.share.fit_answers import TELLERS, or_null, without
from hepline.stats.questions import Answers
from hepline.stats.results import FitResult, Parameter

__all__ = ["as_json", "fit_as_json", "save"]

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
        "twice_nll": or_null(fit.twice_nll),
        "parameters": {
            parameter.name: {
                **without(asdict(parameter), "name"),
                "error": _error(parameter),
                "bounds": list(parameter.bounds),
                "pull": parameter.pull,
                "constraint": None if (c := parameter.constraint) is None else or_null(c),
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
    rows = [[or_null(each) for each in row] for row in matrix.tolist()]
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
    for name, answer in answers.given.items():
        teller = TELLERS[name]
        if not teller.part_of:
            content[name] = teller.as_json(answer)
        elif content[teller.part_of] is not None:
            content[teller.part_of] |= teller.as_json(answer)
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
