"""The free functions of the language: choice, joining, histograms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hepline.columns.axes import Axis, axis_from_bins
from hepline.columns.expression import Expr, Origin, apply, common_origin, node_of
from hepline.columns.fields import Joined
from hepline.columns.fill import Fill
from hepline.columns.kinematics import formula
from hepline.columns.lifting import cast
from hepline.columns.nodes import Node
from hepline.columns.origin import all_of
from hepline.columns.records import Records, Tuples
from hepline.columns.types import FLOAT64
from hepline.columns.unread import Unread
from hepline.columns.weight import Weight, factor_of
from hepline.errors import LanguageError, ShapeMismatch, TypeMismatch, checked_keywords
from hepline.physics import fourvectors

__all__ = [
    "BoundAxis", "Histogram", "axis", "concat", "hist", "transverse_mass", "where",
]  # fmt: skip


def where(condition: Expr, true: Expr | float, false: Expr | float) -> Expr:
    """Choose one of two values for each element.

    Parameters
    ----------
    condition : Expr of bool
    true, false : Expr or number

    Returns
    -------
    Expr
        Missing where the condition or the chosen side is missing.
    """
    return apply("where", condition, true, false)


@checked_keywords
def concat(first: Records, second: Records, *, tag: str = "") -> Records:
    """Join the objects of two collections in one list, with their common fields.

    Parameters
    ----------
    first, second : Records
    tag : str, optional
        Name of a new integer field: 0 for objects of `first`, 1 for those of `second`.

    Returns
    -------
    Records
        `Tuples` if both sides are combinations of as many members.
    """
    for side in (first, second):
        if not isinstance(side, Records) or len(side.fields.axes) != 1:
            raise ShapeMismatch(
                f"concat() of {side!r}.",
                why="only lists of objects can be joined.",
                fix="join collections, such as hl.concat(ev.Electron, ev.Muon).",
            )
    fields, origin = Joined(first.fields, second.fields, tag), common_origin(first, second)
    sides = [side.members for side in (first, second) if isinstance(side, Tuples)]
    if len(sides) == 2 and len(sides[0]) == len(sides[1]):
        return Tuples(fields, origin, tuple(concat(*pair) for pair in zip(*sides, strict=True)))
    return Records(fields, origin)


def transverse_mass(first: Records, second: Records) -> Expr:
    """Transverse mass √(2 pt₁ pt₂ (1 − cos Δφ)) of two objects, such as a lepton and MET; GeV."""
    for side in (first, second):
        if not isinstance(side, Records):
            raise TypeMismatch(
                f"transverse_mass() of {side!r:.60}.",
                why="it takes two objects with pt and phi.",
                fix="give objects, such as hl.transverse_mass(lepton[0], ev.MET).",
            )
    parts = [side.field(name).node for side in (first, second) for name in ("pt", "phi")]
    return Expr(formula(fourvectors.transverse_mass, *parts), common_origin(first, second))


def _bins_meant(arguments: list[object]) -> str:
    """Suggest what a call with an unsupported number of arguments probably meant."""
    numbers = [argument for argument in arguments if isinstance(argument, int | float | np.number)]
    ascending = len(numbers) == len(arguments) and list(numbers) == sorted(set(numbers))
    if ascending and len(arguments) > 3:
        return f"for these edges write a list: hl.axis(x, {numbers!r})."
    if ascending:
        low, high = numbers
        return (
            f"write hl.axis(x, 50, {low!r}, {high!r}) for 50 bins from {low!r} to {high!r}, or "
            f"hl.axis(x, [{low!r}, {high!r}]) for one bin."
        )
    return "write hl.axis(x, 50, 0, 100) for 50 bins from 0 to 100, or hl.axis(x, [0, 10, 100])."


@dataclass(frozen=True, eq=False)
class BoundAxis(Unread):
    """An axis with the quantity that it bins.

    Attributes
    ----------
    values : Expr
    axis : Axis
    log : bool
        Whether figures have a logarithmic scale of events.
    underflow, overflow : bool
        Whether the first bin also takes values below it, and the last one those above.
    """

    values: Expr
    axis: Axis
    log: bool = False
    underflow: bool = False
    overflow: bool = False

    def __repr__(self) -> str:
        return f"<BoundAxis {_describe(self.axis)}>"


@dataclass(frozen=True, eq=False)
class Histogram(Unread):
    """A histogram that can be computed.

    Attributes
    ----------
    node : Fill
    origin : Origin or None
    """

    node: Fill
    origin: Origin | None

    def __repr__(self) -> str:
        return f"<Histogram of {' and '.join(map(_describe, self.node.axes)) or 'the events'}>"


def _describe(axis: Axis) -> str:
    label = axis.label if len(axis.label) <= 60 else axis.label[:59] + "…"
    low, high = axis.edges[[0, -1]]
    return f"'{label}' in {axis.bins} bins from {low:g} to {high:g}"


@checked_keywords
def axis(
    values: Expr,
    *bins: object,
    label: str | None = None,
    underflow: bool = False,
    overflow: bool = False,
    log: bool = False,
) -> BoundAxis:
    """Bind a quantity to its bins.

    Parameters
    ----------
    values : Expr
        One value or a list of values per event.
    *bins
        ``25, 50, 550`` (count, low, high) with an optional label last, or one sequence of edges.
    label : str, optional
        Quantity and unit; the beginning of the printed recipe by default.
    underflow, overflow : bool
        Whether the first bin also takes values below it, and the last one those above.
    log : bool
        Draw figures with a logarithmic scale of events.

    Examples
    --------
    >>> from hepline.columns.events import events
    >>> axis(events().MET.pt, 25, 50, 550, "missing pt [GeV]").axis.bins
    25
    """
    arguments = list(bins)
    if label is None and arguments and isinstance(arguments[-1], str):
        label = str(arguments.pop())
    if len(arguments) not in (0, 1, 3):
        raise LanguageError(
            f"hl.axis(…, {', '.join(map(repr, arguments))}) has {len(arguments)} numbers.",
            why="an axis takes three numbers (how many bins, lower edge, upper edge) or a list of "
            "edges.",
            fix=_bins_meant(arguments),
        )
    spec = arguments[0] if len(arguments) == 1 else tuple(arguments) or None
    bound = _bind(values, spec, label)
    edges = bound.axis.edges
    centers = 0.5 * (edges[1:] + edges[:-1])
    quantity = bound.values
    if underflow:
        quantity = apply("where", quantity < edges[0], float(centers[0]), quantity)
    if overflow:
        quantity = apply("where", quantity >= edges[-1], float(centers[-1]), quantity)
    return BoundAxis(quantity, bound.axis, log, underflow, overflow)


@checked_keywords
def hist(
    *axes: Expr | BoundAxis | object,
    bins: object = None,
    label: str | None = None,
    where: Expr | Mapping[str, Expr] | None = None,
    weight: Expr | Weight | float | None = None,
) -> Histogram:
    """Describe a histogram of one or more quantities.

    Parameters
    ----------
    *axes : Expr or BoundAxis
        One `Expr` with `bins`, or followed by its bins as in `axis`
        (``hl.hist(x, 50, 0, 100)``); or any number of ``hl.axis(…)``.
    bins : (int, float, float), sequence of float or range, optional
        Of the one quantity; axes have their own.
    label : str, optional
        Of the one quantity; axes have their own.
    where : Expr of bool, or mapping of label to Expr, optional
        Chooses events: all conditions must hold.
    weight : Expr, Weight or number, optional
        One per event, or per filled element. Without it the histogram counts.

    Returns
    -------
    Histogram
        ``hl.compute`` makes a ``hist.Hist`` of it.

    Raises
    ------
    LanguageError
        If `bins` or `label` is given for more than one quantity or for an axis, or the bins for
        none.
    TypeMismatch
        If `where` is not a column, or `weight` neither a column nor a number.
    """
    first, *rest = axes or (None,)
    if rest and bins is None and isinstance(first, Expr) and _are_bins(rest):
        axes, label = (axis(first, *rest, label=label),), None
    _check_request(axes, bins, label, where)
    bound = [part if isinstance(part, BoundAxis) else _bind(part, bins, label) for part in axes]
    weight_node = None if weight is None else factor_of(weight)
    values: tuple[Node, ...] = tuple(cast(part.values.node, FLOAT64) for part in bound)
    conditions = [*where.values()] if isinstance(where, Mapping) else [where]
    origin = common_origin(*(part.values for part in bound), *conditions, weight)
    cuts = [node_of(condition) for condition in conditions if condition is not None]
    steps = [] if origin is None else [node for _, node in origin.selection]
    binned = tuple(part.axis for part in bound)
    return Histogram(Fill(binned, values, weight_node, all_of([*steps, *cuts])), origin)


def _are_bins(arguments: list[object]) -> bool:
    """Whether no argument is a quantity."""
    return not any(isinstance(part, Unread) for part in arguments)


def _check_request(
    axes: tuple[object, ...], bins: object, label: str | None, where: object
) -> None:
    """Refuse arguments that would be ignored or used twice."""
    numbers = [part for part in axes if isinstance(part, int | float | np.number)]
    if numbers:
        listing = ", ".join(map(str, numbers))
        raise LanguageError(
            f"hl.hist() takes the numbers {listing} for quantities.",
            why="its arguments are quantities, each with an axis of its own; bins have a name.",
            fix=f"write bins=({listing}), or hl.hist(hl.axis(x, {listing})).",
        )
    keywords = [name for name, part in (("bins", bins), ("label", label)) if part is not None]
    if keywords and (len(axes) != 1 or isinstance(axes[0], BoundAxis)):
        raise LanguageError(
            f"{' and '.join(keywords)} of {len(axes)} {'axis' if len(axes) == 1 else 'axes'}.",
            why="bins= and label= belong to one quantity that has no axis of its own.",
            fix="give each its own: hl.hist(hl.axis(x, 60, 60, 120), hl.axis(y, 10, 0, 1)).",
        )
    conditions = where.values() if isinstance(where, Mapping) else [where]
    if where is not None and not all(isinstance(condition, Expr) for condition in conditions):
        raise TypeMismatch(
            f"where={where!r:.60}.",
            why="where= chooses events: it is a condition on columns, true or false in each event.",
            fix="write a condition, such as where=ev.MET.pt > 30; leave it out to take all events.",
        )


def _bind(values: object, bins: object, label: str | None) -> BoundAxis:
    node = node_of(values)
    if bins is None:
        raise LanguageError(
            f"a histogram of {values!r} without bins.",
            why="the range cannot be guessed before the events are read.",
            fix="say bins=(60, 60, 120), or give hl.axis(quantity, 60, 60, 120).",
        )
    quantity = values if isinstance(values, Expr) else Expr(node, None)
    return BoundAxis(quantity, axis_from_bins(bins, label if label is not None else node.brief(60)))
