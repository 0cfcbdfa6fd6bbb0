"""Names beside rows: short enough for a figure, and still different from each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hepline.show.labels import shortened
from hepline.show.style import MUTED, renderer_of

__all__ = ["RowNames", "note_count", "row_names"]

# Letters to keep, and size of the type: longer names are smaller.
_FITS = ((44, 10.5), (64, 9.0), (96, 7.5))
_LEAST, _BESIDE = 1.3, 0.2  # inches


@dataclass(frozen=True)
class RowNames:
    """Names beside the rows of a figure.

    Attributes
    ----------
    texts : tuple of str
    size : float
        Of the type, points.
    width : float
        Their width on the left of the axes, inches.
    """

    texts: tuple[str, ...]
    size: float
    width: float

    def write(self, ax: Axes) -> None:
        """Write them at the vertical axis, the first at zero."""
        ax.set_yticks(range(len(self.texts)), self.texts, size=self.size)
        ax.tick_params(axis="y", length=0)
        for label in ax.get_yticklabels():
            # Parameter names are identifiers: never mathtext.
            label.set_parse_math(False)


def row_names(names: Sequence[str]) -> RowNames:
    """Cut the middle out of long names as far as they remain different.

    Parameters
    ----------
    names : sequence of str

    Returns
    -------
    RowNames
    """
    most, size = next((fit for fit in _FITS if _stay_different(names, fit[0])), _FITS[-1])
    texts = tuple(shortened(name, most) for name in names)
    ruler = Figure(dpi=100)
    renderer = renderer_of(ruler)
    labels = [ruler.text(0, 0, text, size=size, parse_math=False) for text in texts]
    widest = max((text.get_window_extent(renderer).width for text in labels), default=0.0)
    return RowNames(texts, size, max(widest / 100 + _BESIDE, _LEAST))


def _stay_different(names: Sequence[str], most: int) -> bool:
    return len({shortened(name, most) for name in names}) == len(set(names))


def note_count(ax: Axes, shown: int, present: int, *, below: float = 22) -> None:
    """Note below the axes that only the largest are drawn, unless all are."""
    if shown < present:
        ax.annotate(
            f"largest {shown} of {present}",
            (0, 0),
            (0, -below),
            xycoords="axes fraction",
            textcoords="offset points",
            va="top",
            color=MUTED,
            size=10.5,
        )
