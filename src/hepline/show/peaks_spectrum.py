"""A mass spectrum over several decades, with its resonances named."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogFormatterMathtext, LogLocator, NullFormatter
from matplotlib.transforms import Bbox

from hepline.arrays import Floats
from hepline.show.labels import unit_of
from hepline.show.peaks_content import Marker
from hepline.show.stamps import Stamp, stamp_axes
from hepline.show.style import INK, MUTED, house_style, renderer_of, ticks_inside, write

__all__ = ["draw_spectrum"]


_SIZE, _BOX = (9.6, 5.8), (0.09, 0.115, 0.885, 0.81)
_FILL, _WINDOW = "#b9d4ff", "#fff0c2"
_HEADROOM = 14.0  # factor between the highest bin and the top: names stand there
_GAP, _LIFT, _STEP = 3.0, 16.0, 4.0  # between names, above a peak, to the next place; pixels
_ASIDE = 12.0  # how much lower beside its peak a name must come to stand there, pixels
_NEAR = 3  # bins that a peak's height is looked for in
_FOUND, _KNOWN = 13.0, 10.5  # points
_TOUCHING, _FAMILY = 6.0, 40.0  # pixels between peaks that share a name, or a family's name
_DECADES = 1.2  # a range below is drawn with a linear axis


@house_style()
def draw_spectrum(
    edges: Floats,
    counts: Floats,
    *,
    axis_label: str,
    markers: Sequence[Marker] = (),
    window: tuple[float, float] | None = None,
    stamp: Stamp | None = None,
) -> Figure:
    """Draw events per GeV on logarithmic axes, each resonance named above its peak.

    Parameters
    ----------
    edges : ndarray, shape (bin + 1,), GeV
    counts : ndarray, shape (bin,)
    axis_label : str
    markers : sequence of Marker
        Names of neighbours are stacked; what was not measured is grey.
    window : tuple of (float, float), optional
        Shaded.
    stamp : Stamp, optional

    Returns
    -------
    Figure
        Its one axes has the bins as first artist.
    """
    figure = Figure(figsize=_SIZE)
    ax = figure.add_axes(_BOX)
    density = counts / np.diff(edges)
    shown = density[density > 0]
    floor = 0.5 * float(shown.min())
    ax.stairs(density, edges, baseline=floor, fill=True, color=_FILL, zorder=1)
    ax.stairs(density, edges, baseline=floor, color=INK, linewidth=0.8, zorder=2)
    ax.set_yscale("log")
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(floor, float(shown.max()) * _HEADROOM)
    if window is not None:
        ax.axvspan(*window, color=_WINDOW, zorder=0)
    _scales(ax, edges)
    write(ax.set_xlabel(axis_label, loc="right"))
    ax.set_ylabel(f"Events / {unit_of(axis_label) or 'unit'}", loc="top")
    _name_peaks(ax, edges, density, markers, renderer_of(figure))
    stamp_axes(ax, stamp or Stamp())
    return figure


def _scales(ax: Axes, edges: Floats) -> None:
    ticks_inside(ax, minor=False)
    ax.tick_params(which="minor", length=3, width=0.6)
    ax.yaxis.set_major_formatter(LogFormatterMathtext())
    if edges[-1] < edges[0] * 10**_DECADES:
        return
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    ax.xaxis.set_minor_locator(LogLocator(subs=(3.0, 4.0, 6.0, 7.0, 8.0, 9.0)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())


def _name_peaks(
    ax: Axes, edges: Floats, density: Floats, markers: Sequence[Marker], renderer: RendererBase
) -> None:
    """Write each name above its peak, aside or higher where something is in the way."""
    tops = ax.transData.transform(
        np.stack(
            [np.sqrt(edges[:-1]) * np.sqrt(edges[1:]), np.maximum(density, ax.get_ylim()[0])],
            axis=1,
        )
    )
    taken: list[Bbox] = []
    # What was measured takes the best places.
    for marker in sorted(_grouped(ax, markers), key=lambda one: (not one.found, one.mass)):
        color = INK if marker.found else MUTED
        x = float(ax.transData.transform((marker.mass, 1.0))[0])
        y = float(tops[np.argsort(np.abs(tops[:, 0] - x))[:_NEAR], 1].max())
        size = _FOUND if marker.found else _KNOWN
        text = ax.text(0.5, 0.5, marker.text, ha="center", va="bottom", size=size, color=color)
        extent = text.get_window_extent(renderer)
        middle, bottom, box = _free_place(ax, tops, taken, (x, y), extent)
        taken.append(box)
        place = ax.transAxes.inverted().transform
        text.set_transform(ax.transAxes)
        text.set_position(tuple(place((middle, bottom))))
        end = float(np.clip(x, box.x0 + 2 * _GAP, box.x1 - 2 * _GAP))
        line = place([(x, y + 4), (end, bottom - 2)]).T
        ax.plot(*line, color=color, linewidth=0.7, transform=ax.transAxes, zorder=5)


def _free_place(
    ax: Axes, tops: Floats, taken: Sequence[Bbox], peak: tuple[float, float], extent: Bbox
) -> tuple[float, float, Bbox]:
    """Where a name hits neither the spectrum nor another name: low, and above its peak."""
    frame, (x, y) = ax.get_window_extent(), peak
    half = extent.width / 2 + _GAP
    best: tuple[float, float, float, Bbox] | None = None
    for aside in (0.0, half - 2 * _GAP, 2 * _GAP - half):
        middle = float(np.clip(x + aside, frame.x0 + half, frame.x1 - half))
        under = tops[np.abs(tops[:, 0] - middle) < half, 1]
        bottom = max(y + _LIFT, float(under.max(initial=0.0)) + _GAP)
        box = _box(middle, bottom, half, extent.height)
        while box.y1 < frame.y1 - _STEP and any(box.overlaps(other) for other in taken):
            bottom += _STEP
            box = _box(middle, bottom, half, extent.height)
        cost = bottom + (_ASIDE if aside else 0.0)
        if best is None or cost < best[0]:
            best = (cost, middle, bottom, box)
    return best[1:] if best is not None else (x, y, extent)


def _box(middle: float, bottom: float, half: float, height: float) -> Bbox:
    return Bbox.from_extents(middle - half, bottom, middle + half, bottom + height + 2)


def _grouped(ax: Axes, markers: Sequence[Marker]) -> list[Marker]:
    """Names that would stand on each other become one: ``Υ(1S, 2S, 3S)``."""
    groups: list[list[Marker]] = []
    for marker in sorted(markers, key=lambda one: one.mass):
        if groups and _share_a_name(ax, groups[-1][-1], marker):
            groups[-1].append(marker)
        else:
            groups.append([marker])
    return [
        Marker(group[0].mass, _joined(group), any(one.found for one in group)) for group in groups
    ]


def _share_a_name(ax: Axes, one: Marker, other: Marker) -> bool:
    relatives = one.found == other.found and _family(one.text) == _family(other.text) != ""
    return _apart(ax, one.mass, other.mass) < (_FAMILY if relatives else _TOUCHING)


def _family(name: str) -> str:
    """``Υ`` of ``Υ(2S)``; empty for a name without a number."""
    found = re.fullmatch(r"(\D+)\(\w+\)", name)
    return found[1] if found else ""


def _joined(group: Sequence[Marker]) -> str:
    names = list(dict.fromkeys(marker.text for marker in group))
    family = _family(names[0])
    if len(names) > 1 and family and all(_family(name) == family for name in names):
        return f"{family}({', '.join(name[len(family) + 1 : -1] for name in names)})"
    return ", ".join(names)


def _apart(ax: Axes, low: float, high: float) -> float:
    ends = ax.transData.transform([(low, 1.0), (high, 1.0)])
    return float(ends[1][0] - ends[0][0])
