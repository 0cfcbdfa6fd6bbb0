"""What a skim remembers: its sources, conditions, new columns and versions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from hepline.columns.source import Part
from hepline.data.addresses import is_remote
from hepline.data.filesource import FileSource
from hepline.data.skimnote import FORMAT, note_of_alternatives
from hepline.exchange.recipe import PASSES, Recipe
from hepline.exchange.totals import Totals
from hepline.exchange.wanted import Selection
from hepline.records import known_checksum, versions

__all__ = ["digest_of", "record_of"]


def record_of(
    source: FileSource, selection: Selection, recipe: Recipe, totals: Totals
) -> dict[str, Any]:
    """Everything that determines the content of a skim, ready for JSON.

    Parameters
    ----------
    source : FileSource
    selection : Selection
    recipe : Recipe
    totals : Totals
    """
    alternatives = (*selection.alternatives, *recipe.alternatives)
    return {
        "format": FORMAT,
        "tree": _tree(source),
        "convention": source.schema.convention.name,
        "sources": [_source(part, totals.sums) for part in source.parts],
        "selection": [
            {"label": label, "recipe": str(node), "key": node.key}
            for label, node in selection.origin.selection
        ],
        "kept": [stored.spec.name for stored in selection.kept],
        "made": [
            {"column": made.written.name, "recipe": str(made.node), "key": made.node.key}
            for made in selection.made
        ],
        "titles": {
            kept.written.name: kept.written.title for kept in selection.kept if kept.written.title
        },
        **note_of_alternatives(alternatives),
        "passing": PASSES if any(a.column == PASSES for a in alternatives) else "",
        "versions": dict(versions()),
    }


def _tree(source: FileSource) -> str:
    """Name of the tree of events, which some formats have no place for."""
    for part in source.parts[:1]:
        if part.tree or part.skimmed is not None:
            return part.tree or getattr(part.skimmed, "tree", "")
    usual = source.schema.convention.trees
    return usual[0] if usual else "Events"


def _source(part: Part, sums: Mapping[str, float]) -> dict[str, Any]:
    digest = "" if is_remote(part.path) else known_checksum(part.path)
    earlier = part.skimmed
    sumw = sums.get(part.path, None if earlier is None else earlier.sum_of_weights)
    return {
        "path": part.path,
        "tree": part.tree,
        "events": part.entries,
        "size": part.size,
        "sha256": digest,
        "version": part.version,
        "generated": part.entries if earlier is None else earlier.events,
        "sumw": sumw,
    }


def digest_of(record: Mapping[str, Any], layout: Sequence[object]) -> str:
    """The digest of a record and of how its events are cut and written."""
    text = json.dumps([record, *map(str, layout)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
