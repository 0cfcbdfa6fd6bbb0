"""What is in files, as lines and rows of text that fit on a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from hepline.data.objects import StoredObject
from hepline.survey.description import ColumnFacts, Description, Finding
from hepline.survey.findings import KINDS, SERIOUS, number

__all__ = [
    "COLUMN_HEAD",
    "GROUP_HEAD",
    "column_rows",
    "finding_lines",
    "group_rows",
    "heading",
    "said_of",
]

COLUMN_HEAD = ("", "column", "type", "min", "median", "max", "mean", "std")
GROUP_HEAD = ("objects", "columns", "list lengths", "worth a look")

# What a terminal shows of each kind of finding.
_MOST, _FEW, _WIDTH = 12, 3, 100
_THIN = "\u202f"  # narrow no-break space


def heading(description: Description) -> Iterator[str]:
    """One line about the files, and one about what belongs together in them."""
    files = description.files
    if description.objects:
        yield f"{files[0]}: no events, but {len(description.objects)} objects"
        yield from map(_object_line, description.objects)
        return
    yield said_of(description)
    by = description.duplicates.columns
    known = f"by {', '.join(by)}" if by else "by all of their columns: they have no number"
    yield f"duplicates, {known}: {description.duplicates.count}"


def said_of(description: Description) -> str:
    """Files, events and columns, in one line."""
    files = description.files
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    inside = f" in '{description.tree}'" if description.tree else ""
    events = f"{description.entries:,}".replace(",", _THIN)
    columns = f"{len(description.columns)} columns ({description.convention})"
    return f"{files[0]}{more}: {events} events{inside}, {columns}"


def _object_line(stored: StoredObject) -> str:
    if not stored.bins:
        return f"  {stored.name} ({stored.kind})"
    axes = " × ".join(
        f"{bins} bins from {number(low)} to {number(high)}"
        for bins, low, high in zip(stored.bins, stored.low, stored.high, strict=True)
    )
    moments = (
        ""
        if math.isnan(stored.mean)
        else (f", mean {number(stored.mean)}, std {number(stored.std)}")
    )
    return f"  {stored.name} ({stored.kind}): {number(stored.entries)} entries, {axes}{moments}"


def finding_lines(description: Description) -> Iterator[tuple[str, bool]]:
    """What is suspicious, the most serious first: text, and whether it is serious.

    Parameters
    ----------
    description : Description
    """
    by_kind: dict[str, list[Finding]] = {}
    for finding in description.findings:
        by_kind.setdefault(finding.kind, []).append(finding)
    for kind, findings in by_kind.items():
        serious = kind in SERIOUS
        if kind == "duplicates":
            yield findings[0].text, serious
        elif kind in ("constant", "empty", "unread") or len(findings) > 4 * _MOST:
            names = ", ".join(finding.column for finding in findings[:_FEW])
            more = f" and {len(findings) - _FEW} more" if len(findings) > _FEW else ""
            yield f"{KINDS[kind]} ({len(findings)}): {names}{more}", serious
        else:
            yield f"{KINDS[kind]} ({len(findings)}):", serious
            yield from ((line, serious) for line in _listed(findings))


def _listed(findings: Sequence[Finding]) -> Iterator[str]:
    width = max(len(finding.column) for finding in findings[:_MOST])
    for finding in findings[:_MOST]:
        yield f"  {finding.column:<{width}}  {finding.text}"
    if len(findings) > _MOST:
        yield f"  and {len(findings) - _MOST} more"


def column_rows(description: Description) -> Iterator[tuple[str, ...]]:
    """A row for each column, under `COLUMN_HEAD`: without sentinels; marked if suspicious."""
    serious = {finding.column for finding in description.findings if finding.kind in SERIOUS}
    for name, facts in description.columns.items():
        clean = facts.clean
        numbers = (clean.min, facts.quantiles.get(0.5), clean.max, clean.mean, clean.std)
        written = ("–" if value is None else number(value, 4) for value in numbers)
        kind = facts.spec.described.removeprefix("event * ").replace("var * ", "* ")
        yield ("!" if name in serious else "", name, kind, *written)


def group_rows(description: Description) -> Iterator[tuple[str, ...]]:
    """A row for each kind of objects, under `GROUP_HEAD`."""
    flags: dict[str, set[str]] = {}
    for finding in description.findings:
        if finding.kind not in ("constant", "empty"):
            flags.setdefault(finding.column, set()).add(finding.kind)
    for group, names in description.groups.items():
        lengths = {_length(description.columns[name]): None for name in names}
        kinds = [kind for kind in KINDS if any(kind in flags.get(name, ()) for name in names)]
        yield (
            group or "alone",
            str(len(names)),
            ", ".join(text for text in lengths if text)[:_WIDTH],
            ", ".join(kinds),
        )


def _length(facts: ColumnFacts) -> str:
    lengths = facts.lengths
    if lengths is None or lengths.min is None or lengths.max is None or lengths.mean is None:
        return ""
    if lengths.min == lengths.max:
        return number(lengths.min)
    return f"{number(lengths.min)} to {number(lengths.max)}, mean {lengths.mean:.3g}"
