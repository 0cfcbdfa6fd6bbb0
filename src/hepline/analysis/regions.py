"""Regions: selected events, an observable, and its fitted bins."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hepline.columns.axes import Axis, RegularAxis
from hepline.columns.elementwise import Elementwise
from hepline.columns.eras import in_era
from hepline.columns.expression import Expr, Origin, common_origin, node_of
from hepline.columns.functions import BoundAxis
from hepline.columns.leaves import Constant
from hepline.columns.lifting import cast
from hepline.columns.nodes import Node
from hepline.columns.origin import all_of
from hepline.columns.profiles import Profile
from hepline.columns.types import BOOL, FLOAT64
from hepline.columns.weight import Weight
from hepline.errors import AnalysisError, TypeMismatch, nearest

__all__ = [
    "Plot",
    "Region",
    "Shown",
    "condition_of",
    "conjuncts",
    "cuts_of",
    "merge_matrix",
    "plots_of",
    "region_in_era",
]


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


@dataclass(frozen=True, eq=False)
class Region:
    """Selected events and what is measured in them; a channel of the likelihood.

    Attributes
    ----------
    name : str
    label : str
        For figures.
    cuts : tuple of (str, Node)
        Label and condition, in the order of the cutflow.
    observable : BoundAxis
    fit_edges : ndarray, shape (bin + 1,)
        Edges of the bins that are fitted.
    origin : Origin or None
    blind : bool or None
        Whether data are hidden; None: where they tell a hidden parameter.
    fit : bool
        Whether it is a channel of the likelihood; otherwise it is drawn, counted and may serve an
        estimate from data.
    plots : tuple of Plot
        Other quantities of the same events.
    era : str
        The era of its events; empty without eras.
    base : str
        Name as declared, without the era.
    counts_only : bool
        Whether it was declared without an observable: it has one bin, and an estimate takes the
        quantities of the region that it is for.
    """

    name: str
    label: str
    cuts: tuple[tuple[str, Node], ...]
    observable: BoundAxis
    fit_edges: NDArray[np.float64]
    origin: Origin | None
    blind: bool | None = None
    fit: bool = True
    plots: tuple[Plot, ...] = ()
    era: str = ""
    base: str = ""
    counts_only: bool = False

    @property
    def axis(self) -> Axis:
        """The full axis of the templates."""
        return self.observable.axis

    @property
    def observable_plot(self) -> Plot:
        """The observable as a plot without a name."""
        return Plot("", (self.observable,), self.cuts)

    def where(self, steps: int | None = None) -> Node | None:
        """All conditions, or the first ones."""
        return all_of([node for _, node in self.cuts][:steps])


def cuts_of(where: Expr | Mapping[str, Expr] | Iterable[Expr]) -> tuple[tuple[str, Node], ...]:
    """List the steps of a selection: with the user's labels, or the parts joined by ``&``.

    Raises
    ------
    TypeMismatch
        If a step is not one condition per event.
    """
    if isinstance(where, Expr):
        steps = [(str(node), node) for node in conjuncts(where.node)]
    elif isinstance(where, Mapping):
        steps = [(label, node_of(cut)) for label, cut in where.items()]
    else:
        steps = [(str(node), node) for node in map(node_of, where)]
    for label, node in steps:
        if isinstance(node, Constant) or node.type.dtype != BOOL or node.type.depth:
            raise TypeMismatch(
                f"the cut '{label}' is {node if isinstance(node, Constant) else node.type}.",
                why="a region chooses events: one truth for each.",
                fix="compare columns; use hl.any(…), hl.all(…) or hl.count(…) >= n on lists.",
            )
    return tuple(steps)


def make_region(
    name: str,
    where: Expr | Mapping[str, Expr] | Sequence[Expr],
    observable: BoundAxis | None,
    *,
    fit_bins: ArrayLike | None,
    label: str,
    blind: bool | None,
    fit: bool,
    plots: Sequence[Shown],
    n_minus_1: Mapping[str, BoundAxis],
    category: Mapping[str, Expr],
    weight: Weight,
) -> Region:
    """Check the parts of a region and put them together; see `Definition.region`.

    Raises
    ------
    TypeMismatch
        If the observable is not an axis, or a cut not a condition on events.
    AnalysisError
        If the bins of the fit do not divide the axis.
    """
    counts_only = observable is None and not fit
    if counts_only:
        observable = _counted(name, cuts_of(where))
    if not isinstance(observable, BoundAxis):
        raise TypeMismatch(
            f"the observable of region '{name}' is {observable!r:.60}.",
            why="the templates need bins.",
            fix='use hl.axis(quantity, 25, 50, 550, "m [GeV]").',
        )
    conditions = [*where.values()] if isinstance(where, Mapping) else where
    parts = [conditions] if isinstance(conditions, Expr) else conditions
    origin = common_origin(observable.values, *parts, *category.values(), weight)
    steps = () if origin is None else origin.selection
    cuts = tuple(dict.fromkeys((*steps, *cuts_of(where), *cuts_of(category))))
    edges = observable.axis.edges
    fit_edges = edges if fit_bins is None else np.asarray(fit_bins, np.float64)
    merge_matrix(edges, fit_edges, region=name)
    shown = plots_of(name, cuts, plots, n_minus_1)
    return Region(
        name,
        label or name,
        cuts,
        observable,
        fit_edges,
        origin,
        blind,
        fit,
        shown,
        base=name,
        counts_only=counts_only,
    )


def _counted(name: str, cuts: tuple[tuple[str, Node], ...]) -> BoundAxis:
    """One bin for the selected events: there, each condition is true."""
    if not cuts:
        raise AnalysisError(
            f"region '{name}' has neither a selection nor an observable.",
            why="there is nothing to count or to draw.",
            fix="give where=, or observable=hl.axis(…).",
        )
    truth = Expr(cast(cuts[0][1], FLOAT64), None)
    return BoundAxis(truth, RegularAxis("selected events", 1, 0.5, 1.5))


def region_in_era(region: Region, era: str) -> Region:
    """The region of one era: expressions that depend on the era are those of this one."""

    def bound(axis: BoundAxis) -> BoundAxis:
        (node,) = in_era([axis.values.node], era)
        return replace(axis, values=Expr(node, axis.values.origin))

    def cuts(steps: tuple[tuple[str, Node], ...]) -> tuple[tuple[str, Node], ...]:
        nodes = in_era([node for _, node in steps], era)
        return tuple(zip([label for label, _ in steps], nodes, strict=True))

    def mean(values: Expr | None) -> Expr | None:
        return None if values is None else Expr(in_era([values.node], era)[0], values.origin)

    plots = tuple(
        replace(
            plot,
            axes=tuple(map(bound, plot.axes)),
            cuts=cuts(plot.cuts),
            mean_of=mean(plot.mean_of),
        )
        for plot in region.plots
    )
    return replace(
        region,
        cuts=cuts(region.cuts),
        observable=bound(region.observable),
        plots=plots,
        era=era,
    )


def condition_of(where: Expr | None) -> Node | None:
    """The node of a condition on events, with those of the steps that chose the events."""
    if where is None:
        return None
    steps = () if where.origin is None else where.origin.selection
    return all_of([*(node for _, node in steps), *(node for _, node in cuts_of(where))])


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


def conjuncts(node: Node) -> list[Node]:
    """List the parts of a condition that must all be true."""
    if (
        isinstance(node, Elementwise)
        and node.operation == "bitwise_and"
        and node.type.dtype == BOOL
    ):
        return [part for operand in node.operands for part in conjuncts(operand)]
    return [node]


def merge_matrix(
    edges: NDArray[np.float64], fit_edges: NDArray[np.float64], *, region: str
) -> NDArray[np.bool_]:
    """Which bins of the axis make up each fitted bin.

    Parameters
    ----------
    edges : ndarray, shape (bin + 1,)
    fit_edges : ndarray, shape (fitted bin + 1,)
    region : str
        For the message.

    Returns
    -------
    ndarray of bool, shape (fitted bin, bin)

    Raises
    ------
    AnalysisError
        If a fitted edge is not an edge of the axis.
    """
    tolerance = 1e-9 * float(np.ptp(edges))
    increasing = fit_edges.ndim == 1 and len(fit_edges) > 1 and bool((np.diff(fit_edges) > 0).all())
    off = [edge for edge in fit_edges.ravel().tolist() if np.abs(edges - edge).min() > tolerance]
    if off or not increasing:
        raise AnalysisError(
            f"the fit bins of region '{region}' do not divide its axis"
            + (f": {off[0]:g} is not an edge." if off else ": the edges do not increase."),
            why=f"the axis has edges at {edges[0]:g}, {edges[1]:g}, … {edges[-1]:g}; bins can be "
            "merged and left out, not cut.",
            fix="choose fit_bins among these edges, such as "
            f"fit_bins={[float(edge) for edge in edges[::2]][:4]} ….",
        )
    low, high = fit_edges[:-1, None] - tolerance, fit_edges[1:, None] + tolerance
    return np.asarray((edges[None, :-1] >= low) & (edges[None, 1:] <= high))
