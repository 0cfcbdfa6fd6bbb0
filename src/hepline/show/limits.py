"""An upper limit: CLs against the parameter of interest, observed and expected."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import AutoMinorLocator, FixedLocator, FuncFormatter, NullFormatter

from hepline.arrays import Floats
from hepline.show.bands import draw_bands, draw_observed, explain, frame_x
from hepline.show.labels import shortened
from hepline.show.stamps import Stamp, stamp_axes
from hepline.show.style import WARNING, house_style, ticks_inside
from hepline.stats.inference.results import HypothesisTest, UpperLimit

__all__ = ["draw_limit"]


_SIZE, _BOX = (6.4, 5.4), (0.135, 0.125, 0.825, 0.80)
_LOWEST = 1e-3  # of CLs: what lies below is excluded a hundred times over
_TINY = 1e-300  # stands for zero, so that a logarithmic line to it goes straight down
_LONGEST = 40


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
    entries = draw_bands(ax, mu, np.maximum(expected, _TINY))
    if math.isfinite(limit.observed):
        observed = np.array([max(test.cls, _TINY) for _, test in tested])
        errors = np.array([test.error for _, test in tested])
        entries.insert(0, (draw_observed(ax, mu, observed, errors), "observed"))
    _scale_cls(ax, mu)
    _mark_level(ax, limit)
    explain(ax, entries)
    _state_limits(ax, limit, mu)
    ax.set_xlabel(shortened(limit.poi, _LONGEST), loc="right").set_parse_math(False)
    ax.set_ylabel("CL$_{s}$", loc="top")
    stamp_axes(ax, stamp or Stamp())
    return figure


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
    frame_x(ax, mu)


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
