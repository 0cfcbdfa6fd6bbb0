"""One region: stacked samples, data points, the model's uncertainty and the ratio."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.patches import Patch, StepPatch
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from hepline.show import rounding
from hepline.show.content import RegionInfo, SampleInfo
from hepline.show.labels import unit_of
from hepline.show.style import (
    BAND,
    INK,
    WARNING,
    Stamp,
    house_style,
    sample_colors,
    stamp_axes,
    ticks_inside,
    write,
)
from hepline.stats.results import ChannelPrediction

__all__ = ["draw_region", "events_axis_label"]

Floats = NDArray[np.float64]
Entry = tuple[Artist | ErrorbarContainer, str]

_SIZE = (6.4, 6.2)
_LEFT, _WIDTH = 0.155, 0.815
_LABEL_AT = -0.125  # of the vertical labels, in widths of the axes: one line for both
_RATIO_SPANS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.0)
# A few outliers must not squeeze everything else into a line: they become arrows.
_WIDEST_RATIO = 1.0


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
        Data points get error bars of √N; a bin without data gets none.
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
        (_draw_band(main, prediction.total, prediction.uncertainty, edges), "Uncertainty")
    )
    points = _draw_points(main, edges, prediction.data, np.sqrt(np.abs(prediction.data)))
    handles.insert(0, (points, data_label))
    _label_main(main, region, edges, stage)
    legend = _place_legend(main, handles)
    shared = (prediction, *beside)
    _make_room(main, legend, shared)
    _draw_ratio(ratio, prediction, edges)
    ratio.set_ylim(*_ratio_range(shared))
    _mark_outside(ratio, prediction, edges)
    write(ratio.set_xlabel(region.axis_label, loc="right"))
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
    known = [sample for sample in samples if sample.name in expected]
    names = {sample.name for sample in known}
    known += [SampleInfo(name, name) for name in expected if name not in names]
    # Colours belong to the whole report: a sample that is absent here keeps its own.
    colors = sample_colors([*samples, *(one for one in known if one not in samples)])
    entries: list[Entry] = []
    floor = np.zeros(len(edges) - 1)
    for sample in reversed(known):
        top = floor + expected[sample.name]
        ax.stairs(top, edges, baseline=floor, fill=True, color=colors[sample.name], zorder=1)
        entries.append((Patch(facecolor=colors[sample.name]), sample.label))
        floor = top
    ax.stairs(prediction.total, edges, color=INK, linewidth=0.9, zorder=2)
    return entries[::-1]


def _draw_band(ax: Axes, center: Floats, half_width: Floats, edges: Floats) -> StepPatch:
    return ax.stairs(
        center + half_width,
        edges,
        baseline=center - half_width,
        fill=True,
        facecolor="none",
        edgecolor=BAND,
        hatch="//////",
        linewidth=0,
        zorder=3,
    )


def _draw_points(ax: Axes, edges: Floats, values: Floats, errors: Floats) -> ErrorbarContainer:
    centers = (edges[1:] + edges[:-1]) / 2
    return ax.errorbar(
        centers,
        values,
        yerr=np.where(errors > 0, errors, np.nan),
        fmt="o",
        color=INK,
        markersize=4.5,
        elinewidth=1.2,
        zorder=5,
    )


def _label_main(ax: Axes, region: RegionInfo, edges: Floats, stage: str) -> None:
    ax.set_xlim(edges[0], edges[-1])
    ticks_inside(ax)
    ax.tick_params(labelbottom=False)
    write(ax.set_ylabel(events_axis_label(edges, region.axis_label), loc="top"))
    ax.yaxis.set_label_coords(_LABEL_AT, 1.0)
    ax.set_title("", y=1.0)  # a fixed place: looking for a free one takes time
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _events_tick(value)))
    for text, place, align in ((region.label, 0.035, "left"), (stage, 0.965, "right")):
        written = ax.text(place, 0.965, text, transform=ax.transAxes, ha=align, va="top", size=12.5)
        write(written).set_fontweight("bold" if align == "left" else "normal")


def _events_tick(value: float) -> str:
    if abs(value) >= 1e6:
        return f"{value / 1e6:g}×10⁶"
    return rounding.count(value) if value == int(value) else f"{value:g}"


def _place_legend(ax: Axes, handles: list[Entry]) -> Legend:
    """Put the legend under the region's name, in as many columns as fit beside each other."""
    renderer = _renderer(ax)
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


