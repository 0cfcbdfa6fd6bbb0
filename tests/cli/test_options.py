from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from hepline.cli.options import taking


@dataclass(frozen=True)
class Options:
    file: Annotated[Path, typer.Argument(help="what to read")]
    count: Annotated[int, typer.Option(min=1, help="how many")] = 3
    names: Annotated[list[str] | None, typer.Option("--name", help="may be repeated")] = None


@pytest.fixture
def call():
    """The value that a command line becomes."""
    given = []

    @taking(Options)
    def command(options: Options) -> None:
        """Read a file."""
        given.append(options)

    app = typer.Typer()
    app.command()(command)

    def run(*words):
        done = CliRunner().invoke(app, words)
        return done, given[-1] if given else None

    return run


def test_options_arrive_as_one_value(call):
    assert call("a.root")[1] == Options(Path("a.root"))
    done, given = call("a.root", "--count", "5", "--name", "x", "--name", "y")
    assert given == Options(Path("a.root"), 5, ["x", "y"])
    assert done.exit_code == 0


def test_fields_are_described_and_checked_as_parameters(call):
    help_text = call("--help")[0].output
    assert "Read a file." in help_text
    assert "may be repeated" in help_text
    assert call()[0].exit_code == 2
    assert call("a.root", "--count", "0")[0].exit_code == 2
