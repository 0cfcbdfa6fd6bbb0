"""What a run of an analysis returns beside its templates: cutflow, coverage, notices."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Coverage", "CutStep", "Cutflow", "Notice"]


@dataclass(frozen=True)
class CutStep:
    """Events that are left after one cut.

    Attributes
    ----------
    name : str
        The cut, as printed recipe or as the user labelled it; the first step is ``all events``.
    entries : int
        Unweighted events.
    events : float
        Events scaled to the luminosity, with all weights; before the last cut, 1 in place of a
        weight that is missing or not finite.
    """

    name: str
    entries: int
    events: float


@dataclass(frozen=True)
class Cutflow:
    """Successive cuts of one region on one sample (nominal)."""

    region: str
    sample: str
    steps: tuple[CutStep, ...]


@dataclass(frozen=True)
class Coverage:
    """How much of a sample was really read.

    Attributes
    ----------
    sample : str
    variation : str
        ``nominal`` or the name of an alternative sample.
    files : int
        Files that were read.
    events_read : int
        Entries that were read.
    events_expected : int or None
        Entries in all files that were asked for; None if a file that could not be read hides how
        many it has.
    normalized_to : float
        Generated events, or sum of their weights, that the cross-section was divided by; 0 for
        data.
    unreadable : tuple of (str, str)
        Path and reason of every file that was skipped.
    """

    sample: str
    variation: str
    files: int
    events_read: int
    events_expected: int | None
    normalized_to: float
    unreadable: tuple[tuple[str, str], ...] = ()

    @property
    def fraction(self) -> float | None:
        """Share of the expected events that was read; 1 is complete, None is not known."""
        return self.events_read / self.events_expected if self.events_expected else None


@dataclass(frozen=True)
class Notice:
    """Something a physicist should know before trusting the result.

    Attributes
    ----------
    kind : str
        ``dead variation``, ``empty template``, ``coverage``, ``normalization``, …
    text : str
        One sentence with names and numbers.
    """

    kind: str
    text: str
