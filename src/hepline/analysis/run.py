"""Fill the templates of an analysis in one pass over its files."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import hist

from hepline.analysis.accounting import accountings, shown_accountings
from hepline.analysis.binning import merged_notices
from hepline.analysis.blinding import Secrets
from hepline.analysis.borrowing import is_borrowed
from hepline.analysis.checks import (
    check_definition,
    check_files,
    check_numbers,
    missing_alternatives,
    repeated_nuisances,
)
from hepline.analysis.collect import cutflows, empty_templates, unchanged_notices
from hepline.analysis.coverage import (
    coverage_notices,
    coverage_of,
    normalization_notices,
)
from hepline.analysis.definition import Definition
from hepline.analysis.doublecounting import double_counting, repeated_files
from hepline.analysis.histograms import Histograms
from hepline.analysis.idleness import idle_effects
from hepline.analysis.integrated import with_luminosity
from hepline.analysis.losses import absent_samples, incomplete_weights, loss_notices
from hepline.analysis.made import make_histograms
from hepline.analysis.opening import fillings_of
from hepline.analysis.overlapping import overlap_notices
from hepline.analysis.profiles import ProfileResult
from hepline.analysis.provenance import provenance_of
from hepline.analysis.results import Accounting, Coverage, Cutflow, Notice
from hepline.analysis.samples import Samples, read_eras
from hepline.analysis.scaling import Scales, check_cross_sections, cross_sections
from hepline.analysis.slowness import slow_functions
from hepline.analysis.structure import unestimated_nuisances
from hepline.analysis.templates import PlotKey, Plots, TemplateKey, Templates
from hepline.engine.run import Options, run
from hepline.records import Provenance

__all__ = ["RunResult", "run_definition"]


@dataclass(frozen=True)
class RunResult:
    """Result of an analysis before any statistics.

    Attributes
    ----------
    analysis : Definition
    templates : Templates
        Scaled to the luminosity; without hidden data.
    cutflow : tuple of Cutflow
    accounting : tuple of Accounting
        Where the events of each template went.
    coverage : tuple of Coverage
    notices : tuple of Notice
    provenance : Provenance
    seconds : mapping of str to float
        By stage.
    events_read : int
    secrets : Secrets
        What outputs must hide of the data.
    withheld : Templates
        Data that only a blinded fit may see; no figure, table or file shows them.
    plots : Plots
        Quantities of the regions beside the fitted ones; without hidden data.
    cross_sections : mapping of str to float
        Of simulated samples in pb, where all eras have the same.
    """

    analysis: Definition
    templates: Templates
    cutflow: tuple[Cutflow, ...]
    accounting: tuple[Accounting, ...]
    coverage: tuple[Coverage, ...]
    notices: tuple[Notice, ...]
    provenance: Provenance
    seconds: Mapping[str, float]
    events_read: int
    secrets: Secrets = field(default_factory=Secrets)
    withheld: Templates = field(default_factory=lambda: Templates({}), repr=False)
    plots: Plots = field(default_factory=lambda: Plots({}), repr=False)
    cross_sections: Mapping[str, float] = field(default_factory=dict, repr=False)


AnyResult = TypeVar("AnyResult", bound=RunResult)


def run_definition(
    analysis: Definition,
    samples: str | Path | Mapping[str, object],
    options: Options,
    *,
    kind: type[AnyResult],
) -> AnyResult:
    """Check the analysis and its files, then read the events once.

    Parameters
    ----------
    analysis : Definition
    samples : path of a JSON file, or its content
    options : Options
    kind : type of RunResult
        What is made of it.
    """
    began = time.perf_counter()
    started = datetime.now(UTC).isoformat(timespec="seconds")
    check_definition(analysis)
    files = _checked_files(analysis, samples)
    analysis = with_luminosity(analysis, files)
    notices = [*repeated_nuisances(analysis), *missing_alternatives(analysis, files)]
    notices += [*unestimated_nuisances(analysis), *double_counting(analysis)]
    fillings = fillings_of(analysis, files, options)
    notices += repeated_files(analysis, fillings)
    notices += slow_functions(fillings) if options.engine != "reference" else []
    planned = time.perf_counter()
    results = run([filling.job for filling in fillings], options)
    fillings = [
        replace(filling, result=result) for filling, result in zip(fillings, results, strict=True)
    ]
    filled = time.perf_counter()
    scales = Scales.of(analysis, fillings)
    histograms, incomplete = make_histograms(analysis, fillings, scales)
    templates = _templates(histograms)
    coverage = tuple(coverage_of(filling) for filling in fillings)
    notices += [*coverage_notices(coverage), *normalization_notices(analysis, fillings)]
    secrets = Secrets.of(analysis, templates)
    flow = cutflows(analysis, fillings, scales)
    accounts = accountings(analysis, fillings, scales, templates, flow)
    accounts = shown_accountings(accounts, secrets)
    notices += unchanged_notices(analysis, fillings, scales)
    notices += idle_effects(analysis, templates)
    notices += overlap_notices(analysis, fillings, flow, secrets)
    notices += [*absent_samples(analysis, templates), *loss_notices(analysis, accounts)]
    notices += incomplete_weights(flow)
    visible, withheld = templates.divided(secrets.keys)
    notices += [
        *empty_templates(analysis, visible),
        *incomplete,
        *merged_notices(analysis, templates),
    ]
    provenance = provenance_of(analysis, fillings, started)
    waited = sum(result.waited for result in results)
    seconds = {
        "open": planned - began,
        "compile": waited,
        "process": filled - planned - waited,
        "collect": time.perf_counter() - filled,
    }
    return kind(
        analysis=analysis,
        templates=visible,
        cutflow=secrets.cutflows(flow),
        accounting=accounts,
        coverage=coverage,
        notices=tuple(notices),
        provenance=provenance,
        seconds=seconds,
        events_read=sum(result.events for result in results),
        secrets=secrets,
        withheld=withheld,
        plots=_plots(analysis, histograms, secrets),
        cross_sections=cross_sections(analysis, files),
    )


def _checked_files(
    analysis: Definition, samples: str | Path | Mapping[str, object]
) -> dict[str, Samples]:
    """The list of files by era, which fits the analysis."""
    files = read_eras(samples, analysis.eras)
    check_files(analysis, files)
    check_numbers(analysis, files)
    check_cross_sections(analysis, files)
    return files


def _templates(histograms: Histograms) -> Templates:
    """The histograms of the observables."""
    return Templates.of(
        {
            TemplateKey(place.region, *key): histogram
            for place, filled in histograms.items()
            if not place.plot
            for key, histogram in filled.items()
        }
    )


def _plots(analysis: Definition, histograms: Histograms, secrets: Secrets) -> Plots:
    """The plots of all regions, without hidden data."""
    plots: dict[PlotKey, hist.Hist] = {}
    profiles: dict[PlotKey, ProfileResult] = {}
    labels = {
        (region.name, plot.name): plot.mean_label
        for region in analysis.regions.values()
        for plot in region.plots
        if plot.mean_of is not None
    }
    for place, filled in histograms.items():
        label = labels.get((place.region, place.plot))
        for key, histogram in filled.items():
            name = PlotKey(place.region, place.plot, *key)
            if not place.plot or place.moment or is_borrowed(place.plot):
                continue
            if secrets.covers(key[0], place.region):
                continue
            if label is None:
                plots[name] = histogram
            else:
                first, second = (histograms[place._replace(moment=m)][key] for m in (1, 2))
                profiles[name] = ProfileResult.of(label, (histogram, first, second))
    return Plots(plots, profiles)
