"""What a blinded analysis hides: data of regions that are declared blind or reveal the parameter.

`Secrets` are made once for a run and travel with its result; all code that shows numbers asks them.
Hidden data are not among the templates of the result, so code that forgets to ask shows nothing.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from hepline.analysis.binning import fitted_region
from hepline.analysis.definition import PSEUDODATA, Definition
from hepline.analysis.expected import processes_of
from hepline.analysis.regions import Region
from hepline.analysis.results import Cutflow
from hepline.analysis.templates import TemplateKey, Templates

__all__ = [
    "Secrets",
    "data_names",
    "declares_blinding",
    "has_secrets",
    "hides_loosened",
    "hides_poi",
    "unblinded",
    "unread_regions",
]

_LEAST_SHARE = 0.01
AnyAnalysis = TypeVar("AnyAnalysis", bound=Definition)


def data_names(analysis: Definition) -> tuple[str, ...]:
    """Names of the templates that are data: recorded, or pseudo-data that stand in for them."""
    recorded = tuple(sample.name for sample in analysis.recorded)
    return recorded if recorded or analysis.pseudo is None else (PSEUDODATA,)


def declares_blinding(analysis: Definition) -> bool:
    """Whether the analysis asks to hide a parameter or the data of a region."""
    return bool(analysis.blind) or any(region.blind for region in analysis.regions.values())


def has_secrets(analysis: Definition) -> bool:
    """Whether blinding applies to these data: recorded ones, or pseudo-data with ``blind=True``."""
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


def hides_loosened(analysis: Definition, region: Region) -> bool:
    """Whether data are not filled where one of the cuts of a region is left out.

    What such a plot has more of may be the events of a hidden region.
    """
    return declares_blinding(analysis) and has_secrets(analysis) and region.blind is not False


def unblinded(analysis: AnyAnalysis) -> AnyAnalysis:
    """Copy an analysis without its blinding."""
    bare = copy.copy(analysis)
    bare.blind = ""
    bare.regions = {name: replace(region, blind=None) for name, region in analysis.regions.items()}
    return bare


def _information(analysis: Definition, templates: Templates) -> dict[str, float]:
    """Squares of signal over expected events, summed over the bins of each region."""
    if not hides_poi(analysis):
        return {}
    information = {}
    for region in analysis.regions.values():
        fitted = fitted_region(analysis, region, templates)
        filled = [
            (analysis.poi in dict(process.free), fitted.contents(process.name))
            for process in processes_of(analysis, region)
            if fitted.has(process.name)
        ]
        signal = sum(abs(events) for is_signal, events in filled if is_signal)
        total = sum(abs(events) for _, events in filled)
        information[region.name] = float(np.sum(signal**2 / np.where(total > 0, total, 1.0)))
    return information


@dataclass(frozen=True)
class Secrets:
    """What an analysis hides of its data.

    Attributes
    ----------
    data : tuple of str
        Names of the templates that are data.
    unread : frozenset of str
        Regions whose data are not even filled.
    hidden : frozenset of str
        Regions whose data must not be shown: those that are not filled, and those that reveal the
        hidden parameter, unless they have ``blind=False``. Such a region holds at least a hundredth
        of the information of all regions: with less, its data alone would measure the parameter ten
        times worse.
    acting : frozenset of str
        Regions where the hidden parameter changes the expected events, however little.
    poi : str
        The parameter that is shown with a secret shift; empty if none is.
    phrase : str
        Decides the shift.
    """

    data: tuple[str, ...] = ()
    unread: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    acting: frozenset[str] = frozenset()
    poi: str = ""
    phrase: str = field(default="", repr=False)

    @classmethod
    def of(cls, analysis: Definition, templates: Templates) -> Secrets:
        """The secrets of an analysis; of a grid of signals, those of all its points.

        Parameters
        ----------
        analysis : Definition
        templates : Templates
            Of the simulation, at least.
        """
        hides, unread = hides_poi(analysis), unread_regions(analysis)
        visible = {region.name for region in analysis.regions.values() if region.blind is False}
        acting: set[str] = set()
        telling: set[str] = set()
        for alone in analysis.alone():
            information = _information(alone, templates)
            least = _LEAST_SHARE * sum(information.values())
            here = {name for name, share in information.items() if share > 0}
            acting |= here
            telling |= {name for name in here - visible if information[name] >= least}
        return cls(
            data_names(analysis),
            unread,
            unread | telling,
            frozenset(acting),
            analysis.poi if hides else "",
            analysis.blind if hides else "",
        )

    def covers(self, sample: str, *regions: str) -> bool:
        """Whether counts of a sample in any of these regions must not be shown."""
        return sample in self.data and not self.hidden.isdisjoint(regions)

    @property
    def keys(self) -> frozenset[TemplateKey]:
        """Keys of the templates that must not be shown."""
        return frozenset(TemplateKey(r, name) for r in self.hidden for name in self.data)

    def cutflows(self, flows: Iterable[Cutflow]) -> tuple[Cutflow, ...]:
        """Drop the steps of the data's cutflows that would reveal hidden data.

        In hidden regions only the first step, all events, remains; in the others the first and the
        last: between them, a shared selection would reveal the difference.
        """
        return tuple(self._cutflow(flow) for flow in flows)

    def _cutflow(self, flow: Cutflow) -> Cutflow:
        if not self.hidden or flow.sample not in self.data:
            return flow
        if flow.region in self.hidden:
            return replace(flow, steps=flow.steps[:1])
        return replace(flow, steps=(*flow.steps[:1], *flow.steps[1:][-1:]))
