"""What a blinded analysis hides: data of regions, where they were declared or tell too much."""

from __future__ import annotations

import copy
from collections.abc import Collection
from dataclasses import replace
from typing import TypeVar

import numpy as np

from hepline.analysis.binning import fitted_region
from hepline.analysis.definition import PSEUDODATA, Definition
from hepline.analysis.results import Cutflow, CutStep
from hepline.analysis.templates import Templates, template_key

__all__ = [
    "acting_regions",
    "data_keys",
    "data_names",
    "declares_blinding",
    "has_secrets",
    "hidden_regions",
    "hides_poi",
    "telling_regions",
    "unblinded",
    "unread_regions",
    "without_data",
]

_LEAST_SHARE = 0.01
AnyAnalysis = TypeVar("AnyAnalysis", bound=Definition)


def data_names(analysis: Definition) -> tuple[str, ...]:
    """Names of the templates that are data: recorded, or pseudo-data that stand in for them."""
    recorded = tuple(s.name for s in analysis.samples.values() if s.cross_section is None)
    return recorded if recorded or analysis.pseudo is None else (PSEUDODATA,)


def data_keys(analysis: Definition, regions: Collection[str]) -> frozenset[str]:
    """Keys of the templates of data in these regions."""
    names = data_names(analysis)
    return frozenset(template_key(region, name) for region in regions for name in names)


def declares_blinding(analysis: Definition) -> bool:
    """Whether anything is to be hidden, of whatever data."""
    return bool(analysis.blind) or any(region.blind for region in analysis.regions.values())


def has_secrets(analysis: Definition) -> bool:
    """Whether the data are such that blinding applies: recorded, or pseudo-data that ask for it."""
    if analysis.pseudo is not None:
        return analysis.pseudo.blind
    return bool(data_names(analysis))


def hides_poi(analysis: Definition) -> bool:
    """Whether the parameter of interest is shown with a secret shift."""
    return bool(analysis.blind and analysis.poi) and has_secrets(analysis)


def unread_regions(analysis: Definition) -> frozenset[str]:
    """Regions whose data are not even filled."""
    if not has_secrets(analysis):
        return frozenset()
    return frozenset(region.name for region in analysis.regions.values() if region.blind)


def unblinded(analysis: AnyAnalysis) -> AnyAnalysis:
    """Copy an analysis, without any blinding."""
    bare = copy.copy(analysis)
    bare.blind = ""
    bare.regions = {name: replace(one, blind=None) for name, one in analysis.regions.items()}
    return bare


def acting_regions(analysis: Definition, templates: Templates) -> frozenset[str]:
    """Regions where the hidden parameter acts on what is expected, however little."""
    return frozenset(name for name, told in _information(analysis, templates).items() if told > 0)


def telling_regions(analysis: Definition, templates: Templates) -> frozenset[str]:
    """Regions whose data tell the hidden parameter.

    Those that hold at least a hundredth of what all regions know of it: where less is known, the
    data alone would measure it ten times worse.
    """
    known = _information(analysis, templates)
    least = _LEAST_SHARE * sum(known.values())
    return frozenset(name for name, told in known.items() if told > 0 and told >= least)


def _information(analysis: Definition, templates: Templates) -> dict[str, float]:
    """Squares of signal over expected events, summed over the bins of each region."""
    if not hides_poi(analysis):
        return {}
    simulated = [s for s in analysis.samples.values() if s.cross_section is not None]
    known = {}
    for region in analysis.regions.values():
        fitted = fitted_region(analysis, region, templates)
        filled = [
            (sample.normalization == analysis.poi, fitted.contents(sample.name))
            for sample in simulated
            if fitted.has(sample.name)
        ]
        signal = sum(abs(events) for is_signal, events in filled if is_signal)
        total = sum(abs(events) for _, events in filled)
        known[region.name] = float(np.sum(signal**2 / np.where(total > 0, total, 1.0)))
    return known


def hidden_regions(analysis: Definition, templates: Templates) -> frozenset[str]:
    """Regions whose data must not be shown.

    Parameters
    ----------
    analysis : Definition
    templates : Templates
        Of the simulation, at least.

    Returns
    -------
    frozenset of str
        Declared with ``blind=True``; or telling the hidden parameter, without ``blind=False``.
    """
    shown = {region.name for region in analysis.regions.values() if region.blind is False}
    return unread_regions(analysis) | (telling_regions(analysis, templates) - shown)


def without_data(
    cutflows: Collection[Cutflow], analysis: Definition, regions: Collection[str]
) -> tuple[Cutflow, ...]:
    """Take out of the data's cutflows what would tell the data of these regions.

    That is all but the first step, all events, there; and in the other regions what lies between
    the first step and the last: a common selection would tell the difference.
    """
    if not regions:
        return tuple(cutflows)
    names = data_names(analysis)
    return tuple(
        replace(flow, steps=flow.steps[:1] if flow.region in regions else _ends(flow.steps))
        if flow.sample in names
        else flow
        for flow in cutflows
    )


def _ends(steps: tuple[CutStep, ...]) -> tuple[CutStep, ...]:
    return (*steps[:1], *steps[1:][-1:])
