"""What is in files, as lines and rows of text that fit on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hepline.survey.description import ColumnFacts, Description, Finding
from hepline.survey.findings import KINDS, SERIOUS, number

__all__ = ["COLUMN_HEAD", "GROUP_HEAD", "column_rows", "finding_lines", "group_rows", "heading"]

COLUMN_HEAD = ("", "column", "type", "min", "median", "max", "mean", "std")
GROUP_HEAD = ("objects", "columns", "list lengths", "worth a look")

# What a terminal shows of each kind of finding.
_MOST, _FEW, _WIDTH = 12, 3, 100
_THIN = "\u202f"  # narrow no-break space


def heading(description: Description) -> Iterator[str]:
    """One line about the files, and one about what belongs together in them."""
    files = description.files
    more = f" and {len(files) - 1} more files" if len(files) > 1 else ""
    inside = f" in '{description.tree}'" if description.tree else ""
    name = files[0] if files else description.name
    events = f"{description.entries:,}".replace(",", _THIN)
    columns = f"{len(description.columns)} columns ({description.convention})"
    yield f"{name}{more}: {events} events{inside}, {columns}"
    by = description.duplicates.columns
    known = f"by {', '.join(by)}" if by else "by all of their columns: they have no number"
    yield f"duplicates, {known}: {description.duplicates.count}"


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
