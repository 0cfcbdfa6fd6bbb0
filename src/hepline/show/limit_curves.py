"""Upper limits against a parameter of the signal, with the theory that they exclude."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import AutoMinorLocator, FuncFormatter, LogLocator, NullFormatter

from hepline.arrays import Floats
from hepline.errors import OutputError
from hepline.show.bands import draw_bands, draw_observed, explain, frame_x
from hepline.show.grid_content import LimitCurve, LimitPoint, Theory
from hepline.show.labels import drawn_label, shortened, unit_of
from hepline.show.legends import power
from hepline.show.stamps import Stamp, stamp_axes
from hepline.show.style import WARNING, house_style, ticks_inside, write
from hepline.stats.exclusion import ExcludedRange
from hepline.stats.inference.results import UpperLimit

__all__ = ["draw_limit_curve", "draw_limits"]

_SIZE, _BOX = (6.4, 5.4), (0.145, 0.125, 0.815, 0.80)
_HEADROOM = 1.42  # of the vertical range, for legend and words above the curves
_STEEP = 20  # ratio of limits from which on the scale is logarithmic
_THEORY = "#1f3fbf"
_LONGEST = 60


@house_style()
def draw_limit_curve(content: LimitCurve, *, stamp: Stamp | None = None) -> Figure:
    """Draw limits, the theory, and where they cross.

    Parameters
    ----------
    content : LimitCurve
        Observed limits that are NaN are hidden.
    stamp : Stamp, optional

    Returns
    -------
    Figure
        Where the curves lie below the theory, the signal as predicted is excluded; crossings are
        marked below them, and ranges stated in words.
    """
    figure = Figure(figsize=_SIZE)
    ax = figure.add_axes(_BOX)
    at = np.array([point.at for point in content.ordered], dtype=float)
    expected = np.array([point.expected for point in content.ordered], dtype=float)
    observed = np.array([point.observed for point in content.ordered], dtype=float)
    entries = draw_bands(ax, at, expected)
    if np.isfinite(observed).any():
        entries.insert(0, (draw_observed(ax, at, observed), "observed"))
    if content.theory is not None:
        entries.append(_draw_theory(ax, content.theory))
    if content.reference is not None:
        ax.axhline(content.reference, color=WARNING, linewidth=1.2, zorder=4)
    frame_x(ax, at)
    _scale(ax, content, np.concatenate((expected.ravel(), observed[np.isfinite(observed)])))
    write(ax.set_xlabel(drawn_label(content.axis_label, _LONGEST), loc="right"))
    label = f"{100 * content.level:g} % CL upper limit on {content.limit_label}"
    write(ax.set_ylabel(drawn_label(label, 70), loc="top"))
    explain(ax, entries)
    _state_exclusion(ax, content)
    stamp_axes(ax, stamp or Stamp())
    return figure


def draw_limits(
    points: Sequence[tuple[float, UpperLimit]],
    *,
    axis_label: str = "",
    stamp: Stamp | None = None,
) -> Figure:
    """Draw upper limits on a signal strength against the mass, or another parameter, of the signal.

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
    curve = LimitCurve(
        "limits",
        axis_label,
        shortened(poi, 24),
        tuple(LimitPoint(at, limit.expected, limit.observed) for at, limit in points),
        reference=1.0,
        level=level,
    )
    return draw_limit_curve(curve, stamp=stamp)


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


def _draw_theory(ax: Axes, theory: Theory) -> tuple[Artist, str]:
    if theory.low is not None and theory.high is not None:
        ax.fill_between(
            theory.at, theory.low, theory.high, color=_THEORY, alpha=0.25, linewidth=0, zorder=3.5
        )
    line = ax.plot(theory.at, theory.values, color=_THEORY, linewidth=1.6, zorder=4)[0]
    return line, drawn_label(theory.label, _LONGEST)


def _scale(ax: Axes, content: LimitCurve, limits: Floats) -> None:
    """Leave the upper part to the legend; count in powers where limits differ by many."""
    shown = limits if content.reference is None else np.append(limits, content.reference)
    low, high = float(shown.min()), float(shown.max())
    theory = content.theory
    if theory is not None:
        first, last = ax.get_xlim()
        inside = theory.values[(theory.at >= first) & (theory.at <= last)]
        # A theory that falls by many decades would squeeze the limits into a line.
        low = min(low, max(float(inside.min(initial=math.inf)), low / 10))
        high = max(high, float(inside.max(initial=0.0)))
    log = content.log if content.log is not None else low > 0 and high / low > _STEEP
    if log and low > 0:
        ax.set_yscale("log")
        ticks_inside(ax, minor=False)
        ax.xaxis.set_minor_locator(AutoMinorLocator())
        ax.tick_params(which="minor", length=3, width=0.6)
        ax.set_ylim(low / 1.5, 1.5 * high * (high / low) ** (_HEADROOM - 1))
        ax.yaxis.set_minor_locator(LogLocator(subs=range(2, 10), numticks=99))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: power(value)))
        ax.yaxis.set_minor_formatter(NullFormatter())
    else:
        ticks_inside(ax)
        ax.set_ylim(min(low, 0.0), _HEADROOM * high)


def _state_exclusion(ax: Axes, content: LimitCurve) -> None:
    """State ranges that are excluded, and mark their ends below the curves."""
    limits = [limit for point in content.points for limit in (*point.expected, point.observed)]
    if len(content.points) < 2 or min(limits) <= 0:
        return
    lines = []
    for kind, dashes in (("observed", "-"), ("expected", "--")):
        ranges = content.excluded(observed=kind == "observed")
        if not ranges:
            continue
        unit = unit_of(content.axis_label)
        words = ", ".join(_in_words(excluded) for excluded in ranges)
        lines.append(f"excluded, {kind}: {words} {unit}".rstrip())
        for place in (crossing for excluded in ranges for crossing in excluded.crossings):
            height = _theory_at(content, place)
            ax.plot(
                [place] * 2,
                [ax.get_ylim()[0], height],
                color=WARNING,
                linewidth=1.2,
                linestyle=dashes,
                zorder=4.5,
            )
            if kind == "observed":
                ax.plot([place], [height], "o", color=WARNING, markersize=5, zorder=6)
    below = ax.get_legend().get_window_extent().y0  # type: ignore[union-attr]
    level = ax.transAxes.inverted().transform((0, below))[1] - 0.015
    ax.text(0.035, level, "\n".join(lines), transform=ax.transAxes, va="top", size=10)


def _in_words(excluded: ExcludedRange) -> str:
    return f"{excluded.low:.4g}–{excluded.high:.4g}"


def _theory_at(content: LimitCurve, place: float) -> float:
    if content.theory is None:
        return content.reference or 0.0
    return float(np.exp(np.interp(place, content.theory.at, np.log(content.theory.values))))
