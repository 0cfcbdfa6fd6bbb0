"""Checks of an analysis and its files that need no events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hepline.analysis.blinding import hides_poi
from hepline.analysis.definition import PSEUDODATA, Definition
from hepline.analysis.doublecounting import check_kinds
from hepline.analysis.estimates import part_name
from hepline.analysis.expected import source_region
from hepline.analysis.parameters import check_acting_parameters
from hepline.analysis.regions import Region
from hepline.analysis.results import Notice
from hepline.analysis.samples import NOMINAL_SET, Samples
from hepline.analysis.settings import check_luminosity
from hepline.analysis.structure import check_structure
from hepline.analysis.templates import TemplateKey
from hepline.columns.nodes import walk
from hepline.columns.vary import Nuisance, Variation, Varies
from hepline.errors import AnalysisError, DataError, nearest

__all__ = [
    "check_definition",
    "check_files",
    "check_numbers",
    "check_poi",
    "missing_alternatives",
    "repeated_nuisances",
]


def check_definition(analysis: Definition) -> None:
    """Refuse an analysis that contradicts itself.

    Raises
    ------
    AnalysisError
        Without samples or regions; for a nuisance that is declared twice or acts on no sample; for
        names that two parameters of the fit, or two templates, would share; for a parameter of
        interest that is not a free normalization; for a phrase to blind with where no parameter is
        measured.
    """
    for kind, declared in (("sample", analysis.samples), ("region", analysis.regions)):
        if not declared:
            raise AnalysisError(
                f"the analysis '{analysis.name}' has no {kind}.",
                why="there is nothing to fill.",
                fix=f"add one with .{kind}(…).",
            )
    check_luminosity(
        1.0 if analysis.eras else analysis.declared_luminosity or 1.0,
        analysis.luminosity_uncertainty,
        analysis.luminosity_modifier,
    )
    if analysis.chosen_poi:
        check_poi(analysis)
    check_kinds(analysis)
    check_structure(analysis)
    _check_blinding(analysis)
    _check_nuisances(analysis)
    _check_parameters(analysis)
    check_acting_parameters(analysis)
    _check_templates(analysis)


def check_poi(analysis: Definition) -> None:
    """Refuse an analysis that does not say which of its parameters is measured.

    Raises
    ------
    AnalysisError
        If several normalizations are free and none is chosen, or the chosen one is not free.
    """
    free = analysis.normalizations
    if analysis.chosen_poi and analysis.chosen_poi not in free:
        raise AnalysisError(
            f"the parameter of interest '{analysis.chosen_poi}' is not a free normalization.",
            why=f"the free normalizations of '{analysis.name}' are: {', '.join(free) or 'none'}.",
            fix=nearest(analysis.chosen_poi, free)
            if free
            else "say normalization='…' for the signal sample.",
        )
    if not analysis.chosen_poi and len(free) > 1:
        raise AnalysisError(
            f"'{analysis.name}' does not say which parameter is measured.",
            why=f"several normalizations are free: {', '.join(free)}.",
            fix=f"choose one: hl.Analysis(…, poi='{free[0]}'), or poi='{free[0]}' of the run.",
        )


def _check_blinding(analysis: Definition) -> None:
    if analysis.blind:
        check_poi(analysis)
    if analysis.blind and not analysis.poi:
        raise AnalysisError(
            f"the analysis '{analysis.name}' has a phrase to blind with, and nothing to hide.",
            why="no sample has a free normalization: there is no parameter of interest.",
            fix="say normalization='…' for the signal, or hide data: region(…, blind=True).",
        )
    for name, region in _lenders(analysis) if hides_poi(analysis) else ():
        if region.blind is None:
            raise AnalysisError(
                f"the background '{name}' shows the data of region '{region.base}', scaled.",
                why="the analysis has a phrase to blind with: data that tell the parameter of "
                "interest are hidden, and these might.",
                fix=f"say region('{region.base}', …, blind=False) if they may be seen.",
            )


def _lenders(analysis: Definition) -> Iterator[tuple[str, Region]]:
    """Backgrounds, and the regions whose data their templates are made of."""
    for region in analysis.regions.values():
        for estimate in analysis.estimates.values():
            source = source_region(analysis, estimate, region)
            if source is not None:
                yield estimate.name, source
        for four in analysis.four_regions.values():
            if region.base in four.regions[1:]:
                yield four.name, region


def _check_nuisances(analysis: Definition) -> None:
    declared: dict[str, Nuisance] = {}
    for nuisance in analysis.nuisances():
        for word in dict.fromkeys((nuisance.name, nuisance.key)):
            first = declared.setdefault(word, nuisance)
            if first != nuisance:
                raise AnalysisError(
                    f"the nuisance '{nuisance.name}' is declared twice with different settings "
                    f"(key '{nuisance.key}').",
                    why=f"once at {first.declared_at}, once at {nuisance.declared_at}: are they "
                    "one uncertainty or two?",
                    fix="declare it once and use it in both places, or give another name and key.",
                    asked_at=nuisance.declared_at,
                )
        varied = (e.name for e in analysis.estimates.values() if e.is_varied_by(nuisance))
        known = {*analysis.samples, *varied}
        unknown = [name for name in nuisance.samples or () if name not in known]
        if unknown or nuisance.samples == ():
            raise AnalysisError(
                f"the nuisance '{nuisance.name}' acts on {', '.join(unknown) or 'no sample'}.",
                why="the analysis has no such sample: the variation would be lost.",
                fix=nearest(unknown[0] if unknown else "", known),
                asked_at=nuisance.declared_at,
            )


def repeated_nuisances(analysis: Definition) -> list[Notice]:
    """List the nuisances that are declared more than once with equal settings: they are one."""
    places: dict[Nuisance, dict[str, None]] = {}
    for node in walk(analysis.recipes()):
        if isinstance(node, Varies):
            places.setdefault(node.nuisance, {})[node.nuisance.declared_at] = None
    return [
        Notice(
            "repeated nuisance",
            f"'{nuisance.name}' is declared {len(lines)} times with equal settings "
            f"({'; '.join(lines)}): it is one parameter of the fit.",
        )
        for nuisance, lines in places.items()
        if len(lines) > 1
    ]


def _check_parameters(analysis: Definition) -> None:
    """Each name in the fit must be one parameter."""
    owners: dict[str, str] = {}
    if analysis.luminosity_uncertainty:
        owners["lumi" if analysis.luminosity_modifier == "lumi" else "Luminosity"] = "luminosity"
    for era in analysis.eras.values():
        owners.update({name: "luminosity" for name, _, _ in era.uncertainties})
    free = {*analysis.normalizations, *(rate.name for rate in analysis.rates if rate.per_bin)}
    sides = [side for s in analysis.samples.values() for _, side in s.variations]
    named = [(name, "normalization") for name in sorted(free)]
    named += [
        (name, f"free parameter of '{four.name}'")
        for four in analysis.four_regions.values()
        for era in analysis.eras or ("",)
        for name in four.parameters(era)
    ]
    named += [
        (name, "rate uncertainty")
        for name in sorted({rate.name for rate in analysis.rates if not rate.is_free})
    ]
    named += [
        (alternative.name, f"alternative simulation ({alternative.declared_at})")
        for alternative in dict.fromkeys(side.alternative for side in sides)
    ]
    named += [(n.name, f"nuisance ({n.declared_at})") for n in analysis.nuisances()]
    for name, owner in named:
        if name in owners:
            raise AnalysisError(
                f"two parameters of the fit are named '{name}'.",
                why=f"one is a {owners[name]}, the other a {owner}.",
                fix="give one of them another name, or declare one uncertainty once.",
            )
        owners[name] = owner


def _check_templates(analysis: Definition) -> None:
    """Each name of a template must stand for one histogram."""
    owners: dict[str, str] = {}
    nuisances = analysis.nuisances()
    varied = [Variation(n, side).key for n in nuisances for side in ("up", "down")]
    filled = [(PSEUDODATA, "", "the pseudo-data")] if analysis.pseudo is not None else []
    for sample in analysis.samples.values():
        keys = [key for key, _ in sample.variations] + ([] if sample.recorded else varied)
        filled.append((sample.name, "", f"sample '{sample.name}'"))
        filled += [(sample.name, key, f"'{key}' of sample '{sample.name}'") for key in keys]
    for estimate in analysis.estimates.values():
        for part in estimate.parts:
            sides = analysis.samples[part].variations if part else ()
            keys = ["", *(key for key, _ in sides), *varied]
            name = part_name(estimate.name, part)
            filled += [(name, key, f"estimate '{estimate.name}'") for key in keys]
    filled += [(name, "", f"background '{name}'") for name in analysis.four_regions]
    for region in analysis.regions:
        for name, variation, owner in filled:
            template = str(TemplateKey(region, name, variation))
            if template in owners:
                raise AnalysisError(
                    f"two templates are named '{template}'.",
                    why=f"one is {owners[template]}, the other {owner} in region '{region}'.",
                    fix="give a sample, a region or a variation another name.",
                )
            owners[template] = f"{owner} in region '{region}'"


def check_files(analysis: Definition, files: Mapping[str, Samples]) -> None:
    """Refuse a list of files that lacks a sample.

    Raises
    ------
    DataError
        For a declared sample without nominal files, and for a list without any declared sample.
    """
    parts = dict.fromkeys(part.name for s in analysis.samples.values() for part in s.parts)
    for era, listed in files.items():
        of_era = f" of the era {era}" if era else ""
        if not any(name in listed for name in parts):
            raise DataError(
                f"the list of files{of_era} has {', '.join(listed)}.",
                why=f"the analysis '{analysis.name}' is about {', '.join(parts)}.",
                fix="use the names of the analysis in the list of files.",
            )
        for name in parts:
            if name in listed and NOMINAL_SET not in listed[name]:
                raise DataError(
                    f"the sample '{name}'{of_era} has no nominal files.",
                    why=f"it lists only {', '.join(listed[name])}.",
                    fix='add {"nominal": {"files": […]}} to it.',
                )


def check_numbers(analysis: Definition, files: Mapping[str, Samples]) -> None:
    """Refuse numbers in the list of files that act on nothing.

    Raises
    ------
    DataError
        For a cross-section of data, or a luminosity of simulation.
    """
    for sample in analysis.samples.values():
        key = "cross_section" if sample.recorded else "luminosity"
        kind = "data" if sample.recorded else "simulation"
        sets = [
            (part.name, given.cross_section if sample.recorded else given.luminosity)
            for listed in files.values()
            for part in sample.parts
            for given in listed.get(part.name, {}).values()
        ]
        for name, number in sets:
            if number is not None:
                raise DataError(
                    f"the list of files gives {key}={number:g} for '{name}'.",
                    why=f"these are {kind}: the number would act on nothing.",
                    fix="give the cross-section of simulation, and the luminosity of data.",
                )


def missing_alternatives(analysis: Definition, files: Mapping[str, Samples]) -> list[Notice]:
    """List samples and alternatives without files, and files that nothing uses."""
    notices = []
    for era, listed in files.items():
        of_era = f" of {era}" if era else ""
        for sample in analysis.samples.values():
            absent = [part.name for part in sample.parts if part.name not in listed]
            if absent:
                which = sample.name if absent == [sample.name] else f"{sample.name} ({absent[0]})"
                text = (
                    f"no files{of_era} for sample '{which}': it is left out of every template, and "
                    "nothing is fitted."
                )
                notices.append(Notice("missing sample", text))
                continue
            for key, side in sample.variations:
                if key not in listed[sample.parts[0].name]:
                    text = (
                        f"no files{of_era} for '{key}' of sample '{sample.name}': "
                        f"'{side.alternative.name}' does not act on it."
                    )
                    notices.append(Notice("missing alternative", text))
        notices += _unused(analysis, listed, of_era)
    return notices


def _unused(analysis: Definition, listed: Samples, of_era: str) -> list[Notice]:
    """Files that no sample uses."""
    used: dict[str, set[str]] = {}
    for sample in analysis.samples.values():
        for part in sample.parts:
            keys = {NOMINAL_SET, *(key for key, _ in sample.variations)}
            used.setdefault(part.name, set()).update(keys)
    notices = []
    for name, sets in listed.items():
        if name not in used:
            text = f"the files of '{name}'{of_era} belong to no sample."
            notices.append(Notice("unused files", text))
            continue
        notices += [
            Notice("unused files", f"'{key}' of '{name}'{of_era} is used by nothing.")
            for key in sets
            if key not in used[name]
        ]
    return notices
