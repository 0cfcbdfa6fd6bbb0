"""Two samples side by side: which columns differ, how, and how surely."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from hepline.columns.source import Source
from hepline.columns.types import TEXT
from hepline.survey.binning import Binned, binned
from hepline.survey.description import ColumnFacts, Description
from hepline.survey.findings import is_angle, is_momentum, number
from hepline.survey.tally import Tally
from hepline.survey.two_samples import Test, compare_counts, compare_values, holm
from hepline.survey.weighted import Place, WeightedCounts, compare_weighted, weighted_counts

__all__ = ["ColumnComparison", "Comparison", "compare_descriptions", "weighted"]

_MEV = 1000.0
_DEGREE = 180.0 / math.pi
# How much samples of the same unit may differ besides: of momenta, and of anything else.
_LIKE, _EXACTLY = 0.4, 0.05


@dataclass(frozen=True, eq=False, repr=False)
class ColumnComparison:
    """One column in two samples.

    Attributes
    ----------
    name : str
        Of the column; ``Muon (length)`` for how long lists are.
    values : Test or None
        Of measured values: finite, and no sentinels.
    shares : Test or None
        Of how many entries are measured, sentinels, NaN, infinite, missing.
    corrected : float
        The smaller of both p-values, corrected for the number of tests in all columns by Holm's
        method.
    bins : Binned or None
        Of the measured values of both.
    is_whole : bool
        Whether values are whole numbers.
    first, second : ColumnFacts or None
        None for lengths of lists.
    """

    name: str
    values: Test | None
    shares: Test | None
    corrected: float
    bins: Binned | None
    is_whole: bool
    first: ColumnFacts | None
    second: ColumnFacts | None

    def __repr__(self) -> str:
        tests = ", ".join(f"{test.name}: p = {test.p_value:.3g}" for test in self.tests)
        return f"<{self.name}: {self.significance:.1f} σ, p = {self.corrected:.3g} ({tests})>"

    @property
    def tests(self) -> tuple[Test, ...]:
        """The tests that were possible."""
        return tuple(test for test in (self.values, self.shares) if test is not None)

    @property
    def significance(self) -> float:
        """Standard deviations of a normal distribution with the corrected p-value on one side."""
        return max(float(stats.norm.isf(self.corrected)), 0.0)

    @property
    def distance(self) -> float:
        """How different the samples are, from 0 to 1."""
        return max((test.distance for test in self.tests), default=0.0)


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Two samples side by side.

    Attributes
    ----------
    first, second : Description
    only_first, only_second : tuple of str
        Columns that the other lacks.
    changed : mapping of str to (str, str)
        Columns of another type, with both types.
    columns : tuple of ColumnComparison
        The most significant first.
    identical : tuple of str
        Columns with equal numbers in both.
    untested : tuple of str
        Columns that tell events apart, and those without values.
    warnings : tuple of (str, str)
        Column, and what is likely wrong.
    weight : str
        The column by which events are weighted; empty without one.
    """

    first: Description
    second: Description
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    changed: Mapping[str, tuple[str, str]]
    columns: tuple[ColumnComparison, ...]
    identical: tuple[str, ...]
    untested: tuple[str, ...]
    warnings: tuple[tuple[str, str], ...]
    weight: str = ""

    def __repr__(self) -> str:
        names = f"{self.first.name} and {self.second.name}"
        warnings = f"{len(self.warnings)} warnings"
        return f"<Comparison of {names}: {len(self.columns)} columns, {warnings}>"

    @property
    def tests(self) -> int:
        """How many tests were made."""
        return sum(len(column.tests) for column in self.columns)


