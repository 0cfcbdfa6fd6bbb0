"""What would count twice: files of two samples, data of two datasets, data that are also fitted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from hepline.analysis.definition import Definition
from hepline.analysis.filling import Filling
from hepline.analysis.processes import Part, Sample
from hepline.analysis.results import Notice
from hepline.data.addresses import is_remote
from hepline.errors import AnalysisError

__all__ = ["check_kinds", "double_counting", "repeated_files"]


def check_kinds(analysis: Definition) -> None:
    """Refuse an entry of the list of files that is simulation and data.

    Raises
    ------
    AnalysisError
    """
    recorded = {part.name: sample.name for sample in analysis.recorded for part in sample.parts}
    for sample in analysis.simulated:
        for part in sample.parts:
            if part.name in recorded:
                raise AnalysisError(
                    f"the files of '{part.name}' belong to the simulated sample '{sample.name}' "
                    f"and to the data '{recorded[part.name]}'.",
                    why="they are one or the other: data are neither scaled nor weighted.",
                    fix="name the entry of the list of files that is meant: files='…'.",
                )


def double_counting(analysis: Definition) -> list[Notice]:
    """Note events that the declarations alone let count twice."""
    return [
        Notice("double counting", text)
        for text in (*_shared(analysis), *_datasets(analysis), *_estimates(analysis))
    ]


def _shared(analysis: Definition) -> Iterator[str]:
    """Samples that share files and do not divide their events."""
    owners: dict[str, list[tuple[Sample, Part]]] = {}
    for sample in analysis.modelled:
        for part in sample.parts:
            owners.setdefault(part.name, []).append((sample, part))
    for entry, sharing in owners.items():
        whole = [sample.name for sample, _ in sharing if sample.where is None]
        # Signals of a grid exclude each other.
        exclusive = all(sample.point for sample, _ in sharing)
        if len(sharing) > 1 and whole and not exclusive:
            names = " and ".join(sample.name for sample, _ in sharing)
            yield (
                f"the samples {names} share the files of '{entry}', and {whole[0]} takes all of "
                "their events: they are expected twice. Divide them with where=."
            )
        sections = {part.cross_section for _, part in sharing if part.cross_section is not None}
        if len(sections) > 1 and not exclusive:
            values = " and ".join(f"{value:g}" for value in sorted(sections))
            names = ", ".join(sample.name for sample, _ in sharing)
            yield (
                f"the files of '{entry}' have the cross-sections {values} pb in the samples "
                f"{names}: it is that of all their events, before where=."
            )


def _datasets(analysis: Definition) -> Iterator[str]:
    """Primary datasets whose overlap nothing removes."""
    parts = [(sample.name, part) for sample in analysis.recorded for part in sample.parts]
    without = [part.name for _, part in parts if part.slice is None]
    several = len({name for name, _ in parts}) > 1
    if len(parts) > 1 and (several or len(without) > 1):
        names = ", ".join(part.name for _, part in parts)
        yield (
            f"the data are made of {names}: an event that is in two of them counts twice. For "
            'primary datasets, give the triggers: data(files={"SingleMuon": hl.part(where=…), …}); '
            "files of several periods can stand in one entry."
        )


def _estimates(analysis: Definition) -> Iterator[str]:
    """Data that estimate a background and are fitted as well, or estimate it in several regions."""
    fitted = [region.base for region in analysis.fitted()]
    for estimate in analysis.estimates.values():
        targets: dict[str, list[str]] = {}
        for target, source in estimate.pairs(fitted):
            if target in fitted:
                targets.setdefault(source, []).append(target)
        for source, places in targets.items():
            if source in fitted:
                yield (
                    f"the data of {source} are fitted, and estimate '{estimate.name}' in "
                    f"{', '.join(places)}: the fit counts them twice, so that errors come out too "
                    f"small. Declare {source} with fit=False."
                )
            if len(places) > 1:
                yield (
                    f"the data of {source} estimate '{estimate.name}' in {', '.join(places)}: the "
                    "fit takes their statistical uncertainties as independent, although the events "
                    "are the same. Divide the events of the estimate as those regions are divided."
                )


def repeated_files(analysis: Definition, fillings: Iterable[Filling]) -> list[Notice]:
    """Note files that two simulated samples read under two names.

    Parameters
    ----------
    analysis : Definition
    fillings : iterable of Filling
        Before the run, opened.

    Raises
    ------
    AnalysisError
        If the events of a file would count twice in one sample, or in the data.
    """
    entries: dict[str, dict[str, frozenset[str]]] = {}
    for filling in fillings:
        if filling.is_nominal:
            owners = _owners(analysis, filling.part)
            for part in filling.job.source.parts if owners else ():
                place = f"{filling.part} of {filling.era}" if filling.era else filling.part
                path = part.path if is_remote(part.path) else str(Path(part.path).resolve())
                entries.setdefault(path, {})[place] = owners
    notices = []
    for path, places in entries.items():
        if len(places) < 2:
            continue
        where = f"{path} is listed in {' and in '.join(places)}"
        common = _common(places.values())
        if common:
            raise AnalysisError(
                f"{where}.",
                why=f"its events would count twice in {common}.",
                fix="list every file once.",
            )
        text = (
            f"{where}: its events are expected twice. Samples can share an entry and divide it: "
            "sample(…, files='…', where=…)."
        )
        notices.append(Notice("double counting", text))
    return notices


def _owners(analysis: Definition, entry: str) -> frozenset[str]:
    """What the fit sees of an entry of the list of files: samples, or the data."""
    return frozenset(
        "the data" if sample.recorded else sample.name
        for sample in (*analysis.recorded, *analysis.modelled)
        if entry in [part.name for part in sample.parts]
    )


def _common(owners: Iterable[frozenset[str]]) -> str:
    """A sample that two of the entries belong to; empty if there is none."""
    counts = Counter(name for names in owners for name in names)
    return next((name for name, count in sorted(counts.items()) if count > 1), "")
