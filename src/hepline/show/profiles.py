"""Means of one quantity against another, with their errors."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure

from hepline.show.bins import Bins
from hepline.show.content import SampleInfo
from hepline.show.labels import drawn_label
from hepline.show.layers import MOST_LETTERS, Entry
from hepline.show.legends import LABEL_AT, place_legend, room_below, write_heading
from hepline.show.marks import draw_points
from hepline.show.plot_content import ProfileContent, ProfileSeries
from hepline.show.stamps import Stamp, stamp_axes
from hepline.show.style import house_style, renderer_of, sample_colors, ticks_inside, write

__all__ = ["draw_profile"]

_SIZE, _BOX = (6.4, 5.2), (0.155, 0.12, 0.815, 0.81)


@house_style()
def draw_profile(content: ProfileContent, *, stamp: Stamp | None = None) -> Figure:
    """Draw the mean of a quantity in bins of another: samples as shaded steps, data as points.

    Parameters
    ----------
    content : ProfileContent
    stamp : Stamp, optional

    Returns
    -------
    Figure
    """
    figure = Figure(figsize=_SIZE)
    ax = figure.add_axes(_BOX)
    bins = Bins(content.edges, np.ones(len(content.edges) - 1), "")
    known = [SampleInfo(series.name, series.label, series.color) for series in content.series]
    colors = sample_colors(known)
    entries: list[Entry] = [
        (_draw(ax, series, bins, colors[series.name]), _named(series.label))
        for series in content.series
    ]
    ax.set_xlim(content.edges[0], content.edges[-1])
    ticks_inside(ax)
    write(ax.set_xlabel(_named(content.x_label), loc="right"))
    write(ax.set_ylabel(f"Mean of {_named(content.y_label)}", loc="top"))
    ax.yaxis.set_label_coords(LABEL_AT, 1.0)
    ax.set_title("", y=1.0)
    renderer = renderer_of(figure)
    write_heading(ax, content.region, "", renderer)
    _frame(ax, content, room_below(ax, place_legend(ax, entries, renderer), renderer))
    stamp_axes(ax, stamp or Stamp())
    return figure


def _named(label: str) -> str:
    return drawn_label(label, MOST_LETTERS)


def _draw(ax: Axes, series: ProfileSeries, bins: Bins, color: str) -> Artist | ErrorbarContainer:
    if series.is_data:
        return draw_points(ax, bins, series.means, series.errors)
    ax.stairs(
        series.means + series.errors,
        bins.edges,
        baseline=series.means - series.errors,
        fill=True,
        color=color,
        alpha=0.3,
        linewidth=0,
    )
    return ax.stairs(series.means, bins.edges, baseline=None, color=color, linewidth=1.6)


def _frame(ax: Axes, content: ProfileContent, room: float) -> None:
    """Hold all means with their errors below the legend."""
    ends = [
        series.means + sign * np.nan_to_num(series.errors)
        for series in content.series
        for sign in (-1, 1)
    ]
    finite = np.concatenate(ends or [np.zeros(1)])
    finite = finite[np.isfinite(finite)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    if high <= low:
        low, high = low - 0.5, high + 0.5
    low -= 0.08 * (high - low)
    ax.set_ylim(low, low + (high - low) / room)
