"""ROOT files with a TTree in the manner of NanoAOD, read through uproot."""

from __future__ import annotations

import re
import struct
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import awkward as ak
import cramjam
import numpy as np
import uproot
from uproot.interpretation.jagged import AsJagged
from uproot.interpretation.numerical import AsDtype, TruncatedNumerical

from hepline.columns.schema import ColumnSpec, Schema
from hepline.columns.source import Part
from hepline.errors import CorruptData, DataError, FileUnreadable, nearest

__all__ = ["TreeSource", "is_remote", "look", "schema_of"]

# What uproot and the decompressors raise on damaged bytes.
DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    AssertionError,
    AttributeError,
    NotImplementedError,
    struct.error,
    zlib.error,
    cramjam.DecompressionError,
    uproot.deserialization.DeserializationError,
)


def is_remote(path: str) -> bool:
    """Whether a path is an address such as ``https://…`` or ``root://…``."""
    return "://" in path


@dataclass(frozen=True)
class TreeSource:
    """Events of one or more ROOT files that share a tree.

    Attributes
    ----------
    name : str
    tree : str
        Name of the TTree.
    schema : Schema
    parts : tuple of Part
    unreadable : tuple of (str, str)
        Path and reason of files that were left out.
    """

    name: str
    tree: str
    schema: Schema
    parts: tuple[Part, ...]
    unreadable: tuple[tuple[str, str], ...] = ()

    def read(
        self, part: Part, columns: Sequence[str], start: int, stop: int
    ) -> Mapping[str, ak.Array]:
        """Columns of the events `start` to `stop` of one file.

        Raises
        ------
        FileUnreadable
            If the file breaks off or its baskets cannot be unpacked.
        CorruptData
            If lists of one collection disagree about their length.
        """
        with _reading(part.path):
            tree = _opened(part.path, self.tree, _stamp(part.path))
            absent = [name for name in columns if name not in tree]
        if absent:
            raise schema_of(part.path, tree).missing(absent[0])
        with _reading(part.path):
            arrays: Mapping[str, ak.Array] = tree.arrays(
                list(columns), entry_start=start, entry_stop=stop, library="ak", how=dict
            )
        for name, array in arrays.items():
            if len(array) != stop - start:
                raise FileUnreadable(
                    f"{part.path} has {len(array)} values of '{name}' in the entries {start} to "
                    f"{stop}.",
                    why="baskets of the file are damaged or missing.",
                    fix="fetch or make the file again.",
                )
        self._check(part.path, arrays, start)
        # Files may hold a column in fewer bits than the widest among them.
        specs = self.schema.columns
        return {name: ak.values_astype(a, specs[name].dtype) for name, a in arrays.items()}

    def _check(self, path: str, arrays: Mapping[str, ak.Array], start: int) -> None:
        """Lists of one collection must have one length, and the counter must agree."""
        lengths: dict[str, tuple[str, np.ndarray]] = {}
        for name, array in arrays.items():
            collection = self.schema.columns[name].collection
            if collection is None:
                continue
            found = ak.to_numpy(ak.num(array, axis=1))
            counter = self.schema.counters.get(collection, "")
            first = (counter, ak.to_numpy(arrays[counter])) if counter in arrays else (name, found)
            reference, expected = lengths.setdefault(collection, first)
            if not np.array_equal(found, expected):
                event = int(np.flatnonzero(found != expected)[0])
                raise CorruptData(
                    f"'{name}' has {found[event]} elements in entry {start + event} of {path}, "
                    f"'{reference}' says {expected[event]}.",
                    why="columns of one collection describe the same objects.",
                    fix="the file is damaged or was merged wrongly: fetch or make it again.",
                )


def look(path: str, tree: str) -> tuple[Part, Schema]:
    """Open a file and learn its columns without reading events.

    Parameters
    ----------
    path : str
    tree : str

    Returns
    -------
    Part, Schema

    Raises
    ------
    FileUnreadable
        If it is missing, empty, truncated, not a ROOT file, or has no such tree.
    """
    if not is_remote(path):
        _check_local(path)
    with _reading(path):
        opened = _opened(path, tree, _stamp(path))
        size = 0 if is_remote(path) else Path(path).stat().st_size
        return Part(path, int(opened.num_entries), size), schema_of(path, opened)


def _check_local(path: str) -> None:
    file = Path(path)
    if not file.exists():
        folder = file.parent
        raise FileUnreadable(
            f"there is no file {path}.",
            why=f"the folder {folder} "
            + ("has no file of this name." if folder.is_dir() else "is not there."),
            fix=_near(file.name, folder),
        )
    if not file.is_file():
        raise FileUnreadable(
            f"{path} is a folder.",
            why="events are read from files.",
            fix=f"name the files: {path.rstrip('/')}/*.root",
        )
    with _reading(path), file.open("rb") as stream:
        magic = stream.read(4)
        header = stream.read(16)
    if magic != b"root":
        raise FileUnreadable(
            f"{path} is not a ROOT file." if magic else f"{path} is empty (0 bytes).",
            why=f"a ROOT file begins with the letters 'root', this one with {magic!r}.",
            fix="name a ROOT file; if a download broke off, fetch it again.",
        )
    # Offset 12: fEND, the size the file had when it was closed (8 bytes from version 1000000 on).
    with _reading(path):
        version, _begin, short_end = struct.unpack(">iii", header[:12])
        end = struct.unpack(">q", header[8:16])[0] if version >= 1_000_000 else short_end
    if end > file.stat().st_size:
        raise FileUnreadable(
            f"{path} is truncated: {file.stat().st_size} of {end} bytes.",
            why="a copy or a download broke off before its end.",
            fix="fetch or copy the file again.",
        )


