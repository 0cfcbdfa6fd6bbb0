"""`summary.json`: the numbers of a measurement for machines."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from hepline.stats.build import Result
from hepline.stats.results import FitResult
from hepline.stats.store import as_json

__all__ = ["summary"]


def summary(
    result: Result, fit: FitResult | None, *, no_fit_reason: str, seconds: dict[str, float]
) -> dict[str, Any]:
    """Collect what a script wants to know about a run.

    Parameters
    ----------
    result : Result
    fit : FitResult or None
    no_fit_reason : str
    seconds : dict of str to float
        By stage.

    Returns
    -------
    dict
        ``events`` (read, by sample and variation), ``coverage`` (``events_expected`` and
        ``fraction`` are null if a file that was not read hides them), ``cutflow``, ``fit`` (None
        with ``no_fit_reason`` if there was none), ``notices``, ``provenance``, ``seconds``,
        ``events_per_second``.
    """
    events: dict[str, dict[str, int]] = {}
    for part in result.coverage:
        events.setdefault(part.sample, {})[part.variation] = part.events_read
    processing = result.seconds.get("process", 0.0)
    pseudo = result.analysis.pseudo
    return {
        "analysis": result.analysis.name,
        "luminosity": result.analysis.luminosity,
        "events": events,
        "coverage": [{**asdict(part), "fraction": part.fraction} for part in result.coverage],
        "cutflow": [asdict(flow) for flow in result.cutflow],
        "templates": len(result.templates),
        "fit": None if fit is None else as_json(fit),
        "no_fit_reason": no_fit_reason,
        "truth": dict(pseudo.truth) if pseudo is not None else None,
        "notices": [asdict(notice) for notice in result.notices],
        "provenance": asdict(result.provenance),
        "seconds": seconds,
        "events_per_second": result.events_read / processing if processing else None,
    }
