"""Rows as bytes that can be kept aside and read back: compressed, and with a checksum."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from typing import Any

import cramjam
import numpy as np
from numpy.typing import NDArray

from hepline.data.writing.rows import Rows

__all__ = ["packed", "unpacked"]

_DIGEST = 16  # bytes of BLAKE2b in front
_LEVEL = 1  # of zstd: what is kept aside is read once at most


def packed(rows: Mapping[str, Rows], facts: Mapping[str, Any]) -> bytes:
    """Columns, and facts about them, as bytes.

    Parameters
    ----------
    rows : mapping of str to Rows
    facts : mapping
        Of types of JSON.
    """
    arrays: dict[str, NDArray[Any]] = {}
    columns = []
    for number, (name, row) in enumerate(rows.items()):
        arrays[f"{number}"] = row.values
        arrays |= {f"{number}.{level}": offsets for level, offsets in enumerate(row.lists)}
        if row.there is not None:
            arrays[f"{number}?"] = row.there
        words = None if row.words is None else [[c, t] for c, t in row.words.items()]
        columns.append([name, len(row.lists), words])
    head = json.dumps({"facts": facts, "columns": columns})
    arrays["head"] = np.frombuffer(head.encode(), np.uint8)
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    content = bytes(cramjam.zstd.compress(file.getvalue(), level=_LEVEL))
    return hashlib.blake2b(content, digest_size=_DIGEST).digest() + content


def unpacked(stored: bytes) -> tuple[dict[str, Rows], dict[str, Any]] | None:
    """Columns and facts from bytes; None if these are not what was packed."""
    content = stored[_DIGEST:]
    if hashlib.blake2b(content, digest_size=_DIGEST).digest() != stored[:_DIGEST]:
        return None
    file = io.BytesIO(bytes(cramjam.zstd.decompress(content)))
    with np.load(file, allow_pickle=False) as arrays:
        head = json.loads(bytes(arrays["head"]))
        rows = {}
        for number, (name, depth, words) in enumerate(head["columns"]):
            lists = tuple(arrays[f"{number}.{level}"] for level in range(depth))
            there = arrays.get(f"{number}?")
            texts = None if words is None else dict(map(tuple, words))
            rows[name] = Rows(arrays[str(number)], lists, there, texts)
    return rows, head["facts"]
