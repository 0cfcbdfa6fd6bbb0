"""`hl.predict`: the score of a model as an expression."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.columns.call import Called, call_all
from hepline.columns.expression import Expr, common_origin
from hepline.columns.lifting import cast
from hepline.columns.types import INT64
from hepline.errors import FileUnreadable, LanguageError, TypeMismatch, checked_keywords
from hepline.learn.artefact import CARD, Stored, read
from hepline.learn.features import Features
from hepline.learn.forest import Forest
from hepline.learn.preparation import Preparation
from hepline.learn.suspicion import check_ranges
from hepline.learn.xgboost_json import forest_of

__all__ = ["predict"]

Model = str | Path
Inputs = Features | Mapping[str, Expr] | Sequence[Expr | float]


@dataclass(frozen=True)
class _Scores(Called):
    """Models, of which each element takes the one of its fold.

    Attributes
    ----------
    forests : tuple of Forest
    preparations : tuple of Preparation
        One for each, or none.
    """

    forests: tuple[Forest, ...] = field(compare=False, repr=False)
    preparations: tuple[Preparation, ...] = field(compare=False, repr=False)

    def run(self, columns: Sequence[NDArray[Any]]) -> Sequence[NDArray[Any]]:
        """Score flat columns; the first of them is the fold if there are several models."""
        fold, columns = (columns[0], columns[1:]) if len(self.forests) > 1 else (None, columns)
        if self.preparations:
            check_ranges(self.name, self.preparations[0], columns)
        dtype = np.float64 if self.preparations else self.forests[0].dtype
        rows = np.empty((len(columns[0]), len(columns)), dtype)
        for place, column in enumerate(columns):
            rows[:, place] = column
        if fold is None:
            scores = self._scored(0, rows)
        else:
            scores = np.empty((len(rows), len(self.outputs)), self.outputs[0])
            for number in range(len(self.forests)):
                mine = fold == number
                scores[mine] = self._scored(number, rows[mine])
            if not np.isin(fold, np.arange(len(self.forests))).all():
                raise LanguageError(
                    f"a fold is {int(fold.min())} or {int(fold.max())}.",
                    why=f"there are {len(self.forests)} models, numbered from 0.",
                    fix="take the remainder: fold=ev.event % 2.",
                )
        return [np.ascontiguousarray(scores[:, place]) for place in range(len(self.outputs))]

    def _scored(self, number: int, rows: NDArray[Any]) -> NDArray[Any]:
        prepared = self.preparations[number](rows) if self.preparations else rows
        return self.forests[number].scores(prepared)


@checked_keywords
def predict(
    model: Model | Sequence[Model],
    features: Inputs,
    *,
    fold: Expr | None = None,
) -> Expr | tuple[Expr, ...]:
    """Score expressions by a model.

    Parameters
    ----------
    model : path, or sequence of paths
        A folder that ``hl.train(…).save(folder)`` has written, or JSON of XGBoost. Several of the
        latter are models of a cross-validation: see `fold`.
    features : Features, mapping of str to Expr, or sequence of Expr
        In the order of the model; names and units must be those of the model, if it has some.
    fold : Expr of int, optional
        Which of several models scores an event: the one that has not seen it in training. A folder
        knows that by itself.

    Returns
    -------
    Expr, or tuple of Expr
        In the shape of the features: the probability of the signal, the quantity of a regression,
        or one probability for each class. It is computed only for events that pass cheaper cuts,
        and for each variation of its features.

    Raises
    ------
    FileUnreadable
        If a model cannot be read.
    LanguageError
        If the features are not those of the model.

    Examples
    --------
    >>> score = hl.predict("model.json", [z.mass, z.pt])                # doctest: +SKIP
    """
    paths = [model] if isinstance(model, str | Path) else list(model)
    if len(paths) == 1 and Path(paths[0]).is_dir():
        return _by_folder(Path(paths[0]), features, fold)
    forests = tuple(_forest(str(path)) for path in paths)
    columns = _columns(forests[0].names, forests[0].features, features, str(paths[0]))
    _check_alike(paths, forests)
    if (fold is None) == (len(forests) > 1):
        raise LanguageError(
            f"predict(…) with {len(forests)} models {'and a' if fold is not None else 'without'} "
            "fold.",
            why="each event is scored by one model.",
            fix="give several models and fold=ev.event % 2, or one model alone.",
        )
    name = Path(paths[0]).stem if len(paths) == 1 else f"{Path(paths[0]).stem} and others"
    return _scores(name, forests, (), columns, fold)


def _by_folder(folder: Path, features: Inputs, fold: Expr | None) -> Expr | tuple[Expr, ...]:
    """The score of a model that hepline has trained: each event by the model of its fold."""
    stored = _stored(str(folder), (folder / CARD).stat().st_mtime_ns if _is_model(folder) else 0)
    card = stored.card
    columns = _columns(card.names, len(card.names), features, str(folder))
    if isinstance(features, Features):
        for name, mine, unit in zip(card.names, features.units, card.units, strict=True):
            if mine != unit:
                raise LanguageError(
                    f"the feature '{name}' is in {mine or 'no unit'}.",
                    why=f"{folder} was trained with {unit or 'no unit'}.",
                    fix="convert it, and say its unit: hl.features(…, units={…}).",
                )
    if fold is None:
        origin = common_origin(*columns)
        if origin is None:
            raise LanguageError(
                "features of no events.",
                why="all of them are constants.",
                fix="give expressions of events.",
            )
        fold = card.folds.of(origin)
    # A model has learned what a missing feature means, and takes NaN for it.
    filled = [_with_nan(column) if isinstance(column, Expr) else column for column in columns]
    return _scores(folder.name, stored.forests, stored.preparations, filled, fold)


def _with_nan(column: Expr) -> Expr:
    if not column.type.optional:
        return column
    is_float = column.type.dtype.kind == "f"
    return (column if is_float else column.astype("float64")).fill_missing(math.nan)


def _scores(
    name: str,
    forests: tuple[Forest, ...],
    preparations: tuple[Preparation, ...],
    columns: list[Expr | float],
    fold: Expr | None,
) -> Expr | tuple[Expr, ...]:
    operands = columns if fold is None else [Expr(cast(fold.node, INT64), fold.origin), *columns]
    first = forests[0]
    digest = hashlib.sha256("".join(forest.fingerprint for forest in forests).encode())
    digest.update(repr(preparations).encode())
    called = _Scores(
        name, digest.hexdigest()[:32], (first.dtype,) * first.groups, forests, preparations
    )
    scores = call_all(called, *operands)
    return scores if len(scores) > 1 else scores[0]


def _columns(
    expected: tuple[str, ...], count: int, features: Inputs, path: str
) -> list[Expr | float]:
    names: list[str] = []
    columns: list[Expr | float] = []
    if isinstance(features, Features):
        names, columns = list(features.names), list(features.expressions)
    elif isinstance(features, Mapping):
        names, columns = list(features), list(features.values())
    else:
        columns += features
    if names and expected and tuple(names) != expected:
        raise LanguageError(
            f"the features are not those of {path}.",
            why=f"they are {', '.join(names)}; the model was trained with {', '.join(expected)}.",
            fix="give the same names in the same order.",
        )
    if len(columns) != count:
        raise LanguageError(
            f"{len(columns)} features for {path}.",
            why=f"it was trained with {count}: {', '.join(expected) or 'no names'}.",
            fix="give one expression for each of them.",
        )
    for column in columns:
        if not isinstance(column, Expr | int | float):
            raise TypeMismatch(
                f"a feature is {column!r:.60}.",
                why="a feature is a number for each event or object.",
                fix="give expressions, such as z.mass.",
            )
    return columns


def _check_alike(paths: Sequence[Model], forests: Sequence[Forest]) -> None:
    first = forests[0]
    for path, forest in zip(paths, forests, strict=True):
        shape = (forest.features, forest.names, forest.groups, forest.dtype)
        if shape != (first.features, first.names, first.groups, first.dtype):
            raise LanguageError(
                f"{path} and {paths[0]} are models of different features or classes.",
                why="models of a cross-validation differ in their events only.",
                fix="give the models of one training.",
            )


def _is_model(folder: Path) -> bool:
    return (folder / CARD).is_file()


@lru_cache(maxsize=16)
def _stored(folder: str, _stamp: int) -> Stored:
    return read(Path(folder))


@lru_cache(maxsize=16)
def _read(path: str, _stamp: tuple[int, int]) -> Forest:
    return forest_of(Path(path).read_text("utf-8"), path)


def _forest(path: str) -> Forest:
    file = Path(path)
    if not file.is_file():
        raise FileUnreadable(
            f"there is no model {path}.",
            why="a model is a folder that hl.train(…).save(folder) has written, or a JSON file of "
            "XGBoost.",
            fix="check the path.",
        )
    status = file.stat()
    return _read(str(file), (status.st_mtime_ns, status.st_size))
