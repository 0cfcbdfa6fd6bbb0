"""``hepline peak``: find resonances in a mass spectrum, fit them and name them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hepline.errors import AnalysisError
from hepline.share.peaks import measure_peaks
from hepline.show.peaks_lines import peak_lines
from hepline.spectra.combination import Combination

__all__ = ["peak"]


def peak(
    files: Annotated[list[str], typer.Argument(help="ROOT, Parquet, HDF5 or CSV files")],
    pairs: Annotated[str, typer.Option(help="list to combine: Muon")] = "",
    triplets: Annotated[str, typer.Option(help="the same, three at a time")] = "",
    combine: Annotated[int, typer.Option(help="objects of --pairs to combine", min=2)] = 2,
    every: Annotated[
        bool, typer.Option("--all", help="all combinations; else events with just that many")
    ] = False,
    mass: Annotated[str, typer.Option(help="column that holds masses")] = "",
    p4: Annotated[
        list[str] | None,
        typer.Option(
            help="pt,eta,phi[,mass], px,py,pz[,mass] or E,px,py,pz; once for each particle"
        ),
    ] = None,
    charge_columns: Annotated[
        str, typer.Option(help="Q1,Q2, to --p4 or --mass; or Q, the sum")
    ] = "",
    charge: Annotated[str | None, typer.Option(help="opposite, same, any, ++ or --")] = None,
    particle: Annotated[str, typer.Option(help="what they are: mu, e, pi, K, p, gamma")] = "",
    unit: Annotated[str | None, typer.Option(help="of the file: GeV or MeV")] = None,
    window: Annotated[
        tuple[float, float] | None, typer.Option(help="LOW HIGH in GeV; else all is scanned")
    ] = None,
    signal: Annotated[str, typer.Option(help="shape of the peak")] = "auto",
    background: Annotated[str, typer.Option(help="shape of the background")] = "auto",
    scale: Annotated[float | None, typer.Option(help="uncertainty of momenta; 0.001")] = None,
    calibrate: Annotated[str, typer.Option(help="set the scale on a resonance: J/psi")] = "",
    tree: Annotated[str, typer.Option(help="name of the tree; of a group in HDF5")] = "Events",
    out: Annotated[Path, typer.Option(help="folder for the results")] = Path("out"),
    figures: Annotated[str, typer.Option(help="both (PDF and PNG), pdf, png or none")] = "both",
) -> None:
    """Find the peaks of a mass spectrum, fit and name them."""
    if pairs and triplets:
        raise AnalysisError(
            f"--pairs {pairs} and --triplets {triplets}.",
            why="one spectrum is made of one kind of combination.",
            fix="choose one of them; --pairs LIST --combine N takes any number.",
        )
    asked = Combination(
        collection=triplets or pairs,
        size=3 if triplets else combine,
        every=every,
        momenta=tuple(tuple(_names(one)) for one in p4 or ()),
        column=mass,
        charges=tuple(_names(charge_columns)),
        charge=charge,
        particle=particle,
        unit=unit,
    )
    done = measure_peaks(
        files, asked, window=window, signal=signal, background=background, scale=scale,
        calibrate=calibrate, tree=tree, out=out, figures=figures,
    )  # fmt: skip
    console = Console(highlight=False, soft_wrap=True)
    for line in peak_lines(done.masses.steps, (*done.notes, *done.remarks), done.peaks):
        console.print(line, markup=False)
    console.print(f"written: {out / 'index.html'}, {out / 'peak.json'}", markup=False)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
