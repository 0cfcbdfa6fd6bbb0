"""A sample of events with the columns whose pairs someone wants to see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from hepline.analysis.compute import compute
from hepline.arrays import Floats
from hepline.columns.events import Events
from hepline.columns.expression import Expr
from hepline.columns.text import Text
from hepline.errors import LanguageError
from hepline.survey.correlations import correlation_matrix
from hepline.survey.findings import number
from hepline.survey.sentinels import RECOGNIZED, cleaned
from hepline.survey.tally import tally_of

__all__ = ["PairContent", "pair_content"]

Wanted = str | Expr | Text

_CLASSES = 10  # that colors can tell apart


@dataclass(frozen=True, eq=False)
class PairContent:
    """Columns side by side, in a sample of the events.

    Attributes
    ----------
    columns : mapping of str to ndarray of float64, shape (event,)
        NaN where there is no value, or a sentinel.
    hue : str
        Name of what colors the points; empty without one.
    classes : ndarray of str, shape (event,)
        Its values.
    correlations : ndarray, shape (column, column)
        Pearson's.
    events : int
        In all, of which every `step`-th is in the sample.
    step : int
    notes : tuple of str
        What was left out.
    """

    columns: Mapping[str, Floats]
    hue: str
    classes: NDArray[np.str_]
    correlations: Floats
    events: int
    step: int
    notes: tuple[str, ...]

    @property
    def sampled(self) -> int:
        """Events in the sample."""
        return len(next(iter(self.columns.values())))

    def __str__(self) -> str:
        share = "" if self.step == 1 else f", one in {self.step} of {self.events}"
        return "; ".join([f"{self.sampled} events{share}", *self.notes])


def pair_content(
    events: Events, columns: Mapping[str, Wanted] | Sequence[Wanted], hue: Wanted | None, most: int
) -> PairContent:
    """Compute columns, and keep a sample of the events.

    Parameters
    ----------
    events : Events
    columns : sequence or mapping
        Names of columns, or expressions; with names for people in a mapping.
    hue : str, Expr or Text, optional
    most : int
        Events in the sample, at most.
    """
    wanted = _named(columns)
    if len(wanted) < 2 or most < 2:
        raise LanguageError(
            f"pairs of {len(wanted)} column{'s' if len(wanted) != 1 else ''} in {most} events.",
            why="a pair has two columns, and a figure of them needs events.",
            fix="name two columns or more: hl.pairs(ev, ['pt', 'eta']).",
        )
    label = next(iter(_named([hue]))) if hue is not None else ""
    recipes = [_scalar(events, what) for what in wanted.values()]
    if hue is not None:
        recipes.append(_scalar(events, hue))
    results = compute(*recipes)
    arrays: list[ak.Array] = list(results) if isinstance(results, tuple) else [results]
    total = _length(arrays)
    step = max(1, -(-total // most))
    notes: list[str] = []
    values: dict[str, Floats] = {}
    for name, array in zip(wanted, arrays, strict=False):
        values[name] = _floats(array)[::step]
        kept, sentinels = _without_sentinels(name, values[name])
        if sentinels:
            values[name] = kept
            listed = ", ".join(number(value) for value in sentinels)
            notes.append(f"{name} without {listed}")
    classes = _classes(arrays[-1], step, label) if hue is not None else np.zeros(0, np.str_)
    coefficients, _ = correlation_matrix(np.array(list(values.values())))
    return PairContent(values, label, classes, coefficients, total, step, tuple(notes))


def _length(arrays: Sequence[ak.Array]) -> int:
    """How many events there are.

    Raises
    ------
    LanguageError
        If columns are of different events.
    """
    lengths = sorted({len(array) for array in arrays})
    if len(lengths) > 1:
        raise LanguageError(
            f"pairs of columns of {' and '.join(map(str, lengths))} events.",
            why="some columns are those of a selection of events, others of all events.",
            fix="take all of them from the same events: hl.pairs(selected, [selected.x, …]).",
        )
    return lengths[0]


def _named(columns: Mapping[str, Wanted] | Sequence[Wanted]) -> dict[str, Wanted]:
    if isinstance(columns, Mapping):
        return dict(columns)
    return {
        column if isinstance(column, str) else _brief(column): column
        for column in ([columns] if isinstance(columns, str) else columns)
    }


def _brief(column: Expr | Text) -> str:
    node = column.codes.node if isinstance(column, Text) else column.node
    return node.brief(40)


def _scalar(events: Events, column: Wanted) -> Expr | Text:
    """One value for each event: of a list, the first."""
    recipe = events[column] if isinstance(column, str) else column
    if not isinstance(recipe, Expr | Text):
        raise LanguageError(
            f"'{column}' in pairs.",
            why="it is a collection of objects with several fields.",
            fix=f"name one of its columns, such as '{column}_pt'.",
        )
    depth = len(recipe.axes)
    if depth > 1:
        raise LanguageError(
            f"{recipe!r} in pairs.",
            why="it holds lists of lists: it has no first element for each event.",
            fix="reduce it first: hl.max(x), x[0], …",
        )
    return recipe[0] if depth else recipe


def _floats(array: ak.Array) -> Floats:
    numbers = ak.fill_none(ak.values_astype(array, np.float64), np.nan)
    return np.asarray(ak.to_numpy(numbers), np.float64)


def _without_sentinels(name: str, values: Floats) -> tuple[Floats, tuple[float, ...]]:
    tally = tally_of(values, marks=RECOGNIZED)
    sentinels = tuple(cleaned(tally, name, "float64").sentinels)
    return np.where(np.isin(values, sentinels), np.nan, values), sentinels


def _classes(array: ak.Array, step: int, label: str) -> NDArray[np.str_]:
    values = ak.to_list(array)[::step]
    texts = np.array(["none" if value is None else str(value) for value in values], np.str_)
    kinds = len(np.unique(texts))
    if kinds > _CLASSES:
        raise LanguageError(
            f"hue='{label}' has {kinds} different values.",
            why=f"{_CLASSES} colors can be told apart.",
            fix="choose a column of labels, or an expression with few values: hue=ev.x > 3.",
        )
    return texts
