"""Overlaps of regions that follow from their selections alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hepline.analysis.regions import Region, conjuncts
from hepline.columns.elementwise import Cast, Elementwise
from hepline.columns.leaves import Constant
from hepline.columns.lifting import build
from hepline.columns.nodes import Node, rewrite
from hepline.engine.rules.share import share

__all__ = ["Inclusion", "alike", "inclusions", "shared_selections"]

_MIRRORED = {
    "greater": "less", "greater_equal": "less_equal", "less": "greater",
    "less_equal": "greater_equal", "equal": "equal",
}  # fmt: skip


@dataclass(frozen=True)
class Inclusion:
    """A region whose events all lie in another one."""

    inner: Region
    outer: Region


def alike(regions: Sequence[Region]) -> list[list[Region]]:
    """Group the regions that select the same events, in order."""
    groups: dict[tuple[str, frozenset[Node]], list[Region]] = {}
    for region in regions:
        # Equal selections of two eras are made of different events.
        groups.setdefault((region.era, _conditions(region)), []).append(region)
    return list(groups.values())


def inclusions(regions: Sequence[Region]) -> list[Inclusion]:
    """List pairs of regions where one selection is the other with more cuts."""
    conditions = [(group[0], _conditions(group[0])) for group in alike(regions)]
    return [
        Inclusion(inner, outer)
        for inner, narrow in conditions
        for outer, wide in conditions
        if inner.era == outer.era and wide < narrow
    ]


def shared_selections(regions: Sequence[Region]) -> list[tuple[Region, Region, Node]]:
    """List the pairs of regions that may share events, with the joint selection.

    Pairs whose selections decide the question are left out: equal ones, one that contains the
    other, and conditions on one quantity that exclude each other.
    """
    shared = []
    first = [(group[0], _conditions(group[0])) for group in alike(regions)]
    for place, (region, mine) in enumerate(first):
        for neighbor, theirs in first[place + 1 :]:
            left, right = region.where(), neighbor.where()
            if mine < theirs or theirs < mine or _exclude(mine, theirs):
                continue
            if left is not None and right is not None:
                shared.append((region, neighbor, build("bitwise_and", (left, right))))
    return shared


def _conditions(region: Region) -> frozenset[Node]:
    parts = [part for _, cut in region.cuts for part in conjuncts(cut)]
    return frozenset(rewrite(parts, share))


def _exclude(mine: frozenset[Node], theirs: frozenset[Node]) -> bool:
    """Whether no event can pass both."""
    for conditions, opposite in ((mine, theirs), (theirs, mine)):
        for node in conditions:
            inverted = isinstance(node, Elementwise) and node.operation == "invert"
            if inverted and node.inputs[0] in opposite:
                return True
    ranges = [_ranges(mine), _ranges(theirs)]
    return any(
        not _meet(ranges[0][quantity], ranges[1][quantity])
        for quantity in ranges[0].keys() & ranges[1].keys()
    )


@dataclass(frozen=True)
class _Range:
    """A range of values; an `open` side excludes its bound."""

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False

    def cut(self, operation: str, bound: float) -> _Range:
        """The range after one more condition."""
        low, high, low_open, high_open = self.low, self.high, self.low_open, self.high_open
        if operation in ("greater", "greater_equal", "equal"):
            opened = operation == "greater"
            if bound > low or (bound == low and opened):
                low, low_open = bound, opened
        if operation in ("less", "less_equal", "equal"):
            opened = operation == "less"
            if bound < high or (bound == high and opened):
                high, high_open = bound, opened
        return _Range(low, high, low_open, high_open)


def _meet(first: _Range, second: _Range) -> bool:
    for below, above in ((first, second), (second, first)):
        if below.high < above.low:
            return False
        if below.high == above.low and (below.high_open or above.low_open):
            return False
    return True


def _ranges(conditions: frozenset[Node]) -> dict[Node, _Range]:
    """Ranges of the quantities that conditions compare with numbers."""
    ranges: dict[Node, _Range] = {}
    for node in conditions:
        if not isinstance(node, Elementwise) or node.operation not in _MIRRORED:
            continue
        (left, right), operation = node.operands, node.operation
        if isinstance(left, Constant):
            left, right, operation = right, left, _MIRRORED[operation]
        if isinstance(right, Constant):
            quantity = left.value if isinstance(left, Cast) else left
            limits = ranges.get(quantity, _Range())
            ranges[quantity] = limits.cut(operation, float(right.value))
    return ranges
