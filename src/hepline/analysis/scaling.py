"""From entries to expected events: cross-section × luminosity / what was generated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hepline.analysis.definition import Definition
from hepline.analysis.filling import Filling
from hepline.analysis.processes import Sample
from hepline.analysis.requests import Request
from hepline.analysis.samples import NOMINAL_SET, FileSet
from hepline.errors import DataError

__all__ = ["Scales", "check_cross_sections", "cross_sections"]


def check_cross_sections(
    analysis: Definition, files: Mapping[str, Mapping[str, Mapping[str, FileSet]]]
) -> None:
    """Refuse simulation without a cross-section, or with two.

    Raises
    ------
    DataError
    """
    for sample in analysis.simulated:
        for part in sample.parts:
            for era, listed in files.items():
                for file_set in listed.get(part.name, {}).values():
                    _cross_section(sample, part.name, file_set, era)


def cross_sections(
    analysis: Definition, files: Mapping[str, Mapping[str, Mapping[str, FileSet]]]
) -> dict[str, float]:
    """Cross-sections of simulated samples in pb, before filters of the generator.

    Parameters
    ----------
    analysis : Definition
    files : mapping
        Lists of files by era.

    Returns
    -------
    dict of str to float
        Without samples whose cross-section differs between eras, or that have no files.
    """
    sections = {}
    for sample in analysis.simulated:
        sums = {
            sum(
                _cross_section(sample, part.name, nominal, era) / nominal.filter_efficiency
                for part in sample.separate
                for nominal in [listed[part.name][NOMINAL_SET]]
            )
            for era, listed in files.items()
            if all(NOMINAL_SET in listed.get(part.name, {}) for part in sample.parts)
        }
        if len(sums) == 1:
            sections[sample.name] = sums.pop()
    return sections


def _cross_section(sample: Sample, name: str, files: FileSet, era: str) -> float:
    """In pb, of the events that the generator's filter lets through."""
    (declared,) = {part.cross_section for part in sample.parts if part.name == name}
    where = f"'{name}'" + (f" in {era}" if era else "")
    known = [value for value in (declared, files.cross_section) if value is not None]
    if not known:
        raise DataError(
            f"the cross-section of {where} is not given.",
            why=f"the events of sample '{sample.name}' are scaled to it.",
            fix=f"say sample('{sample.name}', cross_section=…) in pb, or give \"cross_section\" in "
            "the list of files.",
        )
    if known[0] != known[-1]:
        raise DataError(
            f"the cross-section of {where} is {known[0]:g} pb in the analysis and "
            f"{known[-1]:g} pb in the list of files.",
            why="only one of the two can be meant.",
            fix="give it in one place.",
        )
    return known[0] * files.filter_efficiency


@dataclass(frozen=True)
class Scales:
    """Factors from entries to expected events.

    Attributes
    ----------
    analysis : Definition
    fillings : mapping of (str, str, str) to Filling
        By era, entry and variation; after the run.
    """

    analysis: Definition
    fillings: Mapping[tuple[str, str, str], Filling]

    @classmethod
    def of(cls, analysis: Definition, fillings: Iterable[Filling]) -> Scales:
        """The scales of a run."""
        return cls(analysis, {(f.era, f.part, f.variation): f for f in fillings})

    def scale(self, filling: Filling, request: Request) -> float | None:
        """The factor for a histogram; None for recorded data.

        Files without events and without a known number of generated events get the scale 1.

        Raises
        ------
        DataError
            If no file of a simulated sample was read.
        """
        component = request.component
        if component is None or self.analysis.samples[component.sample].recorded:
            return None
        sample = self.analysis.samples[component.sample]
        luminosity = self.analysis.luminosity_of(filling.era)
        if component.together == (filling.part,):
            generated = _generated(filling)
            section = _cross_section(sample, filling.part, filling.files, filling.era)
            return section * luminosity / generated if generated else 1.0
        equivalent = 0.0
        for name in component.together:
            own = name == filling.part
            other = filling if own else self.fillings.get((filling.era, name, NOMINAL_SET))
            if other is not None:
                section = _cross_section(sample, name, other.files, filling.era)
                equivalent += _generated(other) / section
        return luminosity / equivalent if equivalent else 1.0


def _generated(filling: Filling) -> float:
    read = filling.result is not None and filling.result.parts
    if not read:
        raise DataError(
            f"no events of '{filling.name}' ({filling.variation}) were read.",
            why="there is nothing to normalize its cross-section to.",
            fix="check the files of this sample.",
        )
    return filling.normalized_to
