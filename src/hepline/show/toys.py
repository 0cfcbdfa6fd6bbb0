"""Results of toy data: the goodness of fit among toys, and the pulls of a parameter."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hepline.arrays import Floats
from hepline.show import rounding
from hepline.show.labels import shortened
from hepline.show.stamps import Stamp, stamp_axes
from hepline.show.style import INK, PETROFF6, WARNING, house_style, ticks_inside
from hepline.stats.inference.results import ToyStudy
from hepline.stats.inference.toystudy import ToyGoodness
from hepline.stats.results import GoodnessOfFit

__all__ = ["draw_goodness", "draw_toy_pulls"]


_SIZE, _BOX = (6.4, 5.0), (0.125, 0.135, 0.845, 0.785)
_FILL = "#a9c8ff"
_LONGEST = 36
_PULL_EDGES = np.linspace(-4, 4, 33)
_HEADROOM = 1.45  # for the legend above the histogram


@house_style()
def draw_goodness(
    study: ToyStudy,
    *,
    goodness: ToyGoodness | None = None,
    asymptotic: GoodnessOfFit | None = None,
    stamp: Stamp | None = None,
) -> Figure:
    """Draw the goodness of fit of toys and data, with the asymptotic distribution.

    Parameters
    ----------
    study : ToyStudy
    goodness : ToyGoodness, optional
        Its p-value is stated beside the data.
    asymptotic : GoodnessOfFit, optional
        Its chi-square distribution is drawn, and its p-value stated.
    stamp : Stamp, optional

    Returns
    -------
    Figure
    """
    figure = Figure(figsize=_SIZE)
    ax = figure.add_axes(_BOX)
    statistics = np.append(study.statistics, study.observed)
    low, high = float(statistics.min()), float(statistics.max())
    margin = 0.05 * (high - low) or 1.0
    edges = np.linspace(max(low - margin, 0.0), high + margin, _bins(len(study.statistics)) + 1)
    highest = _draw_histogram(ax, study.statistics, edges)
    if asymptotic:
        curve = _draw_chi_square(ax, asymptotic, edges, len(study.statistics))
        highest = max(highest, curve)
    ax.vlines(study.observed, 0, 0.92 * highest, color=INK, linewidth=2.2, zorder=4)
    label = f"data: {study.observed:.1f}"
    if goodness:
        value, error = goodness.p_value, goodness.error
        label += f", p = {rounding.measured(value, error) if error > 0 else f'{value:.3g}'}"
    ax.plot([], [], color=INK, linewidth=2.2, label=label)
    ax.set_xlabel("−2 ln (L / L saturated)", loc="right")
    _finish(ax, edges, highest, stamp)
    return figure


def _draw_chi_square(ax: Axes, asymptotic: GoodnessOfFit, edges: Floats, toys: int) -> float:
    degrees = asymptotic.degrees_of_freedom
    # The density of one degree of freedom is infinite at zero.
    at = np.linspace(edges[0], edges[-1], 301)[1:]
    curve = toys * (edges[1] - edges[0]) * _chi_square(at, degrees)
    label = f"χ², {degrees} d.o.f., p = {asymptotic.p_value:.3g}"
    ax.plot(at, curve, color=PETROFF6[2], linewidth=1.6, label=label)
    return float(curve.max(initial=0.0))


def _bins(toys: int) -> int:
    """Choose as many bins as toys can fill: their root, from 10 to 50."""
    return min(max(math.isqrt(toys), 10), 50)


def _chi_square(at: Floats, degrees: int) -> Floats:
    half = degrees / 2
    logarithm = (half - 1) * np.log(at) - at / 2 - half * math.log(2) - math.lgamma(half)
    return np.asarray(np.exp(logarithm))


def _draw_histogram(ax: Axes, values: Floats, edges: Floats) -> float:
    counts, _ = np.histogram(values, edges)
    label = f"{len(values)} toys"
    ax.stairs(counts, edges, fill=True, color=_FILL, edgecolor=PETROFF6[0], label=label, zorder=1)
    return float(counts.max(initial=1))


def _finish(ax: Axes, edges: Floats, highest: float, stamp: Stamp | None) -> None:
    ticks_inside(ax)
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(0, _HEADROOM * highest)
    ax.set_ylabel("Toys", loc="top")
    ax.legend(
        loc="upper left",
        bbox_to_anchor=(0.025, 0.975),
        borderaxespad=0,
        borderpad=0,
        fontsize=10.5,
        handlelength=1.8,
        labelspacing=0.35,
    )
    stamp_axes(ax, stamp or Stamp())


@house_style()
def draw_toy_pulls(study: ToyStudy, parameter: str, *, stamp: Stamp | None = None) -> Figure:
    """Draw (fitted − true) / error of one parameter in toys, with the unit Gaussian.

    Parameters
    ----------
    study : ToyStudy
    parameter : str
    stamp : Stamp, optional

    Returns
    -------
    Figure
        Mean and width are stated with their statistical errors; toys beyond ±4 and toys without
        a fit are counted in words.

    Raises
    ------
    FitError
        If the study has no such parameter.
    """
    pulls = study.pulls(parameter)
    figure = Figure(figsize=_SIZE)
    ax = figure.add_axes(_BOX)
    highest = _draw_histogram(ax, pulls, _PULL_EDGES)
    at = np.linspace(-4, 4, 201)
    scale = len(pulls) * (_PULL_EDGES[1] - _PULL_EDGES[0]) / math.sqrt(2 * math.pi)
    gauss = scale * np.exp(-(at**2) / 2)
    ax.plot(at, gauss, color=PETROFF6[2], linewidth=1.6, label="Gaussian: mean 0, width 1")
    _write_moments(ax, pulls, study.failed + len(study.values) - len(pulls))
    name = shortened(parameter, _LONGEST)
    ax.set_xlabel(f"(fitted − true) / error of {name}", loc="right").set_parse_math(False)
    _finish(ax, _PULL_EDGES, max(highest, float(gauss.max(initial=0.0))), stamp)
    return figure


def _write_moments(ax: Axes, pulls: Floats, failed: int) -> None:
    lines = []
    if len(pulls) > 1:
        width = float(pulls.std(ddof=1))
        of_mean, of_width = width / math.sqrt(len(pulls)), width / math.sqrt(2 * (len(pulls) - 1))
        lines.append(f"mean {pulls.mean():.3f} ± {of_mean:.3f}")
        lines.append(f"width {width:.3f} ± {of_width:.3f}")
    beyond = int((np.abs(pulls) > _PULL_EDGES[-1]).sum())
    if beyond:
        lines.append(f"{beyond} beyond ±4")
    if failed:
        lines.append(f"{failed} without a pull")
    for row, line in enumerate(lines):
        ax.text(
            0.965,
            0.97 - 0.062 * row,
            line.replace("-", "−"),
            transform=ax.transAxes,
            ha="right",
            va="top",
            size=10.5,
            color=WARNING if line.endswith("a pull") else INK,
        )
