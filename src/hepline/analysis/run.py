"""From an analysis and its files to templates, in one pass."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from hepline.analysis.binning import merged_notices
from hepline.analysis.checks import check_definition, check_files, missing_alternatives
from hepline.analysis.collect import cutflows, make_templates, unchanged_notices
from hepline.analysis.definition import Definition
from hepline.analysis.requests import Requests, requests_of
from hepline.analysis.results import Coverage, Cutflow, Notice
from hepline.analysis.samples import NOMINAL_SET, FileSet, read_samples
from hepline.analysis.templates import Templates
from hepline.data.open import source
from hepline.data.tree import TreeSource, is_remote
from hepline.engine.plan import plan
from hepline.engine.run import Job, JobResult, Options, run
from hepline.errors import AnalysisError
from hepline.records import FileRecord, Provenance, checksum, versions

__all__ = ["Filling", "RunResult", "run_definition"]


@dataclass(frozen=True)
class RunResult:
    """What an analysis gave before any statistics.

    Attributes
    ----------
    analysis : Definition
    templates : Templates
        Scaled to the luminosity.
    cutflow : tuple of Cutflow
    coverage : tuple of Coverage
    notices : tuple of Notice
    provenance : Provenance
    seconds : mapping of str to float
        By stage.
    events_read : int
    """

    analysis: Definition
    templates: Templates
    cutflow: tuple[Cutflow, ...]
    coverage: tuple[Coverage, ...]
    notices: tuple[Notice, ...]
    provenance: Provenance
    seconds: Mapping[str, float]
    events_read: int


@dataclass(frozen=True)
class Filling:
    """One file set of one sample on its way through the engine.

    Attributes
    ----------
    sample, variation : str
    files : FileSet
    job : Job
    requests : Requests
    result : JobResult or None
    """

    sample: str
    variation: str
    files: FileSet
    job: Job
    requests: Requests
    result: JobResult | None = None

    @property
    def normalized_to(self) -> float:
        """Generated events behind the files that were read."""
        if self.result is None:
            return 0.0
        generated = dict(zip(self.files.paths, self.files.generated, strict=True))
        counted = (generated.get(part.path) or part.entries for part in self.result.parts)
        return float(sum(counted))


def run_definition(
    analysis: Definition,
    samples: str | Path | Mapping[str, Mapping[str, FileSet]],
    options: Options,
) -> RunResult:
    """Check everything that can be checked, then read the events once.

    Parameters
    ----------
    analysis : Definition
    samples : path of a JSON file, or its content
    options : Options

    Returns
    -------
    RunResult
    """
    began = time.perf_counter()
    started = datetime.now(UTC).isoformat(timespec="seconds")
    check_definition(analysis)
    files = read_samples(samples) if isinstance(samples, str | Path) else samples
    check_files(analysis, files)
    notices = missing_alternatives(analysis, files)
    fillings = _fillings(analysis, files, options)
    planned = time.perf_counter()
    done = run([filling.job for filling in fillings], options)
    fillings = [
        replace(filling, result=result) for filling, result in zip(fillings, done, strict=True)
    ]
    filled = time.perf_counter()
    templates, empty = make_templates(analysis, fillings)
    coverage = tuple(_coverage(filling) for filling in fillings)
    notices += [*_coverage_notices(coverage), *unchanged_notices(analysis, fillings), *empty]
    notices += merged_notices(analysis, templates)
    provenance = _provenance(analysis, fillings, started)
    ended = time.perf_counter()
    seconds = {"open": planned - began, "process": filled - planned, "collect": ended - filled}
    events = sum(result.events for result in done)
    flow = cutflows(analysis, fillings)
    return RunResult(
        analysis, templates, flow, coverage, tuple(notices), provenance, seconds, events
    )


def _fillings(
    analysis: Definition, files: Mapping[str, Mapping[str, FileSet]], options: Options
) -> list[Filling]:
    fillings = []
    for sample in analysis.samples.values():
        declared = [NOMINAL_SET, *(key for key, _ in sample.variations)]
        for variation in declared:
            if variation not in files.get(sample.name, {}):
                continue
            given = files[sample.name][variation]
            repeated = {path for path in given.paths if given.paths.count(path) > 1}
            if repeated:
                raise AnalysisError(
                    f"the sample '{sample.name}' lists {sorted(repeated)[0]} twice.",
                    why="its events would be counted twice.",
                    fix="list every file once.",
                )
            name = f"{sample.name} {variation}"
            opened = source(given.paths, name=name, skip_unreadable=options.skip_unreadable)
            requests = requests_of(analysis, sample, cutflow=variation == NOMINAL_SET)
            systematics = variation == NOMINAL_SET and sample.cross_section is not None
            drawn = plan(requests.nodes, opened.schema, sample=sample.name, systematics=systematics)
            job = Job(name, opened, drawn)
            fillings.append(Filling(sample.name, variation, given, job, requests))
    return fillings


def _coverage(filling: Filling) -> Coverage:
    result = filling.result
    if result is None:
        raise TypeError("coverage is known after the run")
    source_ = filling.job.source
    expected = sum(part.entries for part in source_.parts)
    lost = {path for path, _ in source_.unreadable}
    known = dict(zip(filling.files.paths, filling.files.generated, strict=True))
    expected += sum(known.get(path) or 0 for path in lost)
    return Coverage(
        filling.sample,
        filling.variation,
        len(result.parts),
        result.events,
        expected,
        filling.normalized_to if filling.requests.scaled else 0.0,
        tuple(result.unreadable),
    )


def _coverage_notices(coverage: tuple[Coverage, ...]) -> list[Notice]:
    notices = []
    for part in coverage:
        for path, reason in part.unreadable:
            text = f"{path} of {part.sample} ({part.variation}) was not read: {reason}"
            notices.append(Notice("coverage", text))
        if part.normalized_to and part.normalized_to != part.events_read:
            text = (
                f"{part.sample} ({part.variation}) is normalized to {part.normalized_to:.0f} "
                f"generated events; {part.events_read} were stored in the files."
            )
            notices.append(Notice("normalization", text))
    return notices


def _provenance(analysis: Definition, fillings: list[Filling], started: str) -> Provenance:
    records = []
    for filling in fillings:
        if isinstance(filling.job.source, TreeSource) and filling.result is not None:
            for part in filling.result.parts:
                digest = "" if is_remote(part.path) else checksum(part.path)
                records.append(FileRecord(part.path, part.entries, part.size, digest))
    expressions = [("weight", str(analysis.weight.expression.node))]
    for region in analysis.regions.values():
        for label, node in region.cuts:
            expressions.append((f"{region.name}: {label}", str(node)))
        observable = region.observable
        expressions.append((f"{region.name}: {observable.axis.label}", str(observable.values.node)))
    return Provenance(
        " ".join(sys.argv), started, versions(), tuple(records), (), tuple(expressions)
    )
