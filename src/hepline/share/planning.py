"""What can be said about an analysis before events are read: its plan, its mistakes."""

from __future__ import annotations

from pathlib import Path

from hepline.analysis.checks import (
    check_definition,
    check_files,
    check_numbers,
    missing_alternatives,
    repeated_nuisances,
)
from hepline.analysis.doublecounting import double_counting, repeated_files
from hepline.analysis.expected import processes_of
from hepline.analysis.integrated import with_luminosity
from hepline.analysis.opening import fillings_of
from hepline.analysis.overlapping import declared_overlaps
from hepline.analysis.processes import components_of
from hepline.analysis.requests import requests_of
from hepline.analysis.samples import read_eras
from hepline.analysis.scaling import check_cross_sections
from hepline.analysis.structure import unestimated_nuisances
from hepline.analysis.systematics import systematics_of
from hepline.columns.conventions.nanoaod import NANOAOD
from hepline.columns.schema import Schema, symbolic
from hepline.engine.explain import explain
from hepline.engine.run import Options
from hepline.errors import AnalysisError, nearest
from hepline.pipeline.analysis import Analysis

__all__ = ["explain_analysis", "lint_analysis"]


def explain_analysis(analysis: Analysis, *, stage: str, sample: str = "") -> str:
    """Print the plan for one sample.

    Raises
    ------
    AnalysisError
        If there is no such sample.
    """
    check_definition(analysis)
    chosen = sample or next(iter(analysis.samples))
    if chosen not in analysis.samples:
        raise AnalysisError(
            f"no sample '{chosen}'.",
            why=f"'{analysis.name}' has {', '.join(analysis.samples)}.",
            fix=nearest(chosen, analysis.samples),
        )
    era = next(iter(analysis.eras), "")
    components = components_of(analysis.samples[chosen])[:1]
    requests = requests_of(analysis, components, era=era, cutflow=True)
    return explain(requests.nodes, _schema(analysis), stage=stage)


def lint_analysis(analysis: Analysis, samples: Path | None) -> list[str]:
    """Check names, types, variations and, if they are given, files and their columns.

    Returns
    -------
    list of str
        What was checked, and what is remarkable.
    """
    check_definition(analysis)
    systematics = systematics_of(analysis)
    lines = [
        f"{analysis.name}: {len(analysis.samples)} samples, {len(analysis.regions)} regions, "
        f"{len(systematics)} systematic uncertainties"
    ]
    for systematic in systematics:
        processes = dict.fromkeys(
            process.name
            for region in analysis.regions.values()
            for process in processes_of(analysis, region)
            if systematic.acts_on(region.name, process.name)
        )
        lines.append(f"  {systematic.name}: {', '.join(processes)}")
    notices = [*repeated_nuisances(analysis), *declared_overlaps(analysis)]
    notices += [*unestimated_nuisances(analysis), *double_counting(analysis)]
    lines += [f"{n.kind}: {n.text}" for n in notices]
    if samples is None:
        return lines
    files = read_eras(samples, analysis.eras)
    check_files(analysis, files)
    check_numbers(analysis, files)
    check_cross_sections(analysis, files)
    analysis = with_luminosity(analysis, files)
    lines += [f"{n.kind}: {n.text}" for n in missing_alternatives(analysis, files)]
    fillings = fillings_of(analysis, files, Options())
    lines += [f"{n.kind}: {n.text}" for n in repeated_files(analysis, fillings)]
    for filling in fillings:
        opened = filling.job.source
        events = sum(part.entries for part in opened.parts)
        lines.append(
            f"{filling.name} {filling.variation}: {len(opened.parts)} files, {events} events of "
            f"{opened.schema.convention}, columns ok"
        )
    return lines


def _schema(analysis: Analysis) -> Schema:
    origins = [region.origin for region in analysis.regions.values() if region.origin is not None]
    return origins[0].schema if origins else symbolic(NANOAOD)
