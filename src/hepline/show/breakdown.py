"""Sources of the uncertainty of the parameter of interest, as bars."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import AutoMinorLocator

from hepline.show.labels import shortened
from hepline.show.rows import note_count, row_names
from hepline.show.stamps import Stamp, stamp_axes
from hepline.show.style import INK, MUTED, PETROFF6, house_style, ticks_inside
from hepline.stats.inference.results import Breakdown

__all__ = ["draw_breakdown"]

_ROW, _AXES, _RIGHT = 0.33, 4.4, 1.75  # inches
_TOP, _BELOW = 0.42, 0.72
_NOTE = 0.22  # inches that the note on what is left out takes below
_SUMS = 3
_LONGEST = 40


@house_style()
def draw_breakdown(breakdown: Breakdown, *, most: int = 20, stamp: Stamp | None = None) -> Figure:
    """Draw the total uncertainty, its two parts and its components, largest on top.

    Parameters
    ----------
    breakdown : Breakdown
    most : int
        How many components to draw; the figure says how many there are.
    stamp : Stamp, optional

    Returns
    -------
    Figure
        Beside each bar its length, and its share of the fitted value in percent.
    """
    components = breakdown.components[:most]
    rows = [
        ("Total", breakdown.error),
        ("Statistical", breakdown.statistical),
        ("Systematic", breakdown.systematic),
        *((component.name, component.error) for component in components),
    ]
    names = row_names([name for name, _ in rows])
    below = _BELOW + (_NOTE if len(components) < len(breakdown.components) else 0.0)
    width, height = names.width + _AXES + _RIGHT, _ROW * len(rows) + _TOP + below
    figure = Figure(figsize=(width, height))
    ax = figure.add_axes(
        (names.width / width, below / height, _AXES / width, _ROW * len(rows) / height)
    )
    colors = [INK, *[PETROFF6[0]] * (_SUMS - 1), *[PETROFF6[1]] * len(components)]
    ax.barh(range(len(rows)), [error for _, error in rows], 0.66, color=colors, zorder=2)
    ax.axhline(_SUMS - 0.5, color=MUTED, linewidth=0.8)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlim(0, 1.08 * max(error for _, error in rows) or 1.0)
    ticks_inside(ax, minor=False)
    ax.xaxis.set_minor_locator(AutoMinorLocator())
    names.write(ax)
    label = f"Uncertainty of {shortened(breakdown.poi, _LONGEST)}"
    ax.set_xlabel(label, loc="right").set_parse_math(False)
    for row, (_, error) in enumerate(rows):
        _write_beside(ax, row, _beside(error, breakdown))
    note_count(ax, len(components), len(breakdown.components), below=40)
    stamp_axes(ax, stamp or Stamp())
    return figure


def _beside(error: float, breakdown: Breakdown) -> str:
    """Write the length of a bar, all with the decimals of three digits of the total."""
    total = breakdown.error
    decimals = max(2 - math.floor(math.log10(total)), 0) if total > 0 else 0
    has_share = math.isfinite(breakdown.value) and breakdown.value != 0
    share = f"  ({100 * error / abs(breakdown.value):.1f} %)" if has_share else ""
    return f"{error:.{decimals}f}{share}"


def _write_beside(ax: Axes, row: int, text: str) -> None:
    ax.annotate(
        text,
        (1, row),
        (8, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        va="center",
        size=10,
        color=MUTED,
    )