def _near(name: str, folder: Path) -> str:
    """What could be meant: ROOT files of the folder before all others, never hidden ones."""
    if not folder.is_dir():
        return "check the path."
    shown = sorted(e.name for e in folder.iterdir() if e.is_file() and not e.name.startswith("."))
    root = [entry for entry in shown if entry.endswith(".root")]
    for candidates in (root, shown):
        hint = nearest(name, candidates)
        if hint.startswith("did you mean"):
            return hint
    others = f"{len(shown) - len(root)} other files" if len(shown) > len(root) else "nothing else"
    if not root:
        return f"check the path: the folder holds no ROOT file, and {others}."
    listed = ", ".join(root[:6]) + (", …" if len(root) > 6 else "")
    return f"choose one of its {len(root)} ROOT files: {listed}"


def schema_of(path: str, tree: Any) -> Schema:
    """The columns of an opened TTree that have a meaning here: numbers, and lists of numbers.

    Lists that share a counter are one collection. Lists that each have their own (``nMuon_pt``),
    or none (``std::vector``), belong to the collection of their prefix, up to a dot or an
    underscore; that they are equally long is checked when they are read. Objects, and names
    that stand for two branches, are left out.
    """
    dtypes: dict[str, str] = {}
    counted: dict[str, str | None] = {}
    # Split objects hold their members inside: Muon.charge in Muon.
    branches = list(tree.itervalues(recursive=True))
    repeated = Counter(branch.name for branch in branches)
    for branch in branches:
        name, interpretation = branch.name, branch.interpretation
        listed = isinstance(interpretation, AsJagged)
        dtype = _element(interpretation.content if listed else interpretation)
        if dtype is None or repeated[name] > 1:
            continue
        dtypes[name] = dtype
        if listed:
            counter = branch.count_branch
            counted[name] = None if counter is None else counter.name
    return _grouped(Path(path).name, dtypes, counted)


def _grouped(file: str, dtypes: Mapping[str, str], counted: Mapping[str, str | None]) -> Schema:
    """Put lists into collections: by the counter they share, else by their prefix."""
    # A split object counts itself: only a number per event is a counter.
    plain = dtypes.keys() - counted.keys()
    shared = [c for name, c in counted.items() if c in plain and c != f"n{name}"]
    counters = {_without_n(counter): counter for counter in shared if counter}
    specs: list[ColumnSpec] = []
    for name, dtype in dtypes.items():
        collection = None
        if name in counted:
            prefix = name.partition("." if "." in name else "_")[0]
            own = prefix if prefix and prefix not in counters else name
            collection = _without_n(counted[name]) if counted[name] in shared else own
        specs.append(ColumnSpec(name, dtype, collection))
    return Schema.from_specs(file, specs, counters=counters)


def _element(interpretation: Any) -> str | None:
    """NumPy's name of a plain number's type; None for objects, strings and fixed arrays."""
    if not isinstance(interpretation, AsDtype | TruncatedNumerical):
        return None
    dtype = interpretation.numpy_dtype
    if dtype.shape or dtype.kind not in "biuf":
        return None
    return str(dtype.newbyteorder("=").name)


def _without_n(counter: str | None) -> str:
    """``Muon`` of ``nMuon`` or ``NMuon``."""
    return re.sub(r"^[nN]_?(?=[A-Z])", "", counter or "") or str(counter)


def _stamp(path: str) -> tuple[int, int]:
    """Tells a rewritten file from the one that was opened before."""
    if is_remote(path):
        return (0, 0)
    status = Path(path).stat()
    return (status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4)
def _opened(path: str, tree: str, _stamp_of_file: tuple[int, int]) -> Any:
    # Parsing the header of a file with a thousand branches takes longer than reading a chunk.
    # Plain threads for files on disk: fsspec's event loop leaves coroutines behind at Ctrl-C.
    local = {} if is_remote(path) else {"handler": uproot.MultithreadedFileSource}
    file = uproot.open(path, array_cache=None, **local)
    names = file.keys(cycle=False, filter_classname="TTree")
    if tree not in names:
        if tree in file and file.classname_of(tree).endswith("RNTuple"):
            raise FileUnreadable(
                f"'{tree}' in {path} is an RNTuple.",
                why="this version of hepline reads TTrees, the older format of ROOT.",
                fix="ask for a TTree version, or convert: hadd and rootcp of ROOT keep the format, "
                "uproot's mktree writes a TTree.",
            )
        kinds = file.classnames(cycle=False).items()
        held = ", ".join(f"{key} ({kind})" for key, kind in kinds)
        raise FileUnreadable(
            f"no tree '{tree}' in {path}.",
            why=f"the file holds {held or 'nothing'}.",
            fix=f"{nearest(tree, names)}  Say tree='NAME' (--tree NAME on the command line)."
            if names
            else "name a file with a TTree.",
        )
    return file[tree]


@contextmanager
def _reading(path: str) -> Iterator[None]:
    """Turn what damaged bytes raise into one error that names the file."""
    try:
        yield
    except DAMAGE as error:
        if isinstance(error, DataError):
            raise
        first = str(error).strip().splitlines()
        raise FileUnreadable(
            f"{path} cannot be read.",
            why=f"{type(error).__name__}: {first[0] if first else 'no further word'}",
            fix="if it is there and readable, it is damaged: fetch or make it again.",
        ) from error
