"""One fit of peaks: counts, the model with its background, and the pulls below."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure

from hepline.show import rounding
from hepline.show.labels import unit_of
from hepline.show.peaks_content import FitView
from hepline.show.peaks_names import peak_name, peak_width
from hepline.show.stamps import Stamp, stamp_axes
from hepline.show.style import INK, PETROFF6, house_style, renderer_of, ticks_inside, write
from hepline.spectra.results import Peak, PeakFit

__all__ = ["draw_peak_fit"]


_SIZE = (6.4, 6.2)
_LEFT, _WIDTH = 0.145, 0.825
_MOST_SHOWN = 5.0  # pulls beyond are arrows
_FEW = 80  # bins from which on points are small
_SIGNAL, _MODEL, _BACKGROUND = PETROFF6[0], PETROFF6[2], PETROFF6[5]


@house_style()
def draw_peak_fit(view: FitView, *, axis_label: str, stamp: Stamp | None = None) -> Figure:
    """Draw counts with their Poisson intervals, the fitted model, and pulls.

    Parameters
    ----------
    view : FitView
    axis_label : str
    stamp : Stamp, optional

    Returns
    -------
    Figure
        Axes 0 shows events per bin, axes 1 (counted − expected)/√expected.
    """
    figure = Figure(figsize=_SIZE)
    main = figure.add_axes((_LEFT, 0.315, _WIDTH, 0.62))
    pulls = figure.add_axes((_LEFT, 0.095, _WIDTH, 0.205))
    _draw_model(main, view)
    _draw_counts(main, view)
    edges = view.fit.edges
    for ax in (main, pulls):
        ax.set_xlim(edges[0], edges[-1])
        ticks_inside(ax)
    main.tick_params(labelbottom=False)
    unit = unit_of(axis_label) or "unit"
    main.set_ylabel(f"Events / {edges[1] - edges[0]:.3g} {unit}", loc="top")
    _draw_pulls(pulls, view.fit)
    write(pulls.set_xlabel(axis_label, loc="right"))
    for ax in (main, pulls):
        ax.yaxis.set_label_coords(-0.115, 1.0 if ax is main else 0.5)
    _describe(main, view)
    stamp_axes(main, stamp or Stamp())
    return figure


def _draw_model(ax: Axes, view: FitView) -> None:
    ax.fill_between(
        view.x, view.background, view.curve, color=_SIGNAL, alpha=0.35, linewidth=0, label="Signal"
    )
    ax.plot(
        view.x, view.background, color=_BACKGROUND, linestyle="--", linewidth=1.6,
        label="Background",
    )  # fmt: skip
    ax.plot(view.x, view.curve, color=_MODEL, linewidth=1.8, label="Fit")


def _draw_counts(ax: Axes, view: FitView) -> None:
    fit = view.fit
    centers = (fit.edges[1:] + fit.edges[:-1]) / 2
    many = len(centers) > _FEW
    low, high = view.interval
    ax.errorbar(
        centers,
        fit.counts,
        yerr=(np.maximum(fit.counts - low, 0), np.maximum(high - fit.counts, 0)),
        fmt="o",
        color=INK,
        markersize=2.6 if many else 3.8,
        elinewidth=0.8 if many else 1.0,
        zorder=5,
        label="Data",
    )


def _draw_pulls(ax: Axes, fit: PeakFit) -> None:
    residual = (fit.counts - fit.expected) / np.sqrt(np.maximum(fit.expected, 1e-9))
    shown = np.clip(residual, -_MOST_SHOWN, _MOST_SHOWN)
    widths = np.diff(fit.edges)
    for reach, color in ((2, "#eeeeF2"), (1, "#dcdde4")):
        ax.axhspan(-reach, reach, color=color, zorder=0, linewidth=0)
    ax.bar(fit.edges[:-1], shown, widths, align="edge", color=_SIGNAL, zorder=2)
    ax.axhline(0, color=INK, linewidth=0.8, zorder=3)
    top = max(3.2, 1.1 * float(np.abs(shown).max()))
    ax.set_ylim(-top, top)
    ax.set_yticks([-2, 0, 2])
    ax.set_ylabel("Pull")


def _describe(ax: Axes, view: FitView) -> None:
    """Put the numbers where the peaks are not, and the legend on the other side."""
    fit = view.fit
    lines = [line for peak in fit.peaks for line in _lines(peak, alone=len(fit.peaks) == 1)]
    lines.append(f"χ²/ndf = {fit.chi2:.1f}/{fit.degrees_of_freedom}")
    text = ax.text(
        0.035, 0.965, "\n".join(lines), transform=ax.transAxes, va="top", size=10.5,
        linespacing=1.45, zorder=7,
    )  # fmt: skip
    handles, labels = ax.get_legend_handles_labels()
    order = [labels.index("Data"), *(place for place, one in enumerate(labels) if one != "Data")]
    alone = len(fit.peaks) == 1
    box = text.get_window_extent(_renderer(ax))
    below = ax.transAxes.inverted().transform((box.x0, box.y0 - 4))
    # Several lines of numbers take the whole width: the legend goes below them, in one row.
    legend = ax.legend(
        [handles[place] for place in order],
        [labels[place] for place in order],
        loc="upper right" if alone else "upper left",
        bbox_to_anchor=(0.985, 0.975) if alone else (0.02, float(below[1])),
        borderaxespad=0,
        ncols=1 if alone else 4,
        fontsize=10,
        handlelength=1.6,
        labelspacing=0.35,
    )
    _make_room(ax, view, (text, legend))


def _renderer(ax: Axes) -> RendererBase:
    figure = ax.figure
    while not isinstance(figure, Figure):
        figure = figure.figure
    return renderer_of(figure)


def _lines(peak: Peak, *, alone: bool) -> list[str]:
    mass = rounding.measured(peak.mass, peak.mass_error)
    events = rounding.measured(peak.events, peak.events_error)
    if not alone:
        return [f"{peak_name(peak)}: m = {mass} GeV, N = {events}"]
    lines = [peak_name(peak), f"m = {mass} GeV", peak_width(peak)]
    if peak.width_kind == "natural":
        lines.append(f"resolution σ = {peak.resolution:.3g} GeV")
    return [*lines, f"N = {events}"]


def _make_room(ax: Axes, view: FitView, over: tuple[Artist, ...]) -> None:
    """Set the range so that data and curve stay below what is written above them."""
    fit = view.fit
    renderer = _renderer(ax)
    frame = ax.get_window_extent()
    centers = (fit.edges[1:] + fit.edges[:-1]) / 2
    places = (centers - fit.edges[0]) / (fit.edges[-1] - fit.edges[0])
    heights = np.maximum(view.interval[1], np.interp(centers, view.x, view.curve))
    top = 1.08 * float(heights.max())
    for piece in over:
        box = piece.get_window_extent(renderer)
        left, right = ((edge - frame.x0) / frame.width for edge in (box.x0, box.x1))
        bottom = (box.y0 - frame.y0) / frame.height - 0.03
        under = heights[(places > left - 0.02) & (places < right + 0.02)]
        if len(under) and bottom > 0:
            top = max(top, float(under.max()) / bottom)
    ax.set_ylim(0, top)
