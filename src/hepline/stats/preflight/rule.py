"""A rule: a function that looks at a workspace, with the code and the advice it stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from hepline.stats.preflight.findings import Finding, Severity
from hepline.stats.preflight.subject import Subject

__all__ = ["Mark", "Rule", "rule"]


@dataclass(frozen=True)
class Mark:
    """Where a rule does not hold, and by how much.

    Attributes
    ----------
    message : str
    channel, sample, modifier : str
    bin : int or None
    severity : str or None
        That of the rule by default.
    """

    message: str
    channel: str = ""
    sample: str = ""
    modifier: str = ""
    bin: int | None = None
    severity: Severity | None = None


@dataclass(frozen=True)
class Rule:
    """What is looked for, and why.

    Attributes
    ----------
    code : str
    severity : str
    title, why, fix : str
        As in `Finding`.
    find : callable
    """

    code: str
    severity: Severity
    title: str
    why: str
    fix: str
    find: Callable[[Subject], Iterable[Mark]]

    def __call__(self, subject: Subject) -> Iterator[Finding]:
        """Look at a workspace."""
        for mark in self.find(subject):
            yield Finding(
                code=self.code,
                severity=mark.severity or self.severity,
                title=self.title,
                message=mark.message,
                why=self.why,
                fix=self.fix,
                channel=mark.channel,
                sample=mark.sample,
                modifier=mark.modifier,
                bin=mark.bin,
            )


def rule(
    code: str, severity: Severity, title: str, *, why: str, fix: str
) -> Callable[[Callable[[Subject], Iterable[Mark]]], Rule]:
    """Make a rule of a function."""
    return lambda find: Rule(code, severity, title, why, fix, find)
