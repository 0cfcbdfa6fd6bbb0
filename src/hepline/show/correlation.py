"""Notable correlations of the fitted parameters."""

from __future__ import annotations

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hepline.show.labels import shortened
from hepline.show.stamps import Stamp, stamp_axes
from hepline.show.style import INK, house_style
from hepline.stats.results import FitResult

__all__ = ["draw_correlation", "notable_parameters"]

_CELL = 0.52  # inches
_COLORS = "RdBu_r"


def notable_parameters(
    fit: FitResult, *, threshold: float = 0.1, most: int = 16
) -> tuple[int, ...]:
    """Choose the parameters with a notable correlation.

    Parameters
    ----------
    fit : FitResult
    threshold : float
        Smallest absolute correlation with any other parameter.
    most : int
        How many to keep beside the parameter of interest: those with the largest correlation.

    Returns
    -------
    tuple of int
        Indices into ``fit.parameters``: the parameter of interest, then the fit's own order.
    """
    size = np.abs(fit.correlation)
    np.fill_diagonal(size, 0.0)
    largest = size.max(axis=1, initial=0.0)
    poi = [index for index, parameter in enumerate(fit.parameters) if parameter.name == fit.poi]
    free = [
        index
        for index, parameter in enumerate(fit.parameters)
        if not parameter.fixed and parameter.name != fit.poi and largest[index] >= threshold
    ]
    notable = sorted(sorted(free, key=lambda index: -largest[index])[:most])
    return (*poi, *notable)


@house_style()
def draw_correlation(
    fit: FitResult, *, threshold: float = 0.1, most: int = 16, stamp: Stamp | None = None
) -> Figure:
    """Correlation matrix of the notable parameters, with its values written in percent.

    Parameters
    ----------
    fit : FitResult
    threshold, most
        See `notable_parameters`.
    stamp : Stamp, optional

    Returns
    -------
    Figure
    """
    indices = list(notable_parameters(fit, threshold=threshold, most=most))
    names = [shortened(fit.parameters[index].name, 44) for index in indices]
    matrix = fit.correlation[np.ix_(indices, indices)]
    side = max(_CELL * len(indices), 4.1)  # the stamp needs its width
    margin = max(0.094 * max((len(name) for name in names), default=0) + 0.2, 0.9)
    below = 0.58 * margin + 0.1  # names stand at an angle of 38 degrees
    width, height = margin + side + 1.1, side + below + 0.4
    figure = Figure(figsize=(width, height))
    ax = figure.add_axes((margin / width, below / height, side / width, side / height))
    image = ax.imshow(matrix, cmap=_COLORS, vmin=-1, vmax=1, interpolation="nearest")
    bar = figure.add_axes(
        ((margin + side + 0.15) / width, below / height, 0.16 / width, side / height)
    )
    figure.colorbar(image, cax=bar, ticks=[-1, -0.5, 0, 0.5, 1])
    bar.tick_params(labelsize=10)
    bar.set_ylabel("Correlation", size=10.5, labelpad=2)
    _write_values(ax, matrix)
    _write_names(ax, names)
    stamp_axes(ax, stamp or Stamp(), size=11)
    return figure


def _write_values(ax: Axes, matrix: np.ndarray) -> None:
    for (row, column), value in np.ndenumerate(matrix):
        percent = round(100 * float(value))
        if percent == 0:
            continue
        red, green, blue, _ = colormaps[_COLORS]((value + 1) / 2)
        dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
        ax.text(
            column,
            row,
            f"{percent}".replace("-", "−"),
            ha="center",
            va="center",
            size=9.5,
            color="white" if dark else INK,
        )


def _write_names(ax: Axes, names: list[str]) -> None:
    places = range(len(names))
    ax.set_xticks(places, names, rotation=38, ha="right", rotation_mode="anchor", size=10)
    ax.set_yticks(places, names, size=10)
    for label in (*ax.get_xticklabels(), *ax.get_yticklabels()):
        label.set_parse_math(False)
    ax.tick_params(length=0, pad=5)
