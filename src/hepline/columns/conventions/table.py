"""Tables of conventions: the columns of their files, read from JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

__all__ = ["listed", "table"]


@cache
def table(name: str) -> Mapping[str, Any]:
    """The table of a convention.

    Parameters
    ----------
    name : str
        Of the file, without its ending.
    """
    text = resources.files("hepline.columns.conventions.tables").joinpath(f"{name}.json")
    content: Mapping[str, Any] = json.loads(text.read_text("utf-8"))
    return content


@cache
def listed(name: str) -> Mapping[str, tuple[str, str | None]]:
    """Columns of a table by stored name, with dtype and collection."""
    content = table(name)
    columns: dict[str, tuple[str, str | None]] = {
        column: (_widest(dtype), None) for column, dtype in content["event"].items()
    }
    for collection, fields in content["collections"].items():
        columns |= {column: (_widest(dtype), collection) for column, dtype in fields.items()}
    return columns


def _widest(dtype: str) -> str:
    # The width of an integer differs between versions of a format (jetId: int32, then uint8).
    return "int64" if dtype.startswith(("int", "uint")) and dtype != "uint64" else dtype
