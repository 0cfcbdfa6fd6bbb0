"""From a run and its fit to the numbers that a report shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from hepline.analysis.binning import fitted_region
from hepline.analysis.definition import Definition
from hepline.analysis.expected import processes_of
from hepline.analysis.results import Blinding, Notice
from hepline.analysis.systematics import systematics_of
from hepline.analysis.templates import TemplateKey
from hepline.errors import FitError
from hepline.pipeline.channels import expected_processes, fitted_regions
from hepline.pipeline.result import Result
from hepline.share.grouping import grouped
from hepline.share.plots import conditions_in, plot_contents
from hepline.share.prefit import predictions_of
from hepline.show.content import RegionInfo, ReportContent, SampleInfo, TemplateVariation, Yield
from hepline.show.stack_content import StackLook
from hepline.stats.blinding import hide_data
from hepline.stats.inference.breakdown import breakdown
from hepline.stats.inference.impacts import linear_ranking, ranking
from hepline.stats.inference.results import Breakdown, Ranking
from hepline.stats.model import Model
from hepline.stats.results import ChannelPrediction, FitResult

__all__ = ["report_content", "shown_truth"]


def report_content(
    result: Result,
    model: Model | None,
    fit: FitResult | None,
    *,
    postfit: tuple[ChannelPrediction, ...] = (),
    blinding: Blinding | None = None,
    no_fit_reason: str = "",
    seconds: Mapping[str, float] | None = None,
) -> ReportContent:
    """Collect what the page shows.

    Parameters
    ----------
    result : Result
    model : Model or None
        For the prediction before the fit.
    fit : FitResult or None
        None if no fit was possible; `no_fit_reason` says why.
    postfit : tuple of ChannelPrediction
        Of the fit.
    blinding : Blinding, optional
    no_fit_reason : str
    seconds : mapping of str to float, optional
        By stage.
    """
    analysis = result.analysis
    poi = fit.poi if fit is not None else analysis.poi
    processing = result.seconds.get("process", 0.0)
    hidden = result.secrets.hidden
    shown = blinding if blinding is not None else Blinding()
    impacts = _impacts(model, fit, shown)
    drawn = plot_contents(result, poi)
    # Data beside simulation can be drawn without a parameter of interest.
    predicted = model.prefit() if model is not None else predictions_of(result, hidden)
    return ReportContent(
        title=analysis.title,
        question=_question(result, poi),
        luminosity=analysis.luminosity,
        energy=analysis.energy,
        data=_data(result),
        regions=tuple(_regions(result)),
        samples=tuple(_samples(analysis, poi)),
        provenance=result.provenance,
        truth=shown_truth(result),
        yields=tuple(_yields(result)),
        cutflows=result.cutflow,
        accounting=tuple(account for account in result.accounting if not account.variation),
        prefit=hide_data(grouped(analysis, predicted), hidden),
        postfit=grouped(analysis, postfit),
        fit=fit,
        ranking=impacts.ranking,
        breakdown=impacts.breakdown,
        no_fit_reason=no_fit_reason,
        variations=tuple(_variations(result)),
        coverage=result.coverage,
        notices=(*result.notices, *impacts.notices),
        seconds=dict(seconds or result.seconds),
        events_per_second=result.events_read / processing if processing else None,
        blinding=shown,
        label=analysis.label or "hepline",
        eras=tuple(
            (era.luminosity or 0.0, era.energy or analysis.energy) for era in analysis.eras.values()
        ),
        looks={
            name: StackLook(log=True)
            for name, region in analysis.regions.items()
            if region.observable.log
        },
        plots=drawn.plots,
        n_minus_one=drawn.n_minus_one,
        planes=drawn.planes,
        profiles=drawn.profiles,
    )


def shown_truth(result: Result) -> dict[str, float] | None:
    """Values that pseudo-data were made with, but that of a hidden parameter; None for data."""
    pseudo = result.analysis.pseudo
    if pseudo is None:
        return None
    return {name: value for name, value in pseudo.truth if name != result.secrets.poi}


def _regions(result: Result) -> Iterator[RegionInfo]:
    for region in result.analysis.regions.values():
        edges = fitted_region(result.analysis, region, result.templates).edges
        label = region.axis.label
        conditions = conditions_in(result.analysis, region)
        yield RegionInfo(region.name, region.label, label, edges, region.axis.edges, conditions)


@dataclass(frozen=True)
class _Impacts:
    """Where the uncertainty comes from, as far as it may be told."""

    ranking: Ranking | None = None
    breakdown: Breakdown | None = None
    notices: tuple[Notice, ...] = ()


def _impacts(model: Model | None, fit: FitResult | None, blinding: Blinding) -> _Impacts:
    if model is None or fit is None:
        return _Impacts()
    if blinding.state == "blinded":
        # Refits would end at the bound of a hidden parameter, and tell how far away it is.
        return _Impacts(linear_ranking(fit))
    try:
        parts = breakdown(model, fit=fit)
    except FitError as error:
        # Where the data do not determine the parameter of interest, nothing has an impact on it.
        return _Impacts(notices=(Notice("impacts", f"there are no impacts: {error.what}"),))
    try:
        return _Impacts(ranking(model, fit=fit), parts)
    except FitError as error:
        text = f"impacts are those of the covariance, because a refit failed: {error.what}"
        return _Impacts(linear_ranking(fit), parts, (Notice("impacts", text),))


def _question(result: Result, poi: str) -> str:
    scaled = [s for s in result.analysis.simulated if poi and s.normalization == poi]
    if len([sample for sample in scaled if sample.point]) > 1:
        return (
            f"How much of each signal is there? {poi} is its cross-section over the expected one."
        )
    known = [result.cross_sections.get(sample.name) for sample in scaled]
    sections = [section for section in known if section is not None]
    if not scaled or len(sections) < len(scaled):
        return "How many events are there, and how many are expected?"
    names = " + ".join(sample.name for sample in scaled)
    expected = sum(sections)
    parts = " + ".join(f"{section:g}" for section in sections)
    apart = f" ({parts})" if len(scaled) > 1 else ""
    return (
        f"How much {names} is there? {poi} is the measured cross-section divided by the expected "
        f"{expected:g} pb{apart}."
    )


def _data(result: Result) -> str:
    analysis = result.analysis
    recorded = [sample.label for sample in analysis.recorded]
    if recorded:
        return ", ".join(recorded)
    if analysis.pseudo is None:
        return "Asimov data: the sum of all expected events"
    terms = (
        name if factor == 1 else f"{factor:g} {name}" for name, factor in analysis.pseudo.terms
    )
    return "pseudo-data: " + " + ".join(terms)


def _yields(result: Result) -> list[Yield]:
    """Selected events; of an observable that is a list, its values in them."""
    found = []
    for account in result.accounting:
        key = TemplateKey(account.region, account.sample)
        if account.variation or not result.templates.has(*key):
            continue
        histogram, entries = result.templates[key], account.entries
        error = float(np.sqrt(histogram.variances(flow=True).sum()))
        found.append(Yield(account.region, account.sample, entries.entries, entries.events, error))
    return [*found, *_estimated_yields(result)]


def _estimated_yields(result: Result) -> Iterator[Yield]:
    """Net yields of estimates from data."""
    for region in result.analysis.regions.values():
        processes = processes_of(result.analysis, region)
        for estimate in dict.fromkeys(one.estimate for one in processes if one.estimate):
            parts = [
                result.templates[region.name, process.name]
                for process in processes
                if process.estimate == estimate and result.templates.has(region.name, process.name)
            ]
            if parts:
                events = sum(float(part.values(flow=True).sum()) for part in parts)
                error = np.sqrt(sum(float(part.variances(flow=True).sum()) for part in parts))
                entries = int(parts[0].values(flow=True).sum())
                yield Yield(region.name, estimate, entries, events, float(error))


def _variations(result: Result) -> list[TemplateVariation]:
    found = []
    systematics = systematics_of(result.analysis)
    for fitted in fitted_regions(result.analysis, result.templates):
        names = [process.name for process in expected_processes(result.analysis, fitted)]
        for systematic in systematics:
            for sample in names:
                if not fitted.acts(systematic, sample):
                    continue
                nominal, up = fitted.contents(sample), fitted.varied(sample, systematic.up)
                down = None
                if systematic.down is not None:
                    down = fitted.varied(sample, systematic.down)
                found.append(
                    TemplateVariation(
                        fitted.region.name, sample, systematic.name, nominal, up, down
                    )
                )
    return found


def _samples(analysis: Definition, poi: str) -> Iterator[SampleInfo]:
    """Everything that is expected, with its label; what the fit measures is a signal."""
    signals = [sample.name for sample in analysis.modelled if sample.normalization == poi]
    for name, label in analysis.groups.items():
        yield SampleInfo(name, label, signal=bool(poi) and name in signals)
