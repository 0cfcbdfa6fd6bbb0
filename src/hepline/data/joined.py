"""What several files have in common: the columns that can be asked of all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from hepline.columns.schema import ColumnSpec, Schema
from hepline.errors import ColumnNotFound, nearest

__all__ = ["JoinedSchema", "joined_schema"]


@dataclass(frozen=True)
class JoinedSchema(Schema):
    """The columns that all files have; others are known by the file that stands in their way.

    Attributes
    ----------
    obstacles : mapping of str to str
        Column to the reason why it cannot be asked for, with names of files.
    """

    obstacles: Mapping[str, str] = field(default_factory=dict)

    def missing(self, name: str, *, asked_at: str | None = None) -> ColumnNotFound:
        """The error for a column that does not exist in every file."""
        obstacle = self.obstacles.get(name)
        if obstacle is None:
            return super().missing(name, asked_at=asked_at)
        return ColumnNotFound(
            f"the column '{name}' cannot be read from all files.",
            why=obstacle,
            fix=f"leave such files out, or use another column: {nearest(name, self.columns)}",
            asked_at=asked_at,
        )


def joined_schema(found: Sequence[tuple[str, Schema]], *, written: bool = False) -> Schema:
    """Join the columns of several files.

    Parameters
    ----------
    found : sequence of (str, Schema)
        Path and columns of each file, at least one.
    written : bool
        Whether all are text, where ``0`` may stand for ``0.0``: integers and floats join.

    Returns
    -------
    Schema
        Of one file: its own. Of several: the columns that all have. Integers of different width
        become the wider one, and so do floats; a trigger path that some runs lack, or a column
        of two kinds, is an obstacle that names the file.
    """
    first_path, first = found[0]
    columns = dict(first.columns)
    obstacles = _obstacles(first)
    for path, schema in found[1:]:
        for name, obstacle in _obstacles(schema).items():
            obstacles.setdefault(name, obstacle)
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
    if len(found) == 1:
        return first
    return JoinedSchema(first.name, columns, first.counters, {}, obstacles)


def _obstacles(schema: Schema) -> dict[str, str]:
    return dict(schema.obstacles) if isinstance(schema, JoinedSchema) else {}


def _common(one: ColumnSpec, other: ColumnSpec, written: bool) -> ColumnSpec | None:
    """The column that holds the numbers of both; None if their kinds differ."""
    if one == other:
        return one
    kinds = {_family(one), _family(other)}
    wider = np.promote_types(one.dtype, other.dtype)
    if written and "b" not in kinds:
        return ColumnSpec(one.name, wider.name)
    # uint64 and int64 have no common integer: numpy would answer with a float.
    if one.collection != other.collection or len(kinds) > 1 or wider.kind not in kinds.pop():
        return None
    return ColumnSpec(one.name, wider.name, one.collection)


def _family(spec: ColumnSpec) -> str:
    kind = np.dtype(spec.dtype).kind
    return "iu" if kind in "iu" else kind


def _kind(spec: ColumnSpec) -> str:
    listed = "" if spec.collection is None else f" in a list ({spec.collection})"
    return f"{spec.dtype}{listed}"
