"""`hl.skim`: chosen events with chosen columns, in a file of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hepline.columns.events import Events
from hepline.columns.expression import Expr, Origin
from hepline.columns.parsing import parsed
from hepline.columns.selection import choose_events
from hepline.data.filesource import FileSource
from hepline.data.writing.formats import format_of
from hepline.engine.cores import usable_cores
from hepline.errors import LanguageError, checked_keywords
from hepline.exchange.execution import Done, Job, Progress, carried_out
from hepline.exchange.recipe import recipe_of
from hepline.exchange.wanted import Columns, on_events, wanted

__all__ = ["Skim", "skim"]

Where = Expr | str | Mapping[str, Expr | str]


@dataclass(frozen=True)
class Skim:
    """A skim that was written.

    Attributes
    ----------
    path : Path
    format : str
        ``ttree``, ``rntuple`` or ``parquet``.
    events : int
        In its sources.
    kept : int
        In the skim.
    steps : tuple of (str, int)
        Label of each condition, and how many events pass it and all before (nominally).
    files : tuple of (str, int, int)
        Path of each source with its events, and how many of them were kept.
    columns : tuple of str
    left_out : mapping of str to str
        Columns that cannot be read, with the reason.
    size : int
        Bytes.
    sha256 : str
        Of the file; it also stands in the file ``PATH.sha256``, for ``sha256sum -c``.
    resumed : int
        Chunks that an earlier, interrupted skim had finished.
    """

    path: Path
    format: str
    events: int
    kept: int
    steps: tuple[tuple[str, int], ...]
    files: tuple[tuple[str, int, int], ...]
    columns: tuple[str, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)
    size: int = 0
    sha256: str = ""
    resumed: int = 0

    def __repr__(self) -> str:
        share = f" ({self.kept / self.events:.3%})" if self.events else ""
        lines = [
            f"{self.path}: {self.kept} of {self.events} events{share}, "
            f"{len(self.columns)} columns, {self.size / 1e6:.3g} MB ({self.format})"
        ]
        lines += [f"  {passed:>12} pass {label}" for label, passed in self.steps]
        return "\n".join(lines)


@checked_keywords
def skim(
    events: Events,
    *,
    out: str | Path,
    where: Where | None = None,
    columns: Columns | None = None,
    variations: bool = True,
    format: str = "",
    engine: str = "auto",
    workers: int | None = None,
    chunk: int | None = None,
    progress: Progress | None = None,
) -> Skim:
    """Write the events that pass to a file, with stored and new columns.

    Parameters
    ----------
    events : Events
        ``hl.open(FILES)``, or those of its events that pass conditions.
    out : path
        Ends in ``.root`` or ``.parquet``. It is written aside, and takes this name when complete.
    where : Expr, str, or mapping of label to these, optional
        Further conditions; as text, such as ``"count(Muon.pt > 20) >= 2"``.
    columns : str, mapping, or sequence of these, optional
        Names, patterns (``Muon_*``) and objects (``Muon``) that are kept, and mappings of new names
        to expressions: ``["Muon", "HLT_*", {"z_mass": z.mass}]``. All stored columns by default.
        Expressions may stand on symbolic events (`hl.events`).
    variations : bool
        Whether new columns are kept under each of their variations; then an event is kept if it
        passes nominally or under any variation.
    format : str, optional
        ``ttree``, ``rntuple`` or ``parquet``; by default as the name ends, and an RNTuple where a
        TTree cannot hold a column.
    engine : str
        ``auto``, ``compiled``, ``awkward`` or ``reference``.
    workers : int, optional
        Threads; by default one for each core.
    chunk : int, optional
        Events that are read at a time.
    progress : callable, optional
        Called with name, events done and their total.

    Returns
    -------
    Skim

    Raises
    ------
    LanguageError
        If a column or condition makes no sense.
    OutputError
        If the format cannot hold a column, or the file cannot be written.
    DataError
        If a source is damaged. What was done is kept: the same call goes on where it stopped.
    """
    target = Path(out)
    selection = wanted(Events(_origin(events, where)), columns, variations=variations)
    recipe = recipe_of(selection, variations=variations)
    written = [stored.written for stored in selection.kept]
    written += [variant.written for variant in recipe.variants]
    if not written:
        raise LanguageError(
            f"a skim of {events!r} without columns.",
            why="none that was asked for can be read.",
            fix="name columns that exist: hepline ls FILE.",
        )
    kind = format_of(target, format, written)
    job = Job(_source(events), selection, recipe, tuple(written), kind, target)
    done = carried_out(job, engine, workers or usable_cores(), chunk, progress)
    return _skim_of(job, done)


def _origin(events: Events, where: Where | None) -> Origin:
    """The events that pass; conditions may stand on symbolic events."""
    steps = where if isinstance(where, Mapping) else {"": where}
    conditions: dict[str, object] = {}
    for label, condition in steps.items():
        if condition is None:
            continue
        if isinstance(condition, str):
            conditions[label or condition] = parsed(condition, events)
        else:
            conditions[label] = on_events(condition, events)
    return choose_events(events.origin, conditions)


def _source(events: Events) -> FileSource:
    source = events.origin.source
    if not isinstance(source, FileSource):
        raise LanguageError(
            f"a skim of {events!r}.",
            why="these events are symbolic: no files belong to them.",
            fix="skim the events of files: hl.skim(hl.open(FILES), …).",
        )
    return source


def _skim_of(job: Job, done: Done) -> Skim:
    """What was done, for people."""
    parts = job.source.parts
    labels = [label for label, _ in job.recipe.steps]
    return Skim(
        job.target,
        job.kind.name,
        sum(part.entries for part in parts),
        done.kept,
        tuple(zip(labels, done.passed, strict=True)),
        tuple((p.path, p.entries, kept) for p, kept in zip(parts, done.by_file, strict=True)),
        tuple(column.name for column in job.written),
        job.selection.left_out,
        job.target.stat().st_size,
        done.sha256,
        done.resumed,
    )
