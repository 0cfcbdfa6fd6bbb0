"""``hepline fit``: fit a pyhf workspace, answer questions about it, write ``fit.json``."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hepline.cli.options import taking
from hepline.cli.progress import bars
from hepline.engine.cores import usable_cores
from hepline.errors import FitError
from hepline.share.fit_text import lines
from hepline.share.inference import ModelOptions, infer
from hepline.stats.inference.results import Ranking
from hepline.stats.preflight import summaries
from hepline.stats.questions import Answers, Questions
from hepline.stats.results import Parameter

__all__ = ["fit"]

_PARTS = "write for example --groups 'b-tagging=btag*,mistag'."
_VALUE = "write for example --fix JES=0.0."


@dataclass(frozen=True)
class Options:
    """What the command line says: of the model, the questions, and the results."""

    workspace: Annotated[Path, typer.Argument(help="pyhf workspace in JSON")]
    out: Annotated[Path, typer.Option(help="folder for fit.json")] = Path()
    measurement: Annotated[str | None, typer.Option(help="the first if not given")] = None
    poi: Annotated[str | None, typer.Option(help="another parameter of interest")] = None
    patch: Annotated[list[str] | None, typer.Option(help="FILE or FILE:NAME of a set")] = None
    fix: Annotated[list[str] | None, typer.Option(help="NAME=VALUE, held always")] = None
    exclude: Annotated[list[str] | None, typer.Option(help="a channel to leave out")] = None
    asimov: Annotated[float | None, typer.Option(help="fit expected data for this POI")] = None
    cls: Annotated[float | None, typer.Option(help="test this value by CLs")] = None
    limit: Annotated[bool, typer.Option("--limit", help="upper limit")] = False
    level: Annotated[float, typer.Option(help="confidence level of the limit")] = 0.95
    statistic: Annotated[str, typer.Option(help="qtilde, q or t")] = "qtilde"
    significance: Annotated[bool, typer.Option("--significance", help="of a discovery")] = False
    impacts: Annotated[bool, typer.Option("--impacts", help="ranking, groups of errors")] = False
    top: Annotated[int, typer.Option(min=1, help="how many impacts to print")] = 20
    groups: Annotated[list[str] | None, typer.Option(help="NAME=PATTERN,… of errors")] = None
    minos: Annotated[bool, typer.Option("--minos", help="profile-likelihood intervals")] = False
    scan: Annotated[list[str] | None, typer.Option(help="a parameter's likelihood")] = None
    gof: Annotated[bool, typer.Option("--gof", help="goodness of fit (with toys)")] = False
    posterior: Annotated[bool, typer.Option("--posterior", help="Bayesian, by NUTS")] = False
    toys: Annotated[int, typer.Option(min=0, help="toys instead of formulae")] = 0
    seed: Annotated[int, typer.Option(min=0, help="of toys and of the sampler")] = 1
    workers: Annotated[int, typer.Option(min=1, help="processes for toys")] = 1
    blind: Annotated[str | None, typer.Option(help="a phrase that hides the result")] = None
    report: Annotated[bool, typer.Option("--report", help="index.html and figures/")] = False
    figures: Annotated[str, typer.Option(help="both (PDF and PNG), pdf, png or none")] = "both"

    @property
    def model(self) -> ModelOptions:
        """What to change in the workspace."""
        return ModelOptions(
            measurement=self.measurement, poi=self.poi, patches=tuple(self.patch or ()),
            exclude=tuple(self.exclude or ()), fixed=_values(self.fix), asimov=self.asimov,
        )  # fmt: skip

    @property
    def questions(self) -> Questions:
        """What to ask."""
        named = _named("--groups", self.groups, _PARTS)
        groups = {name: tuple(value.split(",")) for name, value in named}
        return Questions(
            cls=self.cls, limit=self.limit, significance=self.significance, impacts=self.impacts,
            breakdown=self.impacts or bool(groups), intervals=self.minos,
            scans=tuple(self.scan or ()), goodness=self.gof, posterior=self.posterior,
            toys=self.toys, seed=self.seed, workers=self.workers, blind=self.blind,
            level=self.level, statistic=self.statistic, groups=groups or None,
        )  # fmt: skip


@taking(Options)
def fit(given: Options) -> None:
    """Fit a pyhf workspace, and ask for limits, significance, impacts, toys."""
    questions, model = given.questions, given.model
    with bars() if given.report else nullcontext() as progress:
        answers = infer(
            given.workspace, given.out, questions, options=model, report=given.report,
            figures=given.figures, drawing_workers=usable_cores(), progress=progress,
        )  # fmt: skip
    _print(answers, given.top)
    written = given.out / ("index.html" if given.report else "fit.json")
    Console().print(f"written: {written}", markup=False, highlight=False)


def _print(answers: Answers, top: int) -> None:
    console = Console()
    console.print(_parameters(answers))
    if answers.impacts:
        console.print(_ranking(answers.impacts, top))
    for line in lines(answers):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    # Notes are for those who ask: `hepline lint`.
    for summary in summaries([one for one in answers.findings if one.severity != "note"]):
        console.print(str(summary), markup=False, highlight=False, soft_wrap=True)


def _named(option: str, entries: list[str] | None, fix: str) -> list[tuple[str, str]]:
    """Split ``NAME=VALUE``."""
    parts = [entry.partition("=") for entry in entries or ()]
    for name, equals, value in parts:
        if not (name and equals and value):
            raise FitError(
                f"{option} was given '{name}{equals}{value}'.",
                why="it takes a name and what belongs to it, with '=' between them.",
                fix=fix,
            )
    return [(name, value) for name, _, value in parts]


def _values(entries: list[str] | None) -> dict[str, float]:
    values = {}
    for name, text in _named("--fix", entries, _VALUE):
        try:
            values[name] = float(text)
        except ValueError as error:
            raise FitError(
                f"cannot hold the parameter '{name}' at '{text}'.",
                why="that is not a number.",
                fix=f"write for example --fix {name}=0.0.",
            ) from error
    return values


def _parameters(answers: Answers) -> Table:
    table = Table(title=f"{len(answers.fit.parameters)} parameters")
    table.add_column("parameter", no_wrap=True)
    profile = {one.parameter: one for one in answers.intervals or ()}
    headings = ["value", "error", "pull", "constraint", *(["interval"] if profile else [])]
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for parameter in answers.fit.parameters:
        row = _row(parameter)
        if parameter.name in profile:
            low, high = profile[parameter.name].errors
            row = (*row, f"{low:+.4f} {high:+.4f}")
        table.add_row(*row, style="bold" if parameter.name == answers.fit.poi else None)
    return table


def _row(parameter: Parameter) -> tuple[str, ...]:
    # Names such as staterror_SR[3] would be taken for markup.
    name = escape(parameter.name)
    if parameter.fixed:
        return name, f"{parameter.value:.4f}", "fixed", "", ""
    numbers = (parameter.pull, parameter.constraint)
    shown = ("" if number is None or number != number else f"{number:.3f}" for number in numbers)
    error = f"{parameter.error:.4f}" if parameter.determined else "open"
    return name, f"{parameter.value:.4f}", error, *shown


def _ranking(ranking: Ranking, most: int) -> Table:
    title = f"impacts on {ranking.poi}"
    if len(ranking.impacts) > most:
        title += f", the largest {most} of {len(ranking.impacts)}"
    table = Table(title=title)
    table.add_column("parameter", no_wrap=True)
    for heading in ("up", "down", "pre-fit up", "pre-fit down"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in ranking.impacts[:most]:
        shifts = (one.up, one.down, one.prefit_up, one.prefit_down)
        shown = ("" if shift is None else f"{shift:+.4f}" for shift in shifts)
        table.add_row(escape(one.parameter), *shown)
    return table
