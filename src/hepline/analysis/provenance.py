"""How to reproduce a result: files, seeds, and the full recipe of every number."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from hepline.analysis.definition import Definition
from hepline.analysis.filling import Filling
from hepline.analysis.regions import Region
from hepline.analysis.requests import template_of, weight_node
from hepline.columns.call import Call
from hepline.columns.elementwise import Masked
from hepline.columns.leaves import Column, Random
from hepline.columns.mapping import Map
from hepline.columns.nodes import Node, walk
from hepline.columns.schema import Schema
from hepline.data.addresses import is_remote
from hepline.data.catalogue.citing import datasets_of
from hepline.data.filesource import FileSource
from hepline.data.identity import file_records
from hepline.engine.explain import explain
from hepline.records import FileRecord, Provenance, versions

__all__ = ["provenance_of"]


def provenance_of(analysis: Definition, fillings: Sequence[Filling], started: str) -> Provenance:
    """Record the files and recipes behind the templates.

    Parameters
    ----------
    analysis : Definition
    fillings : sequence of Filling
        After the run.
    started : str
        ISO 8601.

    Returns
    -------
    Provenance
        Its expressions hold each cut and observable as written, and a listing of the weight and
        of each region with all variations: one line per distinct step, and the key (digest) of
        the whole recipe.
    """
    files = file_records(_sources(fillings))
    expressions: list[tuple[str, str]] = []
    roots: list[Node] = []
    streams: dict[tuple[str, str], None] = {}
    for era in dict.fromkeys(filling.era for filling in fillings):
        here = [filling for filling in fillings if filling.era == era]
        simulated = [filling for filling in here if filling.requests.scaled]
        typical = (simulated or here)[0]
        schema, scaled = typical.job.source.schema, bool(simulated)
        weight = weight_node(analysis.weight, era=era)
        named = [("weight", weight)] if weight is not None else []
        for region in analysis.regions.values():
            if region.era == era:
                expressions += _region(region)
                template = template_of(region, weight if scaled else None, region.where())
                named.append((f"{region.name}: template", template))
        suffix = f" ({era})" if era else ""
        expressions += [
            (
                name if "template" in name else f"{name}{suffix}",
                _listing(node, schema, simulated=scaled),
            )
            for name, node in named
        ]
        roots += [node for _, node in named]
        streams.update(dict.fromkeys(_streams(roots, schema)))
    declared = [*_of_samples(analysis), *_of_estimates(analysis), *_of_plots(analysis)]
    expressions += _estimated(analysis)
    expressions += [(name, f"{node}\nkey {node.key}") for name, node in declared]
    cuts = [node for region in analysis.regions.values() for _, node in region.cuts]
    everything = [*cuts, *roots, *(node for _, node in declared)]
    expressions += [*_policies(everything), *_called(everything), *_skims(fillings)]
    seeds = (*streams, *_generated(files))
    return Provenance(
        " ".join(sys.argv),
        started,
        versions(),
        files,
        seeds,
        tuple(expressions),
        datasets_of(files),
    )


def _of_samples(analysis: Definition) -> Iterable[tuple[str, Node]]:
    """Conditions and weights of samples, and the slices of their parts."""
    for sample in analysis.samples.values():
        if sample.where is not None:
            yield f"sample {sample.name}: where", sample.where
        if sample.weight is not None:
            yield f"sample {sample.name}: weight", sample.weight.expression.node
        for part in sample.parts:
            if part.slice is not None:
                yield f"sample {sample.name}: {part.name}", part.slice


def _of_plots(analysis: Definition) -> Iterable[tuple[str, Node]]:
    """Quantities that are drawn beside the fitted ones."""
    for region in analysis.regions.values():
        for plot in region.plots:
            for bound in plot.axes:
                yield f"{region.name}: plot {plot.name}", bound.values.node


def _estimated(analysis: Definition) -> Iterable[tuple[str, str]]:
    """What estimates from data are made of."""
    for estimate in analysis.estimates.values():
        parts = " − ".join(("data", *estimate.subtract))
        pairs = estimate.pairs(region.base for region in analysis.fitted())
        for target, source in pairs:
            formula = f"{estimate.factor!r} × ({parts}) of {source}"
            yield f"{target}: estimate {estimate.name}", formula


def _of_estimates(analysis: Definition) -> Iterable[tuple[str, Node]]:
    """Weights of estimates from data."""
    for estimate in analysis.estimates.values():
        if estimate.weight is not None:
            yield f"estimate {estimate.name}: weight", estimate.weight.expression.node


def _sources(fillings: Iterable[Filling]) -> Iterable[tuple[str, int, int]]:
    for filling in fillings:
        if isinstance(filling.job.source, FileSource) and filling.result is not None:
            for part in filling.result.parts:
                yield part.path, part.entries, part.size


def _skims(fillings: Iterable[Filling]) -> Iterable[tuple[str, str]]:
    """What skims among the files were made of, and by which conditions."""
    parts = {part.path: part for f in fillings if f.result is not None for part in f.result.parts}
    for path, part in parts.items():
        if part.skimmed is None:
            continue
        lines = [
            f"{ancestor.kept} of {ancestor.events} events of {ancestor.path}, "
            f"sha256 {ancestor.sha256 or 'unknown'}"
            for ancestor in part.skimmed.ancestors
        ]
        lines += [f"{passed} events pass {label}" for label, passed in part.skimmed.conditions]
        yield f"skim {path}", "\n".join(lines)


def _region(region: Region) -> list[tuple[str, str]]:
    observable = region.observable
    named = [*region.cuts, (observable.axis.label, observable.values.node)]
    return [(f"{region.name}: {label}", f"{node}\nkey {node.key}") for label, node in named]


def _policies(roots: Iterable[Node]) -> list[tuple[str, str]]:
    """Columns of which some values count as missing, by conditions on these alone."""
    policies: dict[tuple[str, str], None] = {}
    for node in walk(roots):
        if isinstance(node, Masked) and isinstance(node.value, Column):
            name = node.value.name
            if {leaf.name for leaf in walk([node.condition]) if isinstance(leaf, Column)} == {name}:
                policies[f"missing values of {name}", f"missing unless {node.condition}"] = None
    return sorted(policies)


def _called(roots: Iterable[Node]) -> list[tuple[str, str]]:
    """Fingerprints of corrections, masks and functions: their content is part of the recipe."""
    fingerprints: dict[tuple[str, str], None] = {}
    for node in walk(roots):
        if isinstance(node, Call):
            fingerprints[
                f"call of {node.called.name}", f"fingerprint {node.called.fingerprint}"
            ] = None
        elif isinstance(node, Map):
            function = node.function
            fingerprints[f"call of {function.name}", f"fingerprint {function.fingerprint}"] = None
    return sorted(fingerprints)


def _listing(node: Node, schema: Schema, *, simulated: bool) -> str:
    # Before `prune`, the graph still holds the variations of all samples.
    return f"key {node.key}\n{explain([node], schema, stage='share', simulated=simulated)}"


def _streams(roots: Iterable[Node], schema: Schema) -> list[tuple[str, str]]:
    """Streams of random numbers, with the columns that key them."""
    streams = {node.stream for node in walk(roots) if isinstance(node, Random)}
    keys = f"Philox4x32-10 keyed by {schema.convention.identity(schema.columns)}, object"
    return [(stream, keys) for stream in sorted(streams)]


def _generated(files: Iterable[FileRecord]) -> list[tuple[str, str]]:
    """Seeds of generated files, from the note that `hl.generate_samples` leaves beside them."""
    seeds: list[tuple[str, str]] = []
    for record in files:
        note = Path(f"{record.path}.json")
        if not is_remote(record.path) and note.is_file():
            seed = _seed(note, record.sha256)
            seeds += [] if seed is None else [(record.path, f"{seed} (Pythia 8)")]
    return seeds


def _seed(note: Path, sha256: str) -> int | None:
    """The seed in a note; None if the note is of another kind or describes another file."""
    try:
        content: Any = json.loads(note.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(content, dict):
        return None
    file, settings = content.get("file"), content.get("settings")
    if not (isinstance(file, dict) and isinstance(settings, dict)):
        return None
    seed = settings.get("seed")
    return seed if isinstance(seed, int) and file.get("sha256") == sha256 else None
