"""Regions: selected events, an observable, and its fitted bins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hepline.columns.axes import Axis
from hepline.columns.elementwise import Elementwise
from hepline.columns.expression import Expr, Origin, node_of
from hepline.columns.functions import BoundAxis
from hepline.columns.leaves import Constant
from hepline.columns.nodes import Node
from hepline.columns.origin import all_of
from hepline.columns.types import BOOL
from hepline.errors import AnalysisError, TypeMismatch

__all__ = ["Region", "conjuncts", "cuts_of", "merge_matrix"]


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
    """

    name: str
    label: str
    cuts: tuple[tuple[str, Node], ...]
    observable: BoundAxis
    fit_edges: NDArray[np.float64]
    origin: Origin | None
    blind: bool | None = None

    @property
    def axis(self) -> Axis:
        """The full axis of the templates."""
        return self.observable.axis

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
