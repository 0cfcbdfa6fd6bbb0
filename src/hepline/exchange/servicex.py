"""A request to ServiceX from expressions: their columns, and the cuts that a server can apply."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from hepline.columns.elementwise import OPERATIONS, Cast, Elementwise
from hepline.columns.expression import Expr, common_origin
from hepline.columns.functions import Histogram
from hepline.columns.leaves import Collection, Column, Constant
from hepline.columns.lists import Reduce
from hepline.columns.nodes import Node
from hepline.columns.origin import all_of
from hepline.columns.profiles import Profile
from hepline.columns.records import Records
from hepline.columns.schema import Schema
from hepline.columns.text import Text
from hepline.columns.types import TEXT
from hepline.data.catalogue.fetch import fetch
from hepline.data.catalogue.servicex import submitted, wait
from hepline.data.catalogue.store import datasets_folder
from hepline.engine.plan import plan
from hepline.engine.rules.bind import columns_of
from hepline.errors import LanguageError, checked_keywords

__all__ = ["deliver", "selection_of"]

_FUNCTIONS = {"absolute": "abs", "sqrt": "sqrt"}


@checked_keywords
def deliver(
    *results: object,
    dataset: str,
    where: Expr | None = None,
    tree: str = "Events",
    out: str | Path | None = None,
    kind: Literal["parquet", "root-file"] = "parquet",
    progress: Callable[[str, int, int], None] = lambda _name, _done, _total: None,
) -> list[str]:
    """Let a server of ServiceX pick what results need out of a dataset, and fetch it.

    Parameters
    ----------
    *results : Expr, Histogram or Records
        On symbolic events, such as those of ``hl.events("nanoaod")``.
    dataset : str
        ``rucio:scope:name``, ``cod:12341``, or addresses of files separated by commas.
    where : Expr, optional
        Only events that pass are needed.
    tree : str
        Name of the tree in the files.
    out : path, optional
        Folder; in hepline's cache by default.
    kind : {"parquet", "root-file"}
        Format of the files.
    progress : callable
        ``progress(name, done, total)``.

    Returns
    -------
    list of str
        Paths for `hl.open`. The server applies those of the cuts that compare single numbers and
        counts of objects; the same expressions applied to the files give the same result.

    Raises
    ------
    FetchFailed
        If the server is not known, refuses, or fails on a file.
    LanguageError
        If nothing is asked of the events.
    """
    query = selection_of(*results, where=where, tree=tree)
    address = submitted(dataset, query, title=f"hepline: {dataset}"[:100], kind=kind)
    wait(address, progress)
    folder = datasets_folder() / address.replace(":", "-") if out is None else Path(out)
    return [str(path) for path in fetch(address, out=folder).paths]


def selection_of(*results: object, where: Expr | None = None, tree: str = "Events") -> str:
    """The request for what results need, in the language of ``uproot-raw``.

    Parameters
    ----------
    *results : Expr, Histogram or Records
    where : Expr, optional
    tree : str

    Raises
    ------
    LanguageError
        If nothing is asked of the events.
    """
    leaves = [leaf for result in results for leaf in _leaves(result)]
    origin = common_origin(*leaves, where)
    nodes = [node for leaf in leaves for node in _nodes(leaf)]
    if origin is None or not nodes:
        raise LanguageError(
            "nothing is asked of the events.",
            why="a request names the columns that expressions use.",
            fix="give expressions or histograms: hl.deliver(hl.hist(…), dataset='rucio:…').",
        )
    steps = [node for _, node in origin.selection]
    steps += [where.node] if where is not None else []
    condition = all_of(steps)
    needed = [*nodes, condition] if condition is not None else nodes
    schema = _complete(origin.schema, needed)
    graph = plan(needed, schema)
    counters = schema.counters
    columns = {*graph.columns, *(counters[axis] for axis in graph.collections if axis in counters)}
    query: dict[str, object] = {"treename": tree, "filter_name": sorted(columns)}
    cuts = [text for step in steps for text in _cuts(step, schema)]
    if cuts:
        query["cut"] = " & ".join(f"({text})" for text in dict.fromkeys(cuts))
    return json.dumps([query])


def _complete(schema: Schema, nodes: Sequence[Node]) -> Schema:
    """The schema with the columns that it accepts without listing them, such as triggers."""
    columns = {name: schema.column(name) for name in columns_of(nodes)}
    return replace(schema, columns={**schema.columns, **columns})


def _leaves(request: object) -> Iterator[object]:
    """The results inside mappings and sequences."""
    if isinstance(request, Mapping):
        request = list(request.values())
    if isinstance(request, list | tuple):
        for part in request:
            yield from _leaves(part)
    else:
        yield request


def _nodes(result: object) -> Iterator[Node]:
    if isinstance(result, Records):
        for name in result.fields.names():
            yield from _nodes(result[name])
    elif isinstance(result, Text):
        yield result.codes.node
    elif isinstance(result, Profile):
        yield from result.fills
    elif isinstance(result, Expr | Histogram):
        yield result.node
    else:
        raise LanguageError(
            f"deliver({result!r:.60}).",
            why="columns, collections and histograms can be delivered.",
            fix="give hl.hist(…), mu.pt or mu.",
        )


def _cuts(condition: Node, schema: Schema) -> Iterator[str]:
    """Those parts of a condition that a server can apply; all of them must hold."""
    if isinstance(condition, Elementwise) and condition.operation == "bitwise_and":
        for operand in condition.operands:
            yield from _cuts(operand, schema)
        return
    text = _spelled(condition, schema)
    if text is not None:
        yield text


def _spelled(node: Node, schema: Schema) -> str | None:
    """A recipe of one number per event as uproot spells it; None if it cannot."""
    if node.type.depth or node.type.optional:
        return None
    if isinstance(node, Constant):
        return node.spell(0)
    if isinstance(node, Column):
        return node.name if node.dtype != TEXT else None
    if isinstance(node, Reduce):
        axis = node.values.type.axes[-1]
        is_count = node.operation == "count" and isinstance(axis, Collection)
        # Missing values are not counted, and the server does not know them.
        if node.values.type.optional:
            return None
        return schema.counters.get(axis.name) if is_count else None  # type: ignore[attr-defined]
    if isinstance(node, Cast):
        return _spelled(node.value, schema) if _is_exact(node) else None
    if not isinstance(node, Elementwise) or not _agrees(node):
        return None
    parts = [_spelled(operand, schema) for operand in node.operands]
    operation = OPERATIONS[node.operation]
    if any(part is None for part in parts):
        return None
    if node.operation in _FUNCTIONS:
        return f"{_FUNCTIONS[node.operation]}({parts[0]})"
    if node.operation == "invert" and node.type.dtype.kind == "b":
        return f"~({parts[0]})"
    if node.operation == "negative":
        return f"-({parts[0]})"
    if len(parts) == 2 and operation.symbol and node.operation != "remainder":
        return f"({parts[0]} {operation.symbol} {parts[1]})"
    return None


def _is_exact(cast: Cast) -> bool:
    """Whether comparisons do not notice that a server leaves a conversion out."""
    stored = cast.value.type.dtype
    return cast.dtype in ("float64", "int64") and stored.kind in "biu" and stored.itemsize <= 4


def _agrees(node: Elementwise) -> bool:
    """Whether a server finds the same, which computes in the types of the file.

    It lets int8 overflow and uint32 wrap around, adds truths to a truth, and rounds to float32
    what is computed in float64 here: a cut that it finds tighter would lose events.
    """
    kind = node.type.dtype.kind
    if kind == "b":
        return True
    plain = all(isinstance(part, Column | Constant | Elementwise) for part in node.operands)
    small = any(
        part.type.dtype.kind != "f" and part.type.dtype.itemsize < 4 for part in node.operands
    )
    return kind == "f" and plain and not (small and node.operation == "sqrt")
