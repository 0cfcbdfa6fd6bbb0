"""Functions of columns: order, choice among numbers, tables, four-momenta of components."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike

from hepline.columns.alternatives import merged
from hepline.columns.expression import Expr, common_origin, node_of
from hepline.columns.kinematics import CARTESIAN, POLAR, spelled
from hepline.columns.lifting import Number, cast
from hepline.columns.matching import apart, checked_objects
from hepline.columns.momenta import Given, spread
from hepline.columns.nodes import Node
from hepline.columns.records import Records
from hepline.columns.rounding import has_bit
from hepline.columns.simulated import Simulated
from hepline.columns.tables import Lookup
from hepline.columns.text import Text
from hepline.columns.types import FLOAT64, broadcast
from hepline.errors import LanguageError, TypeMismatch, checked_keywords, nearest
from hepline.physics import angles

__all__ = [
    "argsort", "bit", "clip", "cumsum", "delta_phi", "delta_r", "isin", "lookup", "rank",
    "simulated", "sort", "unique", "vector",
]  # fmt: skip


def _column(values: object, function: str) -> Expr:
    if not isinstance(values, Expr):
        raise TypeMismatch(
            f"hl.{function}() of {values!r:.60}.",
            why="it takes a column: one number, or a list of numbers, per event.",
            fix=f"name a field, such as hl.{function}(jet.pt); for NumPy's own arrays use NumPy.",
        )
    return values


def delta_phi(first: Records, second: Records) -> Expr:
    """Difference φ − φ' of the azimuths of two objects in (−π, π]."""
    sides = (checked_objects(side, "delta_phi()") for side in (first, second))
    return apart(angles.delta_phi, ("phi",), *sides)


def delta_r(first: Records, second: Records) -> Expr:
    """Distance √(Δη² + Δφ²) of two objects."""
    sides = (checked_objects(side, "delta_r()") for side in (first, second))
    return apart(angles.delta_r, ("eta", "phi"), *sides)


def clip(values: Expr, low: Expr | Number | None, high: Expr | Number | None) -> Expr:
    """Limit elements to a range; None means no bound."""
    return _column(values, "clip").clip(low, high)


def isin(values: Expr | Text, members: Iterable[Number] | Iterable[str]) -> Expr:
    """Whether each element is among some numbers: ``hl.isin(abs(gen.pdgId), [11, 13])``.

    For a column of text, among some texts: ``hl.isin(track.name, ["a", "b"])``.
    """
    if isinstance(values, Text):
        return values.isin(members)  # type: ignore[arg-type]
    return _column(values, "isin").isin(members)  # type: ignore[arg-type]


def bit(values: Expr, number: int) -> Expr:
    """Whether a bit of each integer is set; the lowest one is bit 0."""
    return Expr(has_bit(_column(values, "bit").node, number), values.origin)


def cumsum(values: Expr) -> Expr:
    """Cumulative sum of each innermost list, from left to right.

    Missing elements are left out of the sums and stay missing.
    """
    return _column(values, "cumsum").cumsum()


@checked_keywords
def argsort(values: Expr, *, descending: bool = True) -> Expr:
    """Positions that sort the elements, largest first by default (unlike NumPy)."""
    return _column(values, "argsort").argsort(descending=descending)


@checked_keywords
def sort(values: Expr, *, descending: bool = True) -> Expr:
    """Sort each innermost list, largest first by default.

    NaN comes last, and missing values after that: ``hl.sort(jet.pt)[1]`` is the second largest.
    """
    return _column(values, "sort").sort(descending=descending)


@checked_keywords
def rank(values: Expr, *, descending: bool = True) -> Expr:
    """Rank of each element in its list: by default 0 for the largest."""
    return _column(values, "rank").rank(descending=descending)


def unique(values: Expr) -> Expr:
    """Distinct values of each innermost list, in ascending order, without missing ones."""
    return _column(values, "unique").unique()


def vector(**components: Expr | float) -> Records:
    """Make four-momenta from columns.

    Parameters
    ----------
    **components : Expr or number
        ``pt eta phi mass`` or ``px py pz energy`` (also in capitals and short: ``E``, ``m``), or a
        part of them. Lists pair one to one; one value per event repeats along them.

    Returns
    -------
    Records

    Examples
    --------
    >>> import hepline as hl
    >>> met = hl.events().MET
    >>> hl.vector(pt=met.pt, eta=0, phi=met.phi, mass=0).px.type.depth
    0
    """
    words = {spelling: word for word, spelling in spelled(components).items()}
    coordinates = (*POLAR, *CARTESIAN)
    for name in components:
        if words.get(name) not in coordinates:
            raise LanguageError(
                f"hl.vector() takes no '{name}='.",
                why=f"its components are {', '.join(coordinates)}.",
                fix=f"{nearest(name, coordinates)} Other fields are added with "
                f".with_fields({name}=…).",
            )
    if not components:
        raise LanguageError(
            "hl.vector() without components.",
            why="a momentum is made of numbers.",
            fix="give them: hl.vector(pt=x, eta=y, phi=z, mass=0.105).",
        )
    nodes = {words[name]: node_of(value) for name, value in components.items()}
    axes = broadcast(tuple(node.type for node in nodes.values()), operation="hl.vector()")
    momentum = {name: spread(node, axes) for name, node in nodes.items()}
    return Records(Given(momentum), common_origin(*components.values()))


