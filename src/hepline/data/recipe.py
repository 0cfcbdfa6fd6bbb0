"""Recipes of samples: what to generate for an analysis, with numbers of events."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hepline.data.generate import (
    GeneratedFile,
    GeneratedMixture,
    MixtureRequest,
    SampleRequest,
    produce,
)
from hepline.data.generator.data_taking import DataTaking, Ranges
from hepline.data.generator.eras import DEFAULT_ERA, ERAS
from hepline.data.generator.mixture import Component
from hepline.data.generator.nanoaod_writer import aside
from hepline.data.generator.processes import process_named
from hepline.errors import GeneratorError

__all__ = ["generate_recipe"]

_LAYOUT = 'write {"ttbar": {"nominal": {"process": "ttbar", "events": 10000, "seed": 1}}}.'
_NOMINAL = "nominal"
_DEEPEST = 2  # era, sample, file set


@dataclass(frozen=True)
class _Entry:
    """One entry of a recipe, at its place: era (if any), sample, file set."""

    place: tuple[str, ...]
    content: Mapping[str, Any]

    @property
    def era(self) -> str:
        """Of the entry itself, or the head that it stands under."""
        return str(self.content.get("era", self.place[0] if self.place[0] in ERAS else DEFAULT_ERA))

    @property
    def sample(self) -> str:
        """The name of the sample, without the era that it may stand under."""
        return self.place[1] if self.place[0] in ERAS and len(self.place) > 1 else self.place[0]

    @property
    def compression(self) -> str:
        """How the file is compressed."""
        return str(self.content.get("compression", "zlib"))


def generate_recipe(
    recipe: str | Path,
    folder: str | Path,
    *,
    workers: int = 1,
    progress: Callable[[str, int, int], None] | None = None,
) -> Path:
    """Generate all samples of a recipe, and list them for `Analysis.run`.

    Parameters
    ----------
    recipe : path
        JSON: sample → ``nominal`` or alternative → process, events, seed; or, for data, a mixture
        of the samples (see ``docs/generate.md``). With several eras, these are at the top.
    folder : path
        For the ROOT files and ``samples.json``; existing files are kept.
    workers : int
    progress : callable, optional
        Called with process, events done and events in total.

    Returns
    -------
    Path
        Of ``samples.json``, in the layout of the Analysis Grand Challenge; ``nevts`` is the number
        of generated events that the file stands for.

    Raises
    ------
    GeneratorError
        If the recipe cannot be read.
    OutputError
        If the folder cannot be written to.
    """
    source = Path(recipe)
    try:
        entries = list(_entries(json.loads(source.read_text("utf-8")), ()))
        samples = {e.place: _sample(e) for e in entries if "process" in e.content}
        mixtures = {
            e.place: _mixture(e, entries, source.parent) for e in entries if "mixture" in e.content
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise GeneratorError(
            f"the recipe {recipe} cannot be read.",
            why=f"{type(error).__name__}: {error}",
            fix=_LAYOUT,
        ) from error
    produced = produce(
        list(samples.values()),
        list(mixtures.values()),
        folder=Path(folder),
        workers=workers,
        progress=progress,
    )
    files = dict(zip(samples, produced.samples, strict=True))
    mixed = dict(zip(mixtures, produced.mixtures, strict=True))
    target = Path(folder) / "samples.json"
    with aside(target) as partial:
        content = json.dumps(_listing(entries, files, mixed), indent=1)
        partial.write_text(content + "\n", encoding="utf-8")
    return target


def _listing(
    entries: Iterable[_Entry],
    files: Mapping[tuple[str, ...], GeneratedFile],
    mixed: Mapping[tuple[str, ...], GeneratedMixture],
) -> dict[str, Any]:
    """The files of every entry, at the entry's place."""
    listed: dict[str, Any] = {}
    for entry in entries:
        if entry.place in files:
            file = files[entry.place]
            _put(listed, entry.place, _listed(entry, file.path, nevts=file.generated_equivalent))
        for part in mixed[entry.place].files if entry.place in mixed else ():
            _put(listed, _place_of(entry, part.dataset), _listed(entry, part.path))
    return listed


def _entries(content: Mapping[str, Any], place: tuple[str, ...]) -> Iterator[_Entry]:
    """Every object that names a process or a mixture, in the order of the recipe."""
    if not content or len(place) > _DEEPEST:
        raise ValueError(f"{'/'.join(place) or 'it'} names no process")
    for name, value in content.items():
        inside = (*place, name)
        if {"process", "mixture"} & set(value.keys()):
            yield _Entry(inside, value)
        else:
            yield from _entries(value, inside)


def _sample(entry: _Entry) -> SampleRequest:
    content = entry.content
    return SampleRequest(
        str(content["process"]),
        int(content["events"]),
        int(content["seed"]),
        entry.era,
        entry.compression,
    )


def _mixture(entry: _Entry, entries: list[_Entry], folder: Path) -> MixtureRequest:
    content = entry.content
    runs = _ranges(content["runs"], folder)
    taking = DataTaking(
        runs, _ranges(content.get("certified", runs), folder), float(content["luminosity"])
    )
    components = tuple(
        _component(name, given, entry, entries) for name, given in content["mixture"].items()
    )
    recorded_by = content.get("datasets") or {"": content.get("triggers", [])}
    datasets = tuple((name, tuple(paths)) for name, paths in recorded_by.items() if paths)
    name = "-".join(part for part in entry.place if part != _NOMINAL)
    return MixtureRequest(
        name, components, taking, int(content["seed"]), entry.era, datasets, entry.compression
    )


def _ranges(given: str | Ranges, folder: Path) -> Ranges:
    """Sections as they are, or from a file beside the recipe."""
    ranges = json.loads((folder / given).read_text("utf-8")) if isinstance(given, str) else given
    return {str(run): [list(pair) for pair in pairs] for run, pairs in ranges.items()}


def _component(name: str, given: Any, entry: _Entry, entries: list[_Entry]) -> Component:
    """A process with its cross-section, or the name of a sample with its strength."""
    content = given if isinstance(given, Mapping) else _reference(name, entry, entries)
    strength = given.get("strength", 1.0) if isinstance(given, Mapping) else given
    process = str(content["process"])
    cross_section = content.get("cross_section", process_named(process).cross_section_pb)
    if cross_section is None:
        raise ValueError(f"'{name}' has no cross_section, in pb")
    return Component(name, process, float(cross_section), float(strength))


def _reference(name: str, entry: _Entry, entries: list[_Entry]) -> Mapping[str, Any]:
    for other in entries:
        if other.sample == name and other.era == entry.era and "process" in other.content:
            return other.content
    raise ValueError(f"the mixture names '{name}', which is not among the recipe's samples")


def _listed(entry: _Entry, path: str, **counts: int) -> dict[str, Any]:
    # A relative path, so that the folder can be moved.
    listed: dict[str, Any] = {"files": [{"path": Path(path).name, **counts}]}
    for key in ("cross_section", "luminosity"):
        if key in entry.content:
            listed[key] = entry.content[key]
    return listed


def _place_of(entry: _Entry, dataset: str) -> tuple[str, ...]:
    """A primary dataset is a sample of its own in the list of files."""
    if not dataset:
        return entry.place
    at = entry.place.index(entry.sample)
    return (*entry.place[:at], dataset, *entry.place[at + 1 :])


def _put(listed: dict[str, Any], place: tuple[str, ...], value: dict[str, Any]) -> None:
    for name in place[:-1]:
        listed = listed.setdefault(name, {})
    listed[place[-1]] = value
