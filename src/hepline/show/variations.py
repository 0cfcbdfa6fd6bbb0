"""Systematic variations of the templates: up and down against nominal, small multiples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from hepline.show import rounding
from hepline.show.content import RegionInfo, TemplateVariation
from hepline.show.style import DOWN, INK, UP, WARNING, Stamp, house_style, write

__all__ = ["draw_variations", "yield_change"]

Floats = NDArray[np.float64]

_PANEL = (2.55, 2.3)  # inches
_BESIDE, _GAP = 0.68, 0.42
_LEFT, _RIGHT, _TOP, _BOTTOM = 0.75, 0.15, 0.75, 0.85
_LINES: dict[str, dict[str, Any]] = {
    "nominal": {"color": INK, "linewidth": 1.1},
    "+1σ": {"color": UP, "linewidth": 1.2},
    "−1σ": {"color": DOWN, "linewidth": 1.2, "linestyle": (0, (3, 1.2))},
}


@house_style()
def draw_variations(
    region: RegionInfo,
    variations: Sequence[TemplateVariation],
    *,
    title: str = "",
    stamp: Stamp | None = None,
) -> Figure:
    """All variations of one sample in one region, a panel for each nuisance parameter.

    Parameters
    ----------
    region : RegionInfo
    variations : sequence of TemplateVariation
        All of the same binning.
    title : str
        Sample and region.
    stamp : Stamp, optional

    Returns
    -------
    Figure
        Axes 2i show events per bin of panel i, axes 2i + 1 the ratio to nominal.

    Raises
    ------
    OutputError
        If a template has neither the bins of the fit nor those of the full resolution.
    """
    columns = _columns(len(variations))
    rows = -(-len(variations) // columns) or 1
    # The heading needs two panels' width even above one.
    wide = max(columns, 2)
    width = _LEFT + _RIGHT + _PANEL[0] * wide + _BESIDE * (wide - 1)
    height = _TOP + _BOTTOM + _PANEL[1] * rows + _GAP * (rows - 1)
    figure = Figure(figsize=(width, height))
    span = _ratio_span(variations)
    for index, variation in enumerate(variations):
        row, column = divmod(index, columns)
        left = _LEFT + column * (_PANEL[0] + _BESIDE)
        bottom = height - _TOP - _PANEL[1] * (row + 1) - _GAP * row
        box = (left / width, bottom / height, _PANEL[0] / width, _PANEL[1] / height)
        last = index + columns >= len(variations)
        _draw_panel(figure, box, variation, region, span, last)
    _write_heading(figure, title, stamp or Stamp())
    return figure


def yield_change(varied: Floats, nominal: Floats) -> str:
    """Relative change of the sum of a template, such as ``+3.1 %``."""
    total = float(nominal.sum())
    if total == 0:
        return "—"
    return f"{100 * (float(varied.sum()) / total - 1):+.1f} %".replace("-", "−")


def _columns(panels: int) -> int:
    """Three or four in a row, whichever leaves fewer holes."""
    if panels <= 4:
        return max(panels, 1)
    return 4 if -panels % 4 <= -panels % 3 else 3


def _draw_panel(
    figure: Figure,
    box: tuple[float, float, float, float],
    variation: TemplateVariation,
    region: RegionInfo,
    span: float,
    last: bool,
) -> None:
    left, bottom, width, height = box
    edges = region.edges_of(len(variation.nominal))
    main = figure.add_axes((left, bottom + 0.40 * height, width, 0.60 * height))
    ratio = figure.add_axes((left, bottom, width, 0.37 * height))
    main.stairs(variation.nominal, edges, **_LINES["nominal"])
    for name, varied in (("−1σ", variation.down), ("+1σ", variation.up)):
        if varied is None:
            continue
        main.stairs(varied, edges, baseline=None, **_LINES[name])
        relative = varied / np.where(variation.nominal != 0, variation.nominal, np.nan)
        ratio.stairs(relative, edges, baseline=None, **_LINES[name])
    ratio.axhline(1, color=INK, linewidth=0.7, zorder=0)
    ratio.set_ylim(1 - span, 1 + span)
    _dress(main, ratio, edges, variation)
    ratio.tick_params(labelbottom=last)
    if last:
        write(ratio.set_xlabel(region.axis_label, loc="right", size=9.5))


def _dress(main: Axes, ratio: Axes, edges: Floats, variation: TemplateVariation) -> None:
    for ax, ticks in ((main, 4), (ratio, 3)):
        ax.set_xlim(edges[0], edges[-1])
        ax.tick_params(direction="in", labelsize=8.5, length=3.5)
        ax.yaxis.set_major_locator(MaxNLocator(ticks, prune="both"))
        ax.xaxis.set_major_locator(MaxNLocator(4, prune="both"))
    main.tick_params(labelbottom=False)
    main.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))
    present = [one for one in (variation.nominal, variation.up, variation.down) if one is not None]
    highest = max(float(np.max(one, initial=0.0)) for one in present)
    main.set_ylim(0, 1.45 * highest if highest > 0 else 1.0)
    name = main.set_title(variation.nuisance, size=10, loc="left", pad=4)
    name.set_parse_math(False)
    changes = [(variation.up, UP, 0.92), (variation.down, DOWN, 0.78)]
    for varied, color, place in changes:
        if varied is not None:
            change = yield_change(varied, variation.nominal)
            text = main.text(0.96, place, change, transform=main.transAxes, ha="right", va="top")
            text.set(size=9, color=color)


def _tick(value: float) -> str:
    if abs(value) >= 1e5 or 0 < abs(value) < 0.01:
        return f"{value:.0e}".replace("e+0", "e")
    return rounding.count(value) if value == int(value) else f"{value:g}"


def _ratio_span(variations: Sequence[TemplateVariation]) -> float:
    """One range for all panels, so that their sizes can be compared at a glance."""
    largest = 0.01
    for one in variations:
        for varied in (one.up, one.down):
            if varied is not None:
                filled = one.nominal > 0
                change = np.abs(varied[filled] / one.nominal[filled] - 1)
                # Nearly empty bins would set the scale for everyone.
                weighty = one.nominal[filled] > 0.01 * np.max(one.nominal, initial=0.0)
                largest = max(largest, float(np.max(change[weighty], initial=0.0)))
    return min(1.15 * largest, 1.0)


def _write_heading(figure: Figure, title: str, stamp: Stamp) -> None:
    width, height = figure.get_size_inches()
    level = 1 - 0.3 / height
    figure.text(_LEFT / width, level, stamp.left, weight="bold", size=13)
    named = write(figure.text((_LEFT + 0.95) / width, level, title, size=11))
    write(figure.text(1 - _RIGHT / width, level, stamp.right, size=11, ha="right"))
    figure.legend(
        [Line2D([], [], **line) for line in _LINES.values()],
        list(_LINES),
        loc="lower left",
        bbox_to_anchor=(_LEFT / width, 0.06 / height),
        borderaxespad=0,
        borderpad=0,
        ncols=3,
        fontsize=10,
    )
    if stamp.warning and figure.axes:
        written = figure.axes[0].annotate(
            stamp.warning,
            (1, 0),
            (12, 0),
            xycoords=named,
            textcoords="offset points",
            va="bottom",
            weight="bold",
            size=10.5,
            color=WARNING,
        )
        write(written)
