"""``hepline fit``: fit a pyhf workspace, print its parameters, write ``fit.json``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hepline.stats.results import FitResult, Parameter
from hepline.stats.run import fit_workspace

__all__ = ["fit"]


def fit(
    workspace: Annotated[Path, typer.Argument(help="pyhf workspace in JSON")],
    out: Annotated[Path, typer.Option(help="folder for fit.json")] = Path(),
    measurement: Annotated[str | None, typer.Option(help="the first if not given")] = None,
) -> None:
    """Fit a pyhf workspace."""
    result = fit_workspace(workspace, out, measurement=measurement)
    console = Console()
    console.print(_table(result))
    console.print(_summary(result), markup=False, highlight=False)
    console.print(f"written: {out / 'fit.json'}", markup=False, highlight=False)


def _table(result: FitResult) -> Table:
    table = Table(title=f"{len(result.parameters)} parameters")
    table.add_column("parameter", no_wrap=True)
    for heading in ("value", "error", "pull", "constraint"):
        table.add_column(heading, justify="right", no_wrap=True)
    for parameter in result.parameters:
        table.add_row(*_row(parameter), style="bold" if parameter.name == result.poi else None)
    return table


def _row(parameter: Parameter) -> tuple[str, ...]:
    # Names such as staterror_SR[3] would be taken for markup.
    name = escape(parameter.name)
    if parameter.fixed:
        return name, f"{parameter.value:.4f}", "fixed", "", ""
    numbers = (parameter.pull, parameter.constraint)
    shown = ("" if number is None else f"{number:.3f}" for number in numbers)
    return name, f"{parameter.value:.4f}", f"{parameter.error:.4f}", *shown


def _summary(result: FitResult) -> str:
    lines = []
    if result.poi:
        poi = result[result.poi]
        lines.append(f"{poi.name} = {poi.value:.4f} ± {poi.error:.4f}")
    lines.append(f"−2 ln L = {result.twice_nll:.4f}")
    good = result.goodness_of_fit
    if good:
        lines.append(
            f"goodness of fit: {good.statistic:.2f} for {good.degrees_of_freedom} degrees of "
            f"freedom, p = {good.p_value:.3g}"
        )
    lines.append(
        f"{result.method} in {result.seconds:.3f} s; covariance: {result.covariance_quality}"
    )
    return "\n".join(lines)
