"""The rows that a model learns from: features, labels, weights and folds of events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from hepline.analysis.compute import compute
from hepline.columns.events import Events
from hepline.columns.expression import Expr
from hepline.columns.source import Part
from hepline.columns.types import BOOL
from hepline.columns.weight import Weight
from hepline.data.open import open as open_files
from hepline.errors import DataError, LanguageError
from hepline.learn.features import Features
from hepline.learn.folds import Folds

__all__ = ["ClassSource", "Sample", "collected"]

ClassSource = Events | Expr | str | Path | Sequence[str | Path]
"""Events of one class: files, opened events, or a condition on the events of the features."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows of all classes, in the order of files and events.

    Attributes
    ----------
    rows : ndarray of float64, shape (row, feature)
        NaN where a value is missing.
    labels : ndarray of float64, shape (row,)
        1 for signal and 0 for background; the target of a regression.
    weights : ndarray of float64, shape (row,)
        As given.
    folds : ndarray of int64, shape (row,)
    files : tuple of Part
    """

    rows: NDArray[np.float64]
    labels: NDArray[np.float64]
    weights: NDArray[np.float64]
    folds: NDArray[np.int64]
    files: tuple[Part, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    def where(self, mask: NDArray[np.bool_]) -> Sample:
        """The rows where a mask is true."""
        return Sample(
            self.rows[mask], self.labels[mask], self.weights[mask], self.folds[mask],
            self.files,
        )  # fmt: skip


def collected(
    features: Features,
    classes: Iterable[tuple[ClassSource | None, float | Expr]],
    folds: Folds,
    *,
    weight: Expr | Weight | None,
    where: Expr | None,
) -> Sample:
    """Compute the rows of all classes.

    Parameters
    ----------
    features : Features
    classes : iterable of (source, label)
        A source of None stands for the events of the features; a label is a number, or the target
        of a regression.
    folds : Folds
    weight : Expr or Weight, optional
    where : Expr, optional
        Only events that pass.

    Raises
    ------
    DataError
        If a class is empty, or an event belongs to two.
    """
    classes = list(classes)
    _check_apart([source for source, _ in classes], where)
    parts = [_rows(features, *of_class, folds, weight, where) for of_class in classes]
    return Sample(
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.weights for part in parts]),
        np.concatenate([part.folds for part in parts]),
        tuple(dict.fromkeys(file for part in parts for file in part.files)),
    )


def _check_apart(sources: Sequence[ClassSource | None], where: Expr | None) -> None:
    """Refuse conditions that an event can fulfil both: it would be its own background."""
    files = [str(source) for source in sources if isinstance(source, str | Path)]
    if len(files) > len(set(files)):
        raise DataError(
            f"{files[0]} is signal and background at once.",
            why="every event of it would be its own background.",
            fix="name two files, or tell its events apart: signal=ev.label == 1.",
        )
    conditions = [source for source in sources if isinstance(source, Expr)]
    # Other types are refused, with the reason, where events are chosen by them.
    if len(conditions) < 2 or any(condition.type.dtype != BOOL for condition in conditions):
        return
    both: Any = compute(conditions[0] & conditions[1], where=where)
    count = int(ak.sum(ak.fill_none(both, False)))
    if count:
        raise DataError(
            f"{count} events are signal and background at once.",
            why="both conditions are true for them.",
            fix="write conditions that exclude each other, such as background=~signal.",
        )


def _rows(
    features: Features,
    source: ClassSource | None,
    label: float | Expr,
    folds: Folds,
    weight: Expr | Weight | None,
    where: Expr | None,
) -> Sample:
    origin = features.origin
    events, condition = _opened(source), where
    if isinstance(source, Expr):
        condition = source if where is None else source & where
    if events is None and origin.source is None:
        raise LanguageError(
            "there are no events to learn from.",
            why="the features stand on symbolic events.",
            fix="name files: signal='signal.root', background='background.root'.",
        )
    wanted: dict[str, object] = {"features": features.expressions, "fold": folds.of(origin)}
    if weight is not None:
        wanted["weight"] = weight.expression if isinstance(weight, Weight) else weight
    if isinstance(label, Expr):
        wanted["label"] = label
    got: Any = compute(wanted, where=condition, source=events)
    shape = next((c for c in got["features"] if features.depth and c.ndim > 1), got["fold"])
    columns = [_flat(column, shape) for column in got["features"]]
    size = len(columns[0])
    if not size:
        raise DataError(
            f"no {features.of} of the class {label if isinstance(label, float) else ''} is there.",
            why="the files are empty, or nothing passes where=.",
            fix="loosen the condition, or name other files.",
        )
    labels = _flat(got["label"], shape) if "label" in got else np.full(size, float(label))
    weights = _flat(got["weight"], shape) if "weight" in got else np.ones(size)
    used = events.origin.source if events is not None else origin.source
    return Sample(
        np.stack(columns, axis=1),
        labels,
        weights,
        _flat(got["fold"], shape).astype(np.int64),
        () if used is None else used.parts,
    )


def _opened(source: ClassSource | None) -> Events | None:
    if source is None or isinstance(source, Expr):
        return None
    return source if isinstance(source, Events) else open_files(source)


def _flat(column: ak.Array, shape: ak.Array) -> NDArray[np.float64]:
    """Numbers of all rows; NaN where one is missing, and those of events repeated for objects."""
    numbers = ak.fill_none(ak.values_astype(column, np.float64), np.nan, axis=-1)
    flat: NDArray[np.float64] = ak.to_numpy(ak.flatten(numbers, axis=None))
    # Not by broadcasting, which makes the number of an event missing where an object's is.
    return np.repeat(flat, ak.num(shape, axis=1)) if shape.ndim > column.ndim else flat
