"""Arrays of columns as the arrays and tables of other libraries."""

from __future__ import annotations

from typing import Any

import awkward as ak
import numpy as np

from hepline.errors import LanguageError
from hepline.exchange.packages import needed
from hepline.exchange.request import Columns

__all__ = ["as_arrow", "as_awkward", "as_numpy", "as_pandas", "as_polars"]


def as_awkward(columns: Columns, *, alone: bool = False) -> ak.Array:
    """One record per event; a single column as it is."""
    if alone:
        (array,) = columns.values()
        return array
    return ak.zip(dict(columns), depth_limit=1)


def as_numpy(columns: Columns, *, alone: bool = False) -> Any:
    """One array per column, in a dictionary; missing values are masked.

    Raises
    ------
    LanguageError
        For lists, which NumPy does not have.
    """
    arrays = {name: _flat(name, array) for name, array in columns.items()}
    if alone:
        (array,) = arrays.values()
        return array
    return arrays


def _flat(name: str, array: ak.Array) -> Any:
    layout = array.layout
    if layout.is_record or layout.is_list or array.ndim > 1:
        raise LanguageError(
            f"the column '{name}' is {array.type.content} for each event.",
            why="NumPy's arrays hold one number per event.",
            fix="choose a number, such as mu.pt[0] or hl.sum(mu.pt); or ask for another library.",
        )
    return ak.to_numpy(array)


def as_arrow(columns: Columns) -> Any:
    """An Arrow table on the memory of the arrays: lists are large lists, objects are structs."""
    pa = needed("pyarrow")
    arrays = {name: _arrow(array) for name, array in columns.items()}
    fields = [
        pa.field(name, array.type, nullable=bool(columns[name].layout.is_option))
        for name, array in arrays.items()
    ]
    return pa.Table.from_arrays(list(arrays.values()), schema=pa.schema(fields))


def _arrow(array: ak.Array) -> Any:
    return ak.to_arrow(ak.to_packed(array), extensionarray=False, list_to32=False)


def as_pandas(columns: Columns, *, explode: bool = False) -> Any:
    """A data frame with one row per event, or, exploded, one per element of the lists.

    Parameters
    ----------
    columns : mapping of str to awkward.Array
    explode : bool
        Rows have the index ``(entry, subentry)``, fields of objects become columns
        ``NAME_field``, and numbers of an event repeat.

    Raises
    ------
    LanguageError
        If lists that are exploded differ in length.
    """
    pd = needed("pandas")
    if explode:
        return _exploded(columns, pd)
    frame = {name: _series(array, pd) for name, array in _unpacked(columns, lists=False).items()}
    return pd.DataFrame(frame, index=pd.RangeIndex(_length(columns), name="entry"))


def _series(array: ak.Array, pd: Any) -> Any:
    """NumPy's types where they can hold all values, else Arrow's, with NA for missing ones."""
    if array.layout.is_numpy:
        return np.asarray(array)
    pa = needed("pyarrow")
    return pd.arrays.ArrowExtensionArray(pa.chunked_array([_arrow(array)]))


def _unpacked(columns: Columns, *, lists: bool) -> dict[str, ak.Array]:
    """Fields of objects as columns of their own: of one object per event, or of lists, too."""
    unpacked: dict[str, ak.Array] = {}
    for name, array in columns.items():
        if array.fields and (lists or array.layout.is_record or array.layout.is_option):
            unpacked |= {f"{name}_{field}": array[field] for field in array.fields}
        else:
            unpacked[name] = array
    return unpacked


def _length(columns: Columns) -> int:
    return len(next(iter(columns.values())))


def _exploded(columns: Columns, pd: Any) -> Any:
    arrays = _unpacked(columns, lists=True)
    lists = {name: a for name, a in arrays.items() if a.ndim > 1 and not _is_word(a)}
    counts = None
    for name, array in lists.items():
        lengths = np.asarray(ak.num(array, axis=1))
        if counts is not None and not np.array_equal(counts, lengths):
            raise LanguageError(
                f"the lists '{next(iter(lists))}' and '{name}' differ in length.",
                why="one row of the data frame holds one element of each list.",
                fix="ask for them in data frames of their own, or leave explode=True out.",
            )
        counts = lengths
    events = _length(columns)
    if counts is None:
        counts = np.ones(events, np.int64)
    entry = np.repeat(np.arange(events), counts)
    subentry = np.arange(len(entry)) - np.repeat(np.cumsum(counts) - counts, counts)
    frame = {
        name: _series(ak.flatten(a) if name in lists else a[entry], pd)
        for name, a in arrays.items()
    }
    index = pd.MultiIndex.from_arrays([entry, subentry], names=["entry", "subentry"])
    return pd.DataFrame(frame, index=index)


def _is_word(array: ak.Array) -> bool:
    return bool(array.layout.parameter("__array__") == "string")


def as_polars(columns: Columns) -> Any:
    """A data frame of polars, on the memory of the Arrow table."""
    return needed("polars").from_arrow(as_arrow(columns))
