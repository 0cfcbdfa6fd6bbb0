"""From the list of files to jobs: each file is opened once, for all samples that it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from hepline.analysis.coverage import check_generated, generator_weights
from hepline.analysis.definition import Definition
from hepline.analysis.filling import Filling
from hepline.analysis.generated import with_sums
from hepline.analysis.processes import Component, components_of
from hepline.analysis.requests import requests_of
from hepline.analysis.samples import NOMINAL_SET, FileSet, Samples
from hepline.data.catalogue.citing import check_locked
from hepline.data.open import source
from hepline.engine.plan import plan
from hepline.engine.run import Job, Options
from hepline.errors import DataError

__all__ = ["fillings_of"]


def fillings_of(
    analysis: Definition, files: Mapping[str, Samples], options: Options
) -> list[Filling]:
    """Open all files and plan what is filled from them.

    Parameters
    ----------
    analysis : Definition
    files : mapping of str to Samples
        By era.
    options : Options

    Raises
    ------
    DataError
        If files cannot be opened, or hold more events than were generated, or a file set names one
        of them twice.
    """
    fillings = []
    for era, listed in files.items():
        for (part, variation), components in _components(analysis).items():
            if variation in listed.get(part, {}):
                file_set = listed[part][variation]
                fillings.append(
                    _filling(analysis, (part, variation, era), file_set, components, options)
                )
    _check_stitched(fillings)
    return fillings


def _check_stitched(fillings: Iterable[Filling]) -> None:
    """Refuse to add a sum of generator weights and a number of events.

    Raises
    ------
    DataError
        If a stitched sample has both.
    """
    weighted = {
        (filling.era, filling.part): bool(filling.files.sums_of_weights)
        for filling in fillings
        if filling.is_nominal and filling.requests.scaled
    }
    for filling in fillings:
        for request in filling.requests.requests:
            together = () if request.component is None else request.component.together
            known = [part for part in together if (filling.era, part) in weighted]
            summed = [part for part in known if weighted[filling.era, part]]
            without = [part for part in known if not weighted[filling.era, part]]
            if summed and without:
                raise DataError(
                    f"'{summed[0]}' is normalized to a sum of generator weights, '{without[0]}' "
                    "to a number of events.",
                    why="they are stitched together: their equivalent luminosities add up.",
                    fix="give sumw for the files of both, or for none.",
                )


def _components(analysis: Definition) -> dict[tuple[str, str], list[Component]]:
    """The components that need each file set, by entry and variation."""
    needed: dict[tuple[str, str], list[Component]] = {}
    for sample in analysis.samples.values():
        for component in components_of(sample):
            for variation in (NOMINAL_SET, *(key for key, _ in sample.variations)):
                needed.setdefault((component.part, variation), []).append(component)
    return needed


def _filling(
    analysis: Definition,
    place: tuple[str, str, str],
    file_set: FileSet,
    components: list[Component],
    options: Options,
) -> Filling:
    part, variation, era = place
    name = " ".join(word for word in (part, era, variation) if word)
    opened = source(file_set.paths, name=name, skip_unreadable=options.skip_unreadable)
    check_locked(part.path for part in opened.parts)
    requests = requests_of(
        analysis,
        components,
        era=era,
        cutflow=variation == NOMINAL_SET,
        systematics=variation == NOMINAL_SET,
    )
    graph = plan(
        requests.nodes,
        opened.schema,
        sample=", ".join(dict.fromkeys(component.sample for component in components)),
        simulated=requests.scaled,
        pruned=True,
    )
    filling = Filling(part, variation, era, file_set, Job(name, opened, graph), requests)
    check_generated(analysis, filling)
    if requests.scaled and generator_weights(analysis, filling):
        filling = replace(filling, files=with_sums(file_set, opened, options))
    return filling
