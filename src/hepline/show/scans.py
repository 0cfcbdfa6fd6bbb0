"""Profile likelihoods: along one parameter, and as contours over two."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from hepline.show import rounding
from hepline.show.labels import shortened
from hepline.show.stamps import Stamp, stamp_axes
from hepline.show.style import INK, MUTED, PETROFF6, house_style, ticks_inside
from hepline.stats.inference.results import Interval, Scan, Surface

__all__ = ["CONTOURS", "draw_scan", "draw_surface"]

# Probability and the rise of twice the negative log-likelihood that encloses it in two dimensions.
CONTOURS = tuple((level, -2 * math.log(1 - level)) for level in (0.6827, 0.95))
_SIGMAS = ((1, 1.0), (2, 4.0), (3, 9.0))
_SIZE, _BOX = (6.4, 5.4), (0.125, 0.125, 0.825, 0.80)
_HIGHEST = 12.5  # three standard deviations, and room for the numbers above them
_DASHES: tuple[Literal["-", "--"], ...] = ("-", "--")
_FILLS = ("#a9c8ff", "#dfe9ff")
_LONGEST = 40


@house_style()
def draw_scan(
    scan: Scan, *, intervals: Sequence[Interval] = (), stamp: Stamp | None = None
) -> Figure:
    """Draw the profile likelihood along one parameter, with lines at one and two σ.

    Parameters
    ----------
    scan : Scan
    intervals : sequence of Interval
        Of the same parameter; their ends are marked where the curve crosses.
    stamp : Stamp, optional

    Returns
    -------
    Figure
        The dashed parabola has the curvature of the error that is written on the figure.
    """
    figure = Figure(figsize=_SIZE)
    ax = figure.add_axes(_BOX)
    finite = scan.twice_delta_nll[np.isfinite(scan.twice_delta_nll)]
    # The upper third is left to the text.
    top = 1.5 * max(min(float(finite.max(initial=0.0)), _HIGHEST / 1.2), 4.3)
    low, high = float(scan.values.min()), float(scan.values.max())
    ax.set_xlim(low, high) if high > low else ax.set_xlim(low - 1, low + 1)
    ax.set_ylim(0, top)
    _draw_sigmas(ax, top / 1.5)
    if scan.error > 0:
        at = np.linspace(*ax.get_xlim(), 201)
        parabola = ((at - scan.value) / scan.error) ** 2
        below = np.where(parabola <= top / 1.4, parabola, np.nan)
        ax.plot(at, below, color=MUTED, linewidth=1.1, linestyle=(0, (4, 3)), label="parabola")
    curve = np.where(scan.twice_delta_nll <= top / 1.4, scan.twice_delta_nll, np.nan)
    marker = "o" if len(scan.values) <= 41 else ""
    ax.plot(
        scan.values,
        curve,
        color=PETROFF6[0],
        linewidth=1.8,
        marker=marker,
        markersize=3.5,
        zorder=3,
        label="profile likelihood",
    )
    for interval in intervals:
        _draw_ends(ax, interval)
    ticks_inside(ax)
    _name_x(ax, scan.parameter)
    ax.set_ylabel("−2 Δ ln L", loc="top")
    _write_best(ax, scan, intervals)
    stamp_axes(ax, stamp or Stamp())
    return figure


def _draw_sigmas(ax: Axes, top: float) -> None:
    for number, rise in _SIGMAS:
        if rise <= top:
            ax.axhline(rise, color=INK, linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
            ax.annotate(
                f"{number}σ",
                (1, rise),
                (5, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                va="center",
                size=10.5,
                color=MUTED,
            )


def _draw_ends(ax: Axes, interval: Interval) -> None:
    rise = _rise(interval.level)
    for end, is_open in (
        (interval.lower, interval.open_lower),
        (interval.upper, interval.open_upper),
    ):
        # An end at a bound is not a crossing: there is nothing to mark.
        if not is_open:
            ax.vlines(end, 0, rise, color=PETROFF6[2], linewidth=1.2, zorder=2)


def _rise(level: float) -> float:
    """Rise of twice the negative log-likelihood at the ends of an interval of this level."""
    return NormalDist().inv_cdf((1 + level) / 2) ** 2


def _write_best(ax: Axes, scan: Scan, intervals: Sequence[Interval]) -> None:
    lines = [f"best fit: {rounding.measured(scan.value, scan.error)}"]
    lines += [_in_words(interval) for interval in intervals]
    for index, line in enumerate(lines):
        ax.text(0.035, 0.955 - 0.062 * index, line, transform=ax.transAxes, va="top", size=10.5)
    ax.legend(
        loc="upper right",
        bbox_to_anchor=(0.985, 0.975),
        borderaxespad=0,
        fontsize=10,
        handlelength=1.8,
    )


def _in_words(interval: Interval) -> str:
    """``68.3 %: 0.86 to 1.07``; an end that is a bound of the parameter is called one."""
    down, up = interval.errors
    error = min(abs(bound) for bound in (down, up)) or max(abs(bound) for bound in (down, up))
    lower, upper = (
        rounding.rounded_pair(end, error)[0] + (" (bound)" if is_open else "")
        for end, is_open in (
            (interval.lower, interval.open_lower),
            (interval.upper, interval.open_upper),
        )
    )
    return f"{100 * interval.level:.3g} %: {lower} to {upper}"


@house_style()
def draw_surface(surface: Surface, *, stamp: Stamp | None = None) -> Figure:
    """Draw the 68 % and 95 % contours of the profile likelihood over two parameters.

    Parameters
    ----------
    surface : Surface
    stamp : Stamp, optional

    Returns
    -------
    Figure
        The legend says so where a contour lies outside of what was scanned.
    """
    figure = Figure(figsize=_SIZE)
    ax = figure.add_axes(_BOX)
    values = np.ma.masked_invalid(surface.twice_delta_nll)
    grid = (surface.x_values, surface.y_values, values)
    best = ax.plot(*surface.best, "+", color=INK, markersize=12, markeredgewidth=2, zorder=5)[0]
    entries: list[tuple[Line2D | Patch, str]] = [(best, "best fit")]
    inside = 0.0
    for (level, rise), fill, dashes in zip(CONTOURS, _FILLS, _DASHES, strict=True):
        name = f"{100 * level:.0f} %"
        if not values.min() < rise < values.max():
            entries.append((Line2D([], [], linestyle=""), f"{name}: outside of the scan"))
            continue
        ax.contourf(*grid, levels=(inside, rise), colors=[fill], zorder=1)
        ax.contour(*grid, levels=(rise,), colors=[PETROFF6[0]], linestyles=dashes, linewidths=1.6)
        entries.append(
            (Patch(facecolor=fill, edgecolor=PETROFF6[0], linestyle=dashes, linewidth=1.6), name)
        )
        inside = rise
    _frame(ax, surface, [handle for handle, _ in entries], [label for _, label in entries])
    stamp_axes(ax, stamp or Stamp())
    return figure


def _frame(ax: Axes, surface: Surface, handles: list[Line2D | Patch], labels: list[str]) -> None:
    ticks_inside(ax)
    _name_x(ax, surface.x)
    ax.set_ylabel(shortened(surface.y, _LONGEST), loc="top").set_parse_math(False)
    ax.set_xlim(surface.x_values[0], surface.x_values[-1])
    low, high = float(surface.y_values[0]), float(surface.y_values[-1])
    # A sixth more above holds the legend.
    ax.set_ylim(low, high + 0.16 * (high - low))
    ax.axhline(high, color=MUTED, linewidth=0.6, linestyle=(0, (1, 3)), zorder=0)
    ax.legend(
        handles,
        labels,
        loc="upper left",
        bbox_to_anchor=(0.02, 0.975),
        borderaxespad=0,
        ncols=3,
        fontsize=10.5,
        handlelength=1.6,
        columnspacing=1.4,
    )


def _name_x(ax: Axes, parameter: str) -> None:
    ax.set_xlabel(shortened(parameter, _LONGEST), loc="right").set_parse_math(False)
