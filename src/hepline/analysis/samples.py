"""Samples: a process with its cross-section, its files, and alternative simulations of it."""

from __future__ import annotations

import glob
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

from hepline.errors import AnalysisError, DataError, checked_keywords, nearest, users_line

__all__ = [
    "NOMINAL_SET",
    "Alternative",
    "FileSet",
    "Sample",
    "Samples",
    "Side",
    "alternative",
    "read_samples",
    "samples_of",
]

NOMINAL_SET = "nominal"


@dataclass(frozen=True)
class Alternative:
    """An uncertainty from a different simulation: one nuisance parameter of the fit.

    Attributes
    ----------
    name : str
        Name in the fit and in figures.
    one_sided : bool
        Only one alternative simulation exists; the fit mirrors it.
    declared_at : str
        The user's line.
    """

    name: str
    one_sided: bool
    declared_at: str

    @property
    def up(self) -> Side:
        """The upward side."""
        return Side(self, "up")

    @property
    def down(self) -> Side:
        """The downward side."""
        return Side(self, "down")


@dataclass(frozen=True)
class Side:
    """One direction of an `Alternative`."""

    alternative: Alternative
    direction: str


@checked_keywords
def alternative(name: str, *, one_sided: bool = False) -> Alternative:
    """Declare an uncertainty that comes from alternative simulations.

    Parameters
    ----------
    name : str
    one_sided : bool

    Examples
    --------
    >>> scale = alternative("ttbar scale variations")
    >>> variations = {"scaleup": scale.up, "scaledown": scale.down}
    """
    return Alternative(name, one_sided, users_line() or "")


@dataclass(frozen=True)
class Sample:
    """A process in the model of the data.

    Attributes
    ----------
    name : str
    label : str
        For figures.
    cross_section : float or None
        In pb; None for recorded data.
    variations : tuple of (str, Side)
        Name of the alternative file set, and which side of which uncertainty it is.
    normalization : str or None
        Name of the free parameter that scales this sample.
    bounds : tuple of (float, float)
        Of that parameter.
    """

    name: str
    label: str
    cross_section: float | None
    variations: tuple[tuple[str, Side], ...]
    normalization: str | None
    bounds: tuple[float, float]


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
    """

    paths: tuple[str, ...]
    generated: tuple[int | None, ...]
    sums_of_weights: tuple[float, ...] = ()


Samples = dict[str, dict[str, FileSet]]


def read_samples(path: str | Path) -> Samples:
    """Read the list of files in the layout of the Analysis Grand Challenge.

    Parameters
    ----------
    path : path
        ``{"ttbar": {"nominal": {"files": [{"path": …, "nevts": …}]}, "ME_var": {…}}, …}``. Relative
        paths are relative to this file. Where events have generator weights, ``"sumw"`` gives the
        sum of those weights over all generated events of the file.

    Returns
    -------
    dict
        Sample → file set (``nominal`` or the name of an alternative) → files.

    Raises
    ------
    DataError
        If the file has another layout.
    """
    file = Path(path)
    try:
        listed = json.loads(file.read_text("utf-8"), object_pairs_hook=_unique)
    except FileNotFoundError:
        folder = file.parent if file.parent.is_dir() else Path()
        raise DataError(
            f"there is no file {file}.",
            why="the samples are listed in a JSON file.",
            fix=nearest(file.name, (entry.name for entry in folder.glob("*.json"))),
        ) from None
    except (json.JSONDecodeError, UnicodeDecodeError, OSError) as error:
        raise DataError(f"{file} cannot be read as JSON.", why=str(error), fix=_LAYOUT) from error
    return samples_of(listed, named=str(file), folder=file.parent)


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
    return {
        sample: {
            name: content
            if isinstance(content, FileSet)
            else _file_set(f"{sample}/{name}", content, start)
            for name, content in _mapping(sample, sets).items()
        }
        for sample, sets in listed.items()
    }


_LAYOUT = (
    'write {"ttbar": {"nominal": {"files": [{"path": "ttbar.root", "nevts": 1000}]}}}; '
    "nevts may be left out."
)


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


def _file_set(name: str, content: object, folder: Path) -> FileSet:
    files = content.get("files") if isinstance(content, Mapping) else None
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
        paths.append(path if "://" in path or Path(path).is_absolute() else str(folder / path))
        generated.append(_generated(name, entry))
        sums += _sum_of_weights(name, entry)
    if sums and len(sums) != len(files):
        raise DataError(
            f"the sample '{name}' gives sumw for {len(sums)} of its {len(files)} files.",
            why="numbers of events and sums of weights cannot be added.",
            fix="give sumw for every file of it, or for none.",
        )
    return FileSet(tuple(paths), tuple(generated), tuple(sums))


def _path(name: str, entry: object) -> str:
    path = entry.get("path") if isinstance(entry, Mapping) else entry
    if not isinstance(path, str) or not path:
        raise _no_file(name, entry)
    counts = [key for key in ("nevts", "sumw") if isinstance(entry, Mapping) and key in entry]
    if counts and glob.has_magic(path):
        raise DataError(
            f"the sample '{name}' gives {counts[0]} for the pattern '{path}'.",
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


def check_sides(
    sample: str, variations: Mapping[str, Alternative | Side]
) -> tuple[tuple[str, Side], ...]:
    """Check that the alternative file sets complete their uncertainties.

    Raises
    ------
    AnalysisError
        If a two-sided uncertainty lacks a side, or a side is given twice.
    """
    sides = tuple(
        (key, side if isinstance(side, Side) else side.up) for key, side in variations.items()
    )
    for key, side in sides:
        directions = [
            other.direction for _, other in sides if other.alternative == side.alternative
        ]
        expected = ["up"] if side.alternative.one_sided else ["down", "up"]
        if sorted(directions) != expected:
            raise AnalysisError(
                f"'{side.alternative.name}' of sample '{sample}' has the sides "
                f"{', '.join(directions)}.",
                why=f"it is {'one' if side.alternative.one_sided else 'two'}-sided: the file set "
                f"'{key}' does not complete it.",
                fix="give name.up and name.down, or declare hl.alternative(…, one_sided=True).",
            )
    return sides
