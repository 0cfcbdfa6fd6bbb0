"""What is remembered about a generated file: settings, fingerprint, side note."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from hepline.data.generator.blocks import block_size
from hepline.data.generator.eras import DEFAULT_ERA, era_named
from hepline.data.generator.process import COMMON_SETTINGS
from hepline.data.generator.processes import process_named
from hepline.files import replacing
from hepline.records import checksum

__all__ = ["GeneratedFile", "fingerprint", "read_note", "settings_of", "write_note"]

# Raise it when a change of the detector changes events: cached files are then made again.
_DETECTOR_VERSION = 2


@dataclass(frozen=True)
class GeneratedFile:
    """A file of generated events.

    Attributes
    ----------
    path : str
    process : str
    events : int
        In the file: fewer than were generated if the process keeps those that can be seen.
    seed : int
    generated_equivalent : int
        Events of the inclusive process that the file stands for: the ``nevts`` to normalise
        with. Equal to the number generated unless the process has a phase-space cut.
    cross_section_pb : float, pb
        Pythia's leading-order estimate for what was generated, cut included.
    sha256 : str
        Of the whole file; the same for the same process, events, seed and versions.
    seconds : float
        Wall time of generation; 0 if the file was found in the cache.
    """

    path: str
    process: str
    events: int
    seed: int
    generated_equivalent: int
    cross_section_pb: float
    sha256: str
    seconds: float


def settings_of(
    process: str,
    *,
    events: int,
    seed: int,
    era: str = DEFAULT_ERA,
    compression: str = "zlib",
    recorded: bool = False,
) -> dict[str, Any]:
    """Everything that determines the content of a file.

    Parameters
    ----------
    process : str
    events : int
    seed : int
    era : str
    compression : str
    recorded : bool
        Whether it is a component of a mixture.

    Returns
    -------
    dict
        Ready for JSON: Pythia's settings, the seed, the versions of all libraries involved.
    """
    entry = process_named(process)
    # Settings that are as they always were stay out: files made before keep their bytes.
    unusual: dict[str, Any] = {} if compression == "zlib" else {"compression": compression}
    if era != DEFAULT_ERA:
        unusual |= {"era": asdict(era_named(era)), "recorded": recorded}
    return {
        "process": process,
        "description": entry.description,
        "events": events,
        "seed": seed,
        "block": block_size(era),
        "detector": _DETECTOR_VERSION,
        "common": list(COMMON_SETTINGS),
        "parts": [part.described() for part in entry.parts],
        "inclusive_ratio": entry.inclusive_ratio,
        "versions": versions(),
        **unusual,
    }


def versions() -> dict[str, str]:
    """Versions of the libraries that decide about events and bytes."""
    packages = ("awkward", "fastjet", "numpy", "pythia8mc", "uproot")
    return {package: metadata.version(package) for package in packages}


def fingerprint(settings: dict[str, Any]) -> str:
    """Digest settings to 64 hexadecimal digits."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def _note_path(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def write_note(file: GeneratedFile, settings: dict[str, Any]) -> None:
    """Write the side note ``FILE.root.json`` of a generated file, whole or not at all."""
    note = {"file": asdict(file), "fingerprint": fingerprint(settings), "settings": settings}
    target = _note_path(Path(file.path))
    with replacing(target) as partial:
        partial.write_text(json.dumps(note, indent=1, sort_keys=True) + "\n")


def read_note(path: Path, settings: dict[str, Any]) -> GeneratedFile | None:
    """Recognise a file made earlier with the same settings.

    Parameters
    ----------
    path : Path
        Of the ROOT file.
    settings : dict
        As `settings_of` gives them now.

    Returns
    -------
    GeneratedFile or None
        None if there is no such file, or it was made otherwise, or its bytes have changed.
    """
    try:
        note = json.loads(_note_path(path).read_text())
        record = GeneratedFile(**{**note["file"], "path": str(path), "seconds": 0.0})
    except (OSError, ValueError, KeyError, TypeError):
        # A missing or damaged note only means that the file has to be made again.
        return None
    if note.get("fingerprint") != fingerprint(settings) or not path.is_file():
        return None
    return record if checksum(path) == record.sha256 else None
