"""Notebook display of a recipe: its type and, for open files, its first values.

Recipes do not know the engine that reads: the façade registers it here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hepline.errors import HeplineError
from hepline.notebook import html_table

__all__ = ["READERS", "table"]

Reader = Callable[[Any, Sequence[Any], int], list[list[Any]]]

# At most one function: from origin, nodes and a number of events to the values of each node.
READERS: list[Reader] = []
_EVENTS, _LETTERS = 5, 60


def table(caption: str, names: Sequence[str], nodes: Sequence[Any], origin: Any) -> str:
    """Format columns as an HTML table, one event per row.

    Parameters
    ----------
    caption : str
    names : sequence of str
        Of the columns.
    nodes : sequence of Node
        Of the columns.
    origin : Origin or None
        Without open files there are no rows.
    """
    rows: list[tuple[str, ...]] = []
    if READERS and origin is not None and origin.source is not None and origin.source.parts:
        try:
            values = READERS[0](origin, nodes, _EVENTS)
            rows = [tuple(map(_spelled, row)) for row in zip(*values, strict=True)]
        except HeplineError as error:
            # A file may be damaged; the type is still known.
            caption = f"{caption} — {error.what}"
    return html_table(names, rows, caption=caption)


def _spelled(value: object) -> str:
    text = _short(value)
    return text if len(text) <= _LETTERS else f"{text[: _LETTERS - 1]}…"


def _short(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_short, value)) + "]"
    if isinstance(value, float):
        return f"{value:.6g}"
    return "–" if value is None else str(value)
