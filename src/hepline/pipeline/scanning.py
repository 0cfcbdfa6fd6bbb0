"""All signals of a grid: limits, significances and best strengths, and the largest excess."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from hepline.analysis.definition import Definition
from hepline.analysis.processes import Sample
from hepline.engine.run import Progress
from hepline.errors import AnalysisError, FitError, NothingToFit, nearest
from hepline.notebook import html_table
from hepline.pipeline.grid import check_grid
from hepline.stats.fit import fit
from hepline.stats.inference.everywhere import Everywhere, look_everywhere
from hepline.stats.inference.profile import for_tests
from hepline.stats.inference.results import UpperLimit
from hepline.stats.model import Model

if TYPE_CHECKING:
    from hepline.pipeline.result import Result

__all__ = ["SCANNING", "GridScan", "ScannedPoint", "has_data", "look_elsewhere", "scan_grid"]

SCANNING = "limits of all signals"
"""Name under which the progress of a scan is told."""

Five = tuple[float, float, float, float, float]


@dataclass(frozen=True)
class ScannedPoint:
    """What the data say of one signal of a grid.

    Attributes
    ----------
    sample : str
    parameters : tuple of (str, float)
        Of the signal, such as its mass.
    cross_section : float or None
        In pb, of a strength of one; None if eras differ.
    limit : UpperLimit
        On the strength. Where data are hidden or absent, `observed` is not a number and there are
        no tests.
    significance, p_value : float
        Local, of the data; not a number where they are hidden or absent.
    expected_significance, expected_p_value : float
        Median for a strength of one.
    strength, error : float
        Best value; not a number where data are hidden or absent.
    """

    sample: str
    parameters: tuple[tuple[str, float], ...]
    cross_section: float | None
    limit: UpperLimit
    significance: float
    p_value: float
    expected_significance: float
    expected_p_value: float
    strength: float
    error: float

    @property
    def observed_pb(self) -> float | None:
        """Observed upper limit on the cross-section; None if that of the signal is not known."""
        return None if self.cross_section is None else self.limit.observed * self.cross_section

    @property
    def expected_pb(self) -> Five | None:
        """Expected upper limits on the cross-section."""
        if self.cross_section is None:
            return None
        low2, low, median, high, high2 = (
            limit * self.cross_section for limit in self.limit.expected
        )
        return low2, low, median, high, high2


@dataclass(frozen=True)
class GridScan:
    """Limits and significances of all signals of a grid.

    Attributes
    ----------
    poi : str
        The strength.
    level : float
        Confidence level of the limits.
    points : tuple of ScannedPoint
        In the order of declaration.
    failures : tuple of (str, str)
        Samples at points without a result, with the reason.
    has_data : bool
        Whether observed values are shown.
    """

    poi: str
    level: float
    points: tuple[ScannedPoint, ...]
    failures: tuple[tuple[str, str], ...] = ()
    has_data: bool = True

    def __iter__(self) -> Iterator[ScannedPoint]:
        return iter(self.points)

    def __len__(self) -> int:
        return len(self.points)

    def __getitem__(self, sample: str) -> ScannedPoint:
        for point in self.points:
            if point.sample == sample:
                return point
        names = [point.sample for point in self.points]
        raise AnalysisError(
            f"the scan has no point '{sample}'.",
            why=f"it has {', '.join(names)}.",
            fix=nearest(sample, names),
        )

    @property
    def strongest(self) -> ScannedPoint:
        """The point of the largest local significance; of the largest expected one without data."""
        return max(
            self.points,
            key=lambda point: (
                point.significance if self.has_data else point.expected_significance,
                point.expected_significance,
            ),
        )

    def __repr__(self) -> str:
        shown = "" if self.has_data else ", expected only"
        best = self.strongest
        most = f"; most significant: {best.sample}, {best.significance:.2f}σ local"
        return (
            f"<GridScan: limits on '{self.poi}' at {len(self)} points, {100 * self.level:g} % CL"
            f"{shown}{most if self.has_data else ''}>"
        )

    def _repr_html_(self) -> str:
        names = [name for name, _ in self.points[0].parameters]
        head = (*names, "observed", "−2σ", "−1σ", "expected", "+1σ", "+2σ", "local significance")
        rows = [
            [
                *(f"{value:g}" for _, value in point.parameters),
                *(f"{limit:.4g}" for limit in (point.limit.observed, *point.limit.expected)),
                f"{point.significance:.2f}",
            ]
            for point in self.points
        ]
        return html_table(head, rows, caption=repr(self)[1:-1])


def scan_grid(
    result: Result,
    *,
    level: float = 0.95,
    toys: int = 0,
    seed: int = 1,
    workers: int = 1,
    progress: Progress | None = None,
) -> GridScan:
    """Find limit, significance and best strength of every signal; see `Result.scan_grid`."""
    check_grid(result.analysis)
    shown = has_data(result)
    samples = result.analysis.points
    points: list[ScannedPoint] = []
    failures: list[tuple[str, str]] = []
    for number, sample in enumerate(samples, start=1):
        try:
            model = result.at(sample.name).model()
            limit = model.limit(level=level, toys=toys, seed=seed, workers=workers)
            points.append(_scanned(result, sample, model, limit, shown=shown))
        except (NothingToFit, FitError) as error:
            failures.append((sample.name, f"{error.what} {error.why}"))
            last = error
        if progress is not None:
            progress(SCANNING, number, len(samples))
    if not points:
        raise last
    return GridScan(points[0].limit.poi, level, tuple(points), tuple(failures), shown)


def has_data(result: Result) -> bool:
    """Whether the fits are those of data that may be shown, not of expected events."""
    analysis, secrets = result.analysis, result.secrets
    exist = bool(analysis.recorded) or analysis.pseudo is not None
    return exist and not secrets.poi and not secrets.hidden


def _scanned(
    result: Result, sample: Sample, model: Model, limit: UpperLimit, *, shown: bool
) -> ScannedPoint:
    discovery = model.significance()
    # The usual upper bound of ten is far too low for signals that are hardly expected.
    best = fit(for_tests(model))[model.poi] if shown else None
    hidden = UpperLimit(limit.poi, limit.level, math.nan, limit.expected, (), limit.method)
    return ScannedPoint(
        sample=sample.name,
        parameters=sample.point,
        cross_section=result.cross_sections.get(sample.name),
        limit=limit if shown else hidden,
        significance=discovery.observed if shown else math.nan,
        p_value=discovery.p_value if shown else math.nan,
        expected_significance=discovery.expected,
        expected_p_value=float(ndtr(-discovery.expected)),
        strength=math.nan if best is None else best.value,
        error=math.nan if best is None else best.error,
    )


def look_elsewhere(
    result: Result,
    *,
    toys: int,
    seed: int = 1,
    workers: int = 1,
    reference_level: float = 0.5,
) -> Everywhere:
    """Correct the largest local significance for all points; see `Result.look_elsewhere`."""
    analysis = result.analysis
    check_grid(analysis)
    if not has_data(result):
        raise FitError(
            f"the data of '{analysis.name}' are hidden or absent.",
            why="a global significance is that of an excess in the data.",
            fix="give data, or run with unblind=True.",
        )
    models = [result.at(sample.name).model() for sample in analysis.points]
    return look_everywhere(
        models,
        toys,
        seed=seed,
        line=_line(analysis),
        reference_level=reference_level,
        workers=workers,
    )


def _line(analysis: Definition) -> list[int] | None:
    """The points in the order of their parameter; None if they have several."""
    values: list[Mapping[str, float]] = [dict(sample.point) for sample in analysis.points]
    if any(len(point) != 1 for point in values) or len({*map(tuple, values)}) != 1:
        return None
    return [int(place) for place in np.argsort([next(iter(point.values())) for point in values])]