def _renderer(ax: Axes) -> RendererBase:
    # Only a renderer knows how large type comes out.
    figure = ax.get_figure(root=True)
    renderer: RendererBase = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    return renderer


def _make_room(ax: Axes, legend: Legend, predictions: Sequence[ChannelPrediction]) -> None:
    """Set the vertical range so that nothing drawn reaches up to the legend."""
    renderer = _renderer(ax)
    box = ax.get_window_extent()
    below_legend = (legend.get_window_extent(renderer).y0 - box.y0) / box.height - 0.03
    highest = max(
        float(np.nanmax(np.concatenate((one.total + one.uncertainty, _upper(one))), initial=0.0))
        for one in predictions
    )
    lowest = min(float(np.nanmin(one.total - one.uncertainty, initial=0.0)) for one in predictions)
    lowest = min(lowest, 0.0) if any((one.total < 0).any() for one in predictions) else 0.0
    if not math.isfinite(highest) or highest <= lowest:
        highest = lowest + 1.0
    ax.set_ylim(lowest, lowest + (highest - lowest) / max(below_legend, 0.3))


def _upper(prediction: ChannelPrediction) -> Floats:
    return np.asarray(prediction.data + np.sqrt(np.abs(prediction.data)))


def _relative(numerator: Floats, denominator: Floats) -> Floats:
    """Divide, and NaN (not drawn) where nothing is expected."""
    safe = np.where(denominator > 0, denominator, np.nan)
    return np.asarray(numerator / safe)


def _draw_ratio(ax: Axes, prediction: ChannelPrediction, edges: Floats) -> None:
    total = prediction.total
    band = np.nan_to_num(_relative(prediction.uncertainty, total))
    ax.axhline(1.0, color=INK, linewidth=0.9, zorder=2)
    _draw_band(ax, np.ones_like(total), band, edges)
    _draw_points(ax, edges, *_ratio_points(prediction))
    ax.set_xlim(edges[0], edges[-1])
    ticks_inside(ax)
    ax.yaxis.set_major_locator(MaxNLocator(5, prune="both", steps=[1, 2, 2.5, 5, 10]))
    ax.set_ylabel("Data / pred.", size=11)
    ax.yaxis.set_label_coords(_LABEL_AT, 0.5)


def _ratio_points(prediction: ChannelPrediction) -> tuple[Floats, Floats]:
    """Divide data by prediction, with √N / prediction; a bin without data has no ratio to show."""
    seen = np.where(prediction.data != 0, prediction.data, np.nan)
    values = _relative(seen, prediction.total)
    errors = _relative(np.sqrt(np.abs(prediction.data)), prediction.total)
    return values, np.nan_to_num(errors)


def _mark_outside(ax: Axes, prediction: ChannelPrediction, edges: Floats) -> None:
    """Arrows at the border for points that the range cuts off."""
    values, _ = _ratio_points(prediction)
    centers = (edges[1:] + edges[:-1]) / 2
    low, high = ax.get_ylim()
    reach = (high - low) / 2
    for marker, outside, place in (
        ("^", values > high, high - 0.09 * reach),
        ("v", values < low, low + 0.09 * reach),
    ):
        if outside.any():
            where = centers[outside]
            ax.plot(where, np.full_like(where, place), marker, color=WARNING, markersize=7)


def _ratio_range(predictions: Sequence[ChannelPrediction]) -> tuple[float, float]:
    """Choose a symmetric range around one that holds points, error bars and bands."""
    reach = 0.0
    for one in predictions:
        ratios, errors = _ratio_points(one)
        for reaches in (np.abs(ratios - 1) + errors, _relative(one.uncertainty, one.total)):
            finite = reaches[np.isfinite(reaches)]
            reach = max(reach, float(finite.max(initial=0.0)))
    wanted = reach * 1.1
    span = next((span for span in _RATIO_SPANS if span >= wanted), _WIDEST_RATIO)
    return 1 - span, 1 + span
