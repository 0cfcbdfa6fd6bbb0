"""From templates to a HistFactory workspace: a region becomes a channel, a variation a parameter.

The conventions are those of cabinetry and of the Analysis Grand Challenge: a variation is split
into a normalization (``normsys``) and a shape (``histosys``) that share one parameter; a one-sided
variation is mirrored. A variation that is flat has no shape.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from hepline.analysis.binning import FittedRegion, fitted_region
from hepline.analysis.blinding import Secrets, data_names, hides_poi
from hepline.analysis.definition import Definition
from hepline.analysis.expected import Process, processes_of
from hepline.analysis.systematics import Systematic, systematics_of
from hepline.analysis.templates import Templates
from hepline.arrays import Floats
from hepline.errors import ModelError, NothingToFit, nearest
from hepline.pipeline.splitting import split

__all__ = [
    "check_counts",
    "check_one_signal",
    "expected_processes",
    "fitted_regions",
    "observed",
    "parameter_of_interest",
    "workspace",
]


def workspace(
    analysis: Definition,
    templates: Templates,
    *,
    poi: str | None = None,
    hidden: Collection[str] | None = None,
) -> dict[str, Any]:
    """Write the likelihood of an analysis as a pyhf workspace.

    Parameters
    ----------
    analysis : Definition
    templates : Templates
    poi : str, optional
        Parameter of interest; by default that of the analysis, or its only free normalization.
    hidden : collection of str, optional
        Regions where the expected events replace the data; by default those the analysis hides.

    Returns
    -------
    dict
        Valid under pyhf's schema 1.0.0.

    Raises
    ------
    NothingToFit
        If no sample has a free normalization, the signal has no events, or a region has no data or
        nothing expected.
    ModelError
        If the parameter does not exist, if several are free and none is chosen, if no signal of a
        grid is chosen, or if the templates do not make a likelihood.
    """
    check_one_signal(analysis)
    parameter = parameter_of_interest(analysis, poi)
    secret = Secrets.of(analysis, templates).hidden if hidden is None else hidden
    regions = fitted_regions(analysis, templates)
    systematics = systematics_of(analysis)
    channels = [_channel(analysis, fitted, systematics) for fitted in regions]
    acting = _free_in(channels)
    if parameter not in acting:
        raise _no_signal(analysis, parameter)
    observations = [
        {"name": fitted.region.name, "data": observed(analysis, fitted, secret).tolist()}
        for fitted in regions
    ]
    config = {"poi": parameter, "parameters": _parameters(analysis, regions, acting)}
    return {
        "channels": channels,
        "observations": observations,
        "measurements": [{"name": analysis.name, "config": config}],
        "version": "1.0.0",
    }


def _free_in(channels: list[dict[str, Any]]) -> frozenset[str]:
    """The free normalizations of samples that have events."""
    return frozenset(
        modifier["name"]
        for channel in channels
        for sample in channel["samples"]
        for modifier in sample["modifiers"]
        if modifier["type"] == "normfactor"
    )


def _no_signal(analysis: Definition, poi: str) -> NothingToFit:
    scaled = dict.fromkeys(
        process.name
        for region in analysis.fitted()
        for process in processes_of(analysis, region)
        if poi in dict(process.free)
    )
    return NothingToFit(
        f"no event of {' or '.join(scaled)} lies in the fitted bins of any region.",
        why=f"the parameter of interest '{poi}' then scales nothing, and no data can measure it.",
        fix="check the selection, the axis and the files of the signal.",
    )


def check_one_signal(analysis: Definition) -> None:
    """Refuse a grid of signals of which none is chosen.

    Raises
    ------
    ModelError
    """
    names = [sample.name for sample in analysis.points]
    if len(names) > 1:
        raise ModelError(
            f"'{analysis.name}' has {len(names)} signals, and none is chosen.",
            why=f"each of {', '.join(names[:3])}{', …' if names[3:] else ''} has a likelihood of "
            "its own: together they would be one signal.",
            fix=f"choose one: result.at('{names[0]}'), or take all: result.scan_grid().",
        )


def fitted_regions(analysis: Definition, templates: Templates) -> list[FittedRegion]:
    """The regions that are fitted, with their templates in the bins that are fitted."""
    return [fitted_region(analysis, region, templates) for region in analysis.fitted()]


def parameter_of_interest(analysis: Definition, poi: str | None) -> str:
    """The parameter of interest.

    Raises
    ------
    NothingToFit
        If no sample has a free normalization.
    ModelError
        If none of several is chosen, the chosen one is not free, or another one is hidden.
    """
    free = analysis.normalizations
    if not free:
        raise NothingToFit(
            f"no sample of '{analysis.name}' has a free normalization.",
            why="there is no parameter to measure.",
            fix="say normalization='…' for the signal sample.",
        )
    parameter = analysis.poi if poi is None else poi
    if not parameter:
        raise ModelError(
            f"'{analysis.name}' does not say which parameter is measured.",
            why=f"several normalizations are free: {', '.join(free)}.",
            fix=f"choose one: hl.Analysis(…, poi='{free[0]}'), or model('{free[0]}').",
        )
    if hides_poi(analysis) and parameter != analysis.poi:
        raise ModelError(
            f"the parameter of interest '{parameter}' of a blinded analysis.",
            why=f"the secret shift hides '{analysis.poi}', whose value this fit would show.",
            fix="leave poi= out, or run with unblind=True.",
        )
    if parameter not in free:
        raise ModelError(
            f"the parameter of interest '{parameter}' is not a free normalization.",
            why=f"the samples have: {', '.join(free)}.",
            fix=nearest(parameter, free),
        )
    return parameter


def observed(analysis: Definition, fitted: FittedRegion, hidden: Collection[str]) -> Floats:
    """Recorded data, else pseudo-data; expected events (Asimov) where both are hidden or absent.

    A signal of a grid is not among the expected events: data are the same at all its points.
    """
    name = fitted.region.name
    grid = [sample.name for sample in analysis.points]
    expected = [
        process.name
        for process in processes_of(analysis, fitted.region)
        if process.sample not in grid
    ]
    sources = expected if name in hidden else list(data_names(analysis)) or expected
    counts = [fitted.contents(source) for source in sources if fitted.has(source)]
    if not counts:
        raise NothingToFit(
            f"there are no data in region '{name}'.",
            why=f"the template of {sources[0]} was not filled.",
            fix="give files for the data, or for every term of the pseudo-data.",
        )
    observed = np.asarray(np.sum(counts, axis=0))
    check_counts(name, "events of data", observed)
    return observed


def check_counts(region: str, kind: str, counts: Floats) -> None:
    """Refuse negative numbers of events.

    Raises
    ------
    ModelError
    """
    if (counts < 0).any():
        place = int(np.argmin(counts))
        raise ModelError(
            f"region '{region}' has {counts[place]:g} {kind} in fitted bin {place}.",
            why="a Poisson count cannot be negative; negative event weights add up there.",
            fix="merge fit bins, or use samples with positive weights.",
        )


def expected_processes(analysis: Definition, fitted: FittedRegion) -> list[Process]:
    """Processes of the model that have events in the fitted bins."""
    return [
        process
        for process in processes_of(analysis, fitted.region)
        if fitted.has(process.name) and fitted.contents(process.name).any()
    ]


def _channel(
    analysis: Definition, fitted: FittedRegion, systematics: Collection[Systematic]
) -> dict[str, Any]:
    samples = [
        _sample(analysis, fitted, process, systematics)
        for process in expected_processes(analysis, fitted)
    ]
    if not samples:
        raise NothingToFit(
            f"nothing is expected in region '{fitted.region.name}'.",
            why="no simulated event passes its selection within the fitted bins.",
            fix="loosen the selection, give more events, or remove the region.",
        )
    return {"name": fitted.region.name, "samples": samples}


def _sample(
    analysis: Definition,
    fitted: FittedRegion,
    process: Process,
    systematics: Collection[Systematic],
) -> dict[str, Any]:
    modifiers: list[dict[str, Any]] = [
        {"name": name, "type": "normfactor", "data": None} for name, _ in process.free
    ]
    if process.sample:
        modifiers += _luminosity(analysis, process.era)
    for rate in process.rates:
        norm = {"hi": rate.high, "lo": rate.low}
        modifiers.append({"name": rate.name, "type": "normsys", "data": norm})
    for systematic in systematics:
        modifiers += _systematic(systematic, fitted, process)
    # A free parameter for each bin of a single one is a normalization.
    kind = "shapefactor" if len(fitted.edges) > 2 else "normfactor"
    modifiers += [{"name": name, "type": kind, "data": None} for name in process.shapes]
    data = fitted.contents(process.name).tolist()
    if process.floats:
        return {"name": process.name, "data": data, "modifiers": modifiers}
    errors = np.sqrt(fitted.variances(process.name)).tolist()
    name = f"staterror_{fitted.region.name}"
    modifiers.append({"name": name, "type": "staterror", "data": errors})
    return {"name": process.name, "data": data, "modifiers": modifiers}


def has_lumi_parameter(analysis: Definition) -> bool:
    """Whether the luminosity is a parameter of HistFactory's own kind.

    That one knows neither eras nor the asymmetry of a subtraction: with eras it is a normsys.
    """
    return (
        bool(analysis.luminosity_uncertainty)
        and analysis.luminosity_modifier == "lumi"
        and not analysis.eras
    )


def _luminosity(analysis: Definition, era: str) -> list[dict[str, Any]]:
    if has_lumi_parameter(analysis):
        return [{"name": "lumi", "type": "lumi", "data": None}]
    relative = analysis.luminosity_uncertainty
    named = [("Luminosity", 1.0 + relative, 1.0 - relative)] if relative else []
    if era:
        named = [*analysis.eras[era].uncertainties]
    return [
        {"name": name, "type": "normsys", "data": {"hi": high, "lo": low}}
        for name, high, low in named
    ]


def _systematic(
    systematic: Systematic, fitted: FittedRegion, process: Process
) -> list[dict[str, Any]]:
    """The modifiers of a nuisance parameter: none if it has no effect here, one if it is flat."""
    name = process.name
    if not fitted.acts(systematic, name):
        return []
    # What is subtracted has a negative yield, and is divided like the sample that it comes from.
    sign = -1.0 if process.is_subtracted else 1.0
    nominal = sign * fitted.contents(name)
    up = _shared(systematic, nominal, sign * fitted.varied(name, systematic.up))
    down = None
    if systematic.down is not None:
        down = _shared(systematic, nominal, sign * fitted.varied(name, systematic.down))
    divided = split(
        nominal, up, down, what=f"'{systematic.name}' of {name} in {fitted.region.name}"
    )
    modifiers = []
    if systematic.effect != "shape":
        norm = {"hi": divided.high, "lo": divided.low}
        modifiers.append({"name": systematic.name, "type": "normsys", "data": norm})
    sides = (divided.shape_up, divided.shape_down)
    if systematic.effect != "rate" and not all(_is_flat(side, nominal) for side in sides):
        shape = {
            "hi_data": (sign * sides[0]).tolist(),
            "lo_data": (sign * sides[1]).tolist(),
        }
        modifiers.append({"name": systematic.name, "type": "histosys", "data": shape})
    return modifiers


def _shared(systematic: Systematic, nominal: Floats, varied: Floats) -> Floats:
    """The part of a variation that this parameter stands for."""
    return varied if systematic.share == 1.0 else nominal + systematic.share * (varied - nominal)


def _is_flat(shape: Floats, nominal: Floats) -> bool:
    """Whether a shape equals the nominal one up to rounding."""
    return bool(np.allclose(shape, nominal, rtol=1e-12, atol=1e-12 * float(np.abs(nominal).max())))


def _parameters(
    analysis: Definition, regions: Collection[FittedRegion], acting: Collection[str]
) -> list[dict[str, Any]]:
    settings: dict[str, dict[str, Any]] = {}
    free = [
        (name, bounds)
        for fitted in regions
        for process in processes_of(analysis, fitted.region)
        for name, bounds in process.free
    ]
    for name, bounds in free:
        if name in acting:
            settings[name] = {"name": name, "inits": [1.0], "bounds": [list(bounds)]}
    if has_lumi_parameter(analysis):
        relative = analysis.luminosity_uncertainty
        settings["lumi"] = {
            "name": "lumi",
            "inits": [1.0],
            "auxdata": [1.0],
            "sigmas": [relative],
            "bounds": [[max(0.0, 1.0 - 10 * relative), 1.0 + 10 * relative]],
        }
    return list(settings.values())
