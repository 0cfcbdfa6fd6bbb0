"""Fields that follow from a four-momentum, computed in float64.

Files store float32; the mass of two nearly parallel particles is a small difference of large
numbers, which float32 would spoil.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hepline.columns.elementwise import UFUNCS
from hepline.columns.lifting import build, cast
from hepline.columns.nodes import Node
from hepline.columns.types import FLOAT64
from hepline.physics import fourvectors

__all__ = ["POLAR", "Formula", "component", "derive", "formula", "polar_needs"]

Lookup = Callable[[str], Node | None]
POLAR = ("pt", "eta", "phi", "mass")

# What each field needs, and the formula that gives it.
_FROM_POLAR: dict[str, tuple[tuple[str, ...], Callable[..., Any]]] = {
    "px": (("pt", "phi"), fourvectors.momentum_x),
    "py": (("pt", "phi"), fourvectors.momentum_y),
    "pz": (("pt", "eta"), fourvectors.momentum_z),
    "energy": (("pt", "eta", "mass"), fourvectors.energy),
}
_FROM_CARTESIAN: dict[str, tuple[tuple[str, ...], Callable[..., Any]]] = {
    "pt": (("px", "py"), fourvectors.transverse_momentum),
    "phi": (("px", "py"), fourvectors.azimuth),
    "eta": (("pt", "pz"), fourvectors.pseudorapidity),
    "mass": (("energy", "px", "py", "pz"), fourvectors.invariant_mass),
    "rapidity": (("energy", "pz"), fourvectors.rapidity),
}


class Formula:
    """A node that the formulas of `physics` can compute with: numbers, operators, ufuncs."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def _apply(self, name: str, *operands: Any) -> Formula:
        nodes = tuple(part.node if isinstance(part, Formula) else part for part in operands)
        return Formula(build(name, nodes))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Formula:
        if method != "__call__" or options:
            raise TypeError(f"{ufunc} in a formula of physics")
        return self._apply(UFUNCS[ufunc], *inputs)

    def __add__(self, other: Any) -> Formula:
        return self._apply("add", self, other)

    def __sub__(self, other: Any) -> Formula:
        return self._apply("subtract", self, other)

    def __rsub__(self, other: Any) -> Formula:
        return self._apply("subtract", other, self)

    def __mul__(self, other: Any) -> Formula:
        return self._apply("multiply", self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Formula:
        return self._apply("true_divide", self, other)

    def __mod__(self, other: Any) -> Formula:
        return self._apply("remainder", self, other)


def formula(function: Callable[..., Any], *nodes: Node) -> Node:
    """Write a formula of `physics` as nodes, in float64."""
    result = function(*(Formula(cast(node, FLOAT64)) for node in nodes))
    node: Node = result.node
    return node


def component(name: str, lookup: Lookup) -> Node | None:
    """A coordinate that follows from px, py, pz and energy."""
    return _from(_FROM_CARTESIAN, name, lookup)


def derive(name: str, lookup: Lookup) -> Node | None:
    """A coordinate that follows from the stored ones; None if they do not suffice.

    Parameters
    ----------
    name : str
        ``px py pz energy rapidity``.
    lookup : callable
        Field name to node, or None.
    """
    if name == "rapidity":
        return _from(_FROM_CARTESIAN, name, lambda part: derive(part, lookup))
    return _from(_FROM_POLAR, name, lookup)


def polar_needs(name: str, *, of_sum: bool = False) -> tuple[str, ...]:
    """Which of pt, eta, phi and mass a coordinate follows from; none for other fields.

    Parameters
    ----------
    name : str
    of_sum : bool
        Whether the coordinate is that of a sum, so that the addends' ones are meant: the pt of
        a sum follows from each pt and phi.
    """
    if name in _FROM_POLAR:
        return _FROM_POLAR[name][0]
    if name not in _FROM_CARTESIAN or (name in POLAR and not of_sum):
        return ()
    parts = _FROM_CARTESIAN[name][0]
    found = {need for part in parts for need in polar_needs(part, of_sum=of_sum)}
    return tuple(need for need in POLAR if need in found)


def _from(
    table: dict[str, tuple[tuple[str, ...], Callable[..., Any]]], name: str, lookup: Lookup
) -> Node | None:
    if name not in table:
        return None
    needs, function = table[name]
    nodes = [lookup(need) for need in needs]
    if any(node is None or not np.issubdtype(node.type.dtype, np.number) for node in nodes):
        return None
    return formula(function, *(node for node in nodes if node is not None))
