"""Fields derived from a four-momentum, in float64.

Files store float32; the mass of two nearly parallel particles is a small difference of large
numbers, which float32 would spoil. A momentum may be stored in polar or in Cartesian coordinates,
and under many names: `spelled` knows them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from hepline.columns.elementwise import UFUNCS
from hepline.columns.lifting import build, cast
from hepline.columns.nodes import Node
from hepline.columns.types import FLOAT64
from hepline.physics import fourvectors

__all__ = [
    "CARTESIAN",
    "POLAR",
    "Formula",
    "cartesian_needs",
    "component",
    "derive",
    "formula",
    "polar_needs",
    "spelled",
]

Lookup = Callable[[str], Node | None]
POLAR = ("pt", "eta", "phi", "mass")
CARTESIAN = ("px", "py", "pz", "energy")

# Names of the coordinates in files, in lower case; hepline's own comes first.
_CALLED: Mapping[str, tuple[str, ...]] = {
    "energy": ("energy", "e", "pe", "fe"),
    "px": ("px", "p_x", "momentum.x", "fp.fx", "fx"),
    "py": ("py", "p_y", "momentum.y", "fp.fy", "fy"),
    "pz": ("pz", "p_z", "momentum.z", "fp.fz", "fz"),
    "pt": ("pt", "fcoordinates.fpt"),
    "eta": ("eta", "fcoordinates.feta"),
    "phi": ("phi", "fcoordinates.fphi"),
    "mass": ("mass", "m", "fcoordinates.fm"),
    "charge": ("charge", "q"),
}

# The inputs of each field, and its formula.
_FROM_POLAR: dict[str, tuple[tuple[str, ...], Callable[..., Any]]] = {
    "px": (("pt", "phi"), fourvectors.momentum_x),
    "py": (("pt", "phi"), fourvectors.momentum_y),
    "pz": (("pt", "eta"), fourvectors.momentum_z),
    "energy": (("pt", "eta", "mass"), fourvectors.energy),
}
_FROM_MOMENTUM = (("px", "py", "pz", "mass"), fourvectors.energy_of_momentum)
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
    """A coordinate from px, py, pz and energy."""
    return _from(_FROM_CARTESIAN, name, lookup)


def derive(name: str, lookup: Lookup) -> Node | None:
    """Derive a coordinate from the stored ones; None if they do not suffice.

    Parameters
    ----------
    name : str
        ``px py pz energy rapidity pt eta phi mass``.
    lookup : callable
        Field name to node, or None.
    """
    return _derived(name, lookup, frozenset())


def _derived(name: str, lookup: Lookup, pending: frozenset[str]) -> Node | None:
    """Follow the first rule whose needs are stored, else the first whose needs follow."""
    ways = [table[name] for table in (_FROM_POLAR, _FROM_CARTESIAN) if name in table]
    if name == "energy":
        ways.append(_FROM_MOMENTUM)
    pending = pending | {name}

    def following(part: str) -> Node | None:
        stored = lookup(part)
        if stored is not None or part in pending:
            return stored
        return _derived(part, lookup, pending)

    for find in (lookup, following):
        for needs, function in ways:
            nodes = [find(need) for need in needs]
            if all(node is not None and node.type.dtype.kind in "iuf" for node in nodes):
                return formula(function, *(node for node in nodes if node is not None))
    return None


def spelled(names: Iterable[str]) -> dict[str, str]:
    """Map coordinates to their spelling among the names: ``{"energy": "E", "px": "Px", …}``.

    hepline's own word takes precedence; among names that differ only in case, the first wins.
    """
    lower: dict[str, str] = {}
    names = tuple(names)
    for name in names:
        lower.setdefault(name.lower(), name)
    spelling: dict[str, str] = {}
    for coordinate, words in _CALLED.items():
        spelling_of = coordinate if coordinate in names else None
        spelling_of = spelling_of or next((lower[word] for word in words if word in lower), None)
        if spelling_of is not None:
            spelling[coordinate] = spelling_of
    return spelling


def cartesian_needs(name: str) -> tuple[str, ...]:
    """Those of px, py, pz and energy that a coordinate needs; none for other fields."""
    if name not in _FROM_CARTESIAN:
        return ()
    parts = _FROM_CARTESIAN[name][0]
    needs = {need for part in parts for need in (cartesian_needs(part) or (part,))}
    return tuple(need for need in CARTESIAN if need in needs)


def polar_needs(name: str, *, of_sum: bool = False) -> tuple[str, ...]:
    """Those of pt, eta, phi and mass that a coordinate needs; none for other fields.

    Parameters
    ----------
    name : str
    of_sum : bool
        Whether the coordinate is that of a sum, for the needs of its addends: the pt of a sum needs
        each pt and phi.
    """
    if name in _FROM_POLAR:
        return _FROM_POLAR[name][0]
    if name not in _FROM_CARTESIAN or (name in POLAR and not of_sum):
        return ()
    parts = _FROM_CARTESIAN[name][0]
    needs = {need for part in parts for need in polar_needs(part, of_sum=of_sum)}
    return tuple(need for need in POLAR if need in needs)


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
