"""How to reproduce a result: files, seeds, and the full recipe of every number."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from hepline.analysis.blinding import unblinded
from hepline.analysis.definition import Definition
from hepline.analysis.filling import Filling
from hepline.analysis.regions import Region
from hepline.analysis.requests import requests_of
from hepline.columns.call import Call
from hepline.columns.leaves import Random
from hepline.columns.mapping import Map
from hepline.columns.nodes import Node, walk
from hepline.columns.schema import Schema
from hepline.data.disk import is_remote
from hepline.data.filesource import FileSource
from hepline.engine.explain import explain
from hepline.records import FileRecord, Provenance, known_checksum, versions

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
    files = tuple(_records(fillings))
    schema = fillings[0].job.source.schema
    weight = analysis.weight.expression.node
    simulated = any(sample.cross_section is not None for sample in analysis.samples.values())
    expressions = [("weight", _listing(weight, schema, simulated=simulated))]
    roots: list[Node] = []
    for region in analysis.regions.values():
        expressions += _region(region)
        template = _template(analysis, region)
        roots.append(template)
        expressions.append(
            (f"{region.name}: template", _listing(template, schema, simulated=simulated))
        )
    cuts = [node for region in analysis.regions.values() for _, node in region.cuts]
    expressions += _called([weight, *cuts, *roots])
    seeds = (*_streams(roots, schema), *_generated(files))
    return Provenance(" ".join(sys.argv), started, versions(), files, seeds, tuple(expressions))


def _records(fillings: Iterable[Filling]) -> Iterable[FileRecord]:
    for filling in fillings:
        if isinstance(filling.job.source, FileSource) and filling.result is not None:
            for part in filling.result.parts:
                digest = "" if is_remote(part.path) else known_checksum(part.path)
                yield FileRecord(part.path, part.entries, part.size, digest)


def _region(region: Region) -> list[tuple[str, str]]:
    observable = region.observable
    named = [*region.cuts, (observable.axis.label, observable.values.node)]
    return [(f"{region.name}: {label}", f"{node}\nkey {node.key}") for label, node in named]


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


def _template(analysis: Definition, region: Region) -> Node:
    """The histogram of a region as simulation fills it, with the weight and all variations."""
    simulated = [s for s in analysis.samples.values() if s.cross_section is not None]
    sample = simulated[0] if simulated else next(iter(analysis.samples.values()))
    requests = requests_of(unblinded(analysis), sample, cutflow=False).requests
    return next(request.node for request in requests if request.region == region.name)


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
