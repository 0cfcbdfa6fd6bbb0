"""Certified luminosity sections, and the luminosity recorded in them."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hepline import units
from hepline.arrays import Integers
from hepline.columns.call import Called, call_one
from hepline.columns.events import Events
from hepline.columns.expression import Expr
from hepline.columns.lifting import cast
from hepline.columns.nodes import Node
from hepline.columns.types import INT64
from hepline.errors import DataWarning, FileUnreadable, LanguageError, TypeMismatch

__all__ = ["LuminosityMask", "good_luminosity", "recorded_luminosity"]

_UNITS = {"/ub": 1e6, "/nb": 1e3, "/pb": 1.0, "/fb": 1e-3}
_HELP = 'a certified list looks like {"297050": [[12, 137], [193, 776]], …}: run, first and last.'


@dataclass(frozen=True)
class _GoodLuminosity(Called):
    """Whether a luminosity section of a run lies in one of the ranges.

    Attributes
    ----------
    bounds : tuple of ndarray of int64
        Run, first and last section of every range, sorted; ranges do not overlap.
    """

    data_only: ClassVar[bool] = True
    bounds: tuple[Integers, Integers, Integers] = field(compare=False, repr=False)

    def run(self, columns: Sequence[NDArray[Any]]) -> Sequence[NDArray[Any]]:
        """True for sections inside a range."""
        runs, first, last = self.bounds
        run, section = (np.asarray(column, np.int64) for column in columns)
        if not len(runs):
            return [np.zeros(len(run), np.bool_)]
        # A file holds many events of few sections: look up each pair once.
        pairs, where = np.unique(np.stack([run, section]), axis=1, return_inverse=True)
        begin, end = np.searchsorted(runs, pairs[0]), np.searchsorted(runs, pairs[0], "right")
        good = np.zeros(pairs.shape[1], np.bool_)
        for place, (low, high) in enumerate(zip(begin, end, strict=True)):
            inside = low + np.searchsorted(first[low:high], pairs[1, place], "right") - 1
            good[place] = inside >= low and pairs[1, place] <= last[inside]
        return [good[where.reshape(-1)]]


@dataclass(frozen=True)
class LuminosityMask:
    """The certified luminosity sections of every run.

    Called with events, it is true for those in certified sections. For simulated samples it is
    always true.

    Attributes
    ----------
    path : str
    ranges : tuple of (int, int, int)
        Run, first and last section.
    fingerprint : str
    """

    path: str
    ranges: tuple[tuple[int, int, int], ...] = field(repr=False)
    fingerprint: str

    def __call__(self, events: Events) -> Expr:
        """Whether each event was recorded in a good section."""
        if not isinstance(events, Events):
            raise TypeMismatch(
                f"good_luminosity(…)({events!r:.60}).",
                why="a luminosity section belongs to events.",
                fix="give the events: hl.good_luminosity(PATH)(ev).",
            )
        columns = (Expr(node, events.origin) for node in _section_of(events))
        return call_one(self.called, *columns)

    @cached_property
    def called(self) -> _GoodLuminosity:
        """The function that looks up runs and sections."""
        bounds = np.array(self.ranges, np.int64).reshape(-1, 3).T
        return _GoodLuminosity(
            "good_luminosity", self.fingerprint, ("bool",), (bounds[0], bounds[1], bounds[2])
        )


def _section_of(events: Events) -> tuple[Node, Node]:
    """Run and luminosity section, under the names of the events' convention."""
    schema = events.origin.schema
    identity = schema.convention.identity(schema.columns)
    if not (identity.run and identity.block):
        raise LanguageError(
            f"the events of {schema.name} have no luminosity sections.",
            why=f"files of this convention ({schema.convention.title}) do not number them, or "
            "these lack the columns.",
            fix="use a list of certified sections for data of CMS, whose files have 'run' and "
            "'luminosityBlock'.",
        )
    run, section = (schema.column(name).node() for name in (identity.run, identity.block))
    return cast(run, INT64), cast(section, INT64)


def good_luminosity(path: str | Path) -> LuminosityMask:
    """The certified luminosity sections of a JSON file, as CMS publishes them.

    Parameters
    ----------
    path : str or Path
        ``{"297050": [[12, 137], [193, 776]], …}``: run, then first and last section of each range.

    Returns
    -------
    LuminosityMask
        ``hl.good_luminosity(path)(ev)`` is a condition on events.

    Raises
    ------
    FileUnreadable
        If the file cannot be read or has another layout.
    """
    try:
        stored = Path(path).read_bytes()
        listed = json.loads(stored)
    except OSError as error:
        raise FileUnreadable(
            f"{path} cannot be read.", why=f"{error.strerror}.", fix="check the path."
        ) from error
    except ValueError as error:
        raise FileUnreadable(f"{path} is not JSON.", why=f"{error}.", fix=_HELP) from error
    return LuminosityMask(str(path), _ranges(listed, path), hashlib.sha256(stored).hexdigest())


