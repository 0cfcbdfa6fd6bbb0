"""A fit as JSON: ``fit.json``.

The object has these keys (schema ``hepline.fit/1``):

``poi``
    ``name``, ``value``, ``error``; null if the workspace has no parameter of interest.
``twice_nll``
    Twice the negative log-likelihood at the minimum, constants included as in pyhf.
``parameters``
    List in the order of the covariance: ``name``, ``kind``, ``value``, ``error``, ``initial``,
    ``prior_width`` (null if unconstrained), ``pull`` and ``constraint`` (null if unconstrained),
    ``bounds``, ``fixed``.
``covariance``
    List of rows.
``goodness_of_fit``
    ``statistic``, ``degrees_of_freedom``, ``p_value``; null if there are no degrees of freedom.
``method``, ``covariance_quality``, ``seconds``
    As in `FitResult`.
``versions``
    Of Python, the platform and the libraries.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hepline.errors import OutputError
from hepline.records import versions
from hepline.stats.results import FitResult

__all__ = ["as_json", "save"]


def as_json(fit: FitResult) -> dict[str, Any]:
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
    return {
        "schema": "hepline.fit/1",
        "poi": {"name": poi.name, "value": poi.value, "error": poi.error} if poi else None,
        "twice_nll": fit.twice_nll,
        "parameters": [
            {
                **asdict(parameter),
                "bounds": list(parameter.bounds),
                "pull": parameter.pull,
                "constraint": parameter.constraint,
            }
            for parameter in fit.parameters
        ],
        "covariance": fit.covariance.tolist(),
        "goodness_of_fit": asdict(fit.goodness_of_fit) if fit.goodness_of_fit else None,
        "method": fit.method,
        "covariance_quality": fit.covariance_quality,
        "seconds": fit.seconds,
        "versions": dict(versions()),
    }


def save(fit: FitResult, path: str | Path) -> Path:
    """Write a fit to a JSON file, whole or not at all.

    Parameters
    ----------
    fit : FitResult
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
    target = Path(path)
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(json.dumps(as_json(fit), indent=1, allow_nan=False), encoding="utf-8")
        aside.replace(target)
    except OSError as error:
        if aside.exists():
            aside.unlink()
        raise OutputError(
            f"cannot write the fit to '{target}'.",
            why=f"the system says: {error.strerror or error}.",
            fix="choose a folder that exists and that you may write to, with space left.",
        ) from error
    return target
