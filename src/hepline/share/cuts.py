"""Cuts on one quantity, as an N−1 figure marks them."""

from __future__ import annotations

from collections.abc import Iterator

from hepline.analysis.plots import Plot
from hepline.analysis.regions import Region, conjuncts
from hepline.columns.elementwise import Cast, Elementwise
from hepline.columns.leaves import Constant
from hepline.columns.nodes import Node
from hepline.show.stack_content import Cut

__all__ = ["marked_cuts"]

_KEEPS = {
    "greater": "above",
    "greater_equal": "above",
    "less": "below",
    "less_equal": "below",
}
_MIRRORED = {"above": "below", "below": "above"}


def marked_cuts(region: Region, plot: Plot) -> tuple[Cut, ...]:
    """The thresholds of the cut that a plot leaves out.

    Parameters
    ----------
    region : Region
    plot : Plot

    Returns
    -------
    tuple of Cut
        Empty if nothing is left out, or the cut is not a comparison of the quantity that is shown
        with a number.
    """
    shown = _uncast(plot.axes[0].values.node)
    left_out = [node for label, node in region.cuts if label == plot.without]
    return tuple(cut for node in left_out for part in conjuncts(node) for cut in _cuts(part, shown))


def _cuts(node: Node, shown: Node) -> Iterator[Cut]:
    if not (isinstance(node, Elementwise) and node.operation in _KEEPS):
        return
    first, second = (_uncast(operand) for operand in node.operands)
    keeps = _KEEPS[node.operation]
    if first is shown and isinstance(second, Constant):
        yield Cut(float(second.value), keeps)
    elif second is shown and isinstance(first, Constant):
        yield Cut(float(first.value), _MIRRORED[keeps])


def _uncast(node: Node) -> Node:
    while isinstance(node, Cast):
        node = node.value
    return node
