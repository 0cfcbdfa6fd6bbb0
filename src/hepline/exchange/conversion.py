"""`hl.to_awkward` and others: columns as arrays, tables and tensors of other libraries."""

from __future__ import annotations

from typing import Any

import awkward as ak

from hepline.columns.events import Events
from hepline.columns.source import Source
from hepline.errors import checked_keywords
from hepline.exchange import tables, tensors
from hepline.exchange.chunks import joined_columns, streamed
from hepline.exchange.request import Columns, Request, Where, request_of

__all__ = ["to_arrow", "to_awkward", "to_pandas", "to_polars", "to_torch"]


@checked_keywords
def to_awkward(
    columns: object,
    *,
    where: Where = None,
    source: Source | Events | None = None,
    engine: str = "auto",
    workers: int | None = None,
) -> ak.Array:
    """Compute columns of the same events as one awkward array.

    Parameters
    ----------
    columns : Expr, Text, Records, Weight, or mapping of str to these
        Nominal values are taken.
    where : Expr of bool, or mapping of label to Expr, optional
        Which events.
    source : Events or Source, optional
        For expressions on symbolic events.
    engine : str
        ``auto``, ``compiled``, ``awkward`` or ``reference``.
    workers : int, optional
        Threads; by default one for each core.

    Returns
    -------
    awkward.Array
        Records with a field for each name; a single column as it is.
    """
    request = request_of(columns, where=where, source=source)
    return tables.as_awkward(_whole(request, engine, workers), alone=request.alone)


@checked_keywords
def to_arrow(
    columns: object,
    *,
    where: Where = None,
    source: Source | Events | None = None,
    engine: str = "auto",
    workers: int | None = None,
) -> Any:
    """Compute columns of the same events as an Arrow table, without copying them once more.

    Parameters
    ----------
    columns, where, source, engine, workers
        See `to_awkward`.

    Returns
    -------
    pyarrow.Table
        Missing values are nulls, lists are large lists, objects are structs.
    """
    return tables.as_arrow(_whole(request_of(columns, where=where, source=source), engine, workers))


@checked_keywords
def to_pandas(
    columns: object,
    *,
    explode: bool = False,
    where: Where = None,
    source: Source | Events | None = None,
    engine: str = "auto",
    workers: int | None = None,
) -> Any:
    """Compute columns of the same events as a data frame of pandas.

    Parameters
    ----------
    columns, where, source, engine, workers
        See `to_awkward`.
    explode : bool
        One row for each element of the lists, with the index ``(entry, subentry)``; by default one
        row for each event, with lists in it.

    Returns
    -------
    pandas.DataFrame
        Numbers have NumPy's types; lists, text, and columns with missing values have Arrow's.
    """
    whole = _whole(request_of(columns, where=where, source=source), engine, workers)
    return tables.as_pandas(whole, explode=explode)


@checked_keywords
def to_polars(
    columns: object,
    *,
    where: Where = None,
    source: Source | Events | None = None,
    engine: str = "auto",
    workers: int | None = None,
) -> Any:
    """Compute columns of the same events as a data frame of polars.

    Parameters
    ----------
    columns, where, source, engine, workers
        See `to_awkward`.

    Returns
    -------
    polars.DataFrame
        Missing values are null, lists are `List`, objects are `Struct`.
    """
    whole = _whole(request_of(columns, where=where, source=source), engine, workers)
    return tables.as_polars(whole)


@checked_keywords
def to_torch(
    columns: object,
    *,
    pad: int | None = None,
    fill: float = 0.0,
    dtype: str | None = "float32",
    where: Where = None,
    source: Source | Events | None = None,
    engine: str = "auto",
    workers: int | None = None,
) -> Any:
    """Compute columns of the same events as tensors.

    Parameters
    ----------
    columns, where, source, engine, workers
        See `to_awkward`.
    pad : int, optional
        Length of all lists: shorter ones are filled up, longer ones are cut. Ragged by default.
    fill : float
        In place of elements that are not there.
    dtype : str or None
        Of all values; None leaves each column as it is.

    Returns
    -------
    Tensor, Padded or Ragged, or a dictionary of these by name
        Padded lists come with a mask, ragged ones with offsets; fields of objects are the last
        axis. Missing values are NaN.
    """
    request = request_of(columns, where=where, source=source)
    whole = _whole(request, engine, workers)
    return tensors.as_torch(whole, alone=request.alone, pad=pad, fill=fill, dtype=dtype)


def _whole(request: Request, engine: str, workers: int | None) -> Columns:
    parts = list(streamed(request, engine=engine, workers=workers))
    return joined_columns(parts) if parts else request.empty()
