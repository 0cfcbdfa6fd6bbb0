"""Regions: selected events, an observable, and its fitted bins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hepline.analysis.plots import Plot, Shown, plots_of
from hepline.analysis.thin import Thin
from hepline.columns.axes import Axis, RegularAxis
from hepline.columns.elementwise import Elementwise
from hepline.columns.eras import in_era
from hepline.columns.expression import Expr, Origin, common_origin, node_of
from hepline.columns.functions import BoundAxis
from hepline.columns.leaves import Constant
from hepline.columns.lifting import cast
from hepline.columns.nodes import Node
from hepline.columns.origin import all_of
from hepline.columns.types import BOOL, FLOAT64
from hepline.columns.weight import Weight
from hepline.errors import AnalysisError, TypeMismatch

__all__ = [
    "Region",
    "condition_of",
    "conjuncts",
    "cuts_of",
    "merge_matrix",
    "region_in_era",
]


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
    thin : Thin
        Which fitted bins join their neighbors.
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
    thin: Thin = field(default_factory=Thin)

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
    thin: Thin,
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
        thin=thin,
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
