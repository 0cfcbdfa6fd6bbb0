"""``hepline fetch``: verified files of a dataset in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hepline.cli.progress import bars
from hepline.data.catalogue.fetch import fetch as fetch_files
from hepline.data.catalogue.lock import LOCK

__all__ = ["fetch"]


def fetch(
    address: Annotated[
        str,
        typer.Argument(
            help="cod:N, zenodo:N, hf:OWNER/NAME, atlas:N, rucio:SCOPE:NAME, https://…, a path"
        ),
    ],
    out: Annotated[Path, typer.Option(help="folder for the files")],
    file: Annotated[
        list[str] | None, typer.Option(help="only this one; may be repeated; * matches any letters")
    ] = None,
    unpack: Annotated[
        bool, typer.Option("--unpack", help="unpack archives, each into a folder beside it")
    ] = False,
) -> None:
    """Fetch files of a dataset; each is verified by its size and checksum."""
    console = Console(highlight=False, soft_wrap=True)
    with bars() as progress:
        fetched = fetch_files(address, out=out, files=file or (), unpack=unpack, progress=progress)
    for notice in fetched.notices:
        console.print(f"note: {notice}", markup=False)
    for folder in fetched.folders:
        console.print(f"unpacked: {folder}", markup=False)
    record = fetched.record
    if record.obstacle:
        console.print(f"note: {record.obstacle}; hepline does not read them.", markup=False)
    if record.citation:
        console.print(f"cite: {record.citation}", markup=False)
    console.print(
        f"verified: {len(fetched.paths)} files in {out} ({fetched.brought} downloaded); "
        f"{LOCK} has their checksums",
        markup=False,
    )
