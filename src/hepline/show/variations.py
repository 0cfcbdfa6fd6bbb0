"""Systematic variations of the templates: up and down against nominal, small multiples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle, StepPatch
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Affine2D

from hepline.arrays import Floats
from hepline.show.content import RegionInfo, TemplateVariation
from hepline.show.labels import drawn_label, shortened
from hepline.show.stamps import Stamp
from hepline.show.style import DOWN, INK, UP, WARNING, house_style, renderer_of, write

__all__ = ["draw_variations", "yield_change"]


_PANEL = (2.55, 2.3)  # inches
_BESIDE, _GAP = 0.68, 0.42
_LEFT, _RIGHT, _TOP, _BOTTOM = 0.75, 0.15, 0.75, 0.85
_DIVIDE = 0.42  # of a panel's height: the ratio below, the spectra above

_LINES: dict[str, dict[str, Any]] = {
    "nominal": {"edgecolor": INK, "linewidth": 1.1},
    "+1σ": {"edgecolor": UP, "linewidth": 1.2},
    "−1σ": {"edgecolor": DOWN, "linewidth": 1.2, "linestyle": (0, (3, 1.2))},
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
        Axes i shows variation i: events per bin above the dividing line, without a scale, and
        below it the ratio to nominal, which the vertical axis belongs to.

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
        _draw_panel(figure.add_axes(box), variation, region, span, last)
    _write_heading(figure, title, (stamp or Stamp()).under(region.conditions))
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
    ax: Axes, variation: TemplateVariation, region: RegionInfo, span: float, last: bool
) -> None:
    """Spectra above, ratio below, in one axes: two of them would take twice the time."""
    edges = region.edges_of(len(variation.nominal))
    present = [
        template
        for template in (variation.nominal, variation.up, variation.down)
        if template is not None
    ]
    highest = max(float(np.max(template, initial=0.0)) for template in present) or 1.0
    above = Affine2D().scale(1, (0.97 - _DIVIDE) / (1.3 * highest)).translate(0, _DIVIDE)
    spectrum = above + ax.get_xaxis_transform()
    ratio_zone = Rectangle((0, 0), 1, _DIVIDE, transform=ax.transAxes)
    drawn = {"nominal": variation.nominal, "−1σ": variation.down, "+1σ": variation.up}
    for name, values in drawn.items():
        if values is None:
            continue
        # As artists, not patches: the limits are known, and finding them costs time.
        style = {"fill": False, "baseline": None, **_LINES[name]}
        ax.add_artist(StepPatch(values, edges, transform=spectrum, **style))
        if name != "nominal":
            relative = values / np.where(variation.nominal != 0, variation.nominal, np.nan)
            line = ax.add_artist(StepPatch(relative, edges, **style))
            line.set_clip_path(ratio_zone)
    ax.axhline(1, color=INK, linewidth=0.7, zorder=0)
    ax.plot([0, 1], [_DIVIDE, _DIVIDE], color=INK, linewidth=0.8, transform=ax.transAxes)
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(1 - span, 1 - span + 2 * span / _DIVIDE)
    _dress(ax, variation, span)
    ax.tick_params(labelbottom=last)
    if last:
        write(ax.set_xlabel(drawn_label(region.axis_label, 40), ha="right", va="top", size=9.5))


def _dress(ax: Axes, variation: TemplateVariation, span: float) -> None:
    ax.tick_params(direction="in", labelsize=8.5, length=3.5)
    ax.xaxis.set_major_locator(MaxNLocator(4, prune="both"))
    step = float(f"{0.6 * span:.1g}")
    ax.set_yticks([1 - step, 1, 1 + step])
    # Fixed places: to look for free ones would take half of the drawing time.
    ax.xaxis.set_label_coords(1.0, -0.11)
    ax.yaxis.set_label_coords(-0.2, 0.5)
    name = ax.set_title(shortened(variation.nuisance, 32), size=10, loc="left", pad=4, y=1.0)
    name.set_parse_math(False)
    for varied, color, place in ((variation.up, UP, 0.95), (variation.down, DOWN, 0.86)):
        if varied is not None:
            change = yield_change(varied, variation.nominal)
            text = ax.text(0.96, place, change, transform=ax.transAxes, ha="right", va="top")
            text.set(size=9, color=color)


def _ratio_span(variations: Sequence[TemplateVariation]) -> float:
    """One range for all panels, so that their sizes can be compared at a glance."""
    largest = 0.01
    for variation in variations:
        for varied in (variation.up, variation.down):
            if varied is not None:
                filled = variation.nominal > 0
                change = np.abs(varied[filled] / variation.nominal[filled] - 1)
                # Nearly empty bins would set the scale for everyone.
                weighty = variation.nominal[filled] > 0.01 * np.max(variation.nominal, initial=0.0)
                largest = max(largest, float(np.max(change[weighty], initial=0.0)))
    return min(1.15 * largest, 1.0)


def _write_heading(figure: Figure, title: str, stamp: Stamp) -> None:
    width, height = figure.get_size_inches()
    level = 1 - 0.3 / height
    maker = figure.text(_LEFT / width, level, stamp.left, weight="bold", size=13)
    named = write(
        figure.text((_LEFT + _extent(maker, figure) + 0.16) / width, level, title, size=11)
    )
    write(figure.text(1 - _RIGHT / width, level, stamp.right, size=11, ha="right"))
    figure.legend(
        [_sample_line(**line) for line in _LINES.values()],
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


def _extent(text: Text, figure: Figure) -> float:
    """Width of a text in inches."""
    return float(write(text).get_window_extent(renderer_of(figure)).width / figure.dpi)


def _sample_line(*, edgecolor: str, linewidth: float, linestyle: Any = "-") -> Line2D:
    return Line2D([], [], color=edgecolor, linewidth=linewidth, linestyle=linestyle)
