"""Below the commands, messages speak of parameters; commands speak of options."""

import ast
from importlib import import_module
from pathlib import Path

import pytest
import typer

import hepline as package
from hepline.cli.app import COMMANDS
from hepline.cli.flags import FLAGS, in_options, with_options
from hepline.errors import FitError, HeplineError, OutputError

SOURCE = Path(package.__file__).parent

EXEMPT = {
    "cli": "the commands themselves",
    "spectra": "its messages still name the options of `hepline peak`",
    "share/peaks": "as spectra",
}
FOREIGN = "brilcalc"  # another program, whose options its users type

MODULES = [
    path
    for path in sorted(SOURCE.rglob("*.py"))
    if not str(path.relative_to(SOURCE)).startswith(tuple(EXEMPT))
]


def texts(module):
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_option_is_named_below_the_commands(module):
    named = [
        text
        for text in texts(module)
        if any(word.strip("`'\"(").startswith("--") and word.strip("`'\"().,:-").isidentifier()
               for word in text.split())
        and FOREIGN not in text
    ]  # fmt: skip
    assert not named


def options(name):
    """The options of a command, from what typer makes of it."""
    app = typer.Typer()
    app.command()(getattr(import_module(f"hepline.cli.{name}"), name))
    return {option for one in typer.main.get_command(app).params for option in one.opts}


@pytest.mark.parametrize("command", FLAGS)
def test_every_option_of_the_table_exists(command):
    assert command in COMMANDS
    assert set(FLAGS[command].values()) <= options(command)


@pytest.mark.parametrize(
    ("text", "command", "said"),
    [
        ("name one (poi='mu').", "fit", "name one (--poi mu)."),
        ("name one (poi='…').", "fit", "name one (--poi …)."),
        ("the background alone (poi='').", "fit", "the background alone (--poi '')."),
        ("give reason='seen at last'.", "run", "give --reason 'seen at last'."),
        ("leave poi= out, or unblind=True.", "run", "leave --poi out, or --unblind."),
        ("chunk=0, workers=1.", "run", "--chunk 0, --workers 1."),
        ("patches='a.json:x'", "fit", "--patch a.json:x"),
        ("and 3 more (most=None)", "lint", "and 3 more (--all)"),
        ("an interval (model.intervals()).", "fit", "an interval (--minos)."),
        # What a command has no option for, and what a user writes in a file, stay.
        ("tree='Events'", "run", "tree='Events'"),
        ("hl.Analysis(…, poi='mu'), or poi='mu'", "run", "hl.Analysis(…, poi='mu'), or --poi mu"),
        ("unblind=False", "run", "unblind=False"),
        ("poi='mu'", "", "poi='mu'"),
    ],
)
def test_parameters_become_options(text, command, said):
    assert in_options(text, command) == said


def test_an_error_keeps_its_kind_and_speaks_of_options():
    error = FitError("poi='nu'.", why="workers=2.", fix="patches='a'.", asked_at="")
    said = with_options(error, ["fit", "workspace.json"])
    assert type(said) is FitError
    assert (said.what, said.why, said.fix) == ("--poi nu.", "--workers 2.", "--patch a.")
    assert "asked at" not in str(said)


def test_what_an_analysis_file_asks_for_stays_in_python():
    error = HeplineError("x.", why="y.", fix="say poi='mu'.", asked_at="my.py:3  hl.Analysis()")
    assert with_options(error, ["run", "some/my.py"]).fix == "say poi='mu'."
    assert with_options(error, ["run", "other.py"]).fix == "say --poi mu."
    assert with_options(OutputError("x.", why="y.", fix="z."), []).fix == "z."
