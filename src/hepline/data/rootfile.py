"""Open a ROOT file, find the events in it."""

from __future__ import annotations

from typing import Any

import uproot

from hepline.data.disk import is_remote
from hepline.errors import FileUnreadable, nearest

__all__ = ["found_in", "opened"]

_EVENTS = ("TTree", "ROOT::RNTuple", "ROOT::Experimental::RNTuple")


def opened(path: str) -> Any:
    """The directory of a ROOT file."""
    # Plain threads for files on disk: fsspec's event loop leaves coroutines behind at Ctrl-C.
    local = {} if is_remote(path) else {"handler": uproot.MultithreadedFileSource}
    return uproot.open(path, array_cache=None, object_cache=None, **local)


def found_in(file: Any, path: str, name: str) -> str:
    """The class of the events of this name: ``TTree`` or one that ends in ``RNTuple``.

    Raises
    ------
    FileUnreadable
        If there are none, with the names of those there are.
    """
    kinds: dict[str, str] = file.classnames(cycle=False)
    names = [key for key, kind in kinds.items() if kind in _EVENTS]
    if name in names:
        return kinds[name]
    held = ", ".join(f"{key} ({kind})" for key, kind in kinds.items())
    raise FileUnreadable(
        f"no tree '{name}' in {path}.",
        why=f"the file holds {held or 'nothing'}.",
        fix=f"{nearest(name, names)}  Say tree='NAME' (--tree NAME on the command line)."
        if names
        else "name a file with a TTree or an RNTuple.",
    )
