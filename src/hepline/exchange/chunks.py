"""`hl.chunks`: columns chunk by chunk, for what does not fit into memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import awkward as ak

from hepline.columns.events import Events
from hepline.columns.leaves import Column
from hepline.columns.nodes import walk
from hepline.columns.source import Source
from hepline.data.writing.columns import Written
from hepline.engine.ahead import ahead
from hepline.engine.cores import usable_cores
from hepline.errors import LanguageError, checked_keywords, nearest
from hepline.exchange import tables, tensors
from hepline.exchange.computing import Task, computing, cut
from hepline.exchange.packages import needed
from hepline.exchange.request import Columns, Request, Where, request_of

__all__ = ["Chunks", "chunks", "joined_columns", "streamed"]

_SIZE = 100_000


def streamed(
    request: Request,
    *,
    engine: str = "auto",
    workers: int | None = None,
    share: tuple[int, int] = (0, 1),
) -> Iterator[Columns]:
    """Compute columns in the order of the events, in chunks of any size, some of them ahead.

    Parameters
    ----------
    request : Request
    engine : str
    workers : int, optional
    share : (int, int)
        Which part of the chunks, of how many parts.
    """
    source, nodes = request.source, request.nodes
    stored = [node for node in walk(nodes) if isinstance(node, Column)]
    names = list(dict.fromkeys(node.name for node in stored if node.name in source.schema.columns))
    read = [Written(node.name, node.dtype, node.type.depth) for node in stored]
    made = [Written("", node.type.dtype.name, node.type.depth) for node in nodes]
    tasks = islice(cut(source, names, [*read, *made], None), share[0], None, share[1])
    with computing(source, nodes, engine) as compute:

        def columns(task: Task) -> Columns:
            number, start, stop = task
            part = source.parts[number]
            return request.assembled(compute(part, start, stop), part, start, stop)

        yield from ahead(columns, tasks, workers=workers or usable_cores())


@dataclass(frozen=True)
class Chunks:
    """Columns that are read chunk by chunk, as often as they are looped over.

    A loop may be left at any time: what reads ahead is stopped. pyarrow, polars, DuckDB and others
    read it directly, through Arrow's stream protocol: ``polars.from_arrow(chunks)``.

    Attributes
    ----------
    request : Request
    size : int
        Events of each chunk but the last.
    convert : callable
        From columns to what the loop gets.
    engine : str
    workers : int or None
    share : (int, int)
    """

    request: Request
    size: int
    convert: Callable[[Columns], Any]
    engine: str = "auto"
    workers: int | None = None
    share: tuple[int, int] = (0, 1)

    def __repr__(self) -> str:
        names = ", ".join(self.request.leaves)
        return f"<Chunks of {self.size} events of {self.request.source.name}: {names}>"

    def __iter__(self) -> Iterator[Any]:
        for columns in self._equal():
            yield self.convert(columns)

    def _equal(self) -> Iterator[Columns]:
        """Chunks of equal size from those of any size."""
        waiting: list[Columns] = []
        count = 0
        stream = streamed(self.request, engine=self.engine, workers=self.workers, share=self.share)
        try:
            for columns in stream:
                waiting.append(columns)
                count += _length(columns)
                while count >= self.size:
                    whole = joined_columns(waiting)
                    yield {name: array[: self.size] for name, array in whole.items()}
                    waiting = [{name: array[self.size :] for name, array in whole.items()}]
                    count -= self.size
            if count:
                yield joined_columns(waiting)
        finally:
            # Also when the loop ends early: threads must not outlive it.
            stream.close()  # type: ignore[attr-defined]

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The chunks as a stream of Arrow's record batches."""
        pa = needed("pyarrow")
        schema = tables.as_arrow(self.request.empty()).schema
        batches = (
            batch
            for columns in self._equal()
            for batch in tables.as_arrow(columns).cast(schema).to_batches()
        )
        reader = pa.RecordBatchReader.from_batches(schema, batches)
        return reader.__arrow_c_stream__(requested_schema)


@checked_keywords
def chunks(
    columns: object,
    *,
    size: int = _SIZE,
    as_: str = "awkward",
    where: Where = None,
    source: Source | Events | None = None,
    share: tuple[int, int] = (0, 1),
    engine: str = "auto",
    workers: int | None = None,
    pad: int | None = None,
    fill: float = 0.0,
    dtype: str | None = "float32",
    explode: bool = False,
) -> Chunks:
    """Read columns chunk by chunk, the next ones while one is used.

    Parameters
    ----------
    columns : Expr, Text, Records, Weight, or mapping of str to these
        Nominal values are taken.
    size : int
        Events of each chunk but the last, after `where`.
    as_ : str
        ``awkward``, ``numpy``, ``arrow``, ``pandas``, ``polars`` or ``torch``.
    where : Expr of bool, or mapping of label to Expr, optional
        Which events.
    source : Events or Source, optional
        For expressions on symbolic events.
    share : (int, int)
        ``(1, 4)`` reads the second of four shares, for one of four processes.
    engine : str
        ``auto``, ``compiled``, ``awkward`` or ``reference``.
    workers : int, optional
        Threads; by default one for each core.
    pad, fill, dtype
        For torch: see `to_torch`.
    explode : bool
        For pandas: see `to_pandas`.

    Returns
    -------
    Chunks
        To be looped over; each loop begins anew. Memory is bounded by the size of a chunk and
        what is read ahead.

    Raises
    ------
    LanguageError
        If `as_` or `share` has no meaning.
    """
    request = request_of(columns, where=where, source=source)
    _check_shares(size, share)
    alone = request.alone
    formats: Mapping[str, Callable[[Columns], Any]] = {
        "awkward": partial(tables.as_awkward, alone=alone),
        "numpy": partial(tables.as_numpy, alone=alone),
        "arrow": tables.as_arrow,
        "pandas": partial(tables.as_pandas, explode=explode),
        "polars": tables.as_polars,
        "torch": partial(tensors.as_torch, alone=alone, pad=pad, fill=fill, dtype=dtype),
    }
    if as_ not in formats:
        raise LanguageError(
            f"chunks(…, as_={as_!r}).",
            why=f"chunks come as {', '.join(formats)}.",
            fix=nearest(str(as_), formats),
        )
    # What cannot be converted is said before the first event is read.
    formats[as_](request.empty())
    return Chunks(request, size, formats[as_], engine, workers, share)


def _check_shares(size: int, share: tuple[int, int]) -> None:
    first, count = share
    if size < 1 or not 0 <= first < count:
        raise LanguageError(
            f"chunks(…, size={size!r}, share={share!r}).",
            why="a chunk has at least one event, and shares are numbered from 0.",
            fix="say share=(0, 4) to share=(3, 4) for four processes.",
        )


def _length(columns: Columns) -> int:
    return len(next(iter(columns.values())))


def joined_columns(parts: list[Columns]) -> Columns:
    """Columns of consecutive events as one."""
    if len(parts) == 1:
        return parts[0]
    return {name: ak.concatenate([part[name] for part in parts]) for name in parts[0]}
