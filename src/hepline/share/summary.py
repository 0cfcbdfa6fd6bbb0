"""`summary.json`: the numbers of a measurement for machines."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from hepline.analysis.binning import fitted_region
from hepline.analysis.results import Accounting, Blinding
from hepline.pipeline.result import Result
from hepline.pipeline.scanning import GridScan
from hepline.share.fit_json import fit_as_json
from hepline.share.grid import limits_as_json
from hepline.share.report_content import shown_truth
from hepline.stats.results import FitResult

__all__ = ["summary"]


def summary(
    result: Result,
    fit: FitResult | None,
    *,
    blinding: Blinding,
    no_fit_reason: str,
    seconds: dict[str, float],
    grid: GridScan | None = None,
) -> dict[str, Any]:
    """Collect what a script wants to know about a run.

    Parameters
    ----------
    result : Result
    fit : FitResult or None
    blinding : Blinding
    no_fit_reason : str
    seconds : dict of str to float
        By stage.
    grid : GridScan or None

    Returns
    -------
    dict
        ``events`` (read, by sample and variation), ``coverage`` (``events_expected`` and
        ``fraction`` are null if a file that was not read hides them), ``cutflow``, ``accounting``
        (for each template: events read, removed by each cut and selected; values of the observable
        that are missing, not a number, below, inside and above the fitted bins), ``regions``
        (label, observable and edges of the bins of the workspace), ``fit`` (None with
        ``no_fit_reason`` if there was none), ``limits`` (of a grid of signals: for each point its
        parameters by name, ``observed`` and five ``expected`` limits on the strength, the same in
        pb, ``cross_section``, ``significance``, …; else empty), ``blinding`` (``state``,
        ``since``, ``reason``, ``regions``, ``poi``: whether its value is shifted, ``note``),
        ``notices``, ``provenance``, ``seconds``, ``events_per_second``.
    """
    events: dict[str, dict[str, int]] = {}
    for part in result.coverage:
        events.setdefault(part.name, {})[part.variation] = part.events_read
    processing = result.seconds.get("process", 0.0)
    return {
        "analysis": result.analysis.name,
        "luminosity": result.analysis.luminosity,
        "events": events,
        "coverage": [{**asdict(part), "fraction": part.fraction} for part in result.coverage],
        "cutflow": [asdict(flow) for flow in result.cutflow],
        "accounting": [_account(account) for account in result.accounting],
        "regions": {name: _region(result, name) for name in result.analysis.regions},
        "templates": len(result.templates),
        "fit": None if fit is None else _fit(fit),
        "no_fit_reason": no_fit_reason,
        "limits": limits_as_json(grid),
        "truth": shown_truth(result),
        "blinding": {**asdict(blinding), "poi": bool(blinding.poi)},
        "notices": [asdict(notice) for notice in result.notices],
        "provenance": asdict(result.provenance),
        "seconds": seconds,
        "events_per_second": result.events_read / processing if processing else None,
    }


def _region(result: Result, name: str) -> dict[str, Any]:
    region = result.analysis.regions[name]
    edges = fitted_region(result.analysis, region, result.templates).edges
    return {"label": region.label, "observable": region.axis.label, "fit_edges": edges.tolist()}


def _account(account: Accounting) -> dict[str, Any]:
    cuts = [{"name": name, **asdict(tally)} for name, tally in account.cuts]
    return {**asdict(account), "cuts": cuts}


def _fit(fit: FitResult) -> dict[str, Any]:
    # A blinded fit does not tell its likelihood, and JSON knows no "not a number".
    told = None if math.isnan(fit.twice_nll) else fit.twice_nll
    return {**fit_as_json(fit), "twice_nll": told}
