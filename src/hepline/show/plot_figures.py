"""The figures of plots beside the fit, and of a grid of signals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from hepline.show import rounding
from hepline.show.encoding import Drawing, figure_name
from hepline.show.exclusions import contour_lines, draw_exclusion
from hepline.show.grid_content import ExclusionContent, GridContent, LimitCurve, SignificanceCurve
from hepline.show.labels import plain_label
from hepline.show.limit_curves import draw_limit_curve
from hepline.show.planes import draw_plane
from hepline.show.plot_content import PlaneContent, ProfileContent, SystematicContent
from hepline.show.profiles import draw_profile
from hepline.show.significances import draw_significances
from hepline.show.stack_content import StackContent
from hepline.show.stacks import draw_stack
from hepline.show.stamps import Stamp
from hepline.show.systematics import draw_systematic

__all__ = ["GRID_FAMILIES", "PLOT_FAMILIES", "describe_stack", "grid_figures", "plot_figures"]

PLOT_FAMILIES = ("plot", "nminus1", "plane", "profile", "systematic")
GRID_FAMILIES = ("limits", "significances", "exclusion")

Plot = StackContent | PlaneContent | ProfileContent | SystematicContent


def plot_figures(
    stamp: Stamp,
    *,
    plots: Sequence[StackContent] = (),
    n_minus_one: Sequence[StackContent] = (),
    planes: Sequence[PlaneContent] = (),
    profiles: Sequence[ProfileContent] = (),
    systematics: Sequence[SystematicContent] = (),
) -> Iterator[Drawing]:
    """Draw control plots and others that stand beside a fit, or need none.

    Vector graphics of dozens of plots would make a page that no mail takes: it shows pixels.
    """
    families: tuple[tuple[str, Sequence[Plot], Callable[..., Any], Callable[[Any], str]], ...] = (
        ("plot", plots, draw_stack, describe_stack),
        ("nminus1", n_minus_one, draw_stack, describe_stack),
        ("plane", planes, draw_plane, _describe_plane),
        ("profile", profiles, draw_profile, _describe_profile),
        ("systematic", systematics, draw_systematic, _describe_systematic),
    )
    for family, contents, draw, describe in families:
        for content in contents:
            yield Drawing(
                figure_name(family, content.name),
                describe(content),
                partial(draw, content, stamp=stamp),
                shown="png",
                numbers=content.numbers(),
            )


def grid_figures(grid: GridContent | None, stamp: Stamp) -> Iterator[Drawing]:
    """Draw limits, significances and exclusion of a grid of signals."""
    if grid is None:
        return
    for curve in grid.limits:
        yield Drawing(
            figure_name("limits", curve.name),
            _describe_limits(curve),
            partial(draw_limit_curve, curve, stamp=stamp),
            numbers=curve.numbers(),
        )
    for scan in grid.significances:
        yield Drawing(
            figure_name("significances", scan.name),
            _describe_significances(scan),
            partial(draw_significances, scan, stamp=stamp),
            numbers=scan.numbers(),
        )
    for plane in grid.exclusions:
        yield Drawing(
            figure_name("exclusion", plane.name),
            f"Exclusion in the plane of {plain_label(plane.x_label)} and "
            f"{plain_label(plane.y_label)}, from {len(plane.points)} signals.",
            partial(draw_exclusion, plane, stamp=stamp),
            numbers={**plane.numbers(), "contours": _contours(plane)},
        )


def describe_stack(content: StackContent) -> str:
    """Say what a stack shows, for those who cannot see it."""
    expected = rounding.events(float(content.expected.sum()))
    words = [plain_label(content.axis_label)]
    if content.region:
        words.append(f"in {plain_label(content.region)}")
    if content.data is None:
        seen = "no data"
    elif np.isnan(content.data).all():
        seen = "hidden data (blinded)"
    else:
        seen = f"{rounding.count(float(np.nansum(content.data)))} events in data"
    return f"{content.stage} {' '.join(words)}: {seen}, {expected} expected.".strip()


def _describe_plane(content: PlaneContent) -> str:
    quantities = f"{plain_label(content.y_label)} against {plain_label(content.x_label)}"
    return f"{quantities} of {plain_label(content.sample)} in {plain_label(content.region)}."


def _describe_profile(content: ProfileContent) -> str:
    names = ", ".join(plain_label(series.label) for series in content.series)
    quantities = f"Mean of {plain_label(content.y_label)} against {plain_label(content.x_label)}"
    return f"{quantities} in {plain_label(content.region)}: {names}."


def _describe_systematic(content: SystematicContent) -> str:
    return (
        f"{content.nuisance} at plus and minus one standard deviation, "
        f"{plain_label(content.sample)} in {plain_label(content.region)}."
    )


def _describe_limits(curve: LimitCurve) -> str:
    return (
        f"Upper limits on {plain_label(curve.limit_label)} against "
        f"{plain_label(curve.axis_label)}, {len(curve.points)} points."
    )


def _describe_significances(scan: SignificanceCurve) -> str:
    return f"Local p-values against {plain_label(scan.axis_label)}, {len(scan.points)} points."


def _contours(plane: ExclusionContent) -> dict[str, object]:
    kinds: dict[str, str | int] = {"observed": "observed", "expected": 2, "minus": 1, "plus": 3}
    return {name: contour_lines(plane, which) for name, which in kinds.items()}
