"""Pages about files: what is in them, and how two samples differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from hepline.columns.types import TEXT
from hepline.records import Provenance
from hepline.show.encoding import EncodedFigure
from hepline.show.labels import slug
from hepline.show.page import environment
from hepline.show.small_figures import histogram_figure, ratio_figure
from hepline.survey.binning import binned
from hepline.survey.comparison import ColumnComparison, Comparison
from hepline.survey.comparison_lines import SURE, probability, significance
from hepline.survey.description import ColumnFacts, Description, Finding
from hepline.survey.findings import KINDS, SERIOUS, number

__all__ = ["SurveyContent", "render_comparison", "render_description"]

_DRAWN = 400  # columns of a comparison that are drawn
_BINS = 44


@dataclass(frozen=True, eq=False)
class SurveyContent:
    """What a page shows besides the numbers themselves.

    Attributes
    ----------
    provenance : Provenance
    seconds : mapping of str to float
        By stage.
    pairs : EncodedFigure or None
        Figure of pairs of columns.
    """

    provenance: Provenance
    seconds: Mapping[str, float]
    pairs: EncodedFigure | None = None


@dataclass(frozen=True, eq=False)
class _Row:
    """A column as a row of a table."""

    name: str
    kind: str
    facts: ColumnFacts
    figure: Markup
    notes: str
    serious: bool


@dataclass(frozen=True, eq=False)
class _Group:
    """The columns of one kind of objects."""

    title: str
    anchor: str
    lengths: str
    rows: Sequence[_Row]
    constant: Sequence[tuple[str, str]]


def render_description(description: Description, content: SurveyContent) -> str:
    """Render the page about files as HTML, with nothing to fetch from anywhere.

    Parameters
    ----------
    description : Description
    content : SurveyContent

    Returns
    -------
    str
    """
    by_kind: dict[str, list[Finding]] = {}
    for finding in description.findings:
        if finding.kind not in ("constant", "unread", "empty"):
            by_kind.setdefault(finding.kind, []).append(finding)
    reasons: dict[str, list[str]] = {}
    for name, reason in description.unread.items():
        reasons.setdefault(reason, []).append(name)
    return _rendered(
        "description.html.j2",
        content,
        description=description,
        title=_title(description),
        groups=list(_groups(description)),
        by_kind=by_kind,
        kinds=KINDS,
        serious=SERIOUS,
        reasons=reasons,
    )


def render_comparison(comparison: Comparison, content: SurveyContent) -> str:
    """Render the page about two samples as HTML, with nothing to fetch from anywhere.

    Parameters
    ----------
    comparison : Comparison
    content : SurveyContent

    Returns
    -------
    str
    """
    drawn = [
        (column, ratio_figure(column.bins, column.name))
        for column in comparison.columns[:_DRAWN]
        if column.bins is not None
    ]
    return _rendered(
        "comparison.html.j2",
        content,
        comparison=comparison,
        titles=[_title(comparison.first), _title(comparison.second)],
        rows=[(column, _medians(column)) for column in comparison.columns],
        drawn=drawn,
        cut=len(comparison.columns) > _DRAWN,
        sure=sum(column.corrected < SURE for column in comparison.columns),
    )


def _rendered(template: str, content: SurveyContent, **names: object) -> str:
    templates = environment()
    templates.filters |= {
        "brief": _brief,
        "full": _full,
        "probability": probability,
        "sigmas": significance,
    }
    return templates.get_template(template).render(content=content, columns=(), colors={}, **names)


def _brief(value: float | None) -> str:
    return "–" if value is None else number(value, 4)


def _full(value: float | None) -> str:
    return "" if value is None else repr(value)


def _title(description: Description) -> str:
    more = len(description.files) - 1
    name = description.files[0].rpartition("/")[2] if description.files else description.name
    return f"{name} and {more} more" if more > 0 else name


def _groups(description: Description) -> Iterator[_Group]:
    notes: dict[str, list[Finding]] = {}
    for finding in description.findings:
        notes.setdefault(finding.column, []).append(finding)
    for group, names in description.groups.items():
        facts = [description.columns[name] for name in names]
        varying = [column for column in facts if column.entries and not column.constant]
        rows = [_row(column, notes.get(column.spec.name, [])) for column in varying]
        still = [column for column in facts if column.constant or not column.entries]
        others = [(column.spec.name, _value(column)) for column in still]
        title = group or "Columns that stand alone"
        yield _Group(title, f"group-{slug(group)}", _lengths(facts), rows, others)


def _row(facts: ColumnFacts, notes: Sequence[Finding]) -> _Row:
    figure = Markup("")
    frequencies, ends = facts.cleaned.frequencies, facts.cleaned.ends
    if facts.spec.dtype != TEXT and frequencies is not None and ends is not None:
        whole = facts.spec.dtype == "bool" or np.dtype(facts.spec.dtype).kind in "iu"
        figure = histogram_figure(binned([frequencies], ends, whole=whole, most=_BINS))
    kind = facts.spec.described.removeprefix("event * ").replace("var * ", "* ")
    texts = "; ".join(finding.text for finding in notes)
    serious = any(finding.kind in SERIOUS for finding in notes)
    return _Row(facts.spec.name, kind, facts, figure, texts, serious)


def _value(facts: ColumnFacts) -> str:
    """What all entries of a constant column are."""
    if not facts.entries:
        return "no entries"
    if facts.whole.min is None:
        return "one text" if facts.spec.dtype == TEXT else "NaN"
    return number(facts.whole.min)


def _lengths(facts: Sequence[ColumnFacts]) -> str:
    """How long the lists of a group are, if all are alike."""
    lengths = {column.lengths for column in facts}
    (length,) = lengths if len(lengths) == 1 else (None,)
    if length is None or length.min is None or length.max is None or length.mean is None:
        return ""
    empty = next(column.empty for column in facts if column.empty is not None)
    return (
        f"{number(length.min)} to {number(length.max)} in an event, {length.mean:.3g} on average; "
        f"none in {100 * empty:.3g} % of the events"
    )


def _medians(column: ColumnComparison) -> tuple[float | None, float | None]:
    first, second = (
        None if facts is None else facts.quantiles.get(0.5)
        for facts in (column.first, column.second)
    )
    return first, second
