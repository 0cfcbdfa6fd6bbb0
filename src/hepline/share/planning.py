"""What can be said about an analysis before events are read: its plan, its mistakes."""

from __future__ import annotations

from pathlib import Path

from hepline.analysis.checks import check_definition, check_files, missing_alternatives
from hepline.analysis.overlapping import declared_overlaps
from hepline.analysis.requests import requests_of
from hepline.analysis.samples import read_samples
from hepline.columns.conventions.nanoaod import NANOAOD
from hepline.columns.schema import Schema, symbolic
from hepline.data.open import source
from hepline.engine.explain import explain
from hepline.engine.plan import plan
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
    requests = requests_of(analysis, analysis.samples[chosen], cutflow=True)
    return explain(requests.nodes, _schema(analysis), stage=stage)


def lint_analysis(analysis: Analysis, samples: Path | None) -> list[str]:
    """Check names, types, variations and, if they are given, files and their columns.

    Returns
    -------
    list of str
        What was checked, and what is remarkable.
    """
    check_definition(analysis)
    lines = [
        f"{analysis.name}: {len(analysis.samples)} samples, {len(analysis.regions)} regions, "
        f"{len(analysis.systematics())} systematic uncertainties"
    ]
    lines += [f"  {each.name}: {', '.join(each.samples)}" for each in analysis.systematics()]
    lines += [f"{n.kind}: {n.text}" for n in declared_overlaps(analysis)]
    if samples is None:
        return lines
    files = read_samples(samples)
    check_files(analysis, files)
    lines += [f"{n.kind}: {n.text}" for n in missing_alternatives(analysis, files)]
    for name, sets in files.items():
        for variation, listed in sets.items():
            if name not in analysis.samples:
                continue
            opened = source(listed.paths, name=f"{name} {variation}")
            sample = analysis.samples[name]
            requests = requests_of(analysis, sample, cutflow=False)
            simulated = sample.cross_section is not None
            plan(requests.nodes, opened.schema, sample=name, simulated=simulated, until="verify")
            events = sum(part.entries for part in opened.parts)
            lines.append(
                f"{name} {variation}: {len(opened.parts)} files, {events} events of "
                f"{opened.schema.convention}, columns ok"
            )
    return lines


def _schema(analysis: Analysis) -> Schema:
    origins = [region.origin for region in analysis.regions.values() if region.origin is not None]
    return origins[0].schema if origins else symbolic(NANOAOD)
