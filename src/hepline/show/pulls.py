"""Nuisance parameters after the fit: pulls, and the per-bin factors of the statistical errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from hepline.show.labels import shortened
from hepline.show.stamps import Stamp, stamp_axes
from hepline.show.style import INK, MUTED, house_style, ticks_inside
from hepline.stats.results import FitResult, Parameter

__all__ = ["bin_factors", "draw_bin_factors", "draw_pulls", "pulled_parameters"]

_PER_BIN = ("staterror", "shapesys", "shapefactor")
_ONE_SIGMA, _TWO_SIGMA = "#9fd8a4", "#fbe89a"


def pulled_parameters(fit: FitResult) -> tuple[Parameter, ...]:
    """Constrained parameters that the fit moved and determined, without the per-bin factors."""
    return tuple(
        parameter
        for parameter in fit.parameters
        if parameter.kind not in _PER_BIN
        and parameter.prior_width
        and not parameter.fixed
        and parameter.determined
    )


def bin_factors(fit: FitResult) -> dict[str, tuple[Parameter, ...]]:
    """Per-bin factors grouped by the vector that they are elements of."""
    groups: dict[str, list[Parameter]] = {}
    for parameter in fit.parameters:
        if parameter.kind in _PER_BIN:
            groups.setdefault(parameter.name.partition("[")[0], []).append(parameter)
    return {name: tuple(members) for name, members in groups.items()}


@house_style()
def draw_pulls(
    fit: FitResult, *, truth: Mapping[str, float] | None = None, stamp: Stamp | None = None
) -> Figure:
    """Draw the pull of each constrained nuisance parameter with its post-fit over pre-fit width.

    Parameters
    ----------
    fit : FitResult
    truth : mapping of str to float, optional
        Values that pseudo-data were made with, drawn as open diamonds.
    stamp : Stamp, optional

    Returns
    -------
    Figure
        One row per parameter in the order of the fit, the first on top.
    """
    parameters = pulled_parameters(fit)
    rows = max(len(parameters), 1)
    height = 0.31 * rows + 1.15
    longest = max((len(_short_name(parameter)) for parameter in parameters), default=0)
    left = max(0.098 * longest + 0.2, 1.3)
    width = left + 4.4 + 1.45
    figure = Figure(figsize=(width, height))
    ax = figure.add_axes((left / width, 0.68 / height, 4.4 / width, 0.31 * rows / height))
    _draw_pull_points(ax, parameters)
    _draw_truth(ax, parameters, truth or {})
    _label_pulls(ax, parameters)
    stamp_axes(ax, stamp or Stamp())
    return figure


def _short_name(parameter: Parameter) -> str:
    return shortened(parameter.name, 44)


def _pulls(parameters: Sequence[Parameter]) -> tuple[np.ndarray, np.ndarray]:
    pulls = np.array([parameter.pull for parameter in parameters], dtype=float)
    widths = np.array([parameter.constraint for parameter in parameters], dtype=float)
    return pulls, widths


def _draw_pull_points(ax: Axes, parameters: Sequence[Parameter]) -> None:
    rows = np.arange(len(parameters))
    pulls, widths = _pulls(parameters)
    ax.axvspan(-2, 2, color=_TWO_SIGMA, linewidth=0, zorder=0)
    ax.axvspan(-1, 1, color=_ONE_SIGMA, linewidth=0, zorder=0)
    ax.axvline(0, color=INK, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    ax.errorbar(
        pulls, rows, xerr=widths, fmt="o", color=INK, markersize=5, elinewidth=1.4, zorder=3
    )
    reach = float(np.nanmax(np.abs(pulls) + widths, initial=2.0))
    ax.set_xlim(-max(2.5, 1.1 * reach), max(2.5, 1.1 * reach))
    ax.set_ylim(max(len(parameters), 1) - 0.5, -0.5)


def _draw_truth(ax: Axes, parameters: Sequence[Parameter], truth: Mapping[str, float]) -> None:
    places = [
        (parameter.deviation(truth[parameter.name]), row)
        for row, parameter in enumerate(parameters)
        if parameter.name in truth
    ]
    if not places:
        return
    ax.plot(
        *zip(*places, strict=True),
        "D",
        markersize=9,
        markerfacecolor="none",
        markeredgecolor="#7a21dd",
        markeredgewidth=1.6,
        zorder=4,
    )
    # Beside the axis label, where it can cover no point.
    ax.annotate(
        "◇ truth",
        (0, 0),
        (0, -22),
        xycoords="axes fraction",
        textcoords="offset points",
        va="top",
        color="#7a21dd",
        size=10.5,
    )


def _label_pulls(ax: Axes, parameters: Sequence[Parameter]) -> None:
    ticks_inside(ax, minor=False)
    ax.tick_params(axis="y", length=0)
    ax.set_yticks(
        range(len(parameters)), [_short_name(parameter) for parameter in parameters], size=10.5
    )
    for label in ax.get_yticklabels():
        # Parameter names are identifiers: never mathtext.
        label.set_parse_math(False)
    ax.set_xlabel("(θ̂ − θ₀) / Δθ", loc="right")
    for row, (pull, width) in enumerate(zip(*_pulls(parameters), strict=True)):
        ax.annotate(
            _two_decimals(pull, width),
            (1, row),
            (8, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center",
            size=10,
            color=MUTED,
        )


def _two_decimals(pull: float, width: float) -> str:
    return f"{pull + 0.0:.2f} ± {width:.2f}".replace("-", "−")


@house_style()
def draw_bin_factors(fit: FitResult, *, stamp: Stamp | None = None) -> Figure:
    """Draw the factor of each bin with its error, one panel per vector, priors as bands.

    Parameters
    ----------
    fit : FitResult
    stamp : Stamp, optional

    Returns
    -------
    Figure
        Panels side by side, two in a row, with a common vertical range.
    """
    groups = bin_factors(fit)
    columns = min(len(groups), 2) or 1
    rows = -(-len(groups) // columns) or 1
    width, height = 1.1 + 4.3 * columns, 2.15 * rows + 0.75
    figure = Figure(figsize=(width, height))
    panels = figure.subplots(rows, columns, sharey=True, squeeze=False)
    figure.subplots_adjust(
        left=0.9 / width,
        right=1 - 0.15 / width,
        bottom=0.55 / height,
        top=1 - 0.45 / height,
        wspace=0.06,
        hspace=0.45,
    )
    reach = max((_reach(members) for members in groups.values()), default=0.1)
    for ax, (name, members) in zip(panels.flat, groups.items(), strict=False):
        _draw_factors(ax, name, members, reach)
    for ax in panels.flat[len(groups) :]:
        ax.set_visible(False)
    for ax in panels[:, 0]:
        ax.set_ylabel("Factor")
    stamp = stamp or Stamp()
    stamp_axes(panels[0, 0], Stamp(right="" if columns > 1 else stamp.right, warning=stamp.warning))
    if columns > 1:
        stamp_axes(panels[0, -1], Stamp(left="", right=stamp.right))
    return figure


def _reach(members: Sequence[Parameter]) -> float:
    furthest = [
        max(
            abs(member.value - 1) + (member.error if member.determined else 0.0),
            abs(_center(member) - 1) + (member.prior_width or 0.0),
        )
        for member in members
    ]
    return max(furthest, default=0.0)


def _center(factor: Parameter) -> float:
    return 1.0 if factor.center is None else factor.center


def _draw_factors(ax: Axes, name: str, members: Sequence[Parameter], reach: float) -> None:
    bins = np.arange(1, len(members) + 1)
    prior = np.array([member.prior_width or 0.0 for member in members])
    center = np.array([_center(member) for member in members])
    edges = np.arange(0.5, len(members) + 1)
    ax.stairs(
        center + prior,
        edges,
        baseline=center - prior,
        fill=True,
        color=_ONE_SIGMA,
        linewidth=0,
        zorder=0,
    )
    ax.axhline(1, color=INK, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    ax.errorbar(
        bins,
        [member.value for member in members],
        yerr=[member.error for member in members],
        fmt="o",
        color=INK,
        markersize=4,
        elinewidth=1.2,
        zorder=3,
    )
    ax.set_xlim(0.5, len(members) + 0.5)
    # A third more above holds the name of the vector.
    ax.set_ylim(1 - 1.15 * reach, 1 + 1.7 * reach)
    ticks_inside(ax, minor=False, size=10)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("Bin", loc="right", size=11)
    title = ax.text(0.03, 0.95, name, transform=ax.transAxes, va="top", size=10.5)
    title.set_parse_math(False)
