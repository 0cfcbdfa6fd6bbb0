"""Progress of commands that take a while: bars on a terminal, lines in a log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
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
_SILENCE = 30.0  # s without a line, after which a log says how far a long task has come


@contextmanager
def bars() -> Iterator[Report]:
    """Show a bar for each name that reports; where there is no terminal, write lines.

    Yields
    ------
    callable
        ``report(name, done, total)``.
    """
    console = Console(highlight=False, soft_wrap=True)
    if not console.is_terminal:
        yield _Log(console).report
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        tasks: dict[str, TaskID] = {}

        def report(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = progress.add_task(name, total=total)
            progress.update(tasks[name], completed=done, total=total)

        yield report


class _Log:
    """Lines about what begins, what takes long, and what is done after how many seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._begun: dict[str, float] = {}
        self._said: dict[str, float] = {}

    def report(self, name: str, done: int, total: int) -> None:
        now = time.monotonic()
        began = self._begun.setdefault(name, now)
        if done >= total:
            self._say(f"{name}: {total} in {now - began:.1f} s")
        elif now - self._said.get(name, now - _SILENCE) >= _SILENCE:
            self._said[name] = now
            self._say(f"{name}: {done} of {total}")

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False)
        # A log that goes to a file or through a pipe is otherwise written in large blocks.
        self._console.file.flush()
