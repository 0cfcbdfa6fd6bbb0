"""Pairs of columns as a figure: for a notebook, a file, or the page of a description."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from hepline.columns.events import Events
from hepline.columns.expression import Expr
from hepline.columns.text import Text
from hepline.data.open import open as open_files
from hepline.errors import checked_keywords
from hepline.show.encoding import Drawing, EncodedFigure, encode
from hepline.show.pairs import draw_pairs
from hepline.survey.describe import Files
from hepline.survey.pairing import PairContent, pair_content

__all__ = ["Pairs", "draw_pairs_of", "pairs"]

Wanted = str | Expr | Text


@dataclass(frozen=True, eq=False)
class Pairs:
    """Every pair of some columns, in a sample of the events.

    Attributes
    ----------
    content : PairContent
    figure : Figure
        Of matplotlib.
    """

    content: PairContent
    figure: Figure

    @property
    def correlations(self) -> Mapping[tuple[str, str], float]:
        """Pearson's coefficient by pair of names."""
        names = list(self.content.columns)
        first, second = np.triu_indices(len(names), 1)
        return {
            (names[i], names[j]): float(self.content.correlations[i, j])
            for i, j in zip(first.tolist(), second.tolist(), strict=True)
        }

    def save(self, path: str | Path) -> None:
        """Write the figure; the ending of the name tells the format (png, pdf, svg)."""
        self.figure.savefig(path, dpi=150)

    def __repr__(self) -> str:
        return f"<Pairs of {', '.join(self.content.columns)}  {self.content}>"

    def _repr_png_(self) -> bytes:
        sink = io.BytesIO()
        self.figure.savefig(sink, format="png", dpi=100)
        return sink.getvalue()


@checked_keywords
def pairs(
    events: Files,
    columns: Mapping[str, Wanted] | Sequence[Wanted],
    *,
    hue: Wanted | None = None,
    most: int = 5000,
    tree: str = "Events",
    convention: str = "",
) -> Pairs:
    """Draw every pair of some columns: points, histograms, and correlations.

    Parameters
    ----------
    events : Events, or files as for `open`
        Also a selection of events.
    columns : sequence or mapping
        Names of columns, or expressions; a mapping gives them names for people. Of lists, the first
        element is taken.
    hue : str, Expr or Text, optional
        What colors the points: a label, or a condition.
    most : int
        Events in the sample, at most: every n-th of all.
    tree, convention : str, optional
        As for `open`.

    Returns
    -------
    Pairs
        A notebook shows it. Sentinels are left out, and it says so.

    Raises
    ------
    LanguageError
        For fewer than two columns, lists of lists, or a hue with more than ten values.
    MissingPackage
        If seaborn is not installed.
    """
    opened = events
    if not isinstance(opened, Events):
        opened = open_files(opened, tree=tree, convention=convention)
    content = pair_content(opened, columns, hue, most)
    return Pairs(content, draw_pairs(content))


def draw_pairs_of(
    files: Files, columns: str | Sequence[str], *, hue: str | None, tree: str, convention: str
) -> EncodedFigure:
    """Draw pairs of columns as a page shows them.

    Parameters
    ----------
    files : Files
    columns : str or sequence of str
    hue : str or None
    tree, convention : str
    """
    names = [columns] if isinstance(columns, str) else list(columns)
    made = pairs(files, names, hue=hue, tree=tree, convention=convention)
    drawing = Drawing("pairs", str(made.content), lambda: made.figure, shown="png")
    return encode(drawing, "png")
