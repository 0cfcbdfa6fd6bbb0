"""`hl.predict`: the score of a model as an expression."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.columns.call import Called, call_all
from hepline.columns.expression import Expr
from hepline.columns.lifting import cast
from hepline.columns.types import INT64
from hepline.errors import FileUnreadable, LanguageError, TypeMismatch, checked_keywords
from hepline.learn.forest import Forest
from hepline.learn.xgboost_json import forest_of

__all__ = ["predict"]

Model = str | Path
Inputs = Mapping[str, Expr] | Sequence[Expr | float]


@dataclass(frozen=True)
class _Scores(Called):
    """Forests, of which each element takes the one of its fold."""

    forests: tuple[Forest, ...] = field(compare=False, repr=False)

    def run(self, columns: Sequence[NDArray[Any]]) -> Sequence[NDArray[Any]]:
        """Score flat columns; the first of them is the fold if there are several forests."""
        fold, columns = (columns[0], columns[1:]) if len(self.forests) > 1 else (None, columns)
        dtype = np.dtype(self.outputs[0])
        rows = np.empty((len(columns[0]), len(columns)), self.forests[0].dtype)
        for place, column in enumerate(columns):
            rows[:, place] = column
        if fold is None:
            scores = self.forests[0].scores(rows)
        else:
            scores = np.empty((len(rows), len(self.outputs)), dtype)
            for number, forest in enumerate(self.forests):
                mine = fold == number
                scores[mine] = forest.scores(rows[mine])[:, -len(self.outputs) :]
            if not np.isin(fold, np.arange(len(self.forests))).all():
                raise LanguageError(
                    f"a fold is {int(fold.min())} or {int(fold.max())}.",
                    why=f"there are {len(self.forests)} models, numbered from 0.",
                    fix="take the remainder: fold=ev.event % 2.",
                )
        return [np.ascontiguousarray(scores[:, place]) for place in range(len(self.outputs))]


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
        JSON of XGBoost. Several are models of a cross-validation: see `fold`.
    features : mapping of str to Expr, or sequence of Expr
        In the order of the model; names must be those of the model, if it has names.
    fold : Expr of int, optional
        Which of several models scores an event: the one that has not seen it in training.

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
    forests = tuple(_forest(str(path)) for path in paths)
    columns = _columns(forests[0], features, str(paths[0]))
    _check_alike(paths, forests)
    if (fold is None) == (len(forests) > 1):
        raise LanguageError(
            f"predict(…) with {len(forests)} models {'and a' if fold is not None else 'without'} "
            "fold.",
            why="each event is scored by one model.",
            fix="give several models and fold=ev.event % 2, or one model alone.",
        )
    operands = columns if fold is None else [Expr(cast(fold.node, INT64), fold.origin), *columns]
    first = forests[0]
    outputs = (first.dtype,) * first.groups
    digest = hashlib.sha256("".join(forest.fingerprint for forest in forests).encode())
    name = Path(paths[0]).stem if len(paths) == 1 else f"{Path(paths[0]).stem} and others"
    scores = call_all(_Scores(name, digest.hexdigest()[:32], outputs, forests), *operands)
    return scores if len(scores) > 1 else scores[0]


def _columns(forest: Forest, features: Inputs, path: str) -> list[Expr | float]:
    names = list(features) if isinstance(features, Mapping) else []
    columns: list[Expr | float] = []
    columns += features.values() if isinstance(features, Mapping) else features
    if names and forest.names and tuple(names) != forest.names:
        raise LanguageError(
            f"the features are not those of {path}.",
            why=f"they are {', '.join(names)}; the model was trained with "
            f"{', '.join(forest.names)}.",
            fix="give the same names in the same order.",
        )
    if len(columns) != forest.features:
        raise LanguageError(
            f"{len(columns)} features for {path}.",
            why=f"it was trained with {forest.features}: {', '.join(forest.names) or 'no names'}.",
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


@lru_cache(maxsize=16)
def _read(path: str, _stamp: tuple[int, int]) -> Forest:
    return forest_of(Path(path).read_text("utf-8"), path)


def _forest(path: str) -> Forest:
    file = Path(path)
    if not file.is_file():
        raise FileUnreadable(
            f"there is no model {path}.",
            why="a model is a JSON file of XGBoost.",
            fix="check the path.",
        )
    status = file.stat()
    return _read(str(file), (status.st_mtime_ns, status.st_size))
