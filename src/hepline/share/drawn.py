"""Figures and tables of a result, one at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from hepline.analysis.plots import Plot
from hepline.analysis.regions import Region
from hepline.analysis.systematics import systematics_of
from hepline.errors import AnalysisError, nearest
from hepline.pipeline.result import Result
from hepline.share.filled import FilledPlot
from hepline.share.plots import plane_contents, profile_content, stack_content
from hepline.show.content import coverage_note
from hepline.show.cutflows import cutflow_blocks, cutflow_table, entries_table
from hepline.show.planes import draw_plane
from hepline.show.plot_content import PlaneContent
from hepline.show.profiles import draw_profile
from hepline.show.stacks import draw_stack
from hepline.show.stamps import Stamp, eras_text, luminosity_text
from hepline.show.tables import Table

__all__ = ["cutflow_table_of", "figure_of"]


def figure_of(result: Result, places: Sequence[tuple[Region, Plot]], sample: str = "") -> Figure:
    """Draw one plot.

    Parameters
    ----------
    result : Result
    places : sequence of (Region, Plot)
        The same plot in the regions that are summed.
    sample : str, optional
        Of a plot of two quantities.
    """
    systematics = systematics_of(result.analysis)
    parts = [FilledPlot(result, region, plot, systematics) for region, plot in places]
    stamp = stamp_of(result)
    if places[0][1].mean_of is not None:
        return draw_profile(profile_content(parts, sample), stamp=stamp)
    if len(places[0][1].axes) > 1:
        return draw_plane(_plane(parts, sample), stamp=stamp)
    return draw_stack(stack_content(parts, result.analysis.poi), stamp=stamp)


def stamp_of(result: Result) -> Stamp:
    """The line above the figures of a result."""
    analysis = result.analysis
    eras = [
        (era.luminosity or 0.0, era.energy or analysis.energy) for era in analysis.eras.values()
    ]
    conditions = eras_text(eras) if eras else luminosity_text(analysis.luminosity, analysis.energy)
    return Stamp(conditions, coverage_note(result.coverage), analysis.label or "hepline")


def cutflow_table_of(result: Result, regions: Sequence[str], *, raw: bool = False) -> Table:
    """The cutflows of some regions; what they share stands there once."""
    flows = [flow for flow in result.cutflow if flow.region in regions]
    blocks = cutflow_blocks(flows, regions)
    return entries_table(blocks) if raw else cutflow_table(blocks)


def _plane(parts: Sequence[FilledPlot], sample: str) -> PlaneContent:
    """Two quantities: one sample, data, or the sum of all that is expected."""
    planes: dict[str, list[PlaneContent]] = {}
    for part in parts:
        prefix = f"{part.region.name}__{part.plot.name}__"
        for plane in plane_contents(part):
            planes.setdefault(plane.name.removeprefix(prefix), []).append(plane)
    if sample and sample not in planes:
        raise AnalysisError(
            f"there is no '{sample}' in the plot '{parts[0].plot.name}'.",
            why=f"it has {', '.join(planes)}.",
            fix=nearest(sample, planes),
        )
    names = [sample] if sample else [name for name in planes if name != "data"]
    chosen = [plane for name in names for plane in planes[name]]
    first = chosen[0]
    return PlaneContent(
        name=first.name,
        x_label=first.x_label,
        y_label=first.y_label,
        x_edges=first.x_edges,
        y_edges=first.y_edges,
        values=np.sum([plane.values for plane in chosen], axis=0),
        errors=np.sqrt(
            np.sum([plane.errors**2 for plane in chosen if plane.errors is not None], axis=0)
        ),
        region=first.region,
        sample=first.sample if sample else "all that is expected",
        conditions=first.conditions if len(parts) == 1 else "",
    )
