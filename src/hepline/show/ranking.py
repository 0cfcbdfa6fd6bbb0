"""Which nuisance parameters move the parameter of interest: impacts with pulls, largest on top."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation

from hepline.show import rounding
from hepline.show.gathering import GATHERED
from hepline.show.labels import shortened
from hepline.show.rows import note_count, row_names
from hepline.show.stamps import Stamp, stamp_axes
from hepline.show.style import DOWN, INK, MUTED, UP, house_style, ticks_inside
from hepline.stats.inference.results import Impact, Ranking

__all__ = ["draw_ranking"]

_ROW, _AXES = 0.32, 4.8  # inches
_TOP, _BELOW, _RIGHT = 1.32, 0.72, 0.35
_POST, _PRE = 0.62, 0.86  # heights of bars, rows
_LONGEST = 44  # letters of the parameter of interest


@house_style()
def draw_ranking(ranking: Ranking, *, most: int = 20, stamp: Stamp | None = None) -> Figure:
    """Draw impacts on the parameter of interest as bars, and pulls as points.

    Parameters
    ----------
    ranking : Ranking
    most : int
        How many parameters to draw; the figure says how many there are.
    stamp : Stamp, optional

    Returns
    -------
    Figure
        Axes 0 has the pulls and the lower scale, axes 1 the impacts and the upper scale. A
        parameter without a constraint has no pull; its fitted value is written on the right.
    """
    impacts = ranking.impacts[:most]
    rows = max(len(impacts), 1)
    names = row_names([impact.parameter for impact in impacts])
    alone = [impact for impact in impacts if impact.kind != GATHERED]
    right = _RIGHT if all(impact.pull is not None for impact in alone) else 1.4
    width, height = names.width + _AXES + right, _ROW * rows + _TOP + _BELOW
    figure = Figure(figsize=(width, height))
    box = (names.width / width, _BELOW / height, _AXES / width, _ROW * rows / height)
    # The bars lie under the points: their axes come first.
    pulls = figure.add_axes(box)
    bars = pulls.twiny()
    pulls.set_zorder(bars.get_zorder() + 1)
    pulls.set_facecolor("none")
    points = _draw_pulls(pulls, impacts)
    _draw_bars(bars, impacts)
    _label(pulls, bars, ranking)
    names.write(pulls)
    _write_beside(pulls, impacts)
    note_count(pulls, len(impacts), len(ranking.impacts))
    _explain(
        figure, bars, points, with_prefit=any(impact.prefit_up is not None for impact in impacts)
    )
    stamp_axes(bars, stamp or Stamp(), above=72)
    return figure


def _draw_pulls(ax: Axes, impacts: Sequence[Impact]) -> ErrorbarContainer | None:
    for place in (-1, 0, 1):
        ax.axvline(place, color=INK, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    ax.set_ylim(max(len(impacts), 1) - 0.5, -0.5)
    pulled = [
        (row, impact.pull, impact.constraint or 0.0)
        for row, impact in enumerate(impacts)
        if impact.pull is not None
    ]
    if not pulled:
        ax.set_xlim(-2, 2)
        return None
    rows, values, widths = np.array(pulled, dtype=float).T
    reach = max(2.0, 1.1 * float(np.max(np.abs(values) + widths)))
    ax.set_xlim(-reach, reach)
    return ax.errorbar(
        values, rows, xerr=widths, fmt="o", color=INK, markersize=5, elinewidth=1.4, zorder=5
    )


def _draw_bars(ax: Axes, impacts: Sequence[Impact]) -> None:
    for row, impact in enumerate(impacts):
        shifts = [(impact.up, UP), (impact.down, DOWN)]
        # Where both go to one side, the shorter bar stays visible on top of the longer one.
        for shift, color in sorted(shifts, key=lambda bar: -abs(bar[0])):
            ax.barh(row, shift, _POST, color=color, linewidth=0, zorder=2)
        for hollow, color in ((impact.prefit_up, UP), (impact.prefit_down, DOWN)):
            if hollow is not None:
                ax.barh(
                    row, hollow, _PRE, facecolor="none", edgecolor=color, linewidth=1.1, zorder=3
                )
    shifts_drawn = [
        abs(shift)
        for impact in impacts
        for shift in (impact.up, impact.down, impact.prefit_up, impact.prefit_down)
        if shift is not None
    ]
    reach = 1.12 * float(np.nanmax(shifts_drawn, initial=0.0)) or 1.0
    ax.set_xlim(-reach, reach)


def _label(pulls: Axes, bars: Axes, ranking: Ranking) -> None:
    for ax in (pulls, bars):
        ticks_inside(ax, minor=False)
    pulls.tick_params(axis="x", top=False)
    bars.tick_params(axis="x", bottom=False)
    bars.xaxis.set_major_locator(MaxNLocator(5, symmetric=True))
    pulls.xaxis.set_major_locator(MaxNLocator(5, integer=True, symmetric=True))
    pulls.set_xlabel("(θ̂ − θ₀) / Δθ", loc="right")
    shift = bars.set_xlabel(f"Δ {shortened(ranking.poi, _LONGEST)}", loc="right", labelpad=6)
    shift.set_parse_math(False)


def _write_beside(ax: Axes, impacts: Sequence[Impact]) -> None:
    """Write fitted values that have no pull, on the right of their rows."""
    for row, impact in enumerate(impacts):
        if impact.pull is None and impact.kind != GATHERED:
            ax.annotate(
                rounding.measured(impact.value, impact.error),
                (1, row),
                (8, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                va="center",
                size=10,
                color=MUTED,
            )


def _explain(
    figure: Figure, ax: Axes, points: ErrorbarContainer | None, *, with_prefit: bool
) -> None:
    """Put the legend between the upper scale and the stamp, where no bar can reach it."""
    entries: list[tuple[Patch | ErrorbarContainer, str]] = [
        (Patch(facecolor=UP), "+1σ post-fit"),
        (Patch(facecolor=DOWN), "−1σ post-fit"),
    ]
    if with_prefit:
        entries += [
            (Patch(facecolor="none", edgecolor=UP, linewidth=1.1), "+1σ pre-fit"),
            (Patch(facecolor="none", edgecolor=DOWN, linewidth=1.1), "−1σ pre-fit"),
        ]
    if points is not None:
        entries.append((points, "pull"))
    ax.legend(
        [handle for handle, _ in entries],
        [label for _, label in entries],
        loc="lower left",
        bbox_to_anchor=(0, 1),
        bbox_transform=ax.transAxes + ScaledTranslation(0, 38 / 72, figure.dpi_scale_trans),
        borderaxespad=0,
        borderpad=0,
        ncols=3,
        fontsize=9.5,
        handlelength=1.5,
        columnspacing=1.2,
        labelspacing=0.3,
    )
