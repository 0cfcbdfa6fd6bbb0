"""Zenodo: published records, ``zenodo:3934663``."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from hepline.data.catalogue.record import Record, RemoteFile, safe_names
from hepline.data.retrying import retried
from hepline.data.transport import get_json
from hepline.errors import FetchFailed

__all__ = ["record_of"]

_MIRRORS = ("zenodo.org", ".zenodo.org")
_TAGS = re.compile(r"<[^>]*>")


def record_of(address: str) -> Record:
    """Ask Zenodo for a record.

    Raises
    ------
    FetchFailed
        If Zenodo does not have it, or cannot be reached.
    """
    number = address.partition(":")[2]
    if not number.isdecimal():
        raise FetchFailed(
            f"'{address}' names no record of Zenodo.",
            why="a record has a number: the digits at the end of its DOI.",
            fix="write zenodo:3934663 for the DOI 10.5281/zenodo.3934663.",
        )
    server = os.environ.get("HEPLINE_ZENODO", "https://zenodo.org").rstrip("/")
    url = f"{server}/api/records/{number}"
    answer: Mapping[str, Any] = retried(
        lambda: get_json(url, mirrors=_MIRRORS), f"the record {address}"
    )
    content = answer.get("metadata") or {}
    listed = answer.get("files") or []
    names = safe_names([str(entry["key"]) for entry in listed], address)
    doi = str(answer.get("doi") or content.get("doi") or "")
    return Record(
        address,
        tuple(
            RemoteFile(name, entry["links"]["self"], entry.get("size"), entry.get("checksum", ""))
            for name, entry in zip(names, listed, strict=True)
        ),
        title=_TAGS.sub("", str(content.get("title", ""))),
        doi=doi,
        license=str((content.get("license") or {}).get("id", "")),
        citation=_citation(content, doi),
        mirrors=_MIRRORS,
    )


def _citation(content: Mapping[str, Any], doi: str) -> str:
    who = "; ".join(str(creator.get("name", "")) for creator in content.get("creators") or [])
    year = str(content.get("publication_date", ""))[:4]
    parts = [who, f"({year})" if year else "", f"{content.get('title', '')}.", "Zenodo."]
    return " ".join(part for part in (*parts, f"DOI:{doi}" if doi else "") if part)
