"""Hugging Face Hub: datasets by name and revision, ``hf:owner/name@main``.

By its HTTP API rather than by huggingface_hub, which has a cache and a download of its own: files
of all sources are then verified, resumed and kept by the same code.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from hepline.data.catalogue.record import Record, RemoteFile, safe_names
from hepline.data.retrying import retried
from hepline.data.transport import get_json, get_pages
from hepline.errors import FetchFailed

__all__ = ["record_of"]

_MIRRORS = ("huggingface.co", ".huggingface.co", ".hf.co")
_NAME = re.compile(r"hf:(?P<name>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w./-]+))?")
# Files of the repository itself rather than of the dataset.
_HIDDEN = (".gitattributes", ".gitignore")


def record_of(address: str) -> Record:
    """Ask the Hub for a dataset, pinned to the commit that its revision stands for now.

    Raises
    ------
    FetchFailed
        If the Hub does not have it, or cannot be reached.
    """
    parts = _NAME.fullmatch(address)
    if parts is None or ".." in address:
        raise FetchFailed(
            f"'{address}' names no dataset of the Hugging Face Hub.",
            why="a dataset has an owner and a name.",
            fix="write hf:owner/name, or hf:owner/name@revision.",
        )
    server = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    name, revision = parts["name"], quote(parts["revision"] or "main", safe="")
    about: Mapping[str, Any] = _answer(f"{server}/api/datasets/{name}/revision/{revision}", address)
    commit = str(about["sha"])
    listing = f"{server}/api/datasets/{name}/tree/{commit}?recursive=true"
    tree = retried(lambda: get_pages(listing, mirrors=_MIRRORS), address)
    listed = [
        entry for entry in tree if entry.get("type") == "file" and entry["path"] not in _HIDDEN
    ]
    names = safe_names([str(entry["path"]) for entry in listed], address)
    files = tuple(
        _file(short, entry, f"{server}/datasets/{name}/resolve/{commit}")
        for short, entry in zip(names, listed, strict=True)
    )
    card = about.get("cardData") or {}
    license_ = card.get("license", "")
    return Record(
        address,
        files,
        title=str(card.get("pretty_name") or name),
        license=license_ if isinstance(license_, str) else ", ".join(license_),
        citation=f"{name}, Hugging Face Hub, commit {commit}",
        mirrors=_MIRRORS,
    )


def _answer(url: str, address: str) -> Any:
    return retried(lambda: get_json(url, mirrors=_MIRRORS), address)


def _file(name: str, entry: Mapping[str, Any], folder: str) -> RemoteFile:
    # Large files are known by their SHA-256, small ones by the name that Git gives them.
    large = entry.get("lfs") or {}
    oid = large.get("oid") or large.get("sha256")
    checksum = f"sha256:{oid.removeprefix('sha256:')}" if oid else f"git-blob:{entry['oid']}"
    size = large.get("size", entry.get("size"))
    return RemoteFile(name, f"{folder}/{quote(str(entry['path']))}", size, checksum)
