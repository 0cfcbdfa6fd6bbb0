"""Does an estimate from data close? It is compared with a simulated sample in its own region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtrc

from hepline.analysis.abcd import FourRegions
from hepline.analysis.binning import FittedRegion, fitted_region
from hepline.analysis.estimated import rest_inside
from hepline.analysis.expected import processes_of
from hepline.analysis.regions import Region
from hepline.arrays import Floats
from hepline.errors import AnalysisError, ModelError, nearest
from hepline.notebook import html_table

if TYPE_CHECKING:
    from hepline.pipeline.result import Result

__all__ = ["Closure", "RegionClosure", "closure"]


@dataclass(frozen=True, eq=False)
class RegionClosure:
    """An estimate and a sample in one region.

    Attributes
    ----------
    region : str
    estimated, expected : ndarray, shape (bin,)
        Events in the fitted bins: of the estimate, and of the sample.
    covariance : ndarray, shape (bin, bin)
        Of their difference: statistics of data and simulation.
    pull : float
        Difference of the sums, in its standard deviations.
    chi2 : float
    degrees_of_freedom : int
        Bins with an uncertainty.
    p_value : float
        Of χ².
    """

    region: str
    estimated: Floats
    expected: Floats
    covariance: Floats
    pull: float
    chi2: float
    degrees_of_freedom: int
    p_value: float


@dataclass(frozen=True)
class Closure:
    """An estimate from data beside a simulated sample, in every region that has the estimate.

    Attributes
    ----------
    estimate, sample : str
    regions : tuple of RegionClosure
    """

    estimate: str
    sample: str
    regions: tuple[RegionClosure, ...]

    def __repr__(self) -> str:
        parts = ", ".join(
            f"{part.region}: pull {part.pull:+.2f}, p = {part.p_value:.2f}" for part in self.regions
        )
        return f"<Closure of {self.estimate} and {self.sample}: {parts}>"

    def _repr_html_(self) -> str:
        head = ("region", "estimated", "expected", "pull", "χ²", "bins", "p-value")
        rows = [
            (
                part.region,
                f"{part.estimated.sum():.5g}",
                f"{part.expected.sum():.5g}",
                f"{part.pull:+.2f}",
                f"{part.chi2:.2f}",
                f"{part.degrees_of_freedom}",
                f"{part.p_value:.3f}",
            )
            for part in self.regions
        ]
        return html_table(head, rows, caption=repr(self)[1:-1])


def closure(result: Result, name: str, sample: str) -> Closure:
    """Compare an estimate from data with a simulated sample; see `Result.closure`."""
    analysis = result.analysis
    known = {**analysis.estimates, **analysis.four_regions}
    if name not in known:
        raise AnalysisError(
            f"there is no estimate '{name}'.",
            why=f"'{analysis.name}' has {', '.join(known) or 'none'}.",
            fix=nearest(name, known) if known else "declare it with .estimate(…) or .abcd(…).",
        )
    simulated = [declared.name for declared in analysis.simulated]
    if sample not in simulated:
        raise AnalysisError(
            f"there is no simulated sample '{sample}' to compare '{name}' with.",
            why=f"'{analysis.name}' has {', '.join(simulated)}.",
            fix=f"declare it, not as a part of the model: sample('{sample}', fit=False).",
        )
    four = analysis.four_regions.get(name)
    parts = []
    for region in analysis.regions.values():
        if four is not None and region.base != four.signal:
            continue
        fitted = fitted_region(analysis, region, result.templates)
        if four is not None:
            estimated, covariance = _of_four_regions(result, four, fitted)
        else:
            processes = [
                process.name
                for process in processes_of(analysis, region)
                if process.estimate == name and fitted.has(process.name)
            ]
            if not processes:
                continue
            estimated = np.sum([fitted.contents(process) for process in processes], axis=0)
            variances = np.sum([fitted.variances(process) for process in processes], axis=0)
            covariance = np.diag(variances)
        parts.append(_compared(fitted, estimated, covariance, sample))
    return Closure(name, sample, tuple(parts))


def _of_four_regions(
    result: Result, four: FourRegions, fitted: FittedRegion
) -> tuple[Floats, Floats]:
    """B × C / D with its covariance, from data less simulation."""
    analysis, era = result.analysis, fitted.region.era
    regions = {region.base: region for region in analysis.regions.values() if region.era == era}
    _, shape, *transfer = (regions[base] for base in four.regions)
    counts, variances = _rest(result, shape, fitted)
    (above, above_variance), (below, below_variance) = (
        (float(part.sum()) for part in _rest(result, region, None)) for region in transfer
    )
    if not (above > 0 and below > 0):
        raise ModelError(
            f"the regions {four.transfer[0]} and {four.transfer[1]} have {above:.3g} and "
            f"{below:.3g} events of '{four.name}'.",
            why="without events there is no transfer factor.",
            fix="loosen the selection of these regions.",
        )
    factor = above / below
    relative = above_variance / above**2 + below_variance / below**2
    covariance = factor**2 * (np.diag(variances) + relative * np.outer(counts, counts))
    return factor * counts, covariance


def _rest(result: Result, region: Region, like: FittedRegion | None) -> tuple[Floats, Floats]:
    """Data less simulation in the fitted bins, and its variances."""
    edges = region.fit_edges if like is None else like.edges
    return rest_inside(result.analysis, FittedRegion(region, result.templates, edges))


def _compared(
    fitted: FittedRegion, estimated: Floats, covariance: Floats, sample: str
) -> RegionClosure:
    expected, variances = np.zeros_like(estimated), np.zeros_like(estimated)
    if fitted.has(sample):
        expected, variances = fitted.contents(sample), fitted.variances(sample)
    covariance = covariance + np.diag(variances)
    difference = estimated - expected
    total = float(np.sqrt(covariance.sum()))
    known = np.diag(covariance) > 0
    apart = difference[known]
    chi2 = float(apart @ np.linalg.solve(covariance[np.ix_(known, known)], apart))
    return RegionClosure(
        fitted.region.name,
        estimated,
        expected,
        covariance,
        float(difference.sum()) / total if total > 0 else 0.0,
        chi2,
        int(known.sum()),
        float(chdtrc(int(known.sum()), chi2)) if known.any() else 1.0,
    )