def _ranges(listed: Any, path: str | Path) -> tuple[tuple[int, int, int], ...]:
    """Sort the ranges and join those that overlap."""
    ranges: list[tuple[int, int, int]] = []
    try:
        for run, pairs in listed.items():
            ranges += [(int(run), int(low), int(high)) for low, high in pairs]
    except (AttributeError, TypeError, ValueError) as error:
        raise FileUnreadable(
            f"{path} is not a list of luminosity sections.", why=f"{error}.", fix=_HELP
        ) from error
    merged: list[tuple[int, int, int]] = []
    for run, low, high in sorted(ranges):
        if merged and merged[-1][0] == run and low <= merged[-1][2] + 1:
            merged[-1] = (run, merged[-1][1], max(merged[-1][2], high))
        elif low <= high:
            merged.append((run, low, high))
    return tuple(merged)


def recorded_luminosity(mask: str | Path | LuminosityMask | None, table: str | Path) -> float:
    """The luminosity that was recorded in good sections, in the inverse of `hl.units`.

    ``hl.Analysis(…, luminosity=hl.recorded_luminosity("golden.json", "lumi.csv"))``.

    Parameters
    ----------
    mask : str, Path, LuminosityMask or None
        None counts every section of the table.
    table : str or Path
        Output of ``brilcalc lumi --byls``: lines ``run:fill,ls:ls,…,recorded(/pb),…``.

    Returns
    -------
    float
        In 1/pb, the inverse of the unit of cross-sections.

    Warns
    -----
    DataWarning
        If runs of the mask are not in the table, so that their luminosity is not counted.

    Raises
    ------
    FileUnreadable
        If the table has another form.
    """
    good = good_luminosity(mask) if isinstance(mask, str | Path) else mask
    keys, recorded, unit = _table(table)
    if good is None:
        return float(np.sum(recorded)) * unit / units.pb
    (inside,) = good.called.run((keys[:, 0], keys[:, 1]))
    unlisted = sorted({run for run, _, _ in good.ranges} - set(keys[:, 0].tolist()))
    if unlisted:
        text = (
            f"{len(unlisted)} runs of {good.path} are not in {table} (the first is {unlisted[0]}): "
            "their luminosity is not counted."
        )
        warnings.warn(text, DataWarning, stacklevel=2)
    return float(np.sum(recorded[inside])) * unit / units.pb


def _table(path: str | Path) -> tuple[Integers, NDArray[np.float64], float]:
    """Run, section and recorded luminosity of each line, and the unit in 1/pb."""
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FileUnreadable(f"{path} cannot be read.", why=f"{error}.", fix="check it.") from error
    heads = [line for line in lines if line.startswith("#run:fill")]
    names = next(csv.reader([heads[0][1:]])) if heads else []
    columns = {re.sub(r"\(.*", "", name): place for place, name in enumerate(names)}
    if not {"ls", "recorded"} <= set(columns):
        raise FileUnreadable(
            f"{path} is not a table of luminosity sections.",
            why="there is no head '#run:fill,ls,…,recorded(/pb),…'.",
            fix="write it with brilcalc lumi --byls -u /pb -o FILE.",
        )
    unit = re.sub(r".*\((.*)\)", r"\1", names[columns["recorded"]])
    if unit not in _UNITS:
        raise FileUnreadable(
            f"{path} gives the luminosity in '{unit}'.",
            why=f"known units are {', '.join(_UNITS)}.",
            fix="write it with brilcalc lumi --byls -u /pb -o FILE.",
        )
    rows = list(_rows(csv.reader(line for line in lines if line and line[0] != "#"), columns, path))
    keys = np.array([row[:2] for row in rows], np.int64).reshape(-1, 2)
    return keys, np.array([row[2] for row in rows], np.float64), 1 / _UNITS[unit]


def _rows(
    lines: Iterable[list[str]], columns: dict[str, int], path: str | Path
) -> Iterable[tuple[int, int, float]]:
    for number, line in enumerate(lines, 1):
        try:
            run, section = line[0].split(":")[0], line[columns["ls"]].split(":")[0]
            yield int(run), int(section), float(line[columns["recorded"]])
        except (ValueError, IndexError) as error:
            raise FileUnreadable(
                f"{path}, row {number}: '{','.join(line):.60}'.",
                why="a row has run:fill, the section and the recorded luminosity.",
                fix="write the table anew, with brilcalc lumi --byls.",
            ) from error
