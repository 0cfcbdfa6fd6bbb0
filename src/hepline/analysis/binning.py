"""The bins that are fitted: those of the region, without bins where nothing is expected."""

from __future__ import annotations

from dataclasses import dataclass

import hist
import numpy as np
from numpy.typing import NDArray

from hepline.analysis.definition import Definition
from hepline.analysis.regions import Region, merge_matrix
from hepline.analysis.results import Notice
from hepline.analysis.templates import Templates, template_key

__all__ = ["FittedRegion", "fitted_region", "merged_notices"]

Floats = NDArray[np.float64]


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
        """Whether there is such a template."""
        return template_key(self.region.name, sample, variation) in self.templates

    def contents(self, sample: str, variation: str = "") -> Floats:
        """Events in the fitted bins, shape (bin,); underflow and overflow are left out."""
        return self._merged(self._template(sample, variation).values())

    def variances(self, sample: str, variation: str = "") -> Floats:
        """Variances in the fitted bins, shape (bin,)."""
        return self._merged(self._template(sample, variation).variances())

    def _template(self, sample: str, variation: str) -> hist.Hist:
        return self.templates[template_key(self.region.name, sample, variation)]

    def _merged(self, contents: Floats) -> Floats:
        merge = merge_matrix(self.region.axis.edges, self.edges, region=self.region.name)
        return np.asarray(merge @ contents)


def fitted_region(analysis: Definition, region: Region, templates: Templates) -> FittedRegion:
    """Take the fitted bins of a region, merged where the simulation expects nothing.

    A Poisson count with expectation zero makes any observed event impossible, and the fit with it;
    it happens where the simulation ran out of events. Such a bin joins its neighbor above (the
    last bin joins the one below). Where nothing is expected at all, the bins stay as declared.

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
    expected = np.zeros(len(region.fit_edges) - 1)
    for sample in analysis.samples.values():
        if sample.cross_section is not None and declared.has(sample.name):
            expected += declared.contents(sample.name)
    filled = np.flatnonzero(expected > 0)
    if len(filled) in (0, len(expected)):
        return declared
    kept = region.fit_edges[1:][filled]
    # Everything above the last filled bin joins it; everything below a filled bin joins that bin.
    kept[-1] = region.fit_edges[-1]
    return FittedRegion(region, templates, np.concatenate([region.fit_edges[:1], kept]))


def merged_notices(analysis: Definition, templates: Templates) -> list[Notice]:
    """Say which regions are fitted in fewer bins than they were declared with."""
    notices = []
    for region in analysis.regions.values():
        edges = fitted_region(analysis, region, templates).edges
        fewer = len(region.fit_edges) - len(edges)
        if fewer:
            gone = ", ".join(f"{edge:g}" for edge in region.fit_edges if edge not in edges)
            text = (
                f"no simulated events in {fewer} fit bins of {region.name}: they are merged with "
                f"their neighbors (edges left out: {gone}). More simulated events would keep them."
            )
            notices.append(Notice("merged bins", text))
    return notices
