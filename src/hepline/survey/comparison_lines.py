"""How two samples differ, as lines and rows of text that fit on a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from hepline.columns.schema import counted
from hepline.survey.comparison import ColumnComparison, Comparison
from hepline.survey.description_lines import said_of
from hepline.survey.findings import number

__all__ = [
    "DIFFERENCE_HEAD",
    "SURE",
    "difference_rows",
    "overview_lines",
    "probability",
    "significance",
]

DIFFERENCE_HEAD = ("column", "test", "distance", "p (Holm)", "σ", "median 1", "median 2")
"""Of rows that fit on 80 letters; the uncorrected probabilities are on the page and in JSON."""

SURE = 0.0027
"""Corrected p-value of what is told: of three standard deviations, on both sides."""

_FEW = 6


def overview_lines(comparison: Comparison) -> Iterator[tuple[str, bool]]:
    """What both have, and what looks like a mistake: text, and whether it is serious.

    Parameters
    ----------
    comparison : Comparison
    """
    for place, description in (("1", comparison.first), ("2", comparison.second)):
        yield f"{place}: {said_of(description)}", False
    for place, names in (("1", comparison.only_first), ("2", comparison.only_second)):
        if names:
            yield f"only in {place} ({len(names)}): {_some(names)}", True
    if comparison.changed:
        changed = comparison.changed.items()
        types = [f"{name}: {before} became {after}" for name, (before, after) in changed]
        yield f"other types ({len(types)}): {_some(types)}", True
    for name, text in comparison.warnings:
        yield f"{name}: {text}", True
    if comparison.weight:
        yield f"values weighted by {comparison.weight}", False
    same = len(comparison.identical)
    if same:
        yield f"the same numbers in both: {counted(same, 'column')}", False
    sure = sum(column.corrected < SURE for column in comparison.columns)
    yield (
        f"different at 3 σ or more, after the correction for {comparison.tests} tests (Holm): "
        f"{sure} of {counted(len(comparison.columns), 'column')}",
        False,
    )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return ", ".join(names[:_FEW]) + more


def difference_rows(comparison: Comparison, most: int) -> Iterator[tuple[str, ...]]:
    """A row for each column that may differ, under `DIFFERENCE_HEAD`, the surest first."""
    for column in comparison.columns[:most]:
        if column.corrected >= 1.0:
            return
        test = min(column.tests, key=lambda test: test.p_value)
        what = test.name if test is column.values else "shares"
        yield (
            column.name,
            what,
            f"{test.distance:.3f}",
            probability(column.corrected),
            significance(column),
            *_medians(column),
        )


def significance(column: ColumnComparison) -> str:
    """Standard deviations; a probability too small for a float is beyond all numbers."""
    sigmas = column.significance
    return f"{sigmas:.1f}" if math.isfinite(sigmas) else "> 37"


def probability(value: float) -> str:
    """Two digits; too small for a float is below all numbers."""
    return "< 1e−300" if value < 1e-300 else f"{value:.2g}".replace("-", "−")


def _medians(column: ColumnComparison) -> tuple[str, str]:
    medians = (
        None if facts is None else facts.quantiles.get(0.5)
        for facts in (column.first, column.second)
    )
    first, second = ("–" if median is None else number(median, 4) for median in medians)
    return first, second
