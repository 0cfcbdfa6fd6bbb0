"""Every pair of some columns: points below the diagonal, histograms on it, correlations above."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hepline.errors import MissingPackage
from hepline.show.style import INK, MUTED, PETROFF10, house_style
from hepline.survey.pairing import PairContent

__all__ = ["draw_pairs"]

_INCHES = 1.9
_SMALL, _LARGE = 9.0, 17.0  # type of a coefficient of zero, and of one
_DENSE = 1500  # points from which on they are transparent


def draw_pairs(content: PairContent) -> Figure:
    """Draw a grid of all pairs of columns.

    Parameters
    ----------
    content : PairContent

    Raises
    ------
    MissingPackage
        If seaborn is not installed.
    """
    seaborn = _seaborn()
    import pandas  # seaborn brings it along

    names = list(content.columns)
    table = pandas.DataFrame(dict(content.columns))
    hue, palette, kinds = None, None, None
    if content.hue:
        hue = content.hue if content.hue not in names else f"{content.hue} "
        table[hue] = content.classes
        kinds = sorted(set(content.classes.tolist()))
        palette = dict(zip(kinds, PETROFF10, strict=False))
    # With many columns, panels become smaller, and the figure stays readable on a page.
    size = max(_INCHES, 7.0 / len(names)) if len(names) < 8 else 14.0 / len(names)
    opacity = float(np.clip(_DENSE / max(content.sampled, 1), 0.15, 0.8))
    with house_style():
        grid = seaborn.PairGrid(
            table, vars=names, hue=hue, hue_order=kinds, palette=palette, height=size, aspect=1.1,
            diag_sharey=False,
        )  # fmt: skip
        grid.map_lower(
            seaborn.scatterplot, s=7, alpha=opacity, linewidth=0, rasterized=True,
            **({} if hue else {"color": PETROFF10[0]}),
        )  # fmt: skip
        grid.map_diag(
            seaborn.histplot, element="step", bins=40, stat="density", common_norm=False,
            **({} if hue else {"color": PETROFF10[0]}),
        )  # fmt: skip
        _write_coefficients(grid.axes, content)
        # The scale of the first row is that of its histogram, which has none.
        grid.axes[0, 0].set_yticks([])
        if hue:
            grid.add_legend(title=content.hue, markerscale=3)
            for handle in grid.legend.legend_handles:
                handle.set_alpha(1.0)
    figure: Figure = grid.figure
    return figure


def _seaborn() -> Any:
    try:
        import seaborn
    except ImportError:
        raise MissingPackage(
            "pairs of columns cannot be drawn.",
            why="seaborn is not installed, and nothing else in hepline needs it.",
            fix="pip install 'hepline[explore]'",
        ) from None
    return seaborn


def _write_coefficients(axes: np.ndarray[Any, Any], content: PairContent) -> None:
    """Write the correlation above the diagonal, the larger the stronger."""
    count = len(content.columns)
    for row in range(count):
        for column in range(row + 1, count):
            ax: Axes = axes[row, column]
            value = float(content.correlations[row, column])
            ax.set_axis_off()
            is_known = np.isfinite(value)
            text = f"{value:+.2f}".replace("-", "−") if is_known else "–"
            strength = abs(value) if is_known else 0.0
            ax.text(
                0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center",
                fontsize=_SMALL + (_LARGE - _SMALL) * strength,
                color=INK if strength > 0.3 else MUTED,
            )  # fmt: skip
