"""Names of datasets in place of paths."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from hepline.data.catalogue.fetch import fetch
from hepline.data.catalogue.lock import read_lock
from hepline.data.catalogue.store import datasets_folder
from hepline.records import known_checksum

__all__ = ["dataset"]


def dataset(address: str, *, files: str | Sequence[str] = ()) -> list[str]:
    """Paths of the verified files of a dataset, which is fetched when it is first needed.

    Parameters
    ----------
    address : str
        ``cod:12341`` (CERN Open Data), ``zenodo:3934663``, ``hf:owner/name@revision``,
        ``atlas:release/dataset@skim``, ``rucio:scope:name``, ``https://…``, ``root://…``, a
        folder, a pattern. ``cod:5200#4mu_*.csv`` names some files of a dataset, in lists of files
        and in `hl.open`, too.
    files : str or sequence of str
        Names or patterns; all files by default.

    Returns
    -------
    list of str
        In hepline's cache, with a ``datasets.lock.json`` beside them. Once all are there, the
        source is not asked again.

    Raises
    ------
    FetchFailed
        If they cannot be fetched or verified.

    Examples
    --------
    >>> ev = hl.open(hl.dataset("cod:12341"))                           # doctest: +SKIP
    """
    patterns = [files] if isinstance(files, str) else list(files)
    address, _, pattern = address.partition("#")
    patterns += [pattern] if pattern else []
    folder = datasets_folder() / _name(address)
    present = _present(folder, address, patterns)
    return present or [str(path) for path in fetch(address, out=folder, files=patterns).paths]


def _present(folder: Path, address: str, patterns: Sequence[str]) -> list[str]:
    """The files of a dataset that are known to be all that is meant, if they are intact."""
    locked = read_lock(folder).datasets.get(address)
    if locked is None:
        return []
    # Whether a pattern means more files than those that were fetched, only the record says.
    known = locked.complete or (patterns and all(name in locked.files for name in patterns))
    if not known:
        return []
    names = [
        name
        for name in locked.files
        if not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)
    ]
    paths = [folder / name for name in names]
    intact = all(
        path.is_file() and known_checksum(path) == locked.files[path.name].sha256 for path in paths
    )
    return [str(path) for path in paths] if intact else []


def _name(address: str) -> str:
    """A name for the folder: what can be read of the address, and what makes it unique."""
    readable = re.sub(r"[^\w.-]+", "-", address).strip("-.")[:60]
    return f"{readable}-{hashlib.sha256(address.encode()).hexdigest()[:8]}"
