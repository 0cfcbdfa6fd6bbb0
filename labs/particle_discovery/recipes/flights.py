"""How far particles fly, against the parts of a detector."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from hepline.errors import AnalysisError
from hepline.show.stamps import Stamp, stamp_axes
from hepline.show.style import INK, MUTED, PETROFF6, house_style, ticks_inside
from hepline.spectra.particles import Flight
from hepline.spectra.tables import RADII

__all__ = ["draw_flights"]

_WIDTH, _ROW = 8.2, 0.29
_MARGINS, _BELOW = 1.4, 0.85  # inches above and below the rows, and below them


@house_style()
def draw_flights(
    flights: Sequence[Flight],
    *,
    detector: Mapping[str, float] = RADII,
    stamp: Stamp | None = None,
) -> Figure:
    """Draw the mean flight distance of each particle at each energy, or each momentum.

    Parameters
    ----------
    flights : sequence of Flight
        As of `flight_table`; what is stable, and energies below the mass, have no point.
    detector : mapping of str to float
        Outer radius of each part, cm; drawn as lines.
    stamp : Stamp, optional

    Returns
    -------
    Figure

    Raises
    ------
    AnalysisError
        If no particle has a point.
    """
    seen = [one for one in flights if math.isfinite(one.length) and one.length > 0]
    if not seen:
        raise AnalysisError(
            "no flight can be drawn.",
            why="each of these particles is stable, at rest, or has less energy than mass.",
            fix="choose others, or larger energies.",
        )
    names = list(dict.fromkeys(one.particle.name for one in flights))
    labels = {one.particle.name: f"${one.particle.latex}$" for one in flights}
    motions = list(dict.fromkeys(map(_motion, flights)))
    height = _ROW * len(names) + _MARGINS
    figure = Figure(figsize=(_WIDTH, height))
    ax = figure.add_axes((0.11, _BELOW / height, 0.865, 1 - _MARGINS / height))
    for place, motion in enumerate(motions):
        here = [one for one in seen if _motion(one) == motion]
        rows = [names.index(one.particle.name) for one in here]
        lengths = [one.length for one in here]
        color = PETROFF6[place % len(PETROFF6)]
        ax.plot(lengths, rows, "o", color=color, markersize=6.5, label=motion, zorder=4)
    ax.set_xscale("log")
    reach = [*(one.length for one in seen), *detector.values()]
    ax.set_xlim(min(reach) / 10, max(reach) * 10)
    for radius in detector.values():
        ax.axvline(radius, color=MUTED, linewidth=0.9, linestyle="--", zorder=1)
    radii = f"dashed, from the left: outer radii of {', '.join(detector)}" if detector else ""
    figure.text(0.975, 0.12 / height, radii, ha="right", size=9, color=MUTED)
    ax.set_yticks(range(len(names)), [labels[name] for name in names])
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.hlines(range(len(names)), *ax.get_xlim(), color="#e6e7ec", linewidth=0.6, zorder=0)
    ax.set_xlabel("mean flight distance (p/m) cτ [cm]", loc="right", color=INK)
    ticks_inside(ax, minor=False)
    ax.tick_params(axis="y", which="major", length=0)
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1.0), ncols=len(motions), fontsize=10)
    stamp_axes(ax, stamp or Stamp())
    return figure


def _motion(flight: Flight) -> str:
    """What was asked for: at one momentum, energies differ from particle to particle."""
    if flight.by_momentum:
        return f"p = {flight.momentum:.4g} GeV"
    return f"E = {flight.energy:.4g} GeV"
