"""Files of a data-like mixture, with the certified sections and their luminosity beside."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from hepline.data.generator.blocks import Block
from hepline.data.generator.data_taking import Stamps
from hepline.data.generator.detector import Columns
from hepline.data.generator.eras import era_named
from hepline.data.generator.mixture import MixtureRequest, as_recorded
from hepline.data.generator.nanoaod_writer import EventFile, aside
from hepline.data.generator.profile_file import write_profiles
from hepline.data.generator.sample_record import fingerprint
from hepline.files import replacing
from hepline.records import checksum

__all__ = ["GeneratedMixture", "RecordedFile", "recall_mixture", "write_mixture"]

_PIECE = 10_000  # events that are written at a time


@dataclass(frozen=True)
class RecordedFile:
    """One file of a mixture.

    Attributes
    ----------
    dataset : str
        Primary dataset; empty if there are none.
    path : str
    events, certified : int
        In the file, and those of them in certified sections.
    sha256 : str
    """

    dataset: str
    path: str
    events: int
    certified: int
    sha256: str


@dataclass(frozen=True)
class GeneratedMixture:
    """A data-like mixture.

    Attributes
    ----------
    name : str
    files : tuple of RecordedFile
    luminosity, recorded_luminosity : float, 1/pb
        Of the certified sections, and of all of them.
    certified, sections, pile_up : str
        Paths of the list of certified sections, of the table of luminosities, and of the
        profiles of pile-up (empty for an era without pile-up).
    seconds : float
        Wall time of writing; 0 if the files were there.
    """

    name: str
    files: tuple[RecordedFile, ...]
    luminosity: float
    recorded_luminosity: float
    certified: str
    sections: str
    pile_up: str
    seconds: float


def write_mixture(
    request: MixtureRequest, folder: Path, blocks: Iterator[Block]
) -> GeneratedMixture:
    """Write the files of a mixture, and a note ``NAME.json`` of what is in them.

    Parameters
    ----------
    request : MixtureRequest
    folder : Path
    blocks : iterator of Block
        Of ``request.job``.

    Returns
    -------
    GeneratedMixture
    """
    started = time.perf_counter()
    settings = request.settings
    identity = fingerprint(settings)
    files = []
    for dataset, columns, stamps in as_recorded(request, blocks):
        path = _path(request, folder, dataset)
        with (
            aside(path) as partial,
            contextlib.closing(
                EventFile(partial, identity=f"{identity}{dataset}", compression=request.compression)
            ) as file,
        ):
            _write(file, columns, stamps)
        good = int(np.count_nonzero(stamps.certified))
        files.append(RecordedFile(dataset, str(path), len(stamps.run), good, checksum(path)))
    certified, sections, pile_up = _beside(request, folder)
    request.taking.write_certified(certified)
    era = era_named(request.era)
    request.taking.write_luminosity(sections, energy=era.energy)
    if era.interactions is not None:
        write_profiles(pile_up, simulated=era.interactions, recorded=era.recorded_interactions)
    mixture = GeneratedMixture(
        name=request.name,
        files=tuple(files),
        luminosity=request.taking.luminosity,
        recorded_luminosity=request.taking.total,
        certified=str(certified),
        sections=str(sections),
        pile_up="" if era.interactions is None else str(pile_up),
        seconds=time.perf_counter() - started,
    )
    note = {"fingerprint": identity, "mixture": asdict(mixture), "settings": settings}
    with replacing(_note(request, folder)) as partial:
        partial.write_text(json.dumps(note, indent=1, sort_keys=True) + "\n")
    return mixture


def _write(file: EventFile, columns: Columns, stamps: Stamps) -> None:
    events = len(stamps.run)
    # At least one piece, so that a data set without events is a tree without entries.
    for start in range(0, max(events, 1), _PIECE):
        file.add({name: values[start : start + _PIECE] for name, values in columns.items()})
    # The file looks like data: only the note says what is in it.
    file.finish(run={"run": np.unique(stamps.run).astype(np.uint32)}, settings={"data": "mixture"})


def _path(request: MixtureRequest, folder: Path, dataset: str) -> Path:
    ending = f"-{dataset}" if dataset else ""
    return folder / f"{request.name}{ending}.root"


def _beside(request: MixtureRequest, folder: Path) -> tuple[Path, Path, Path]:
    endings = ("certified.json", "luminosity.csv", "pileup.root")
    certified, sections, pile_up = (folder / f"{request.name}_{ending}" for ending in endings)
    return certified, sections, pile_up


def _note(request: MixtureRequest, folder: Path) -> Path:
    return folder / f"{request.name}.json"


def recall_mixture(request: MixtureRequest, folder: Path) -> GeneratedMixture | None:
    """Recognise files made earlier with the same settings.

    Parameters
    ----------
    request : MixtureRequest
    folder : Path

    Returns
    -------
    GeneratedMixture or None
        None if a file is missing, was made otherwise, or has changed.
    """
    try:
        note = json.loads(_note(request, folder).read_text())
        content = note["mixture"]
        files = tuple(
            replace(RecordedFile(**file), path=str(_path(request, folder, file["dataset"])))
            for file in content["files"]
        )
        # The folder may have moved since.
        moved = {
            key: str(folder / Path(content[key]).name) if content[key] else ""
            for key in ("certified", "sections", "pile_up")
        }
        mixture = GeneratedMixture(**{**content, **moved, "files": files, "seconds": 0.0})
    except (OSError, ValueError, KeyError, TypeError):
        # A missing or damaged note only means that the files have to be made again.
        return None
    beside = (Path(path) for path in moved.values() if path)
    if note.get("fingerprint") != fingerprint(request.settings):
        return None
    if not all(path.is_file() for path in (*beside, *(Path(file.path) for file in files))):
        return None
    whole = all(checksum(Path(file.path)) == file.sha256 for file in files)
    return mixture if whole else None
