"""Histograms of two quantities: colors with their bar, and numbers where there is room."""

from __future__ import annotations

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from hepline.show.labels import drawn_label
from hepline.show.layers import MOST_LETTERS
from hepline.show.legends import power
from hepline.show.plot_content import PlaneContent
from hepline.show.rounding import rounded_pair
from hepline.show.stamps import Stamp, stamp_axes
from hepline.show.style import INK, house_style, renderer_of, squeeze, ticks_inside, write

__all__ = ["draw_plane"]

_SIZE = (7.0, 5.6)
_BOX, _BAR = (0.125, 0.125, 0.69, 0.77), (0.835, 0.125, 0.03, 0.77)
# Even to the eye and to those who cannot tell red from green (van der Walt and Smith, 2015).
_COLORS = "viridis"
_WRITTEN = 80  # bins: with more, numbers would be smaller than 6 points


@house_style()
def draw_plane(content: PlaneContent, *, stamp: Stamp | None = None) -> Figure:
    """Draw a histogram of two quantities.

    Parameters
    ----------
    content : PlaneContent
        Bins of zero are left white, since a color would claim that there is something.
    stamp : Stamp, optional

    Returns
    -------
    Figure
        Axes 0 has the bins, axes 1 the color bar. Where there are few bins, their contents are
        written into them.
    """
    figure = Figure(figsize=_SIZE)
    ax, bar = figure.add_axes(_BOX), figure.add_axes(_BAR)
    values = content.values.T
    shown = np.ma.masked_where(~np.isfinite(values) | (values == 0), values)
    if content.log:
        shown = np.ma.masked_where(~(values > 0), shown)
    norm = _norm(shown, log=content.log)
    colors = colormaps[_COLORS]
    mesh = ax.pcolormesh(
        content.x_edges,
        content.y_edges,
        shown,
        cmap=colors,
        norm=norm,
        rasterized=values.size > 400,
    )
    figure.colorbar(mesh, cax=bar)
    if values.size <= _WRITTEN:
        _write_values(ax, content, norm, colors)
    _dress(ax, bar, content)
    _write_heading(figure, ax, content)
    stamp_axes(ax, (stamp or Stamp()).under(content.conditions))
    return figure


def _norm(shown: np.ma.MaskedArray, *, log: bool) -> Normalize:
    filled = shown.compressed()
    if not len(filled):
        return Normalize(0, 1)
    low, high = float(filled.min()), float(filled.max())
    if log and high > low:
        return LogNorm(low, high)
    return Normalize(min(low, 0.0), max(high, 0.0))


def _write_values(ax: Axes, content: PlaneContent, norm: Normalize, colors: Colormap) -> None:
    size = max(6.0, min(10.0, 62.0 / max(content.values.shape)))
    xs, ys = ((edges[1:] + edges[:-1]) / 2 for edges in (content.x_edges, content.y_edges))
    for (column, row), value in np.ndenumerate(content.values):
        if not np.isfinite(value) or value == 0:
            continue
        if content.errors is not None and content.errors[column, row] > 0:
            number, error = rounded_pair(float(value), float(content.errors[column, row]))
            text = f"{number}\n±{error}"
        else:
            text = f"{value:.3g}".replace("-", "−")
        red, green, blue, _ = colors(float(norm(value)))
        dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
        ax.text(
            float(xs[column]),
            float(ys[row]),
            text,
            ha="center",
            va="center",
            size=size,
            color="white" if dark else INK,
        )


def _dress(ax: Axes, bar: Axes, content: PlaneContent) -> None:
    ticks_inside(ax)
    ax.set_xlim(content.x_edges[0], content.x_edges[-1])
    ax.set_ylim(content.y_edges[0], content.y_edges[-1])
    write(ax.set_xlabel(drawn_label(content.x_label, MOST_LETTERS), loc="right"))
    write(ax.set_ylabel(drawn_label(content.y_label, MOST_LETTERS), loc="top"))
    ax.set_title("", y=1.0)
    bar.tick_params(labelsize=10)
    write(bar.set_ylabel(content.z_label, loc="top"))
    if content.log:
        bar.yaxis.set_major_formatter(FuncFormatter(lambda value, _: power(value)))
        bar.yaxis.set_minor_formatter(NullFormatter())


def _write_heading(figure: Figure, ax: Axes, content: PlaneContent) -> None:
    """Name region and sample above the stamp: inside, bins would lie under the words."""
    names = [name for name in (content.region, content.sample) if name]
    text = figure.text(_BOX[0], 0.955, ", ".join(drawn_label(name, MOST_LETTERS) for name in names))
    write(text).set(fontsize=11.5, va="bottom")
    squeeze(text, ax.get_window_extent().width, renderer_of(figure))
