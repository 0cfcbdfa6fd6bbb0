"""A Bayesian posterior: the marginal of a parameter, chains side by side, and pairs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from hepline.arrays import Floats
from hepline.show import rounding
from hepline.show.labels import shortened
from hepline.show.stamps import Stamp, stamp_axes
from hepline.show.style import MUTED, PETROFF10, house_style, ticks_inside
from hepline.stats.inference.posterior import Posterior

__all__ = ["draw_corner", "draw_marginal", "draw_traces"]


_SIZE, _BOX = (6.4, 5.0), (0.125, 0.135, 0.845, 0.785)
_BLUE, _FILLS = "#5790fc", ("#a9c8ff", "#dfe9ff")
_LEVELS = (0.6827, 0.95)
_LONGEST = 40
_MOST_POINTS = 500  # of a trace: more would be a wall of ink
_CELL, _MARGIN, _LEAST = 1.5, 0.85, 4.2  # inches


@house_style()
def draw_marginal(
    posterior: Posterior, parameter: str = "", *, stamp: Stamp | None = None
) -> Figure:
    """Draw the posterior density of one parameter with its narrowest 68 % and 95 % intervals.

    Parameters
    ----------
    posterior : Posterior
    parameter : str
        The parameter of interest by default.
    stamp : Stamp, optional

    Returns
    -------
    Figure
        Draws that have not converged say so in red.
    """
    name = parameter or posterior.poi
    draws = posterior.of(name)
    figure = Figure(figsize=_SIZE)
    ax = figure.add_axes(_BOX)
    counts, edges = np.histogram(draws, bins=_bins(len(draws)), density=True)
    lines = [f"mean {rounding.measured(float(draws.mean()), float(draws.std(ddof=1)))}"]
    for level, fill in reversed(tuple(zip(_LEVELS, _FILLS, strict=True))):
        low, high = posterior.interval(name, level)
        _fill_inside(ax, counts, edges, (low, high), fill)
        ends = (rounding.rounded_pair(end, (high - low) / 2)[0] for end in (low, high))
        lines.insert(1, f"narrowest {100 * level:.3g} %: {' to '.join(ends)}")
    ax.stairs(counts, edges, color=_BLUE, linewidth=1.5, zorder=3)
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(0, 1.4 * float(counts.max()))
    ticks_inside(ax)
    ax.set_xlabel(shortened(name, _LONGEST), loc="right").set_parse_math(False)
    ax.set_ylabel("Posterior density", loc="top")
    ax.text(0.035, 0.96, "\n".join(lines), transform=ax.transAxes, va="top", size=10.5)
    stamp_axes(ax, _judged(posterior, stamp))
    return figure


def _bins(draws: int) -> int:
    return min(max(int(draws**0.4), 12), 60)


def _fill_inside(
    ax: Axes, counts: Floats, edges: Floats, interval: tuple[float, float], fill: str
) -> None:
    """Fill the histogram between the ends of an interval, which may lie inside of bins."""
    inner = edges[(edges > interval[0]) & (edges < interval[1])]
    cut = np.concatenate(([interval[0]], inner, [interval[1]]))
    centers = (cut[1:] + cut[:-1]) / 2
    of_bin = np.clip(np.searchsorted(edges, centers) - 1, 0, len(counts) - 1)
    ax.stairs(counts[of_bin], cut, fill=True, color=fill, zorder=1)


def _judged(posterior: Posterior, stamp: Stamp | None) -> Stamp:
    """Say above the figure that the draws have not converged."""
    stamp = stamp or Stamp()
    if posterior.converged:
        return stamp
    warning = ", ".join(filter(None, (stamp.warning, "NOT CONVERGED")))
    return dataclasses.replace(stamp, warning=warning)


def _names_to_draw(posterior: Posterior, parameters: Sequence[str], most: int) -> tuple[str, ...]:
    """The requested parameters, or that of interest and those most correlated with it."""
    if parameters:
        return tuple(parameters)
    if posterior.poi not in posterior.parameters:
        return posterior.parameters[:most]
    covariance = posterior.covariance
    widths = np.sqrt(np.diag(covariance))
    poi = posterior.parameters.index(posterior.poi)
    # A parameter that never moved is correlated with nothing.
    scale = np.where(widths > 0, widths, np.inf)
    correlation = np.abs(covariance[poi]) / scale
    correlation[poi] = np.inf
    order = np.argsort(-correlation, kind="stable")[:most]
    return tuple(posterior.parameters[index] for index in order)


@house_style()
def draw_traces(
    posterior: Posterior,
    parameters: Sequence[str] = (),
    *,
    most: int = 4,
    stamp: Stamp | None = None,
) -> Figure:
    """Draw the chains of a few parameters: they should look alike, and like noise.

    Parameters
    ----------
    posterior : Posterior
    parameters : sequence of str
        By default the parameter of interest and those most correlated with it.
    most : int
        How many to draw by default.
    stamp : Stamp, optional

    Returns
    -------
    Figure
        One row for each parameter, one colour for each chain.
    """
    names = _names_to_draw(posterior, parameters, most)
    height = 1.35 * len(names) + 1.05
    figure = Figure(figsize=(7.2, height))
    panels = figure.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0]
    figure.subplots_adjust(
        left=0.12, right=0.975, bottom=0.62 / height, top=1 - 0.43 / height, hspace=0.1
    )
    step = -(-posterior.draws.shape[1] // _MOST_POINTS)
    at = np.arange(0, posterior.draws.shape[1], step)
    for ax, name in zip(panels, names, strict=True):
        column = posterior.parameters.index(name)
        for chain, draws in enumerate(posterior.draws[:, ::step, column]):
            color = PETROFF10[chain % len(PETROFF10)]
            ax.plot(at, draws, color=color, linewidth=0.6, alpha=0.8)
        ticks_inside(ax, minor=False, size=9.5)
        ax.yaxis.set_major_locator(MaxNLocator(4, prune="both"))
        ax.margins(x=0, y=0.28)
        quality = f"R̂ {posterior.r_hat[column]:.3f}, {posterior.ess_bulk[column]:.0f} eff. draws"
        title = ax.text(0.012, 0.95, shortened(name, _LONGEST), transform=ax.transAxes, va="top")
        title.set(size=10, parse_math=False)
        ax.text(
            0.988, 0.95, quality, transform=ax.transAxes, va="top", ha="right", size=9, color=MUTED
        )
    panels[-1].set_xlabel("Draw", loc="right", size=11)
    stamp_axes(panels[0], _judged(posterior, stamp))
    return figure


@house_style()
def draw_corner(
    posterior: Posterior,
    parameters: Sequence[str] = (),
    *,
    most: int = 4,
    stamp: Stamp | None = None,
) -> Figure:
    """Draw the joint posterior of each pair of a few parameters, and the marginal of each.

    Parameters
    ----------
    posterior : Posterior
    parameters, most, stamp
        See `draw_traces`.

    Returns
    -------
    Figure
        Axes are those of the lower triangle, row by row.
    """
    names = _names_to_draw(posterior, parameters, most)
    count = len(names)
    side = _CELL * count
    # The stamp needs its width even above a single cell.
    width, height = max(side, _LEAST) + _MARGIN + 0.2, side + _MARGIN + 0.4
    figure = Figure(figsize=(width, height))
    shape = (0.94 * _CELL / width, 0.94 * _CELL / height)
    for row, vertical in enumerate(names):
        for column, horizontal in enumerate(names[: row + 1]):
            left = (_MARGIN + column * _CELL) / width
            bottom = (_MARGIN + (count - 1 - row) * _CELL) / height
            ax = figure.add_axes((left, bottom, *shape))
            _draw_pair(ax, posterior, horizontal, vertical)
            _label_pair(ax, names, row, column)
    stamp = _judged(posterior, stamp)
    stamp_axes(figure.axes[0], dataclasses.replace(stamp, right=""), size=11)
    _stamp_right(figure.axes[0], stamp.right)
    return figure


def _draw_pair(ax: Axes, posterior: Posterior, horizontal: str, vertical: str) -> None:
    across = posterior.of(horizontal)
    if horizontal == vertical:
        counts, edges = np.histogram(across, bins=30)
        ax.stairs(counts, edges, fill=True, color=_FILLS[0], edgecolor=_BLUE)
        ax.set_ylim(0, 1.15 * float(counts.max()))
        ax.set_xlim(edges[0], edges[-1])
        return
    counts, x, y = np.histogram2d(across, posterior.of(vertical), bins=30)
    ax.pcolormesh(x, y, counts.T, cmap="Blues", rasterized=True)


def _label_pair(ax: Axes, names: Sequence[str], row: int, column: int) -> None:
    ax.tick_params(direction="in", top=True, right=True, labelsize=7.5, length=3)
    ax.xaxis.set_major_locator(MaxNLocator(3, prune="both"))
    ax.yaxis.set_major_locator(MaxNLocator(3, prune="both"))
    ax.tick_params(labelbottom=row == len(names) - 1, labelleft=column == 0 and row > 0)
    if row == column:
        ax.set_yticks([])
    if row == len(names) - 1:
        ax.set_xlabel(shortened(names[column], 20), size=8.5).set_parse_math(False)
        ax.xaxis.set_label_coords(0.5, -0.2)
    if column == 0 and row > 0:
        ax.set_ylabel(shortened(names[row], 20), size=8.5).set_parse_math(False)
        ax.yaxis.set_label_coords(-0.36, 0.5)


def _stamp_right(ax: Axes, text: str) -> None:
    """Write at the right end of the figure: the first cell does not reach there."""
    ax.annotate(
        text,
        (1, 1),
        (-12, 4),
        xycoords=("figure fraction", "axes fraction"),
        textcoords="offset points",
        ha="right",
        va="bottom",
        size=11,
    )
