"""Stacked samples with data, signals, the uncertainty, and a comparison below."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter

from hepline.arrays import Floats
from hepline.show.bins import Bins, drawn_bins
from hepline.show.labels import drawn_label
from hepline.show.layers import MOST_LETTERS, Entry, draw_layers, draw_overlays
from hepline.show.legends import (
    LABEL_AT,
    place_legend,
    room_below,
    scale_events,
    write_heading,
)
from hepline.show.marks import (
    blinded_patch,
    draw_band,
    draw_blinded,
    draw_cuts,
    draw_flow,
    draw_points,
    draw_statistical,
    name_held_flow,
    poisson_errors,
)
from hepline.show.ratios import draw_pull, draw_ratio
from hepline.show.stack_content import StackContent
from hepline.show.stamps import Stamp, stamp_axes
from hepline.show.style import BAND, house_style, renderer_of, ticks_inside, write
from hepline.stats.results import GoodnessOfFit

__all__ = ["draw_stack"]

_LEFT, _WIDTH = 0.155, 0.815
_WITH_PANEL = ((6.4, 6.2), (0.335, 0.60), (0.095, 0.225))  # size; bottom and height of both axes
_ALONE = ((6.4, 5.2), (0.12, 0.81))
# Of the highest bin: what is lower is not seen on a logarithmic scale, but would stretch it.
_DEEPEST = 1e-7
_LEAST_P = 1e-6  # far in its tail, χ² of Poisson counts is not known to such digits
# Digits that are labeled on a logarithmic axis whose ends have more than this ratio.
_LOG_LABELS = (
    (100.0, (1.0,)),
    (10.0, (1.0, 2.0, 5.0)),
    (0.0, (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)),
)


@house_style()
def draw_stack(
    content: StackContent,
    *,
    stamp: Stamp | None = None,
    beside: Sequence[StackContent] = (),
) -> Figure:
    """Draw samples on top of each other, with data if there are any.

    Parameters
    ----------
    content : StackContent
        Data points have central Poisson intervals (Garwood). Data that are not numbers are hidden,
        and said to be.
    stamp : Stamp, optional
    beside : sequence of StackContent
        Stacks that will stand next to this one and share its axis ranges and order.

    Returns
    -------
    Figure
        Axes 0 shows events, axes 1, if there is one, the panel.

    Raises
    ------
    OutputError
        If a color is invalid, or the look does not suit the axis.
    """
    look = content.look
    bins = drawn_bins(
        content.edges,
        content.axis_label,
        per=look.per,
        underflow=content.underflow,
        overflow=content.overflow,
        log_x=look.log_x,
    )
    figure, main, panel = _axes(with_panel=content.data is not None and look.panel != "none")
    entries = _draw_distribution(main, content, bins, beside)
    if panel is None and content.goodness is not None:
        entries.append((Line2D([], [], linestyle="none"), _goodness_text(content.goodness)))
    _dress_main(main, bins, labeled=panel is None)
    renderer = renderer_of(figure)
    write_heading(main, content.region, content.stage, renderer)
    room = room_below(main, place_legend(main, entries, renderer), renderer)
    lowest, highest = _reach((content, *beside), bins)
    scale_events(main, lowest, highest, room, log=look.log)
    draw_cuts(main, content.cuts, 0.97 * room)
    draw_flow(main, bins, named=True, top=room)
    name_held_flow(main, bins, underflow=content.holds_underflow, overflow=content.holds_overflow)
    if panel is not None:
        _draw_panel(panel, content, bins, beside)
    for ax, top in ((main, room), (panel, 1.0)):
        if ax is not None:
            _dress_quantity(ax, content, bins, top)
    lowermost = panel or main
    write(lowermost.set_xlabel(drawn_label(content.axis_label, MOST_LETTERS), loc="right"))
    stamp_axes(main, (stamp or Stamp()).under(content.conditions))
    return figure


def _axes(*, with_panel: bool) -> tuple[Figure, Axes, Axes | None]:
    if not with_panel:
        size, (bottom, height) = _ALONE
        figure = Figure(figsize=size)
        return figure, figure.add_axes((_LEFT, bottom, _WIDTH, height)), None
    size, (bottom, height), (panel_bottom, panel_height) = _WITH_PANEL
    figure = Figure(figsize=size)
    main = figure.add_axes((_LEFT, bottom, _WIDTH, height))
    return figure, main, figure.add_axes((_LEFT, panel_bottom, _WIDTH, panel_height))


def _draw_distribution(
    ax: Axes, content: StackContent, bins: Bins, beside: Sequence[StackContent]
) -> list[Entry]:
    """Draw all that the axes show; returns the legend's entries."""
    layers = draw_layers(ax, content, bins, beside=beside)
    entries = [*draw_overlays(ax, content, bins), *layers, *_draw_bands(ax, content, bins)]
    if content.blinded is not None and content.blinded.any():
        entries.append((blinded_patch(), "Blinded"))
    if content.data is not None:
        errors = poisson_errors(content.data) * bins.factor
        points = draw_points(ax, bins, content.data * bins.factor, errors)
        hidden = bool(np.isnan(content.data).all())
        label = f"{content.data_label}: blinded" if hidden else content.data_label
        entries.insert(0, (points, label))
    return entries


