"""Can these labels be learned from? Events with two labels, features that give the label away, and
events that are in the training and in the test sample.

References
----------
S. Kapoor and A. Narayanan, "Leakage and the reproducibility crisis in machine-learning-based
science", Patterns 4 (2023) 100804, doi:10.1016/j.patter.2023.100804.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hepline.columns.source import Source
from hepline.errors import LanguageError, checked_keywords
from hepline.survey.describe import Files, source_of
from hepline.survey.description import ColumnFacts
from hepline.survey.findings import number
from hepline.survey.identity import identity_columns
from hepline.survey.labelled import Labelled, labelled
from hepline.survey.two_samples import separation

__all__ = ["LabelFinding", "LabelReport", "check_labels"]

Samples = Mapping[str, Files] | Files

# A class that one column gives away in all but this share of its entries.
_REST = 0.01
# A pattern in fewer events teaches a model little.
_PATTERN = 0.001

KINDS = {
    "conflicts": "events with more than one label",
    "equal features": "the same features with more than one label",
    "copies": "events that are there more than once, with the same label",
    "leaks": "events of the test sample that are in the training sample",
    "separates": "columns that give the label away",
    "pattern": "values that only one class lacks",
    "identity": "numbers of events that give the label away",
}
"""What is looked for, the most serious first."""


@dataclass(frozen=True)
class LabelFinding:
    """Something wrong with labels.

    Attributes
    ----------
    kind : str
        One of ``conflicts``, ``equal features``, ``copies``, ``leaks``, ``separates``, ``pattern``
        and ``identity``.
    column : str
        Empty for what concerns events.
    count : int
        Of events.
    text : str
    """

    kind: str
    column: str
    count: int
    text: str


@dataclass(frozen=True)
class LabelReport:
    """Checks of labels.

    Attributes
    ----------
    classes : mapping of str to int
        Events of each class, in the training sample.
    identity : tuple of str
        Columns that tell events apart; empty if all features are compared in their place.
    findings : tuple of LabelFinding
        The most serious first.
    """

    classes: Mapping[str, int]
    identity: tuple[str, ...]
    findings: tuple[LabelFinding, ...]

    def count(self, kind: str) -> int:
        """Events of all findings of a kind."""
        return sum(finding.count for finding in self.findings if finding.kind == kind)

    def columns(self, kind: str) -> tuple[str, ...]:
        """Columns of all findings of a kind."""
        return tuple(f.column for f in self.findings if f.kind == kind and f.column)

    def __str__(self) -> str:
        classes = ", ".join(f"{name}: {events}" for name, events in self.classes.items())
        by = ", ".join(self.identity) or "all features"
        lines = [f"{classes} events, told apart by {by}"]
        for finding in self.findings:
            column = f"{finding.column}: " if finding.column else ""
            lines.append(f"  {column}{finding.text}")
        return "\n".join(lines if self.findings else [*lines, "  nothing is suspicious"])


@checked_keywords
def check_labels(
    samples: Samples,
    *,
    label: str = "",
    test: Samples | None = None,
    features: str | Sequence[str] = (),
    tree: str = "Events",
    convention: str = "",
) -> LabelReport:
    """Check labels before anything is trained on them.

    Parameters
    ----------
    samples : mapping of str to files, or files
        Files of each class, ``{"signal": …, "background": …}``; or all events, with `label`.
    label : str, optional
        The column that holds the class of an event.
    test : the same, optional
        The sample that a model is judged on: no event of it may be in `samples`.
    features : str or sequence of str, optional
        Names, or patterns such as ``PRI_*``, of what a model will see; all by default, but the
        label and what tells events apart.
    tree, convention : str, optional
        As for `open`.

    Returns
    -------
    LabelReport
        Events are told apart by run, luminosity block and event; where files lack these, by all
        features (by a hash of 64 bits, and only if they hold a float). A column gives the label
        away if 99 % of one class can be told from 99 % of the others by it alone.

    Raises
    ------
    LanguageError
        If there is neither a label nor a mapping, or both.
    DataError
        For a file that cannot be read, one class, or more than 50.
    """
    sources = _sources(samples, label, tree, convention)
    names = _features(sources, features, label)
    train = labelled(sources, names, label)
    findings = [*_conflicts(train), *_separating(train)]
    if test is not None:
        judged = labelled(_sources(test, label, tree, convention), names, label)
        findings += _leaks(train, judged)
    order = list(KINDS)
    counts = np.bincount(train.labels, minlength=len(train.classes)).tolist()
    return LabelReport(
        dict(zip(train.classes, counts, strict=True)),
        train.identity,
        tuple(sorted(findings, key=lambda finding: order.index(finding.kind))),
    )


def _sources(samples: Samples, label: str, tree: str, convention: str) -> list[tuple[str, Source]]:
    if isinstance(samples, Mapping) == bool(label):
        raise LanguageError(
            f"check_labels({'{…}' if isinstance(samples, Mapping) else '…'}, label='{label}').",
            why="either each class has files of its own, or a column holds the class.",
            fix="write check_labels({'signal': FILES, 'background': FILES}), or "
            "check_labels(FILES, label='COLUMN').",
        )
    named = samples.items() if isinstance(samples, Mapping) else [("", samples)]
    sources = [(name, source_of(of, tree=tree, convention=convention)) for name, of in named]
    if label:
        sources[0][1].schema.column(label)
    return sources


def _features(
    sources: Sequence[tuple[str, Source]], patterns: str | Sequence[str], label: str
) -> tuple[str, ...]:
    """Columns that all classes have in the same type, and that a model will see."""
    first = sources[0][1].schema
    wanted = [patterns] if isinstance(patterns, str) else list(patterns)
    for pattern in wanted:
        if not any(fnmatchcase(name, pattern) for name in first.columns):
            raise first.missing(pattern)
    identity = set(identity_columns(first))
    return tuple(
        name
        for name, spec in first.columns.items()
        if name != label
        and name not in identity
        and (not wanted or any(fnmatchcase(name, pattern) for pattern in wanted))
        and all(
            name in source.schema.columns and source.schema.columns[name].dtype == spec.dtype
            for _, source in sources
        )
    )


def _events(sample: Labelled) -> tuple[NDArray[np.generic], NDArray[np.int64]]:
    """What tells events apart, and their labels; of those that can be told apart."""
    if sample.identity:
        return _keys(sample.numbers), sample.labels
    return sample.rows[sample.comparable], sample.labels[sample.comparable]


def _keys(numbers: NDArray[np.int64]) -> NDArray[np.generic]:
    """One item for each row of numbers."""
    kind = np.dtype([(f"n{place}", np.int64) for place in range(numbers.shape[1])])
    return np.ascontiguousarray(numbers).view(kind).reshape(-1)


def _conflicts(sample: Labelled) -> Iterator[LabelFinding]:
    """Events with two labels, and events that are there twice."""
    keys, labels = _events(sample)
    by = ", ".join(sample.identity) or "all features"
    both, copies = _repeated(keys, labels)
    if both:
        text = f"{both} events have more than one label, by {by}"
        yield LabelFinding("conflicts", "", both, text)
    if copies:
        text = f"{copies} events are there already with the same label, by {by}"
        yield LabelFinding("copies", "", copies, text)
    if sample.identity:
        both, _ = _repeated(sample.rows[sample.comparable], sample.labels[sample.comparable])
        if both:
            text = f"{both} rows of equal features have more than one label"
            yield LabelFinding("equal features", "", both, text)


def _repeated(keys: NDArray[np.generic], labels: NDArray[np.int64]) -> tuple[int, int]:
    """How many keys have several labels; how many entries repeat a key with the same label."""
    _, place = np.unique(keys, return_inverse=True)
    pairs = np.unique(place.astype(np.int64) * (int(labels.max(initial=0)) + 1) + labels)
    kinds = np.bincount(pairs // (int(labels.max(initial=0)) + 1))
    return int((kinds > 1).sum()), len(keys) - len(pairs)


def _leaks(train: Labelled, test: Labelled) -> Iterator[LabelFinding]:
    """Events of the test sample that are in the training sample."""
    known, judged = _events(train)[0], _events(test)[0]
    by = ", ".join(train.identity) or "all features"
    if train.identity != test.identity:
        known, judged = train.rows[train.comparable], test.rows[test.comparable]
        by = "all features"
    shared = int(np.isin(judged, known).sum())
    if shared:
        percent = 100 * shared / len(test.labels)
        text = f"{shared} events of the test sample ({percent:.3g} %) are in the training sample"
        yield LabelFinding("leaks", "", shared, f"{text}, by {by}")


def _separating(sample: Labelled) -> Iterator[LabelFinding]:
    """Columns that give a class away, by their values or by where they have none."""
    for name, of_class in sample.facts.items():
        for place, kind in enumerate(sample.classes):
            mine = of_class[place]
            others = [facts for other, facts in enumerate(of_class) if other != place]
            yield from _giving_away(name, kind, mine, others)
            if len(sample.classes) == 2:
                break
    yield from _by_number(sample)


def _giving_away(
    name: str, kind: str, mine: ColumnFacts, others: Sequence[ColumnFacts]
) -> Iterator[LabelFinding]:
    """Whether a class is told from all others by a column."""
    rest = others[0]
    frequencies = None
    for facts in others:
        sample = facts.cleaned.frequencies
        if sample is not None:
            frequencies = sample if frequencies is None else frequencies + sample
    own = mine.cleaned.frequencies
    if own is not None and frequencies is not None:
        distance = separation(own, frequencies)
        if distance >= 1 - _REST:
            text = f"its values tell '{kind}' from the others ({100 * distance:.4g} %)"
            yield LabelFinding("separates", name, mine.entries, text)
    absent = (_absent(mine), sum(_absent(facts) for facts in others))
    entries = (mine.entries, sum(facts.entries for facts in others))
    if min(entries) == 0:
        return
    shares = (absent[0] / entries[0], absent[1] / entries[1])
    if abs(shares[0] - shares[1]) >= 1 - _REST:
        which = f"'{kind}'" if shares[0] > shares[1] else f"all but '{kind}'"
        text = f"{which} has no values here"
        yield LabelFinding("separates", name, max(absent), text)
    elif min(absent) == 0 and max(shares) >= _PATTERN:
        which = f"'{kind}'" if absent[0] else f"all but '{kind}'"
        what = _what(mine if absent[0] else rest)
        text = f"{what} only in {which}: {max(absent)} entries ({100 * max(shares):.3g} %)"
        yield LabelFinding("pattern", name, max(absent), text)


def _absent(facts: ColumnFacts) -> int:
    """Entries without a measured value."""
    return facts.missing + facts.nan + facts.inf + facts.flagged


def _what(facts: ColumnFacts) -> str:
    kinds = [
        ("missing", facts.missing),
        ("NaN", facts.nan),
        ("infinite", facts.inf),
        (", ".join(number(value) for value in facts.sentinels), facts.flagged),
    ]
    return " or ".join(kind for kind, count in kinds if count)


def _by_number(sample: Labelled) -> Iterator[LabelFinding]:
    """Whether numbers of events, which nothing measures, tell classes apart."""
    for place, column in enumerate(sample.identity):
        values = sample.numbers[:, place]
        ranges = [values[sample.labels == kind] for kind in range(len(sample.classes))]
        ends = sorted((int(row.min()), int(row.max())) for row in ranges if len(row))
        apart = all(low > high for (_, high), (low, _) in pairwise(ends))
        if apart and len(ends) > 1:
            text = "each class has numbers of its own: keep it from what is learned"
            yield LabelFinding("identity", column, len(values), text)