def compare_descriptions(
    first: Description, second: Description, names: Mapping[str, str] | None = None
) -> Comparison:
    """Compare two samples column by column.

    Parameters
    ----------
    first, second : Description
    names : mapping of str to str, optional
        Columns of the first one that have another name in the second.
    """
    pairs = {name: name for name in first.columns if name in second.columns} | {
        name: other
        for name, other in (names or {}).items()
        if name in first.columns and other in second.columns
    }
    both = {name: (first[name], second[other]) for name, other in pairs.items()}
    identity = {*first.duplicates.columns, *second.duplicates.columns}
    compared = [_compared(name, *facts) for name, facts in both.items() if name not in identity]
    compared += _lengths(both)
    return Comparison(
        first,
        second,
        tuple(name for name in first.columns if name not in pairs),
        tuple(name for name in second.columns if name not in pairs.values()),
        {
            name: (mine.spec.described, theirs.spec.described)
            for name, (mine, theirs) in both.items()
            if mine.spec.described != theirs.spec.described
        },
        _ranked([column for column in compared if column.tests]),
        tuple(name for name, (mine, theirs) in both.items() if _is_same(mine, theirs)),
        tuple(column.name for column in compared if not column.tests)
        + tuple(name for name in both if name in identity),
        tuple(
            w for name, facts in both.items() if name not in identity for w in _warn(name, *facts)
        ),
    )


def _ranked(columns: list[ColumnComparison]) -> tuple[ColumnComparison, ...]:
    """Correct for the number of tests, and sort."""
    corrected = iter(holm([test.p_value for column in columns for test in column.tests]).tolist())
    ranked = [
        replace(column, corrected=min(next(corrected) for _ in column.tests)) for column in columns
    ]
    # Where probabilities are too small for a float, the larger distance is the surer one.
    return tuple(sorted(ranked, key=lambda column: (column.corrected, -column.distance)))


def _is_same(mine: ColumnFacts, theirs: ColumnFacts) -> bool:
    """Whether counts and exact sums agree."""
    return mine.entries > 0 and _signature(mine.tally) == _signature(theirs.tally)


def _signature(tally: Tally) -> tuple[object, ...]:
    others = (tally.missing, tally.nan, tally.above, tally.below)
    return *others, tally.moments, tally.lowest, tally.highest


def _compared(name: str, mine: ColumnFacts, theirs: ColumnFacts) -> ColumnComparison:
    samples = (mine.cleaned.frequencies, theirs.cleaned.frequencies)
    values = bins = None
    is_text = TEXT in (mine.spec.dtype, theirs.spec.dtype)
    is_whole = not is_text and all(np.dtype(s.spec.dtype).kind != "f" for s in (mine, theirs))
    first, second = samples
    if first is not None and second is not None and _alike(mine, theirs):
        values = compare_values(first, second)
        ends = [facts.cleaned.ends for facts in (mine, theirs)]
        if not is_text:
            low = min(pair[0] for pair in ends if pair is not None)
            high = max(pair[1] for pair in ends if pair is not None)
            bins = binned((first, second), (low, high), whole=is_whole)
    shares = compare_counts(np.array([_kinds(mine), _kinds(theirs)]))
    return ColumnComparison(name, values, shares, 1.0, bins, is_whole, mine, theirs)


def _alike(mine: ColumnFacts, theirs: ColumnFacts) -> bool:
    """Whether frequencies of both can be put together: of floats, of integers, or of text."""
    first, second = mine.cleaned.frequencies, theirs.cleaned.frequencies
    if first is None or second is None:
        return False
    same_text = (mine.spec.dtype == TEXT) == (theirs.spec.dtype == TEXT)
    return (
        same_text and (first.spare is None) == (second.spare is None)
        and first.lowest == second.lowest
    )  # fmt: skip


def _kinds(facts: ColumnFacts) -> list[int]:
    measured = facts.cleaned.moments.count
    return [measured, facts.flagged, facts.nan, facts.inf, facts.missing]


def _lengths(both: Mapping[str, tuple[ColumnFacts, ColumnFacts]]) -> Iterator[ColumnComparison]:
    """Compare how long lists are, once for each axis."""
    axes: set[str] = set()
    for mine, theirs in both.values():
        axis = mine.spec.axis
        first = None if mine.length_tally is None else mine.length_tally.frequencies
        second = None if theirs.length_tally is None else theirs.length_tally.frequencies
        if axis is None or axis in axes or first is None or second is None:
            continue
        axes.add(axis)
        values = compare_values(first, second)
        if values is None:
            continue
        ends = (
            min(float(first.low[0]), float(second.low[0])),
            max(float(first.high[-1]), float(second.high[-1])),
        )
        bins = binned((first, second), ends, whole=True)
        name = f"{mine.spec.collection or axis} (length)"
        yield ColumnComparison(name, values, None, 1.0, bins, True, None, None)


