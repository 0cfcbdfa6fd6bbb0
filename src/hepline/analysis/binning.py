"""The fitted bins of a region: bins where nothing is expected join their neighbors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import hist
import numpy as np

from hepline.analysis.definition import Definition
from hepline.analysis.expected import processes_of, regions_in_step
from hepline.analysis.regions import Region, merge_matrix
from hepline.analysis.results import Notice
from hepline.analysis.systematics import Systematic
from hepline.analysis.templates import TemplateKey, Templates
from hepline.analysis.thin import Thin
from hepline.arrays import Floats

__all__ = ["FittedRegion", "fitted_region", "merged_notices"]


@dataclass(frozen=True, eq=False)
class FittedRegion:
    """A region with its templates in the bins that are fitted.

    Attributes
    ----------
    region : Region
    templates : Templates
    edges : ndarray, shape (bin + 1,)
    """

    region: Region
    templates: Templates
    edges: Floats

    def has(self, sample: str, variation: str = "") -> bool:
        """Whether the region has a template of this sample and variation."""
        return self.templates.has(self.region.name, sample, variation)

    def contents(self, sample: str, variation: str = "") -> Floats:
        """Events in the fitted bins, shape (bin,); underflow and overflow are left out."""
        return self._merged(self._template(sample, variation).values())

    def variances(self, sample: str, variation: str = "") -> Floats:
        """Variances in the fitted bins, shape (bin,)."""
        return self._merged(self._template(sample, variation).variances())

    def acts(self, systematic: Systematic, sample: str) -> bool:
        """Whether a nuisance parameter changes the template of a sample here.

        An alternative simulation without files for one side does not act: its other side alone
        would be half an uncertainty. A missing side of any other nuisance is the nominal.
        """
        if not systematic.acts_on(self.region.name, sample):
            return False
        sides = [side for side in (systematic.up, systematic.down) if side is not None]
        filled = [self.has(sample, side) for side in sides]
        return all(filled) if systematic.simulated else any(filled)

    def varied(self, sample: str, variation: str) -> Floats:
        """Events in the fitted bins under a variation: nominal if it changed nothing."""
        return self.contents(sample, variation if self.has(sample, variation) else "")

    def _template(self, sample: str, variation: str) -> hist.Hist:
        return self.templates[TemplateKey(self.region.name, sample, variation)]

    def _merged(self, contents: Floats) -> Floats:
        merge = merge_matrix(self.region.axis.edges, self.edges, region=self.region.name)
        return np.asarray(merge @ contents)


def fitted_region(analysis: Definition, region: Region, templates: Templates) -> FittedRegion:
    """Take the fitted bins of a region, merged where the simulation expects nothing.

    A Poisson count with expectation zero makes any observed event impossible, and the fit with it;
    it happens where the simulation ran out of events, or negative weights outweigh the others.
    Nor may the expectation be negative where a free normalization is zero: a limit asks what the
    background alone predicts. Such a bin joins its neighbors above (the last bin those below) until
    the sums are sound. Where nothing is expected at all, the bins stay as declared. All points of a
    grid of signals have the same bins, which are sound for each of them, and so have regions that
    share free parameters of each bin.

    A bin with less background than the region asks for (`Thin`) joins its neighbors likewise.

    Parameters
    ----------
    analysis : Definition
    region : Region
    templates : Templates

    Returns
    -------
    FittedRegion
    """
    declared = FittedRegion(region, templates, region.fit_edges)
    expected, rests = [], []
    for alone in analysis.alone():
        for place in regions_in_step(alone, region):
            whole, without = _expectations(alone, replace(declared, region=place))
            expected.append(whole)
            rests += without
    backgrounds = [
        _Background.of(analysis, replace(declared, region=place))
        for place in regions_in_step(analysis, region)
        if place.thin.is_set
    ]
    ends = _ends(expected, rests, backgrounds)
    if not ends:
        return declared
    return FittedRegion(region, templates, region.fit_edges[[0, *ends]])


def _expectations(analysis: Definition, declared: FittedRegion) -> tuple[Floats, list[Floats]]:
    """What is expected in the declared bins, and the same without each free normalization."""
    expected = np.zeros(len(declared.edges) - 1)
    rests = {name: expected.copy() for name in analysis.normalizations}
    for process in processes_of(analysis, declared.region):
        if not declared.has(process.name):
            continue
        contents = declared.contents(process.name)
        expected += contents
        for name, rest in rests.items():
            rest += 0.0 if name in dict(process.free) else contents
    return expected, [*rests.values()]


@dataclass(frozen=True, eq=False)
class _Background:
    """What the parameter of interest does not scale, in the declared bins.

    Attributes
    ----------
    thin : Thin
    events, variances : ndarray, shape (bin,)
    """

    thin: Thin
    events: Floats
    variances: Floats

    @classmethod
    def of(cls, analysis: Definition, declared: FittedRegion) -> _Background:
        """The background of a region."""
        region = declared.region
        events = np.zeros(len(declared.edges) - 1)
        variances = events.copy()
        for process in processes_of(analysis, region):
            if declared.has(process.name) and analysis.poi not in dict(process.free):
                events += declared.contents(process.name)
                variances += declared.variances(process.name)
        return cls(region.thin, events, variances)

    def is_enough(self, start: int, stop: int) -> bool:
        """Whether a bin made of these ones has enough of it."""
        events = float(self.events[start:stop].sum())
        error = math.sqrt(self.variances[start:stop].sum())
        above = self.thin.above
        return events >= self.thin.below and (above == math.inf or 0 <= error <= above * events > 0)


def _ends(
    expected: Sequence[Floats], rests: Sequence[Floats], backgrounds: Sequence[_Background] = ()
) -> list[int]:
    """Upper ends of merged bins that each expect something; empty if there are none.

    Parameters
    ----------
    expected : sequence of ndarray, shape (bin,)
        Expectations that must be positive in a merged bin, unless their total is not.
    rests : sequence of ndarray, shape (bin,)
        Expectations that must not be negative in a merged bin, unless their total is.
    backgrounds : sequence of _Background
        Of each of which there must be enough.

    Returns
    -------
    list of int
        Increasing, up to the number of bins.
    """
    positive = [whole for whole in expected if whole.sum() > 0]
    if not positive:
        return []
    rows = np.stack([*positive, *(rest for rest in rests if rest.sum() >= 0)])
    number = len(positive)

    def is_sound(start: int, stop: int) -> bool:
        sums = rows[:, start:stop].sum(axis=1)
        enough = all(background.is_enough(start, stop) for background in backgrounds)
        return enough and bool((sums[:number] > 0).all() and (sums[number:] >= 0).all())

    bins = rows.shape[1]
    ends = [0]
    for place in range(1, bins + 1):
        if is_sound(ends[-1], place):
            ends.append(place)
    if len(ends) == 1:
        # As one bin it may still be too thin, but it is as good as it gets.
        return _ends(expected, rests)[-1:] if backgrounds else []
    # What is left at the top joins the bin below; negative weights may pull down several.
    while len(ends) > 2 and not is_sound(ends[-2], bins):
        ends.pop()
    return [*ends[1:-1], bins]


def merged_notices(analysis: Definition, templates: Templates) -> list[Notice]:
    """Say which regions are fitted in fewer bins than they were declared with."""
    notices = []
    for region in analysis.fitted():
        sound = fitted_region(analysis, replace(region, thin=Thin()), templates).edges
        edges = fitted_region(analysis, region, templates).edges
        if len(sound) < len(region.fit_edges):
            bins, gone = _left_out(region, region.fit_edges, sound)
            text = (
                f"no simulated events in {bins}, or negative weights "
                "outweigh the others, in all samples or in the background alone: they are merged "
                f"with their neighbors (edges left out: {gone}). More simulated events would keep "
                "them."
            )
            notices.append(Notice("merged bins", text))
        if len(edges) < len(sound):
            bins, gone = _left_out(region, sound, edges)
            text = (
                f"too little background in {bins} ({_limits(region.thin)}): they are merged with "
                f"their neighbors (edges left out: {gone}). More simulated events, or wider bins, "
                "would keep them."
            )
            notices.append(Notice("merged bins", text))
    return notices


def _left_out(region: Region, before: Floats, after: Floats) -> tuple[str, str]:
    """How many fit bins are lost, and the edges between them."""
    fewer = len(before) - len(after)
    gone = ", ".join(f"{edge:g}" for edge in before if edge not in after)
    return f"{fewer} fit bin{'s' if fewer > 1 else ''} of {region.name}", gone


def _limits(thin: Thin) -> str:
    """What makes a bin too thin."""
    parts = [f"fewer than {thin.below:g} events"] if thin.below else []
    if thin.above < math.inf:
        parts.append(f"a relative statistical error above {thin.above:g}")
    return " or ".join(parts)