def _draw_bands(ax: Axes, content: StackContent, bins: Bins) -> list[Entry]:
    """Shade the statistical uncertainty inside of the hatched whole."""
    total = content.expected * bins.factor
    statistical = content.statistical_error
    if content.uncertainty is None:
        if not statistical.any():
            return []
        return [(draw_band(ax, total, statistical * bins.factor, bins.edges), "Stat. uncertainty")]
    band = draw_band(ax, total, content.uncertainty * bins.factor, bins.edges)
    if not statistical.any():
        return [(band, "Uncertainty")]
    draw_statistical(ax, total, statistical * bins.factor, bins.edges)
    shade = Patch(facecolor=BAND, alpha=0.35, linewidth=0)
    return [(shade, "Stat."), (band, "Stat. ⊕ syst.")]


def _dress_main(ax: Axes, bins: Bins, *, labeled: bool) -> None:
    ax.set_xlim(bins.edges[0], bins.edges[-1])
    ticks_inside(ax)
    ax.tick_params(labelbottom=labeled)
    write(ax.set_ylabel(bins.events_label, loc="top"))
    ax.yaxis.set_label_coords(LABEL_AT, 1.0)
    ax.set_title("", y=1.0)  # a fixed place: looking for a free one takes time


def _reach(contents: Sequence[StackContent], bins: Bins) -> tuple[float, float]:
    """The lowest and the highest that the scale has to hold."""
    tops = [_tops(content) * bins.factor for content in contents]
    highest = max(float(np.nanmax(top, initial=0.0)) for top in tops)
    if contents[0].look.log:
        return _lowest_power(contents, bins, highest), highest
    negative = any((content.expected < 0).any() for content in contents)
    bottoms = [(content.expected - content.error) * bins.factor for content in contents]
    lowest = min(float(np.nanmin(bottom, initial=0.0)) for bottom in bottoms)
    return (lowest if negative else 0.0), highest


def _tops(content: StackContent) -> Floats:
    """The highest end of bars, bands and lines in each bin."""
    counts = content.counts
    lines = [(line.overlay or 0.0) * line.values for line in content.overlaid]
    rows = [content.expected + content.error, counts + poisson_errors(counts)[1], *lines]
    return np.asarray(np.fmax.reduce(rows))


def _lowest_power(contents: Sequence[StackContent], bins: Bins, highest: float) -> float:
    """Half of the lowest bin that holds anything: of the sum, the data, or a line."""
    rows = []
    for content in contents:
        lines = [(line.overlay or 0.0) * line.values for line in content.overlaid]
        rows += [content.expected, content.counts]
        # A line may fall into the frame, but its peak must be seen.
        rows += [np.full(content.bins, line.max(initial=0.0)) / 10 for line in lines]
    heights = np.concatenate([row * bins.factor for row in rows])
    lowest = float(np.nanmin(heights[heights > 0], initial=math.inf))
    return max(lowest / 2, _DEEPEST * highest) if math.isfinite(lowest) else 0.1


def _draw_panel(
    ax: Axes, content: StackContent, bins: Bins, beside: Sequence[StackContent]
) -> None:
    draw = draw_ratio if content.look.panel == "ratio" else draw_pull
    draw(ax, content, bins, beside=beside)
    ax.yaxis.set_label_coords(LABEL_AT, 0.5)
    draw_flow(ax, bins, named=False)
    if content.goodness is not None:
        _write_goodness(ax, content.goodness)


def _dress_quantity(ax: Axes, content: StackContent, bins: Bins, top: float) -> None:
    if content.blinded is not None:
        draw_blinded(ax, bins, content.blinded, top=top)
    _scale_quantity(ax, bins, log=content.look.log_x)


def _scale_quantity(ax: Axes, bins: Bins, *, log: bool) -> None:
    """Place ticks, but none in the flow, where the axis means nothing."""
    if log:
        ax.set_xscale("log")
        low, high = bins.finite
        # Powers of ten alone are too few where the axis has less than two of them.
        subs = next(subs for above, subs in _LOG_LABELS if high / low > above)
        ax.xaxis.set_major_locator(LogLocator(subs=subs, numticks=30))
        ax.xaxis.set_minor_locator(LogLocator(subs=range(2, 10), numticks=30))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.xaxis.set_minor_formatter(NullFormatter())
    if bins.underflow or bins.overflow:
        low, high = bins.finite
        for places, fix in (
            (ax.xaxis.get_majorticklocs(), ax.xaxis.set_major_locator),
            (ax.xaxis.get_minorticklocs(), ax.xaxis.set_minor_locator),
        ):
            slack = 1e-9 * (high - low)
            fix(FixedLocator([at for at in places if low - slack <= at <= high + slack]))


def _goodness_text(goodness: GoodnessOfFit) -> str:
    ratio = f"{goodness.statistic:.3g}/{goodness.degrees_of_freedom}"
    if goodness.p_value < _LEAST_P:
        return f"χ²/ndf = {ratio}, p < 10⁻⁶"
    return f"χ²/ndf = {ratio}, p = {goodness.p_value:.2g}"


def _write_goodness(ax: Axes, goodness: GoodnessOfFit) -> None:
    text = ax.text(
        0.02, 0.94, _goodness_text(goodness), transform=ax.transAxes, va="top", size=9.5, zorder=7
    )
    text.set_bbox({"facecolor": "white", "alpha": 0.85, "linewidth": 0, "pad": 1.5})
