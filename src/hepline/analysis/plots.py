"""What a region shows beside its observable."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hepline.columns.expression import Expr
from hepline.columns.functions import BoundAxis
from hepline.columns.nodes import Node
from hepline.columns.origin import all_of
from hepline.columns.profiles import Profile
from hepline.errors import AnalysisError, TypeMismatch, nearest

__all__ = ["Plot", "Shown", "plots_of"]

Shown = BoundAxis | tuple[BoundAxis, ...] | Profile
"""What a region shows beside its observable."""


@dataclass(frozen=True, eq=False)
class Plot:
    """A histogram of a region beside the fitted one.

    Attributes
    ----------
    name : str
        Within its region.
    axes : tuple of BoundAxis
        One, or two.
    cuts : tuple of (str, Node)
        The selection; that of the region, without one cut for a plot of that cut's quantity.
    without : str
        Label of the cut that is left out; empty if none is.
    mean_of : Expr or None
        What a profile averages.
    mean_label : str
        Its label.
    """

    name: str
    axes: tuple[BoundAxis, ...]
    cuts: tuple[tuple[str, Node], ...]
    without: str = ""
    mean_of: Expr | None = None
    mean_label: str = ""

    @property
    def moments(self) -> range:
        """Numbers of its histograms: a profile has three, see `Request`."""
        return range(1 if self.mean_of is None else 3)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The quantities."""
        means = () if self.mean_of is None else (self.mean_of.node,)
        return (*(axis.values.node for axis in self.axes), *means)

    def where(self) -> Node | None:
        """All conditions."""
        return all_of([node for _, node in self.cuts])


def plots_of(
    region: str,
    cuts: tuple[tuple[str, Node], ...],
    plots: Iterable[Shown],
    n_minus_1: Mapping[str, BoundAxis],
) -> tuple[Plot, ...]:
    """The plots of a region beside its observable.

    Parameters
    ----------
    region : str
    cuts : tuple of (str, Node)
        Its selection.
    plots : iterable of BoundAxis, of pairs of them, or of Profile
    n_minus_1 : mapping of str to BoundAxis
        Label of a cut, and the quantity to show without it.

    Raises
    ------
    AnalysisError
        For two plots of one name, and for a cut that the selection does not have.
    """
    made: dict[str, Plot] = {}
    labels = [label for label, _ in cuts]
    for label in n_minus_1:
        if label not in labels:
            raise AnalysisError(
                f"region '{region}' has no cut '{label}' to leave out.",
                why=f"its cuts are: {', '.join(labels) or 'none'}.",
                fix=nearest(label, labels),
            )
    wanted: list[tuple[object, str]] = [(shown, "") for shown in plots]
    wanted += [(axes, label) for label, axes in n_minus_1.items()]
    for shown, without in wanted:
        plot = _plot(region, shown, cuts, without)
        if plot.name in made:
            raise AnalysisError(
                f"region '{region}' has two plots named '{plot.name}'.",
                why="their histograms would have the same name.",
                fix="give the quantities other labels: hl.axis(…, label=…).",
            )
        made[plot.name] = plot
    return tuple(made.values())


def _plot(region: str, shown: object, cuts: tuple[tuple[str, Node], ...], without: str) -> Plot:
    """One plot; a profile, an axis or several axes."""
    kept = tuple(cut for cut in cuts if cut[0] != without)
    if isinstance(shown, Profile):
        if not shown.is_bare:
            raise AnalysisError(
                f"{shown!r} in region '{region}' has a weight or a condition of its own.",
                why="the region chooses its events, and the samples have their weights.",
                fix="leave out where= and weight= of hl.profile(…).",
            )
        name = f"mean_{_word(shown.label)}_vs_{_name_of(shown.axis)}"
        return Plot(name, (shown.axis,), kept, without, shown.values, shown.label)
    axes = shown if isinstance(shown, tuple) else (shown,)
    for axis in axes:
        if not isinstance(axis, BoundAxis):
            raise TypeMismatch(
                f"a plot of region '{region}' is {axis!r:.60}.",
                why="a histogram needs bins.",
                fix='use hl.axis(quantity, 25, 50, 550, "m [GeV]").',
            )
    name = "_vs_".join(map(_name_of, axes))
    return Plot(f"n_minus_1_{name}" if without else name, axes, kept, without)


def _name_of(axis: BoundAxis) -> str:
    return _word(axis.axis.label) or _word(str(axis.values.node))


def _word(label: str) -> str:
    """A name made of a label, without its unit."""
    return re.sub(r"\W+", "_", re.sub(r"\[[^]]*\]", "", label)).strip("_")