def _warn(name: str, mine: ColumnFacts, theirs: ColumnFacts) -> Iterator[tuple[str, str]]:
    """What looks like a mistake rather than like physics."""
    if not (mine.entries and theirs.entries):
        return
    for kind, title in (("nan", "NaN"), ("inf", "infinities"), ("missing", "missing values")):
        counts = (getattr(mine, kind), getattr(theirs, kind))
        if (counts[0] > 0) != (counts[1] > 0):
            which = "first" if counts[0] else "second"
            yield name, f"{title} only in the {which}: {max(counts)}"
    for facts, other, which in ((mine, theirs, "first"), (theirs, mine, "second")):
        for value, count in facts.sentinels.items():
            if not _occurs(value, other):
                yield name, f"the sentinel {number(value)} only in the {which}: {count}"
    factor = _factor(mine, theirs)
    if factor is None:
        return
    scale, units = (_DEGREE, "degrees") if is_angle(name) else (_MEV, "MeV")
    limit = _LIKE if is_angle(name) or is_momentum(name) else _EXACTLY
    if abs(max(factor, 1 / factor) / scale - 1) < limit:
        larger = "second" if factor > 1 else "first"
        yield name, f"values of the {larger} are about {number(scale, 3)} times larger: {units}?"


def _occurs(value: float, facts: ColumnFacts) -> bool:
    frequencies = facts.tally.frequencies
    return frequencies is not None and frequencies.place(value) >= 0


def _factor(mine: ColumnFacts, theirs: ColumnFacts) -> float | None:
    """How much larger the second is: by medians of what is positive, else by how values spread."""
    if any(facts.spec.dtype not in ("float32", "float64") for facts in (mine, theirs)):
        return None
    is_positive = all((facts.clean.min or 0.0) >= 0 for facts in (mine, theirs))
    sizes = []
    for facts in (mine, theirs):
        low, middle, high = (facts.quantiles.get(rank, 0.0) for rank in (0.25, 0.5, 0.75))
        sizes.append(middle if is_positive else high - low)
    return sizes[1] / sizes[0] if min(sizes) > 0 else None


def weighted(
    comparison: Comparison, first: Source, second: Source, weight: str, names: Mapping[str, str]
) -> Comparison:
    """Compare the values of all columns again, with the weight of each event.

    Parameters
    ----------
    comparison : Comparison
    first, second : Source
    weight : str
        A column; a sample that lacks it, such as data, has weights of one.
    names : mapping of str to str
        Columns of the first one that have another name in the second.
    """
    columns = [column for column in comparison.columns if column.first is not None]
    filled: list[dict[str, WeightedCounts]] = []
    for source, is_second in ((first, False), (second, True)):
        places, called = {}, {}
        for column in columns:
            facts = column.second if is_second else column.first
            if facts is not None and column.bins is not None and column.name != weight:
                name = names.get(column.name, column.name) if is_second else column.name
                places[name] = Place(column.bins.edges, tuple(facts.sentinels))
                called[name] = column.name
        has_weight = weight in source.schema.columns
        counts = weighted_counts(source, places, weight) if has_weight else {}
        filled.append({called[name]: count for name, count in counts.items()})
    if not any(filled):
        raise first.schema.missing(weight)
    again = tuple(_weighted(column, *filled) for column in comparison.columns)
    return replace(comparison, columns=_ranked(list(again)), weight=weight)


def _weighted(
    column: ColumnComparison,
    first: Mapping[str, WeightedCounts],
    second: Mapping[str, WeightedCounts],
) -> ColumnComparison:
    """The same column with weights; where one sample has none, they are one."""
    bins = column.bins
    if bins is None or (column.name not in first and column.name not in second):
        return column
    plain = [WeightedCounts(row.astype(np.float64), row.astype(np.float64)) for row in bins.counts]
    counts = (first.get(column.name, plain[0]), second.get(column.name, plain[1]))
    sums = tuple(sample.sums for sample in counts)
    squares = tuple(sample.squares for sample in counts)
    values = compare_weighted(*counts) or column.values
    return replace(column, values=values, bins=replace(bins, counts=sums, squares=squares))
