"""Results of a run beside the templates: cutflow, accounting, notices, blinding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hepline.columns.schema import counted

__all__ = [
    "Accounting",
    "Blinding",
    "Coverage",
    "CutStep",
    "Cutflow",
    "Notice",
    "Tally",
    "first_samples",
]

_MOST_SAMPLES = 4  # that a notice names


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
        Events scaled to the luminosity, with all weights; before the last cut, without the factors
        of a weight that are missing or not finite.
    incomplete : int
        Entries whose weight lacks such a factor; none after the last cut.
    """

    name: str
    entries: int
    events: float
    incomplete: int = 0

    def __add__(self, other: CutStep) -> CutStep:
        """The same step for the events of both."""
        return CutStep(
            self.name,
            self.entries + other.entries,
            self.events + other.events,
            self.incomplete + other.incomplete,
        )


@dataclass(frozen=True)
class Cutflow:
    """Successive cuts of one region on one sample (nominal)."""

    region: str
    sample: str
    steps: tuple[CutStep, ...]


@dataclass(frozen=True)
class Tally:
    """A number of entries, and the events that they stand for.

    Attributes
    ----------
    entries : int
        Unweighted.
    events : float
        Scaled to the luminosity, with all weights.
    """

    entries: int = 0
    events: float = 0.0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.entries + other.entries, self.events + other.events)

    def __sub__(self, other: Tally) -> Tally:
        return Tally(self.entries - other.entries, self.events - other.events)


@dataclass(frozen=True)
class Accounting:
    """What became of the events of one sample in one region. Every sum closes.

    ``read = cuts + selected`` counts events. ``entries = missing + undefined + below + inside +
    above`` counts values of the observable: one for each selected event, or, where the observable
    is a list, one for each of its elements.

    Attributes
    ----------
    region, sample : str
    variation : str
        As in the name of the template; empty for the nominal one.
    read : int
        Events of the sample that were read.
    cuts : tuple of (str, Tally)
        What each cut removed. A variation has no steps, nor have data while other regions hide
        theirs: there is one entry, ``all cuts``, with 0 events.
    selected : Tally
        Events that pass all cuts.
    is_list : bool
        Whether the observable has a list of values for each event.
    empty : Tally
        Selected events with an empty list.
    entries : Tally
        Values of the observable in the selected events.
    missing, undefined : Tally
        Values that are missing, and values that are not a number; neither is in any bin.
    below, above : Tally
        Values outside of the bins that are fitted, by side.
    inside : Tally
        Values in the bins that are fitted.
    merged : Tally
        Part of `inside`: values in bins that were merged with a neighbor for the fit.
    """

    region: str
    sample: str
    variation: str
    read: int
    cuts: tuple[tuple[str, Tally], ...]
    selected: Tally
    is_list: bool
    empty: Tally
    entries: Tally
    missing: Tally
    undefined: Tally
    below: Tally
    inside: Tally
    above: Tally
    merged: Tally

    @property
    def outside(self) -> Tally:
        """Values on either side of the fitted bins."""
        return self.below + self.above

    @property
    def lost(self) -> Tally:
        """Values that no fitted bin holds."""
        return self.missing + self.undefined + self.outside


@dataclass(frozen=True)
class Coverage:
    """How much of a sample was read.

    Attributes
    ----------
    sample : str
        Entry of the list of files.
    variation : str
        ``nominal`` or the name of an alternative sample.
    files : int
        Files that were read.
    events_read : int
        Entries that were read.
    events_expected : int or None
        Entries in all files; None if an unreadable file hides its number.
    normalized_to : float
        Divisor of the cross-section: generated events or the sum of their weights; 0 for data.
    unreadable : tuple of (str, str)
        Path and reason of every file that was skipped.
    checksums : tuple of (str, int)
        Whether checksums verify the bytes that were read, each with its number of files.
    remarks : tuple of (str, str)
        Path of a file that was read, and a remark about it.
    era : str
        Empty without eras.
    """

    sample: str
    variation: str
    files: int
    events_read: int
    events_expected: int | None
    normalized_to: float
    unreadable: tuple[tuple[str, str], ...] = ()
    checksums: tuple[tuple[str, int], ...] = ()
    remarks: tuple[tuple[str, str], ...] = ()
    era: str = ""

    @property
    def name(self) -> str:
        """Entry and era, for messages."""
        return f"{self.sample} {self.era}" if self.era else self.sample

    @property
    def fraction(self) -> float | None:
        """Share of the expected events that was read; None if unknown."""
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


def first_samples(parts: Sequence[str]) -> str:
    """Join the remarks about the first samples, and the number of others."""
    more = len(parts) - _MOST_SAMPLES
    others = f" and {counted(more, 'more sample')}" if more > 0 else ""
    return ", ".join(parts[:_MOST_SAMPLES]) + others


@dataclass(frozen=True)
class Blinding:
    """How much of the data a measurement shows, for its report.

    Attributes
    ----------
    state : str
        ``blinded``; ``unblinded`` where blinding is declared and lifted; ``none`` where nothing is
        declared, or it does not apply.
    since : str or None
        When it was first lifted in this folder, UTC in ISO 8601; also while blinded again.
    reason : str
        As given then.
    regions : tuple of str
        Regions whose data are, or were, hidden.
    poi : str
        Name of the parameter whose value is, or was, shifted; empty if none.
    note : str
        One sentence for people.
    """

    state: str = "none"
    since: str | None = None
    reason: str = ""
    regions: tuple[str, ...] = ()
    poi: str = ""
    note: str = ""
