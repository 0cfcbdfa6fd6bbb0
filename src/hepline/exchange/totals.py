"""What was there before a skim: generated events and sums of weights, which normalize samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hepline.columns.schema import ColumnSpec, Schema
from hepline.columns.types import TEXT
from hepline.data.filesource import FileSource
from hepline.data.open import source as open_source
from hepline.data.writing.columns import Written
from hepline.data.writing.rows import Chosen, Rows, joined
from hepline.errors import DataError

__all__ = ["Totals", "totals_of"]


@dataclass(frozen=True)
class Totals:
    """The bookkeeping of the files of a source.

    Attributes
    ----------
    sums : mapping of str to float
        Sum of generator weights of all generated events behind a file.
    tree : str
        Name of the tree that has them; empty if there is none in all files.
    columns : tuple of Written
        Of this tree.
    rows : mapping of str to Rows
        Its entries, of all files.
    """

    sums: Mapping[str, float]
    tree: str = ""
    columns: tuple[Written, ...] = ()
    rows: Mapping[str, Rows] | None = None


def totals_of(source: FileSource) -> Totals:
    """Read the bookkeeping of all files, if their convention has any.

    Parameters
    ----------
    source : FileSource
    """
    stored = source.schema.convention.sums
    paths = [part.path for part in source.parts]
    if stored is None or not paths:
        return Totals({})
    try:
        runs = open_source(paths, tree=stored.tree, convention="plain")
    except DataError:
        # Data, and files that were made by hand, have no such tree.
        return Totals({})
    if stored.column not in runs.schema.columns or any(
        part.tree != stored.tree for part in runs.parts
    ):
        return Totals({})
    specs = [spec for spec in runs.schema.columns.values() if _is_simple(spec)]
    sums: dict[str, float] = {}
    pieces: dict[str, list[Rows]] = {spec.name: [] for spec in specs}
    for part in runs.parts:
        chunk = runs.read(part, [spec.name for spec in specs], (), 0, part.entries)
        entries = Chosen(chunk, None)
        for spec in specs:
            pieces[spec.name].append(entries.rows(spec))
        sums[part.path] = float(np.sum(chunk.contents[stored.column], dtype=np.float64))
    rows = {name: joined(parts) for name, parts in pieces.items()}
    columns = tuple(_written(spec, runs.schema) for spec in specs)
    return Totals(sums, stored.tree, columns, rows)


def _is_simple(spec: ColumnSpec) -> bool:
    return spec.dtype != TEXT and not spec.inner and not spec.optional


def _written(spec: ColumnSpec, schema: Schema) -> Written:
    if spec.axis is None:
        return Written(spec.name, spec.dtype)
    return Written(
        spec.name, spec.dtype, 1, counter=schema.counters.get(spec.axis, f"n{spec.name}")
    )
