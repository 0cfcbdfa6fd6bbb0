"""Generation of collision events: Pythia 8, FastJet and a parametrised detector, as NanoAOD.

The same process, number of events and seed give the
same file, byte for byte, on any number of workers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hepline.data.generator.eras import DEFAULT_ERA, ERAS, Era
from hepline.data.generator.mixture import MixtureRequest, check_mixture
from hepline.data.generator.mixture_file import (
    GeneratedMixture,
    recall_mixture,
    write_mixture,
)
from hepline.data.generator.nanoaod_writer import check_writable
from hepline.data.generator.process import Process
from hepline.data.generator.processes import PROCESSES
from hepline.data.generator.production import Progress, block_source, made_here
from hepline.data.generator.sample import SampleRequest, check_sample, write_sample
from hepline.data.generator.sample_record import GeneratedFile, read_note, write_note
from hepline.errors import checked_keywords

__all__ = [
    "ERAS",
    "PROCESSES",
    "Era",
    "GeneratedFile",
    "GeneratedMixture",
    "MixtureRequest",
    "Process",
    "Produced",
    "SampleRequest",
    "cached",
    "generate",
    "generate_samples",
    "produce",
]


@checked_keywords
def generate(
    process: str,
    *,
    events: int,
    seed: int,
    out: str | Path,
    era: str = DEFAULT_ERA,
    compression: str = "zlib",
    progress: Progress | None = None,
) -> GeneratedFile:
    """Generate events of one process into one ROOT file.

    Parameters
    ----------
    process : str
        A key of `PROCESSES`, such as ``"ttbar"``.
    events : int
        How many, at least 1.
    seed : int
        Any integer; together with process and events it determines every byte.
    out : str or Path
        The file. An existing one is replaced once the new one is whole.
    era : str
        A key of `ERAS`, such as ``"2012"`` (8 TeV) or ``"2016"``.
    compression : str
        ``"zlib"``, ``"zstd"``, ``"lz4"`` or ``"none"``.
    progress : callable, optional
        Called as ``progress(process, done, total)`` with numbers of events.

    Returns
    -------
    GeneratedFile
        With ``path`` as given, checksum, cross-section and the number to normalise with.

    Raises
    ------
    GeneratorError
        If the process is unknown, the number of events is not positive, or Pythia fails.
    OutputError
        If the file cannot be written. Nothing half-written is left behind.
    MissingPackage
        If Pythia or FastJet is not installed.

    Examples
    --------
    >>> generate("ttbar", events=1000, seed=1, out="ttbar.root")    # doctest: +SKIP
    """
    request = SampleRequest(process, events, seed, era, compression)
    check_sample(request)
    target = Path(out)
    check_writable(target)
    return write_sample(request, target, made_here(request.job, progress))


def cached(
    process: str,
    *,
    events: int,
    seed: int,
    folder: str | Path,
    era: str = DEFAULT_ERA,
    compression: str = "zlib",
    progress: Progress | None = None,
) -> GeneratedFile:
    """Return the file made earlier with the same settings, or generate it.

    Parameters
    ----------
    process, events, seed, era, compression, progress
        As for `generate`.
    folder : str or Path
        Where files are kept, one per process, era, number of events and seed, each with a note
        ``FILE.root.json`` of its settings, versions and checksum.

    Returns
    -------
    GeneratedFile
        ``seconds`` is 0 if the file was there.

    Raises
    ------
    GeneratorError, OutputError, MissingPackage
        As for `generate`.
    """
    (file,) = generate_samples(
        [SampleRequest(process, events, seed, era, compression)], folder=folder, progress=progress
    )
    return file


def generate_samples(
    requests: Iterable[SampleRequest | tuple[str, int, int]],
    *,
    folder: str | Path,
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[GeneratedFile, ...]:
    """Generate several samples side by side, reusing files that are already there.

    Parameters
    ----------
    requests : iterable of SampleRequest or (process, events, seed)
    folder : str or Path
        As for `cached`.
    workers : int
        Processes to use. Samples are cut into blocks of fixed size, so that the files do not
        depend on this number.
    progress : callable, optional
        ``progress(process, done, total)``, called in this process, per block with several
        workers and more often with one.

    Returns
    -------
    tuple of GeneratedFile
        In the order of the requests.

    Raises
    ------
    GeneratorError, OutputError, MissingPackage
        As for `generate`; all requests are checked before any event is generated.
    """
    requested = [r if isinstance(r, SampleRequest) else SampleRequest(*r) for r in requests]
    produced = produce(requested, (), folder=Path(folder), workers=workers, progress=progress)
    return produced.samples


@dataclass(frozen=True)
class Produced:
    """What `produce` has made, in the order of the requests.

    Attributes
    ----------
    samples : tuple of GeneratedFile
    mixtures : tuple of GeneratedMixture
    """

    samples: tuple[GeneratedFile, ...]
    mixtures: tuple[GeneratedMixture, ...]


def produce(
    samples: Sequence[SampleRequest],
    mixtures: Sequence[MixtureRequest],
    *,
    folder: Path,
    workers: int = 1,
    progress: Progress | None = None,
) -> Produced:
    """Generate samples and data-like mixtures side by side, reusing files that are there.

    Parameters
    ----------
    samples : sequence of SampleRequest
    mixtures : sequence of MixtureRequest
    folder : Path
    workers : int
    progress : callable, optional

    Returns
    -------
    Produced

    Raises
    ------
    GeneratorError, OutputError, MissingPackage
        As for `generate`; all requests are checked before any event is generated.
    """
    for request in samples:
        check_sample(request)
        check_writable(folder / request.file_name)
    for mixture in mixtures:
        check_mixture(mixture)
        check_writable(folder / f"{mixture.name}.root")
    files = {request: _recall(request, folder) for request in samples}
    mixed = {mixture.name: recall_mixture(mixture, folder) for mixture in mixtures}
    recalled = [request.job for request, file in files.items() if file is not None]
    recalled += [mixture.job for mixture in mixtures if mixed[mixture.name] is not None]
    if progress is not None:
        for job in recalled:
            progress(job.label, job.events, job.events)
    # A sample that is wanted twice is made once.
    missing = [request for request, file in files.items() if file is None]
    unmixed = [mixture for mixture in mixtures if mixed[mixture.name] is None]
    jobs = [request.job for request in missing] + [mixture.job for mixture in unmixed]
    made: dict[SampleRequest, GeneratedFile] = {}
    with block_source(jobs, workers, progress) as blocks_of:
        for request in missing:
            made[request] = write_sample(
                request, folder / request.file_name, blocks_of(request.job)
            )
            write_note(made[request], request.settings)
        written = {
            mixture.name: write_mixture(mixture, folder, blocks_of(mixture.job))
            for mixture in unmixed
        }
    return Produced(
        tuple(files[request] or made[request] for request in samples),
        tuple(mixed[mixture.name] or written[mixture.name] for mixture in mixtures),
    )


def _recall(request: SampleRequest, folder: Path) -> GeneratedFile | None:
    return read_note(folder / request.file_name, request.settings)
