"""Opening of ROOT files, and search for the events in them."""

from __future__ import annotations

from typing import Any

import uproot

from hepline.columns.conventions.registry import event_trees
from hepline.data.access import stream_of
from hepline.data.addresses import is_remote
from hepline.errors import FileUnreadable, nearest

__all__ = ["DEFAULT", "found_in", "has_events", "opened"]

# The default name of the events.
DEFAULT = "Events"
_TREES = ("TTree", "TNtuple", "TNtupleD")
_NTUPLES = ("ROOT::RNTuple", "ROOT::Experimental::RNTuple")


def opened(path: str) -> Any:
    """Open the directory of a ROOT file."""
    if is_remote(path):
        # uproot asks for what it needs in turn: threads would not make it faster.
        stream = stream_of(path)
        return uproot.open(stream, array_cache=None, object_cache=None, use_threads=False)
    # Plain threads for files on disk: fsspec's event loop leaves coroutines behind at Ctrl-C.
    handler = uproot.MultithreadedFileSource
    return uproot.open(path, array_cache=None, object_cache=None, handler=handler)


def has_events(file: Any) -> bool:
    """Whether there is a tree in a file, of any name."""
    kinds: dict[str, str] = file.classnames(cycle=False)
    return any(kind in (*_TREES, *_NTUPLES) for kind in kinds.values())


def found_in(file: Any, path: str, name: str) -> tuple[str, bool]:
    """Find the tree with this name, or by default that of the events.

    The default also accepts the only tree of a file, and the one among several whose name belongs
    to a convention (``CollectionTree`` of PHYSLITE, ``events`` of EDM4hep, ``DecayTree`` of LHCb in
    any folder).

    Returns
    -------
    str
        Name of the tree.
    bool
        Whether it is a TTree; an RNTuple otherwise.

    Raises
    ------
    FileUnreadable
        If there is no such tree (the error lists the others), or its format was never released.
    """
    kinds: dict[str, str] = file.classnames(cycle=False)
    names = [key for key, kind in kinds.items() if kind in (*_TREES, *_NTUPLES)]
    # Names with "##" in front are bookkeeping of frameworks, not events.
    names.sort(key=lambda key: key.startswith("#"))
    if name not in names:
        usual = names if len(names) == 1 else _usual(names)
        if name != DEFAULT or len(usual) != 1:
            raise _no_tree(path, name, kinds, names)
        (name,) = usual
    if kinds[name] in _NTUPLES and _is_prerelease(file[name]):
        raise FileUnreadable(
            f"the RNTuple '{name}' in {path} is of a format before its first release.",
            why="RNTuples of ROOT before 6.34 are laid out otherwise, and no library but that "
            "ROOT reads them.",
            fix="write the file anew with ROOT 6.34 or later.",
        )
    return name, kinds[name] in _TREES


def _usual(names: list[str]) -> list[str]:
    """The trees with the name of the first convention that matches any of them."""
    for tree in event_trees():
        called = [name for name in names if name.rpartition("/")[2] == tree]
        if called:
            return called
    return []


def _is_prerelease(ntuple: Any) -> bool:
    anchor = getattr(ntuple, "_members", {})
    return not hasattr(ntuple, "footer") or anchor.get("fVersionEpoch", 1) == 0


def _no_tree(path: str, name: str, kinds: dict[str, str], names: list[str]) -> FileUnreadable:
    listed = [f"{key} ({kind})" for key, kind in kinds.items()]
    listing = ", ".join(listed[:12]) + (f" and {len(listed) - 12} more" if listed[12:] else "")
    if name == DEFAULT and names:
        return FileUnreadable(
            f"{path} holds {len(names)} trees, none of which is called '{DEFAULT}'.",
            why=f"hepline cannot know which of them holds the events; the file holds {listing}.",
            fix=f"choose one of {', '.join(repr(key) for key in names[:12])}: tree='{names[0]}'.",
        )
    return FileUnreadable(
        f"no tree '{name}' in {path}.",
        why=f"the file holds {listing or 'nothing'}.",
        fix=f"{nearest(name, names)}  Say tree='NAME'."
        if names
        else "name a file with a TTree or an RNTuple.",
    )
