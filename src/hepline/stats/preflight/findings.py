"""What a check has to say about a workspace."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

__all__ = ["Finding", "Severity", "Summary", "sorted_findings", "summaries"]

Severity = Literal["error", "warning", "note"]
_RANK: dict[str, int] = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True)
class Finding:
    """One remark about one place of a workspace.

    Attributes
    ----------
    code : str
        Stable, such as ``HL201``; ``docs/preflight.md`` lists them.
    severity : str
        ``error``: the fit is impossible or its result without meaning. ``warning``: probably a
        mistake. ``note``: worth knowing.
    title : str
        What all findings of this code have in common.
    message : str
        What was found, with the numbers.
    why, fix : str
        Why it matters; what to do about it.
    channel, sample, modifier : str
        Empty where the finding is about all of them.
    bin : int or None
        Counted from zero within the channel.
    """

    code: str
    severity: Severity
    title: str
    message: str
    why: str
    fix: str
    channel: str = ""
    sample: str = ""
    modifier: str = ""
    bin: int | None = None

    @property
    def place(self) -> str:
        """Channel, sample, modifier and bin, as far as they are known."""
        names = [name for name in (self.channel, self.sample, self.modifier) if name]
        return " / ".join([*names, *([] if self.bin is None else [f"bin {self.bin}"])])

    def __str__(self) -> str:
        """One line, which begins with the code."""
        return f"{self.code} {self.severity}: {_after(self.place)}{self.message}"


@dataclass(frozen=True)
class Summary:
    """All findings of one code and one severity.

    Attributes
    ----------
    code, severity, title : str
    count : int
    first : Finding
    """

    code: str
    severity: Severity
    title: str
    count: int
    first: Finding

    def __str__(self) -> str:
        """One line, which begins with the code."""
        first = f"{_after(self.first.place)}{self.first.message}"
        if self.count == 1:
            return f"{self.code} {self.severity}: {self.title}: {first}"
        return f"{self.code} {self.severity}: {self.title}: {self.count} times (first: {first})"


def sorted_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Put the worst first, then order by code and place."""
    return tuple(
        sorted(
            findings,
            key=lambda each: (
                _RANK[each.severity],
                each.code,
                each.channel,
                each.sample,
                each.modifier,
                -1 if each.bin is None else each.bin,
            ),
        )
    )


def summaries(findings: Iterable[Finding]) -> tuple[Summary, ...]:
    """Say once what was found many times.

    Parameters
    ----------
    findings : iterable of Finding

    Returns
    -------
    tuple of Summary
        One for each code and severity, the worst first.
    """
    found = []
    for _, group in groupby(sorted_findings(findings), lambda each: (each.severity, each.code)):
        alike = list(group)
        first = alike[0]
        found.append(Summary(first.code, first.severity, first.title, len(alike), first))
    return tuple(found)


def _after(place: str) -> str:
    return f"{place}: " if place else ""
