"""The common schema of several files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hepline.columns.schema import ColumnSpec, Schema, counted, own_axis
from hepline.columns.types import TEXT
from hepline.errors import DataError

__all__ = ["joined_schema"]


def joined_schema(schemas: Sequence[tuple[str, Schema]], *, written: bool = False) -> Schema:
    """Join the columns of several files.

    Parameters
    ----------
    schemas : sequence of (str, Schema)
        Path and columns of each file, at least one.
    written : bool
        Whether all are text, where ``0`` may stand for ``0.0``: integers and floats join.

    Returns
    -------
    Schema
        Of one file, its own; of several, the columns that all have. Integers of different width
        take the wider one, and so do floats; a trigger path that some runs lack, or a column
        of two kinds, is an obstacle that names the file.

    Raises
    ------
    DataError
        For skims with different variations.
    """
    first_path, first = schemas[0]
    columns = dict(first.columns)
    obstacles = dict(first.obstacles)
    for path, schema in schemas[1:]:
        for name, obstacle in schema.obstacles.items():
            obstacles.setdefault(name, f"in {path}, {obstacle}")
            columns.pop(name, None)
        for name in schema.columns.keys() - columns.keys() - obstacles.keys():
            obstacles[name] = f"{first_path} does not have it."
        for name, spec in list(columns.items()):
            other = schema.columns.get(name)
            common = None if other is None else _common(spec, other, written)
            if common is not None:
                columns[name] = common
                continue
            del columns[name]
            obstacles[name] = (
                f"{path} does not have it."
                if other is None
                else f"it is {_kind(spec)} in {first_path}, but {_kind(other)} in {path}."
            )
    if len(schemas) == 1:
        return first
    counters = {
        collection: counter
        for collection, counter in first.counters.items()
        if all(schema.counters.get(collection) == counter for _, schema in schemas)
        and counter in columns
    }
    for path, schema in schemas[1:]:
        if (schema.alternatives, schema.passing) != (first.alternatives, first.passing):
            raise DataError(
                f"{first_path} and {path} have different systematic variations.",
                why="they are skims that were made with other variations, or only one of them is.",
                fix="open them separately, or make the skims with the same variations.",
            )
    name = f"{first.name} and {counted(len(schemas) - 1, 'more file')}"
    joined = Schema(name, columns, counters, {}, obstacles)
    return replace(joined, alternatives=first.alternatives, passing=first.passing)


def _common(first: ColumnSpec, second: ColumnSpec, written: bool) -> ColumnSpec | None:
    """The column that can hold the values of both; None if their kinds differ."""
    if first == second:
        return first
    dtype = _dtype(first.dtype, second.dtype, written)
    if (
        dtype is None
        or first.collection != second.collection
        or len(first.inner) != len(second.inner)
    ):
        return None
    # A file may prove more about its lists than another.
    axis = first.axis if first.axis == second.axis else own_axis(first.name)
    inner = tuple(
        mine if mine == theirs else own_axis(first.name, level)
        for level, (mine, theirs) in enumerate(zip(first.inner, second.inner, strict=True), 1)
    )
    optional = first.optional or second.optional
    return ColumnSpec(first.name, dtype, first.collection, axis, optional, inner)


def _dtype(first: str, second: str, written: bool) -> str | None:
    """The common dtype; None for numbers of two kinds, or text beside numbers."""
    if first == second:
        return first
    if TEXT in (first, second):
        return None
    kinds, wider = {_family(first), _family(second)}, np.promote_types(first, second)
    if written and "b" not in kinds:
        return wider.name
    # uint64 and int64 have no common integer: numpy would answer with a float.
    return wider.name if len(kinds) == 1 and wider.kind in kinds.pop() else None


def _family(dtype: str) -> str:
    kind = np.dtype(dtype).kind
    return "iu" if kind in "iu" else kind


def _kind(spec: ColumnSpec) -> str:
    lists = f"a list {'of lists ' * len(spec.inner)}({spec.collection})"
    listed = "" if spec.collection is None else f" in {lists}"
    return f"{spec.dtype}{listed}"
