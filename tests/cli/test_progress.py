"""Progress: bars on a terminal, lines in a log."""

import io
import re

import pytest
from rich.console import Console

from hepline.cli import progress


@pytest.fixture
def shown(monkeypatch):
    """What `bars` writes, on a terminal or not, and a clock to turn."""

    class Shown(io.StringIO):
        terminal = False
        now = 100.0

        def console(self, **options):
            return Console(file=self, force_terminal=self.terminal, width=120, **options)

    shown = Shown()
    monkeypatch.setattr(progress, "Console", shown.console)
    monkeypatch.setattr(progress.time, "monotonic", lambda: shown.now)
    return shown


def test_log_says_what_begins_and_how_long_it_took(shown):
    with progress.bars() as report:
        report("compiling kernels", 0, 3)
        shown.now += 2.5
        report("compiling kernels", 1, 3)
        report("compiling kernels", 3, 3)
    assert shown.getvalue().splitlines() == [
        "compiling kernels: 0 of 3",
        "compiling kernels: 3 in 2.5 s",
    ]


def test_log_of_what_takes_long_goes_on_twice_a_minute(shown):
    with progress.bars() as report:
        for done in range(0, 80, 10):
            report("ttbar", done, 80)
            shown.now += 10
        report("ttbar", 80, 80)
    assert shown.getvalue().splitlines() == [
        "ttbar: 0 of 80", "ttbar: 30 of 80", "ttbar: 60 of 80", "ttbar: 80 in 80.0 s",
    ]  # fmt: skip


def test_terminal_has_a_bar_for_each_name_with_its_time(shown):
    shown.terminal = True
    with progress.bars() as report:
        report("compiling kernels", 1, 3)
        report("reading events", 5, 10)
    last = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.getvalue())
    for line in ("compiling kernels", "1/3", "reading events", "5/10", "0:00:0"):
        assert line in last
