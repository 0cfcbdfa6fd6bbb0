"""Replace the columns of a convention by those of the source."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from hepline.columns.elementwise import Cast, ExactCast
from hepline.columns.leaves import Collection, Column
from hepline.columns.nodes import Node, walk
from hepline.columns.schema import ColumnSpec, Schema
from hepline.columns.types import TEXT
from hepline.errors import ColumnNotFound, CorruptData

__all__ = ["bind"]


def bind(schema: Schema, sample: str | None = None) -> Callable[[Node], Node]:
    """Rewrite a column of the recipe in terms of the source's column.

    Keeps the meaning and the dtype of the recipe.

    Parameters
    ----------
    schema : Schema
        Of the source.
    sample : str or None
        Sample of the events, for messages.

    Raises
    ------
    ColumnNotFound
        For a column that the source does not have, with the nearest names.
    CorruptData
        For a list in place of one value per event, or vice versa; for numbers that the dtype of the
        recipe cannot hold.
    """

    def rule(node: Node) -> Node:
        if not isinstance(node, Column):
            return node
        spec = schema.columns.get(node.name) or schema.standing_for(node.name)
        if spec is None:
            raise _absent(schema, node.name, sample)
        depth = 0 if spec.collection is None else 1 + len(spec.inner)
        if depth != node.type.depth:
            raise _other_shape(schema, spec, node)
        bound = spec.along(node.collection)
        if TEXT in {spec.dtype, node.dtype} and spec.dtype != node.dtype:
            raise _other_dtype(schema, spec, node.dtype)
        if bound.type.dtype == node.type.dtype:
            return bound
        if not _fits(bound.type.dtype, node.type.dtype):
            raise _other_dtype(schema, spec, node.dtype)
        # Files may store counters and event numbers with more bits, or with a sign.
        convert = ExactCast if node.type.dtype.kind in "iu" else Cast
        return convert(bound, node.dtype)

    return rule


def _fits(file: np.dtype, recipe: np.dtype) -> bool:
    """Whether the recipe's dtype can hold the file's numbers; floats may lose digits."""
    if recipe.kind in "fb":
        return file.kind != "f" or recipe.kind == "f"
    return file.kind in "iub" and (recipe.itemsize == 8 or np.can_cast(file, recipe))


def _absent(schema: Schema, name: str, sample: str | None) -> ColumnNotFound:
    error = schema.missing(name)
    if not sample:
        return error
    # The columns of symbolic events serve all samples: name the one that lacks it.
    summary = f"{error.what.removesuffix('.')}, for the sample '{sample}'."
    return ColumnNotFound(summary, why=error.why, fix=error.fix, asked_at=error.asked_at)


def _other_dtype(schema: Schema, spec: ColumnSpec, expected: str) -> CorruptData:
    return CorruptData(
        f"the column '{spec.name}' of {schema.name} is {spec.dtype}.",
        why=f"the analysis was written for {expected}, which cannot hold these numbers.",
        fix="write it for this file: ev = hl.open(FILE) knows the columns as they are.",
    )


def _other_shape(schema: Schema, spec: ColumnSpec, node: Column) -> CorruptData:
    outermost = node.type.axes[0] if node.type.axes else None
    collection = outermost.name if isinstance(outermost, Collection) else None
    return CorruptData(
        f"the column '{spec.name}' of {schema.name} is {_shape(spec.collection, len(spec.inner))}.",
        why=f"the analysis was written for {_shape(collection, node.type.depth - 1)}.",
        fix="write it for this file: ev = hl.open(FILE) knows the columns as they are.",
    )


def _shape(collection: str | None, inner: int) -> str:
    if collection is None:
        return "one value per event"
    return f"a list {'of lists ' * inner}({collection})"


def columns_of(roots: Iterable[Node]) -> tuple[str, ...]:
    """Sorted names of the columns that recipes read."""
    return tuple(sorted({node.name for node in walk(roots) if isinstance(node, Column)}))
