"""Columns for the types of an Arrow schema: numbers, lists, records, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from hepline.columns.types import TEXT
from hepline.data.nested import LONGEST_ARRAY, Nested

__all__ = ["Place", "is_text", "leaves_of", "nested_of"]

Place = tuple[str | int, ...]
"""Names that lead to a number, and which one it is of a list of fixed length."""

MayMiss = Callable[[Place], bool]
"""Whether values of the leaf at a place may be missing."""


def nested_of(arrow: Any, may_miss: MayMiss) -> Nested:
    """Describe a field of an Arrow schema; its place is the path of names to it.

    Parameters
    ----------
    arrow : pyarrow.Field
    may_miss : callable
    """
    return _nested(arrow, (arrow.name,), may_miss, nullable=arrow.nullable, lists=0)


def _nested(arrow: Any, place: Place, may_miss: MayMiss, *, nullable: bool, lists: int) -> Nested:
    """Describe a field inside `depth` lists."""
    import pyarrow as pa

    name, kind = arrow.name, _plain(arrow.type)
    dtype = TEXT if is_text(kind) else _number(kind)
    if dtype is not None:
        return Nested(name, place, dtype, optional=nullable and may_miss(place))
    is_fixed = pa.types.is_fixed_size_list(kind)
    if is_fixed and kind.list_size <= LONGEST_ARRAY:
        elements = _elements(kind, place, may_miss, nullable=nullable)
        if elements:
            return Nested(name, place, members=elements, numbered=True)
    if is_fixed or pa.types.is_list(kind) or pa.types.is_large_list(kind):
        # A missing list counts as empty: only its elements may be missing.
        inner = kind.value_field.with_name(name)
        item = _nested(inner, place, may_miss, nullable=inner.nullable, lists=lists + 1)
        return Nested(name, (*place, lists), item=item)
    if pa.types.is_struct(kind):
        members = (
            _nested(
                part,
                (*place, part.name),
                may_miss,
                nullable=nullable or part.nullable,
                lists=lists,
            )
            for part in kind
        )
        return Nested(name, place, members=tuple(members))
    return Nested(name, why=_reason(kind))


def _elements(kind: Any, place: Place, may_miss: MayMiss, *, nullable: bool) -> tuple[Nested, ...]:
    """One column per place of a list of fixed length; empty if it holds no numbers."""
    dtype = _number(kind.value_type)
    if dtype is None:
        return ()
    optional = (nullable or kind.value_field.nullable) and may_miss(place)
    return tuple(
        Nested(str(n), (*place, n), dtype, optional=optional) for n in range(kind.list_size)
    )


def _plain(kind: Any) -> Any:
    """The storage type: extension types and dictionaries are resolved."""
    import pyarrow as pa

    kind = getattr(kind, "storage_type", kind)
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def is_text(kind: Any) -> bool:
    """Whether a type holds text."""
    import pyarrow as pa

    is_a = pa.types
    return bool(is_a.is_string(kind) or is_a.is_large_string(kind) or is_a.is_string_view(kind))


def _number(kind: Any) -> str | None:
    """NumPy's name of a numeric type; None for others."""
    import pyarrow as pa

    if pa.types.is_float16(kind):
        return "float32"
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        return str(np.dtype(kind.to_pandas_dtype()))
    return None


def _reason(kind: Any) -> str:
    import pyarrow as pa

    is_a = pa.types
    if is_a.is_temporal(kind):
        return f"it holds times ({kind}); store them as numbers, such as seconds since a date."
    if is_a.is_decimal(kind):
        return f"it holds decimals of fixed precision ({kind}); store them as float64."
    if is_a.is_null(kind):
        return "it holds nothing but nulls."
    return f"it holds values of the type {kind}; a column holds numbers."


def leaves_of(file: Any) -> dict[Place, tuple[int, str]]:
    """Place of a leaf → number and path of its column in the file.

    The columns of a file are the leaves of its schema, in order.

    Parameters
    ----------
    file : pyarrow.parquet.ParquetFile
    """
    places = [place for field in file.schema_arrow for place in _places(field.type, (field.name,))]
    if len(places) != len(file.schema):
        raise ValueError(f"{len(places)} leaves in the schema, {len(file.schema)} columns")
    return {place: (n, file.schema.column(n).path) for n, place in enumerate(places)}


def _places(kind: Any, place: Place) -> Iterator[Place]:
    import pyarrow as pa

    kind = getattr(kind, "storage_type", kind)
    if pa.types.is_struct(kind):
        for part in kind:
            yield from _places(part.type, (*place, part.name))
    elif pa.types.is_map(kind):
        yield from _places(kind.key_type, (*place, "key"))
        yield from _places(kind.item_type, (*place, "value"))
    elif pa.types.is_nested(kind):
        yield from _places(kind.value_type, place)
    else:
        yield place
