"""A grid of signals in the folder of a measurement: limits for machines and for the report."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hepline.analysis.definition import Definition
from hepline.analysis.results import Notice
from hepline.engine.run import Progress
from hepline.errors import FitError, ModelError, NothingToFit
from hepline.pipeline.patchset import PatchSet
from hepline.pipeline.result import Result
from hepline.pipeline.scanning import GridScan, ScannedPoint
from hepline.show.grid_content import (
    ExclusionContent,
    ExclusionPoint,
    GridContent,
    LimitCurve,
    LimitPoint,
    SignificanceCurve,
    SignificancePoint,
    Theory,
)

__all__ = ["MeasuredGrid", "grid_content", "limits_as_json", "measured_grid"]


@dataclass(frozen=True)
class MeasuredGrid:
    """A grid of signals, and the one of them that is fitted and drawn.

    Attributes
    ----------
    chosen : Result
        Of the signal with the largest local significance; of the first one if none has a result.
    scan : GridScan or None
    patches : PatchSet or None
        None where a region has no background.
    notices : tuple of Notice
    """

    chosen: Result
    scan: GridScan | None
    patches: PatchSet | None
    notices: tuple[Notice, ...]


def measured_grid(result: Result, progress: Progress | None = None) -> MeasuredGrid | None:
    """Scan a grid of signals; None if the analysis has none.

    Parameters
    ----------
    result : Result
    progress : callable, optional
        As for `Result.scan_grid`.
    """
    points = result.analysis.points
    if not points:
        return None
    try:
        scan = result.scan_grid(progress=progress)
    except (NothingToFit, FitError, ModelError):
        # Its reason is that of the fit of this point, which comes next, and is reported there.
        return MeasuredGrid(result.at(points[0].name), None, None, ())
    notices = [*_notices(scan)]
    try:
        patches = result.patchset()
    except NothingToFit as error:
        patches = None
        notices.append(Notice("signal grid", f"there is no patch set: {error.what} {error.why}"))
    return MeasuredGrid(result.at(scan.strongest.sample), scan, patches, tuple(notices))


def _notices(scan: GridScan) -> Iterator[Notice]:
    for sample, reason in scan.failures:
        yield Notice("signal grid", f"there is no limit for '{sample}': {reason}")
    if len(scan) + len(scan.failures) < 2:
        return
    best = scan.strongest
    largest = f"observed local significance ({best.significance:.2f}σ)"
    if not scan.has_data:
        largest = f"expected significance ({best.expected_significance:.2f}σ)"
    yield Notice(
        "signal grid",
        f"fit, predictions and figures are those of '{best.sample}', which has the largest "
        f"{largest} of {len(scan)} signals; limits are those of each signal.",
    )


def limits_as_json(scan: GridScan | None) -> list[dict[str, Any]]:
    """The limits of ``summary.json``, one entry for each point; hidden values are None."""
    return [] if scan is None else [_as_json(point, scan.level) for point in scan]


def _as_json(point: ScannedPoint, level: float) -> dict[str, Any]:
    observed_pb, expected_pb = point.observed_pb, point.expected_pb
    return {
        **dict(point.parameters),
        "sample": point.sample,
        "parameters": dict(point.parameters),
        "level": level,
        "observed": _known(point.limit.observed),
        "expected": list(point.limit.expected),
        "cross_section": point.cross_section,
        "observed_pb": None if observed_pb is None else _known(observed_pb),
        "expected_pb": None if expected_pb is None else list(expected_pb),
        "significance": _known(point.significance),
        "p_value": _known(point.p_value),
        "expected_significance": point.expected_significance,
        "expected_p_value": point.expected_p_value,
        "strength": _known(point.strength),
        "error": _known(point.error),
    }


def _known(value: float) -> float | None:
    # JSON knows neither "not a number" nor infinity.
    return value if math.isfinite(value) else None


def grid_content(scan: GridScan | None, analysis: Definition) -> GridContent | None:
    """What the report shows of a grid.

    Parameters
    ----------
    scan : GridScan or None
    analysis : Definition
        For labels.

    Returns
    -------
    GridContent or None
        Against one parameter: limits in pb with the theory, if all cross-sections are known, else
        on the strength; and significances. In the plane of two parameters: what is excluded.
    """
    if scan is None:
        return None
    groups: dict[tuple[str, tuple[str, ...]], list[ScannedPoint]] = {}
    for point in scan:
        names = tuple(name for name, _ in point.parameters)
        # The name of the signal; each of its values follows behind a sign of its own.
        signal = point.sample.rsplit("_", len(names))[0]
        groups.setdefault((signal, names), []).append(point)
    limits, significances, exclusions = [], [], []
    for (signal, names), points in groups.items():
        labels = [analysis.grid_labels.get(name, name) for name in names]
        if len(names) == 1:
            limits.append(_limits(signal, labels[0], points, scan))
            significances.append(_significances(signal, labels[0], points))
        elif len(names) == 2 and _spans_a_plane(points):
            exclusions.append(_exclusion(signal, labels, points, scan.level))
    return GridContent(tuple(limits), tuple(significances), tuple(exclusions))


def _at(point: ScannedPoint) -> float:
    return point.parameters[0][1]


def _limits(name: str, label: str, points: Sequence[ScannedPoint], scan: GridScan) -> LimitCurve:
    ordered = sorted(points, key=_at)
    sections = [point.cross_section for point in ordered if point.cross_section is not None]
    if len(sections) < len(ordered):
        strengths = tuple(
            LimitPoint(_at(point), point.limit.expected, point.limit.observed) for point in ordered
        )
        return LimitCurve(name, label, scan.poi, strengths, reference=1.0, level=scan.level)
    theory = Theory("theory", np.array([_at(point) for point in ordered]), np.array(sections))
    in_pb = tuple(
        LimitPoint(
            _at(point),
            point.expected_pb or point.limit.expected,
            math.nan if point.observed_pb is None else point.observed_pb,
        )
        for point in ordered
    )
    return LimitCurve(name, label, "σ [pb]", in_pb, theory=theory, level=scan.level)


def _significances(name: str, label: str, points: Sequence[ScannedPoint]) -> SignificanceCurve:
    shown = tuple(
        SignificancePoint(_at(point), point.significance, point.expected_significance)
        for point in points
    )
    return SignificanceCurve(name, label, shown)


def _exclusion(
    name: str, labels: Sequence[str], points: Sequence[ScannedPoint], level: float
) -> ExclusionContent:
    shown = tuple(
        ExclusionPoint(
            point.parameters[0][1],
            point.parameters[1][1],
            point.limit.expected,
            point.limit.observed,
        )
        for point in points
    )
    return ExclusionContent(name, labels[0], labels[1], shown, level=level)


def _spans_a_plane(points: Sequence[ScannedPoint]) -> bool:
    places = np.array([[value for _, value in point.parameters] for point in points])
    spread = np.ptp(places, axis=0)
    if len(points) < 3 or not (spread > 0).all():
        return False
    return bool(np.linalg.matrix_rank((places - places[0]) / spread) == 2)
