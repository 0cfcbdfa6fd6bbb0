"""A peak, the polynomial through its sidebands, and what is left without it."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hepline.show.labels import unit_of
from hepline.show.rounding import measured
from hepline.show.stamps import Stamp, stamp_axes
from hepline.show.style import INK, PETROFF6, house_style, ticks_inside, write
from hepline.spectra.sidebands import SidebandSubtraction

__all__ = ["draw_sidebands"]

_SIZE = (6.4, 6.8)
_LEFT, _WIDTH = 0.145, 0.825
_HEADROOM = 1.55  # numbers stand above the peak
_CURVE, _PEAK, _LEFT_OUT = PETROFF6[5], PETROFF6[2], "#fff0c2"


@house_style()
def draw_sidebands(
    result: SidebandSubtraction, *, axis_label: str = "m [GeV]", stamp: Stamp | None = None
) -> Figure:
    """Draw counts with the background, and below the difference with its Gaussian.

    Parameters
    ----------
    result : SidebandSubtraction
    axis_label : str
    stamp : Stamp, optional

    Returns
    -------
    Figure
        Axes 0 shows counts with Poisson intervals (empty bins have one, too), axes 1 the
        difference with both uncertainties. What was left out of the fit is shaded.
    """
    figure = Figure(figsize=_SIZE)
    counted = figure.add_axes((_LEFT, 0.52, _WIDTH, 0.425))
    left = figure.add_axes((_LEFT, 0.085, _WIDTH, 0.425))
    centers = 0.5 * (result.edges[1:] + result.edges[:-1])
    _draw_counts(counted, result, centers)
    _draw_rest(left, result, centers)
    inside = np.flatnonzero(result.in_peak)
    for ax in (counted, left):
        ax.set_xlim(result.edges[0], result.edges[-1])
        region = result.edges[inside[0]], result.edges[inside[-1] + 1]
        ax.axvspan(*region, color=_LEFT_OUT, zorder=0, linewidth=0)
        ticks_inside(ax)
        ax.yaxis.set_label_coords(-0.115, 1.0)
    counted.tick_params(labelbottom=False)
    width = f"{result.edges[1] - result.edges[0]:.3g} {unit_of(axis_label) or 'unit'}"
    counted.set_ylabel(f"Events / {width}", loc="top")
    left.set_ylabel("Without background", loc="top")
    write(left.set_xlabel(axis_label, loc="right"))
    stamp_axes(counted, stamp or Stamp())
    return figure


def _draw_counts(ax: Axes, result: SidebandSubtraction, centers: np.ndarray) -> None:
    low, high = result.intervals
    bars = result.counts - low, high - result.counts
    ax.errorbar(centers, result.counts, yerr=bars, fmt="o", color=INK, ms=3, lw=0.9, label="Data")
    ax.plot(centers, result.background, color=_CURVE, linewidth=1.8, label="Polynomial")
    band = result.background - result.background_error, result.background + result.background_error
    ax.fill_between(centers, *band, color=_CURVE, alpha=0.3, linewidth=0)
    ax.set_ylim(0, _HEADROOM * float(high.max()))
    ax.legend(loc="upper right", fontsize=10)
    signal, under = result.signal_events, result.background_events
    said = [
        f"S = {measured(signal.value, signal.error)}",
        f"B = {measured(under.value, under.error)}",
        f"S/√B = {measured(result.significance.value, result.significance.error)}",
        f"sidebands: χ²/ndf = {result.chi2:.1f}/{result.degrees_of_freedom}",
    ]
    ax.text(0.035, 0.95, "\n".join(said), transform=ax.transAxes, va="top", size=10.5)


def _draw_rest(ax: Axes, result: SidebandSubtraction, centers: np.ndarray) -> None:
    rest, bell = result.subtracted, result.gaussian
    ax.errorbar(
        centers, rest, yerr=result.subtracted_error, fmt="o", color=INK, ms=3, lw=0.9, label="Data"
    )
    ax.plot(centers, bell.expected, color=_PEAK, linewidth=1.8, label="Gaussian")
    ax.axhline(0, color=INK, linewidth=0.8)
    said = [
        f"m = {measured(bell.mean.value, bell.mean.error)} GeV",
        f"σ = {measured(bell.width.value, bell.width.error)} GeV",
        f"χ²/ndf = {bell.chi2:.1f}/{bell.degrees_of_freedom}",
    ]
    ax.text(0.035, 0.95, "\n".join(said), transform=ax.transAxes, va="top", size=10.5)
    ax.legend(loc="upper right", fontsize=10)
    reach = rest + result.subtracted_error
    ax.set_ylim(
        min(-0.05 * float(reach.max()), 1.2 * float(rest.min())), _HEADROOM * float(reach.max())
    )
