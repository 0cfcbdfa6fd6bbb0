"""Progress bars for commands that take a while."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

__all__ = ["bars"]

Report = Callable[[str, int, int], None]


@contextmanager
def bars(*, one_bar: str = "") -> Iterator[Report]:
    """Show a bar for each name that reports, or one bar for all.

    Parameters
    ----------
    one_bar : str
        Label of a single bar; empty for a bar per name.

    Yields
    ------
    callable
        ``report(name, done, total)``.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns) as progress:
        tasks: dict[str, TaskID] = {}

        def report(name: str, done: int, total: int) -> None:
            label = one_bar or name
            if label not in tasks:
                tasks[label] = progress.add_task(label, total=total)
            progress.update(tasks[label], completed=done, total=total)

        yield report