@overload
def simulated(value: Records, recorded: Records) -> Records: ...
@overload
def simulated(value: Expr | float, recorded: Expr | float) -> Expr: ...
def simulated(value: Expr | Records | float, recorded: Expr | Records | float) -> Expr | Records:
    """Choose a value for simulated events, and another one for recorded data.

    Parameters
    ----------
    value : Expr, number or Records
        In samples of simulation, and wherever events are computed without an analysis.
    recorded : Expr, number or Records
        In the data of an analysis. Objects are the same on both sides, with other values.

    Returns
    -------
    Expr or Records
        In the common dtype of both.

    Examples
    --------
    >>> import hepline as hl
    >>> jet = hl.events().Jet
    >>> hl.simulated(hl.normal(jet, stream="jer", mean=1, sigma=0.1) * jet.pt, jet.pt).type.depth
    1
    """
    if isinstance(value, Records) or isinstance(recorded, Records):
        return merged((value, recorded), _simulated, "hl.simulated()")
    node = _simulated((node_of(value), node_of(recorded)))
    return Expr(node, common_origin(value, recorded))


def _simulated(nodes: tuple[Node, ...]) -> Node:
    axes = broadcast(tuple(node.type for node in nodes), operation="hl.simulated()")
    dtype = np.result_type(*(node.type.dtype for node in nodes))
    return Simulated(*(spread(cast(node, dtype), axes) for node in nodes))


@checked_keywords
def lookup(
    values: Expr | tuple[Expr, ...],
    edges: ArrayLike | tuple[ArrayLike, ...],
    table: ArrayLike,
    *,
    outside: float | None = None,
) -> Expr:
    """Look up the table entry for the bin of each element.

    Parameters
    ----------
    values : Expr or tuple of Expr
        One for each dimension of the table.
    edges : array-like or tuple of array-like
        Ascending; a bin includes its lower edge and excludes its upper one. A tuple of edges for
        several columns.
    table : array-like
        One entry for each bin: ``table[i, j]`` for two dimensions.
    outside : float, optional
        For elements outside the edges and NaN. By default the nearest bin counts; NaN stays NaN.

    Returns
    -------
    Expr of float64

    Examples
    --------
    >>> import hepline as hl
    >>> met = hl.events().MET
    >>> hl.lookup(met.pt, [0, 50, 100], [1.0, 0.9]).type.dtype.name
    'float64'
    """
    several = isinstance(values, tuple)
    columns = values if isinstance(values, tuple) else (values,)
    borders: Any = edges if several else (edges,)
    bounds = [_edges(border) for border in borders]
    entries = np.asarray(table, np.float64)
    if (
        not columns
        or entries.shape != tuple(len(bound) - 1 for bound in bounds)
        or (len(bounds) != len(columns))
    ):
        raise LanguageError(
            f"a table of shape {entries.shape} for {len(columns)} columns and bins "
            f"{tuple(len(bound) - 1 for bound in bounds)}.",
            why="there is one column and one sequence of edges for each dimension, and one entry "
            "for each bin between two edges.",
            fix="write hl.lookup(x, [0, 1, 5], [1.0, 0.9]), or "
            "hl.lookup((x, y), (x_edges, y_edges), table) with table[i, j].",
        )
    operands = tuple(cast(_column(column, "lookup").node, FLOAT64) for column in columns)
    plain = tuple(float(entry) for entry in entries.ravel())
    fill = None if outside is None else float(outside)
    return Expr(Lookup(operands, tuple(bounds), plain, fill), common_origin(*columns))


def _edges(border: ArrayLike) -> tuple[float, ...]:
    numbers = np.asarray(border, np.float64)
    if numbers.ndim != 1 or len(numbers) < 2 or not (np.diff(numbers) > 0).all():
        raise LanguageError(
            f"the edges {border!r:.60} of a table.",
            why="edges are at least two numbers that increase.",
            fix="give one sequence for each column: hl.lookup(x, [0, 1, 5], [1.0, 0.9]).",
        )
    return tuple(float(number) for number in numbers)
