"""Upper limits in the field's green and yellow: CLs against mu, and limits against a parameter."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import AutoMinorLocator, FixedLocator, FuncFormatter, NullFormatter

from hepline.arrays import Floats
from hepline.errors import OutputError
from hepline.show.labels import shortened
from hepline.show.stamps import Stamp, stamp_axes
from hepline.show.style import INK, WARNING, house_style, ticks_inside, write
from hepline.stats.inference.results import HypothesisTest, UpperLimit

__all__ = ["draw_limit", "draw_limits"]


_GREEN, _YELLOW = "#00cc00", "#ffcc00"
_SIZE, _BOX = (6.4, 5.4), (0.135, 0.125, 0.825, 0.80)
_LOWEST = 1e-3  # of CLs: what lies below is excluded a hundred times over
_TINY = 1e-300  # stands for zero, so that a logarithmic line to it goes straight down
_LONGEST = 40
_HEADROOM = 1.35  # of the vertical range, for the legend above the curves
_STEEP = 20  # ratio of limits from which on the scale is logarithmic


@house_style()
def draw_limit(
    limit: UpperLimit, *, tests: Sequence[HypothesisTest] = (), stamp: Stamp | None = None
) -> Figure:
    """Draw CLs against the parameter of interest, observed and expected.

    Parameters
    ----------
    limit : UpperLimit
        An observed limit that is NaN is hidden: only what is expected is drawn.
    tests : sequence of HypothesisTest
        More tested values, beside those on the way to the limit, for smooth curves.
    stamp : Stamp, optional

    Returns
    -------
    Figure
        Limits are stated in words, and marked below the line of exclusion where they lie inside
        of the scan.
    """
    figure = Figure(figsize=_SIZE)
    ax = figure.add_axes(_BOX)
    tested = sorted({test.mu: test for test in (*tests, *limit.tests)}.items())
    mu = np.array([place for place, _ in tested], dtype=float)
    expected = np.array([test.expected for _, test in tested], dtype=float).reshape(-1, 5)
    entries = _draw_bands(ax, mu, np.maximum(expected, _TINY))
    if math.isfinite(limit.observed):
        observed = np.array([max(test.cls, _TINY) for _, test in tested])
        errors = np.array([test.error for _, test in tested])
        entries.insert(0, (_draw_observed(ax, mu, observed, errors), "observed"))
    _scale_cls(ax, mu)
    _mark_level(ax, limit)
    _explain(ax, entries)
    _state_limits(ax, limit, mu)
    ax.set_xlabel(shortened(limit.poi, _LONGEST), loc="right").set_parse_math(False)
    ax.set_ylabel("CL$_{s}$", loc="top")
    stamp_axes(ax, stamp or Stamp())
    return figure


def _draw_bands(ax: Axes, at: Floats, expected: Floats) -> list[tuple[Artist, str]]:
    """Fill ±2σ and ±1σ around the dashed median; a single point is a bar."""
    if len(at) == 1:
        half = 0.02 * (abs(float(at[0])) or 1.0)
        at, expected = np.array([at[0] - half, at[0] + half]), np.repeat(expected, 2, axis=0)
    outer = ax.fill_between(
        at, expected[:, 0], expected[:, 4], color=_YELLOW, linewidth=0, zorder=1
    )
    inner = ax.fill_between(at, expected[:, 1], expected[:, 3], color=_GREEN, linewidth=0, zorder=2)
    median = ax.plot(at, expected[:, 2], color=INK, linewidth=1.6, linestyle="--", zorder=3)[0]
    return [(median, "expected"), (inner, "expected ±1σ"), (outer, "expected ±2σ")]


def _draw_observed(ax: Axes, at: Floats, observed: Floats, errors: Floats | None = None) -> Artist:
    line = ax.plot(at, observed, color=INK, linewidth=1.6, marker="o", markersize=3.5, zorder=5)[0]
    if errors is not None and (errors > 0).any():
        ax.errorbar(at, observed, yerr=errors, fmt="none", ecolor=INK, elinewidth=1, zorder=5)
    return line


def _scale_cls(ax: Axes, mu: Floats) -> None:
    ax.set_yscale("log")
    ticks_inside(ax, minor=False)
    ax.xaxis.set_minor_locator(AutoMinorLocator())
    decades = range(round(math.log10(_LOWEST)), 1)
    # A probability has no ticks above one: there the legend stands.
    ax.yaxis.set_major_locator(FixedLocator([10.0**decade for decade in decades]))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    between = [digit * 10.0**decade for decade in decades[:-1] for digit in range(2, 10)]
    ax.yaxis.set_minor_locator(FixedLocator(between))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.tick_params(which="minor", length=3, width=0.6)
    ax.set_ylim(_LOWEST, 40)
    _frame_x(ax, mu)


def _frame_x(ax: Axes, at: Floats) -> None:
    low, high = float(at.min(initial=np.inf)), float(at.max(initial=-np.inf))
    if high > low:
        ax.set_xlim(low, high)


def _mark_level(ax: Axes, limit: UpperLimit) -> None:
    """Draw the line of exclusion, and where the curves that were scanned fall below it."""
    target = 1 - limit.level
    ax.axhline(target, color=WARNING, linewidth=1.2, zorder=4)
    ax.annotate(
        f"{100 * limit.level:g} % CL",
        (0, target),
        (7, -4),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        va="top",
        size=10.5,
        color=WARNING,
    )
    low, high = ax.get_xlim()
    for place, dashes in ((limit.observed, "-"), (limit.expected[2], "--")):
        if low <= place <= high:
            ax.plot([place] * 2, [_LOWEST, target], color=WARNING, linewidth=1.2, linestyle=dashes)


def _state_limits(ax: Axes, limit: UpperLimit, mu: Floats) -> None:
    lines = []
    if math.isfinite(limit.observed):
        lines.append(f"observed limit {_stated(limit.observed, mu)}")
    _, lower, median, upper, _ = limit.expected
    spread = f"{_number(lower)} to {_number(upper)}"
    lines.append(f"expected limit {_stated(median, mu)}, ±1σ: {spread}")
    if limit.method == "toys" and limit.tests:
        lines[-1] += f" ({max(test.toys for test in limit.tests)} toys)"
    ax.text(0.035, 0.845, "\n".join(lines), transform=ax.transAxes, va="top", size=10.5)


def _stated(limit: float, scanned: Floats) -> str:
    beyond = len(scanned) and not scanned[0] <= limit <= scanned[-1]
    return _number(limit) + (" (outside of the scan)" if beyond else "")


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


def _explain(ax: Axes, entries: Sequence[tuple[Artist, str]]) -> None:
    ax.legend(
        [handle for handle, _ in entries],
        [label for _, label in entries],
        loc="upper left",
        bbox_to_anchor=(0.025, 0.98),
        borderaxespad=0,
        borderpad=0,
        ncols=2,
        fontsize=10.5,
        handlelength=1.8,
        columnspacing=2.5,
        labelspacing=0.35,
    )


@house_style()
def draw_limits(
    points: Sequence[tuple[float, UpperLimit]],
    *,
    axis_label: str = "",
    stamp: Stamp | None = None,
) -> Figure:
    """Draw upper limits against the mass, or another parameter, of the signal.

    Parameters
    ----------
    points : sequence of (float, UpperLimit)
        Value of the parameter with the limit there, in any order. An observed limit that is NaN
        is hidden.
    axis_label : str
        Name of the parameter with its unit; may hold mathtext.
    stamp : Stamp, optional

    Returns
    -------
    Figure
        Where the curves lie below the line at one, the signal as predicted is excluded.

    Raises
    ------
    OutputError
        If there is no point, or limits differ in confidence level or parameter of interest.
    """
    poi, level = _common(points)
    figure = Figure(figsize=_SIZE)
    ax = figure.add_axes(_BOX)
    ordered = sorted(points, key=lambda point: point[0])
    at = np.array([place for place, _ in ordered], dtype=float)
    expected = np.array([limit.expected for _, limit in ordered])
    observed = np.array([limit.observed for _, limit in ordered])
    entries = _draw_bands(ax, at, expected)
    if np.isfinite(observed).any():
        entries.insert(0, (_draw_observed(ax, at, observed), "observed"))
    ax.axhline(1, color=WARNING, linewidth=1.2, zorder=4)
    _scale_limits(ax, np.concatenate((expected.ravel(), observed[np.isfinite(observed)])))
    _frame_x(ax, at)
    write(ax.set_xlabel(axis_label, loc="right"))
    label = f"{100 * level:g} % CL upper limit on {shortened(poi, 24)}"
    ax.set_ylabel(label, loc="top").set_parse_math(False)
    _explain(ax, entries)
    stamp_axes(ax, stamp or Stamp())
    return figure


def _common(points: Sequence[tuple[float, UpperLimit]]) -> tuple[str, float]:
    kinds = {(limit.poi, limit.level) for _, limit in points}
    if len(kinds) == 1:
        return kinds.pop()
    listing = "; ".join(f"{poi} at {100 * level:g} %" for poi, level in sorted(kinds)) or "none"
    raise OutputError(
        "these limits cannot be drawn as one curve.",
        why="all points need one parameter of interest and one confidence level; "
        f"given are: {listing}.",
        fix="draw limits of the same kind together.",
    )


def _scale_limits(ax: Axes, limits: Floats) -> None:
    """Leave the upper quarter to the legend; count in powers where limits differ by many."""
    low, high = min(float(limits.min()), 1.0), max(float(limits.max()), 1.0)
    if low > 0 and high / low > _STEEP:
        ax.set_yscale("log")
        ticks_inside(ax, minor=False)
        ax.xaxis.set_minor_locator(AutoMinorLocator())
        ax.tick_params(which="minor", length=3, width=0.6)
        ax.set_ylim(low / 1.5, 1.5 * high * (high / low) ** (_HEADROOM - 1))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.yaxis.set_minor_formatter(NullFormatter())
    else:
        ticks_inside(ax)
        ax.set_ylim(min(low, 0.0), _HEADROOM * high)
