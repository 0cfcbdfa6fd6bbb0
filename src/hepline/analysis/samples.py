"""The list of files: which files hold a sample, and how many events were generated for them."""

from __future__ import annotations

import glob
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from hepline.data.addresses import is_dataset
from hepline.errors import DataError, nearest

__all__ = [
    "NOMINAL_SET",
    "FileSet",
    "Samples",
    "eras_of",
    "read_eras",
    "read_samples",
    "samples_of",
]

NOMINAL_SET = "nominal"


@dataclass(frozen=True)
class FileSet:
    """Files of one sample, or of one alternative simulation of it.

    Attributes
    ----------
    paths : tuple of str
    generated : tuple of (int or None)
        Generated events behind each file (``nevts``), which divide the cross-section: more than the
        entries if the file was made with a selection.
    sums_of_weights : tuple of float
        Sum of generator weights behind each file (``sumw``), which divides the cross-section in
        place of the number of events. Empty without ``sumw``.
    cross_section : float or None
        In pb, where the list of files gives it.
    filter_efficiency : float
        Share of the cross-section that the generator's filter lets through.
    luminosity : float or None
        In 1/pb, of recorded data, where the list of files gives it.
    """

    paths: tuple[str, ...]
    generated: tuple[int | None, ...]
    sums_of_weights: tuple[float, ...] = ()
    cross_section: float | None = None
    filter_efficiency: float = 1.0
    luminosity: float | None = None


Samples = dict[str, dict[str, FileSet]]


def read_eras(
    samples: str | Path | Mapping[str, object], eras: Iterable[str]
) -> dict[str, Samples]:
    """Read the files of every era; without eras, those of the era ``""``.

    Parameters
    ----------
    samples : path of a JSON file, or its content
        Without eras, the layout of `read_samples`; with eras, ``{"2016": …, "2017": …}``, where
        each era has such a content, or the path of a JSON file with it.
    eras : iterable of str
        Names of the eras of the analysis.

    Raises
    ------
    DataError
        If the list has another layout, or lacks an era.
    """
    names = list(eras)
    if not names:
        simple = isinstance(samples, str | Path)
        return {"": read_samples(samples) if simple else samples_of(samples)}  # type: ignore[arg-type]
    if isinstance(samples, str | Path):
        listed, folder, named = _loaded(Path(samples)), Path(samples).parent, str(samples)
    else:
        listed, folder, named = samples, Path(), "the list of files"
    return eras_of(listed, names, named=named, folder=folder)


def eras_of(listed: object, eras: Iterable[str], *, named: str, folder: Path) -> dict[str, Samples]:
    """Parse a list of files by era; see `read_eras`."""
    content = listed if isinstance(listed, Mapping) else {}
    names = list(eras)
    absent = [name for name in names if name not in content]
    others = [name for name in content if name not in names]
    if absent or others:
        raise DataError(
            f"{named} has {', '.join(map(str, content)) or 'no eras'} at its top.",
            why=f"the analysis has the eras {', '.join(names)}: each of them has its own files.",
            fix=f'write {{"{names[0]}": {{"ttbar": …}}, …}}, with one entry for each era.',
        )
    return {
        name: read_samples(folder / given)
        if isinstance(given := content[name], str)
        else samples_of(given, named=f"{named}, era {name}", folder=folder)
        for name in names
    }


def read_samples(path: str | Path) -> Samples:
    """Read the list of files in the layout of the Analysis Grand Challenge, or a shorter one.

    Parameters
    ----------
    path : path
        ``{"ttbar": {"nominal": {"files": [{"path": …, "nevts": …}]}, "ME_var": {…}}, …}``. Relative
        paths are relative to this file. Where events have generator weights, ``"sumw"`` gives the
        sum of those weights over all generated events of the file. In short, a pattern or a list of
        paths stands for the nominal files: ``{"ttbar": "ttbar_*.root"}``.

    Returns
    -------
    dict
        Sample → file set (``nominal`` or the name of an alternative) → files.

    Raises
    ------
    DataError
        If the file has another layout.
    """
    return samples_of(_loaded(Path(path)), named=str(path), folder=Path(path).parent)


def _loaded(file: Path) -> object:
    """The content of a JSON file."""
    try:
        content: object = json.loads(file.read_text("utf-8"), object_pairs_hook=_unique)
    except FileNotFoundError:
        folder = file.parent if file.parent.is_dir() else Path()
        raise DataError(
            f"there is no file {file}.",
            why="the samples are listed in a JSON file.",
            fix=nearest(file.name, (entry.name for entry in folder.glob("*.json"))),
        ) from None
    except (json.JSONDecodeError, UnicodeDecodeError, OSError) as error:
        raise DataError(f"{file} cannot be read as JSON.", why=str(error), fix=_LAYOUT) from error
    return content


def samples_of(
    listed: object, *, named: str = "the list of files", folder: Path | None = None
) -> Samples:
    """Parse the content of a list of files; a `FileSet` in it is kept.

    Parameters
    ----------
    listed : mapping
        Layout of `read_samples`.
    named : str
        For messages.
    folder : Path, optional
        Base of relative paths; the working directory by default.

    Raises
    ------
    DataError
        If the list has another layout.
    """
    if not isinstance(listed, Mapping) or not listed:
        raise DataError(f"{named} lists no samples.", why="it holds no object.", fix=_LAYOUT)
    start = Path() if folder is None else folder
    return {sample: _file_sets(sample, content, start) for sample, content in listed.items()}


