"""One region: stacked samples, data points, the model's uncertainty and the ratio."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from hepline.arrays import Floats
from hepline.show import rounding
from hepline.show.content import RegionInfo, SampleInfo
from hepline.show.labels import drawn_label, unit_of
from hepline.show.marks import draw_band, draw_points
from hepline.show.ratios import draw_ratio
from hepline.show.style import (
    INK,
    Stamp,
    house_style,
    renderer_of,
    sample_colors,
    squeeze,
    stamp_axes,
    ticks_inside,
    write,
)
from hepline.stats.results import ChannelPrediction

__all__ = ["draw_region", "events_axis_label"]

Entry = tuple[Artist | ErrorbarContainer, str]

_SIZE = (6.4, 6.2)
_LEFT, _WIDTH = 0.155, 0.815
_MOST_LETTERS = 60  # of a label: as many as fit beside each other
_LABEL_AT = -0.125  # of the vertical labels, in widths of the axes: one line for both
# From which number on, factor, and how the axis is called.
_SCALES = ((1e9, 1e6, "10⁶"), (1e6, 1e3, "10³"), (-math.inf, 1.0, ""))


@house_style()
def draw_region(
    region: RegionInfo,
    prediction: ChannelPrediction,
    *,
    samples: Sequence[SampleInfo] = (),
    stage: str = "",
    stamp: Stamp | None = None,
    data_label: str = "Data",
    beside: Sequence[ChannelPrediction] = (),
) -> Figure:
    """Draw data and prediction in one region, with their ratio below.

    Parameters
    ----------
    region : RegionInfo
    prediction : ChannelPrediction
        Data points get error bars of √N; a bin without data gets none. Data that are not numbers
        are hidden, and said to be.
    samples : sequence of SampleInfo
        Labels, colours and the order of the stack, from its top; other samples go below.
    stage : str
        ``Pre-fit``, ``Post-fit``.
    stamp : Stamp, optional
    data_label : str
        ``Data`` or ``Pseudo-data``.
    beside : sequence of ChannelPrediction
        Predictions that will stand next to this one and share its axis ranges.

    Returns
    -------
    Figure
        Axes 0 shows events per bin, axes 1 the ratio of data and prediction.

    Raises
    ------
    OutputError
        If the prediction has neither the bins of the fit nor those of the full resolution.
    """
    edges = region.edges_of(len(prediction.total))
    figure = Figure(figsize=_SIZE)
    main = figure.add_axes((_LEFT, 0.335, _WIDTH, 0.60))
    ratio = figure.add_axes((_LEFT, 0.095, _WIDTH, 0.225))
    handles = _draw_stack(main, prediction, edges, samples)
    handles.append(
        (draw_band(main, prediction.total, prediction.uncertainty, edges), "Uncertainty")
    )
    points = draw_points(main, edges, prediction.data, np.sqrt(np.abs(prediction.data)))
    hidden = bool(np.isnan(prediction.data).all())
    handles.insert(0, (points, f"{data_label}: blinded" if hidden else data_label))
    _label_main(main, region, edges)
    renderer = renderer_of(figure)
    _name_region(main, region, stage, renderer)
    legend = _place_legend(main, handles, renderer)
    shared = (prediction, *beside)
    _make_room(main, legend, shared, renderer)
    _scale_events(main)
    draw_ratio(ratio, prediction, edges, beside=beside)
    ratio.yaxis.set_label_coords(_LABEL_AT, 0.5)
    write(ratio.set_xlabel(drawn_label(region.axis_label, _MOST_LETTERS), loc="right"))
    stamp_axes(main, stamp or Stamp())
    return figure


def events_axis_label(edges: Floats, axis_label: str) -> str:
    """``Events / 40 GeV`` where all bins are equally wide, else ``Events / bin``."""
    widths = np.diff(edges)
    if not len(widths) or not np.allclose(widths, widths[0]):
        return "Events / bin"
    unit = unit_of(axis_label)
    width = f"{widths[0]:.4g}"
    if not unit:
        return "Events / bin" if width == "1" else f"Events / {width}"
    return f"Events / {width} {unit}"


def _draw_stack(
    ax: Axes, prediction: ChannelPrediction, edges: Floats, samples: Sequence[SampleInfo]
) -> list[Entry]:
    """Stack the samples; returns the legend's entries from top to bottom."""
    expected = dict(prediction.samples)
    stacked = [sample for sample in samples if sample.name in expected]
    names = {sample.name for sample in stacked}
    stacked += [SampleInfo(name, name) for name in expected if name not in names]
    # Colours belong to the whole report: a sample that is absent here keeps its own.
    colors = sample_colors([*samples, *(sample for sample in stacked if sample not in samples)])
    entries: list[Entry] = []
    floor = np.zeros(len(edges) - 1)
    for sample in reversed(stacked):
        top = floor + expected[sample.name]
        ax.stairs(top, edges, baseline=floor, fill=True, color=colors[sample.name], zorder=1)
        label = drawn_label(sample.label, _MOST_LETTERS)
        entries.append((Patch(facecolor=colors[sample.name]), label))
        floor = top
    ax.stairs(prediction.total, edges, color=INK, linewidth=0.9, zorder=2)
    return entries[::-1]


