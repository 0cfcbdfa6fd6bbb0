"""Local p-values against a parameter of the signal, with lines of significance."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import AutoMinorLocator, FuncFormatter, LogLocator, NullFormatter
from scipy.special import ndtr

from hepline.show.bands import explain, frame_x
from hepline.show.grid_content import SignificanceCurve
from hepline.show.labels import drawn_label
from hepline.show.layers import Entry
from hepline.show.legends import power
from hepline.show.stamps import Stamp, stamp_axes
from hepline.show.style import INK, WARNING, house_style, ticks_inside, write

__all__ = ["draw_significances"]

_SIZE, _BOX = (6.4, 5.4), (0.145, 0.125, 0.775, 0.80)
_EXPECTED = "#1f3fbf"
_SIGMAS = range(9)
_ABOVE = 0.18  # of the decades, for legend and words above a p-value of one
_MOST = 8.0  # standard deviations: beyond, a p-value says nothing that a physicist could use


@house_style()
def draw_significances(content: SignificanceCurve, *, stamp: Stamp | None = None) -> Figure:
    """Draw local p-values, with what they mean in standard deviations on the right.

    Parameters
    ----------
    content : SignificanceCurve
    stamp : Stamp, optional

    Returns
    -------
    Figure
        The largest excess is stated in words.
    """
    figure = Figure(figsize=_SIZE)
    ax = figure.add_axes(_BOX)
    at = np.array([point.at for point in content.ordered], dtype=float)
    observed = np.array([point.observed for point in content.ordered], dtype=float)
    expected = np.array([point.expected for point in content.ordered], dtype=float)
    reach = min(float(np.nanmax(np.append(observed, expected), initial=2.0)), _MOST)
    entries: list[Entry] = []
    if np.isfinite(observed).any():
        line = ax.plot(
            at,
            ndtr(-np.minimum(observed, _MOST)),
            color=INK,
            linewidth=1.6,
            marker="o",
            markersize=3.5,
        )
        entries.append((line[0], "observed"))
    if np.isfinite(expected).any():
        shown = ndtr(-np.minimum(expected, _MOST))
        line = ax.plot(at, shown, color=_EXPECTED, linewidth=1.6, linestyle="--")
        beyond = f" ({_MOST:g}σ and more)" if np.nanmax(expected) > _MOST else ""
        entries.append((line[0], f"expected for the signal{beyond}"))
    _scale(ax, reach)
    frame_x(ax, at)
    write(ax.set_xlabel(drawn_label(content.axis_label, 60), loc="right"))
    ax.set_ylabel("Local p-value", loc="top")
    explain(ax, entries)
    _state_excess(ax, content)
    stamp_axes(ax, stamp or Stamp())
    return figure


def _scale(ax: Axes, reach: float) -> None:
    lowest = float(ndtr(-(reach + 0.4)))
    ax.set_ylim(lowest, 1.0)
    ax.set_yscale("log")
    ax.set_ylim(lowest, lowest ** (-_ABOVE / (1 - _ABOVE)))
    ticks_inside(ax, minor=False)
    ax.xaxis.set_minor_locator(AutoMinorLocator())
    ax.yaxis.set_major_locator(LogLocator(numticks=9))
    # A probability has no ticks above one: there the legend stands.
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: power(value) if value < 2 else ""))
    ax.yaxis.set_minor_formatter(NullFormatter())
    for sigmas in _SIGMAS:
        place = float(ndtr(-float(sigmas)))
        if place < lowest:
            break
        ax.axhline(place, color=WARNING, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
        ax.annotate(
            f"{sigmas}σ",
            (1, place),
            (5, 0),
            xycoords=ax.get_yaxis_transform(),
            textcoords="offset points",
            va="center",
            size=10,
            color=WARNING,
        )


def _state_excess(ax: Axes, content: SignificanceCurve) -> None:
    seen = [point for point in content.points if np.isfinite(point.observed)]
    if not seen:
        return
    largest = max(seen, key=lambda point: point.observed)
    words = f"largest excess: {largest.observed:.2g}σ local at {largest.at:.4g}"
    if content.global_significance is not None:
        words += f", {content.global_significance:.2g}σ global"
    ax.text(0.035, 0.925, words, transform=ax.transAxes, va="top", size=10.5)