_NUMBERS = ("cross_section", "filter_efficiency", "luminosity")
# The total that lists of the Analysis Grand Challenge repeat is not needed.
_OF_SETS = ("files", "nevts_total", *_NUMBERS)
_OF_FILES = ("path", "nevts", "sumw")
_LAYOUT = (
    'write {"ttbar": "ttbar_*.root"}, or {"ttbar": {"nominal": {"files": [{"path": "ttbar.root", '
    '"nevts": 1000}]}}}; nevts may be left out.'
)


def _file_sets(sample: str, content: object, folder: Path) -> dict[str, FileSet]:
    """The file sets of a sample: named ones, or the nominal files alone."""
    if isinstance(content, str):
        content = [content]
    if isinstance(content, list):
        content = {"files": content}
    sets = _mapping(sample, content)
    if "files" in sets:
        sets = {NOMINAL_SET: sets}
    common = {key: sets[key] for key in _NUMBERS if key in sets}
    return {
        name: given
        if isinstance(given, FileSet)
        else _file_set(f"{sample}/{name}", given, folder, common)
        for name, given in sets.items()
        if name not in _NUMBERS
    }


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse equal names, of which JSON would silently keep the last."""
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise DataError(
                f"the list of files names '{name}' twice.",
                why="only one of the two would be read.",
                fix="put the files under one name.",
            )
    return dict(pairs)


def _mapping(name: str, content: object) -> Mapping[str, object]:
    if isinstance(content, Mapping) and content:
        return content
    raise DataError(f"the sample '{name}' has no files.", why="nothing is listed.", fix=_LAYOUT)


def _file_set(name: str, content: object, folder: Path, common: Mapping[str, object]) -> FileSet:
    if isinstance(content, str | list):
        content = {"files": content}
    given: Mapping[str, Any] = content if isinstance(content, Mapping) else {}
    _check_keys(name, given, _OF_SETS)
    files = given.get("files")
    if isinstance(files, str):
        files = [files]
    if not isinstance(files, list) or not files:
        raise DataError(
            f"the sample '{name}' has no files.",
            why="its list of files is missing or empty.",
            fix=_LAYOUT,
        )
    paths: list[str] = []
    generated: list[int | None] = []
    sums: list[float] = []
    for entry in files:
        path = _path(name, entry)
        elsewhere = "://" in path or is_dataset(path) or Path(path).is_absolute()
        paths.append(path if elsewhere else str(folder / path))
        generated.append(_generated(name, entry))
        sums += _sum_of_weights(name, entry)
    if sums and len(sums) != len(files):
        raise DataError(
            f"the sample '{name}' gives sumw for {len(sums)} of its {len(files)} files.",
            why="numbers of events and sums of weights cannot be added.",
            fix="give sumw for every file of it, or for none.",
        )
    numbers = {key: _number(name, key, {**common, **given}.get(key)) for key in _NUMBERS}
    return FileSet(
        tuple(paths),
        tuple(generated),
        tuple(sums),
        numbers["cross_section"],
        _efficiency(name, numbers["filter_efficiency"]),
        numbers["luminosity"],
    )


def _efficiency(name: str, given: float | None) -> float:
    efficiency = 1.0 if given is None else given
    if efficiency > 1:
        raise DataError(
            f"the sample '{name}' has filter_efficiency={efficiency:g}.",
            why="a filter lets a share of the events through.",
            fix="give a number between 0 and 1.",
        )
    return efficiency


def _check_keys(name: str, given: Mapping[str, object], known: Iterable[str]) -> None:
    """Refuse a misspelled number: without it, the events would be scaled to something else."""
    for key in given:
        if key not in known:
            raise DataError(
                f"the sample '{name}' gives '{key}' in the list of files.",
                why=f"the words are {', '.join(known)}.",
                fix=nearest(key, known),
            )


def _number(name: str, key: str, value: object) -> float | None:
    if value is None or _is_positive(value):
        return None if value is None else float(value)
    raise DataError(
        f"the sample '{name}' has {key}={value!r}.",
        why="it is a positive number; a cross-section is in pb, a luminosity in 1/pb.",
        fix=f"correct {key}, or leave it out.",
    )


def _path(name: str, entry: object) -> str:
    path = entry.get("path") if isinstance(entry, Mapping) else entry
    if not isinstance(path, str) or not path:
        raise _no_file(name, entry)
    if isinstance(entry, Mapping):
        _check_keys(name, entry, _OF_FILES)
    counts = [key for key in ("nevts", "sumw") if isinstance(entry, Mapping) and key in entry]
    if counts and (glob.has_magic(path) or is_dataset(path)):
        kind = "dataset" if is_dataset(path) else "pattern"
        raise DataError(
            f"the sample '{name}' gives {counts[0]} for the {kind} '{path}'.",
            why="what was generated belongs to one file.",
            fix=f"list the files one by one, or leave out {counts[0]} to count their entries.",
        )
    return path


def _no_file(name: str, entry: object) -> DataError:
    return DataError(
        f"the sample '{name}' lists {entry!r}.",
        why="a file is a path and, if known, a positive number of generated events (nevts) or a "
        "positive sum of their weights (sumw).",
        fix=_LAYOUT,
    )


def _generated(name: str, entry: object) -> int | None:
    count = entry.get("nevts") if isinstance(entry, Mapping) else None
    if count is None:
        return None
    if not _is_positive(count) or not float(count).is_integer():
        raise _no_file(name, entry)
    return int(count)


def _sum_of_weights(name: str, entry: object) -> list[float]:
    total = entry.get("sumw") if isinstance(entry, Mapping) else None
    if total is None:
        return []
    if not _is_positive(total):
        raise _no_file(name, entry)
    return [float(total)]


def _is_positive(number: object) -> TypeGuard[int | float]:
    if isinstance(number, bool) or not isinstance(number, int | float):
        return False
    return number > 0 and math.isfinite(number)