def _label_main(ax: Axes, region: RegionInfo, edges: Floats) -> None:
    ax.set_xlim(edges[0], edges[-1])
    ticks_inside(ax)
    ax.tick_params(labelbottom=False)
    write(ax.set_ylabel(events_axis_label(edges, region.axis_label), loc="top"))
    ax.yaxis.set_label_coords(_LABEL_AT, 1.0)
    ax.set_title("", y=1.0)  # a fixed place: looking for a free one takes time


def _name_region(ax: Axes, region: RegionInfo, stage: str, renderer: RendererBase) -> None:
    """Write the stage on the right, and the region's name in what is left of the line."""
    right = ax.text(0.965, 0.965, stage, transform=ax.transAxes, ha="right", va="top", size=12.5)
    name = drawn_label(region.label, _MOST_LETTERS)
    left = ax.text(0.035, 0.965, name, transform=ax.transAxes, va="top", size=12.5)
    write(left).set_fontweight("bold")
    free = 0.86 * ax.get_window_extent().width - write(right).get_window_extent(renderer).width
    squeeze(left, free, renderer)


def _scale_events(ax: Axes) -> None:
    """Count in thousands or millions where the figures would get too long."""
    top = ax.get_ylim()[1]
    factor, prefix = next(scale for limit, *scale in _SCALES if top >= limit)
    formatter = FuncFormatter(lambda value, _: _events_tick(value / factor))
    ax.yaxis.set_major_formatter(formatter)
    if prefix:
        ax.set_ylabel(ax.get_ylabel().replace("Events", f"{prefix} events", 1), loc="top")
        ax.yaxis.set_label_coords(_LABEL_AT, 1.0)


def _events_tick(value: float) -> str:
    return rounding.count(value) if value == int(value) else f"{value:g}"


def _place_legend(ax: Axes, handles: list[Entry], renderer: RendererBase) -> Legend:
    """Put the legend under the region's name, in as many columns as fit beside each other."""
    for columns in (3, 2, 1):
        legend = ax.legend(
            [handle for handle, _ in handles],
            [label for _, label in handles],
            loc="upper left",
            bbox_to_anchor=(0.015, 0.91),
            borderaxespad=0,
            ncols=columns,
            fontsize=10.5,
            handlelength=1.5,
            handleheight=0.9,
            columnspacing=1.3,
            labelspacing=0.35,
        )
        for text in legend.get_texts():
            write(text)
        if legend.get_window_extent(renderer).width <= 0.98 * ax.get_window_extent().width:
            break
    return legend


def _make_room(
    ax: Axes, legend: Legend, predictions: Sequence[ChannelPrediction], renderer: RendererBase
) -> None:
    """Set the vertical range so that nothing drawn reaches up to the legend."""
    box = ax.get_window_extent()
    below_legend = (legend.get_window_extent(renderer).y0 - box.y0) / box.height - 0.03
    highest = max(
        float(
            np.nanmax(
                np.concatenate((prediction.total + prediction.uncertainty, _upper(prediction))),
                initial=0.0,
            )
        )
        for prediction in predictions
    )
    lowest = min(
        float(np.nanmin(prediction.total - prediction.uncertainty, initial=0.0))
        for prediction in predictions
    )
    lowest = (
        min(lowest, 0.0) if any((prediction.total < 0).any() for prediction in predictions) else 0.0
    )
    if not math.isfinite(highest) or highest <= lowest:
        highest = lowest + 1.0
    ax.set_ylim(lowest, lowest + (highest - lowest) / max(below_legend, 0.3))


def _upper(prediction: ChannelPrediction) -> Floats:
    return np.asarray(prediction.data + np.sqrt(np.abs(prediction.data)))
