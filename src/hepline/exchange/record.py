"""What a skim remembers: its sources, conditions, new columns and versions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from hepline.columns.source import Part
from hepline.data.catalogue.addresses import is_remote
from hepline.data.filesource import FileSource
from hepline.data.skimnote import FORMAT, KEY
from hepline.exchange.recipe import Recipe
from hepline.exchange.totals import Totals
from hepline.exchange.wanted import Selection
from hepline.records import known_checksum, versions

__all__ = ["KEY", "digest_of", "record_of"]


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
    return {
        "format": FORMAT,
        "tree": source.parts[0].tree if source.parts else source.tree,
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
        "variations": _variations(recipe),
        "versions": dict(versions()),
    }


def _source(part: Part, sums: Mapping[str, float]) -> dict[str, Any]:
    digest = "" if is_remote(part.path) else known_checksum(part.path)
    return {
        "path": part.path,
        "tree": part.tree,
        "events": part.entries,
        "size": part.size,
        "sha256": digest,
        "sumw": sums.get(part.path),
    }


def _variations(recipe: Recipe) -> list[dict[str, Any]]:
    return [
        {"column": v.written.name, "of": v.base, "key": v.variation.key}
        for v in recipe.variants
        if v.variation.nuisance is not None
    ]


def digest_of(record: Mapping[str, Any], layout: Sequence[object]) -> str:
    """The digest of a record and of how its events are cut and written."""
    text = json.dumps([record, *map(str, layout)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
