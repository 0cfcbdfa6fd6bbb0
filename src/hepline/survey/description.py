"""What is in files: facts about each column, as numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from hepline.columns.schema import ColumnSpec
from hepline.columns.source import Part
from hepline.columns.types import TEXT
from hepline.data.objects import StoredObject
from hepline.notebook import html_table
from hepline.survey.frequencies import quantiles
from hepline.survey.identity import Duplicates
from hepline.survey.sentinels import Cleaned, cleaned
from hepline.survey.tally import Tally

__all__ = [
    "RANKS",
    "ColumnFacts",
    "Correlation",
    "Description",
    "Finding",
    "Statistics",
    "facts_of",
]

RANKS = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
"""Of the quantiles."""


@dataclass(frozen=True)
class Statistics:
    """Numbers about the finite values of a column; None where there are none.

    Attributes
    ----------
    min, max : float, int or None
    mean, std : float or None
        As NumPy defines them (``ddof=0``), correctly rounded.
    """

    min: float | None = None
    max: float | None = None
    mean: float | None = None
    std: float | None = None


@dataclass(frozen=True, eq=False, repr=False)
class ColumnFacts:
    """Facts about one column.

    Attributes
    ----------
    spec : ColumnSpec
    entries : int
        Elements in all events.
    missing, nan, inf : int
    whole : Statistics
        Of all finite values, sentinels among them.
    clean : Statistics
        Without sentinels.
    sentinels : mapping of float to int
    constant : bool
        Whether all entries are alike.
    distinct : int
        Different values; where `all_counted` is false, at least.
    all_counted : bool
    quantiles : mapping of float to float
        By rank, without sentinels.
    quantile_error : float
        How wrong a quantile can be at most; 0 if they are those of NumPy.
    lengths : Statistics or None
        Of its lists, one for each event.
    empty : float or None
        The share of events whose list is empty.
    tally : Tally
        Everything counted.
    cleaned : Cleaned
        The same without sentinels.
    length_tally : Tally or None
        Of the lengths of its lists.
    """

    spec: ColumnSpec
    entries: int
    missing: int
    nan: int
    inf: int
    whole: Statistics
    clean: Statistics
    sentinels: Mapping[float, int]
    constant: bool
    distinct: int
    all_counted: bool
    quantiles: Mapping[float, float]
    quantile_error: float
    lengths: Statistics | None
    empty: float | None
    tally: Tally
    cleaned: Cleaned
    length_tally: Tally | None

    def __repr__(self) -> str:
        clean = self.clean
        reach = "" if clean.min is None else f", {clean.min:.6g} to {clean.max:.6g}"
        mean = "" if clean.mean is None else f", mean {clean.mean:.6g}, std {clean.std:.6g}"
        others = {"missing": self.missing, "nan": self.nan, "inf": self.inf}
        others |= {f"{value:g}": count for value, count in self.sentinels.items()}
        rest = "".join(f", {name}: {count}" for name, count in others.items() if count)
        spec = self.spec
        return f"<{spec.name}: {spec.described}, {self.entries} entries{reach}{mean}{rest}>"

    @property
    def flagged(self) -> int:
        """How many entries are sentinels."""
        return sum(self.sentinels.values())


@dataclass(frozen=True)
class Correlation:
    """How two columns go together, in a sample of events.

    Attributes
    ----------
    first, second : str
        Columns; of a list, its first element.
    coefficient : float
        Pearson's.
    events : int
        In the sample that have both.
    """

    first: str
    second: str
    coefficient: float
    events: int


@dataclass(frozen=True)
class Finding:
    """Something that a user should know.

    Attributes
    ----------
    kind : str
        ``sentinels``, ``nan``, …: see `hepline.survey.findings.KINDS`.
    column : str
        Empty for what concerns the files.
    text : str
    """

    kind: str
    column: str
    text: str


@dataclass(frozen=True, eq=False, repr=False)
class Description:
    """What is in one or more files.

    Attributes
    ----------
    name : str
    files : tuple of str
    tree, convention : str
    entries : int
        Events.
    columns : mapping of str to ColumnFacts
    unread : mapping of str to str
        Columns that cannot be computed with, with the reason.
    duplicates : Duplicates
    correlations : tuple of Correlation
        The strongest first.
    sampled : int
        Events in the sample that they are from.
    findings : tuple of Finding
        What is suspicious, the most serious first.
    groups : mapping of str to tuple of str
        Columns by the objects that they belong to; by no name what stands alone.
    objects : tuple of StoredObject
        Histograms and other objects of a file that has no events.
    parts : tuple of Part
        The files with their sizes.
    """

    name: str
    files: tuple[str, ...]
    tree: str
    convention: str
    entries: int
    columns: Mapping[str, ColumnFacts]
    unread: Mapping[str, str]
    duplicates: Duplicates
    correlations: tuple[Correlation, ...] = ()
    sampled: int = 0
    findings: tuple[Finding, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    objects: tuple[StoredObject, ...] = ()
    parts: tuple[Part, ...] = ()

    def __repr__(self) -> str:
        kinds = Counter(finding.kind for finding in self.findings)
        counts = ", ".join(f"{kind}: {count}" for kind, count in kinds.items())
        size = f"{self.entries} events, {len(self.columns)} columns"
        return f"<Description of {self.name}: {size}; findings: {counts or 'none'}>"

    def _repr_html_(self) -> str:
        flags: dict[str, list[str]] = {}
        for finding in self.findings:
            flags.setdefault(finding.column, []).append(finding.kind)
        rows = []
        for name, facts in self.columns.items():
            clean = facts.clean
            numbers = (clean.min, facts.quantiles.get(0.5), clean.max, clean.mean, clean.std)
            written = ["–" if value is None else f"{value:.4g}" for value in numbers]
            rows.append((name, facts.spec.described, *written, ", ".join(flags.get(name, ()))))
        head = ("column", "type", "min", "median", "max", "mean", "std", "findings")
        return html_table(head, rows, caption=repr(self)[1:-1])

    def __getitem__(self, column: str) -> ColumnFacts:
        return self.columns[column]


def facts_of(spec: ColumnSpec, tally: Tally, lengths: Tally | None) -> ColumnFacts:
    """Facts from what was counted.

    Parameters
    ----------
    spec : ColumnSpec
    tally : Tally
    lengths : Tally or None
        Of its lists.
    """
    is_text = spec.dtype == TEXT
    clean = cleaned(tally, spec.name, spec.dtype)
    frequencies = clean.frequencies
    by_rank, error = {}, 0.0
    if frequencies is not None and clean.ends is not None and not is_text:
        values, error = quantiles(frequencies, RANKS, clean.ends)
        by_rank = dict(zip(RANKS, values, strict=True))
    empty = None
    if lengths is not None and lengths.frequencies is not None:
        empty = dict(lengths.lowest).get(0, 0) / lengths.moments.count
    return ColumnFacts(
        spec,
        tally.entries,
        tally.missing,
        tally.nan,
        tally.above + tally.below,
        Statistics() if is_text else _statistics(tally),
        Statistics() if is_text else _clean_statistics(clean),
        clean.sentinels,
        tally.distinct == 1,
        tally.distinct,
        tally.frequencies is None or tally.frequencies.exact,
        by_rank,
        error,
        None if lengths is None else _statistics(lengths),
        empty,
        tally,
        clean,
        lengths,
    )


def _statistics(tally: Tally) -> Statistics:
    if not tally.moments.count:
        return Statistics()
    mean, deviation = tally.moments.mean, tally.moments.deviation
    return Statistics(tally.lowest[0][0], tally.highest[0][0], mean, deviation)


def _clean_statistics(clean: Cleaned) -> Statistics:
    if clean.ends is None:
        return Statistics()
    return Statistics(*clean.ends, clean.moments.mean, clean.moments.deviation)
