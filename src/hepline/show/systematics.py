"""One systematic uncertainty before the fit: nominal, up and down, with their ratios."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from hepline.arrays import Floats
from hepline.show.bins import Bins, drawn_bins
from hepline.show.labels import drawn_label, shortened
from hepline.show.layers import MOST_LETTERS, Entry
from hepline.show.legends import (
    LABEL_AT,
    place_legend,
    room_below,
    scale_events,
    write_heading,
)
from hepline.show.marks import draw_statistical
from hepline.show.plot_content import SystematicContent
from hepline.show.stamps import Stamp, stamp_axes
from hepline.show.style import DOWN, INK, UP, house_style, renderer_of, ticks_inside, write
from hepline.show.variations import yield_change

__all__ = ["draw_systematic"]

_SIZE = (6.4, 6.2)
_MAIN, _PANEL = (0.155, 0.335, 0.815, 0.60), (0.155, 0.095, 0.815, 0.225)


@house_style()
def draw_systematic(content: SystematicContent, *, stamp: Stamp | None = None) -> Figure:
    """Draw what a systematic uncertainty does to events, in the bins of any plot.

    Parameters
    ----------
    content : SystematicContent
    stamp : Stamp, optional

    Returns
    -------
    Figure
        Axes 0 shows events, axes 1 the ratios to nominal. The shade is the statistical error of
        the nominal events: what is smaller than it may be a fluctuation.
    """
    bins = drawn_bins(content.edges, content.axis_label, per=content.per)
    figure = Figure(figsize=_SIZE)
    main, panel = figure.add_axes(_MAIN), figure.add_axes(_PANEL)
    entries = _draw_events(main, content, bins)
    _draw_ratios(panel, content, bins)
    for ax in (main, panel):
        ax.set_xlim(bins.edges[0], bins.edges[-1])
        ticks_inside(ax)
    panel.yaxis.set_major_locator(MaxNLocator(5, prune="both", steps=[1, 2, 2.5, 5, 10]))
    main.tick_params(labelbottom=False)
    write(main.set_ylabel(bins.events_label, loc="top"))
    main.yaxis.set_label_coords(LABEL_AT, 1.0)
    main.set_title("", y=1.0)
    write(panel.set_xlabel(drawn_label(content.axis_label, MOST_LETTERS), loc="right"))
    panel.set_ylabel("Ratio to nominal", size=10.5)
    panel.yaxis.set_label_coords(LABEL_AT, 0.5)
    renderer = renderer_of(figure)
    names = ", ".join(name for name in (content.sample, content.region) if name)
    write_heading(main, names, "", renderer)
    room = room_below(main, place_legend(main, entries, renderer), renderer)
    highest = max(float(np.nanmax(row * bins.factor, initial=0.0)) for row in _rows(content))
    lowest = min(float(np.nanmin(row * bins.factor, initial=0.0)) for row in _rows(content))
    scale_events(main, min(lowest, 0.0), highest, room, log=False)
    stamp_axes(main, stamp or Stamp())
    return figure


def _rows(content: SystematicContent) -> list[Floats]:
    rows = (content.nominal, content.up, content.down)
    return [row for row in rows if row is not None]


def _draw_events(ax: Axes, content: SystematicContent, bins: Bins) -> list[Entry]:
    name = shortened(content.nuisance, 32)
    nominal = content.nominal * bins.factor
    if content.errors is not None:
        draw_statistical(ax, nominal, content.errors * bins.factor, bins.edges)
    line = ax.stairs(nominal, bins.edges, color=INK, linewidth=1.4)
    entries: list[Entry] = [(line, "Nominal")]
    for sign, values, color, dashes in _varied(content):
        drawn = ax.stairs(
            values * bins.factor, bins.edges, color=color, linewidth=1.5, linestyle=dashes
        )
        change = yield_change(values, content.nominal)
        entries.append((drawn, f"{name} {sign}1σ ({change})"))
    return entries


def _varied(content: SystematicContent) -> list[tuple[str, Floats, str, str]]:
    varied = [("+", content.up, UP, "-")]
    if content.down is not None:
        varied.append(("−", content.down, DOWN, "--"))
    return varied


def _draw_ratios(ax: Axes, content: SystematicContent, bins: Bins) -> None:
    safe = np.where(content.nominal != 0, content.nominal, np.nan)
    ax.axhline(1.0, color=INK, linewidth=1.0)
    reach = 0.0
    if content.errors is not None:
        relative = np.nan_to_num(content.errors / np.abs(safe))
        draw_statistical(ax, np.ones_like(safe), relative, bins.edges)
    for _, values, color, dashes in _varied(content):
        ratio = values / safe
        ax.stairs(ratio, bins.edges, baseline=None, color=color, linewidth=1.5, linestyle=dashes)
        # Nearly empty bins would set the scale for all.
        weighty = content.nominal > 0.01 * np.max(content.nominal, initial=0.0)
        reach = max(reach, float(np.nanmax(np.abs(ratio - 1)[weighty], initial=0.0)))
    span = min(max(1.25 * reach, 0.01), 1.0)
    ax.set_ylim(1 - span, 1 + span)
