"""Histograms of all members of an array of weights, with one more axis for their number."""

from __future__ import annotations

from hepline.columns.axes import MemberAxis
from hepline.columns.elementwise import Masked
from hepline.columns.expression import Expr
from hepline.columns.fill import Fill
from hepline.columns.leaves import Constant
from hepline.columns.lifting import build, cast
from hepline.columns.lists import Nest, Pad, Position, Reduce, Take
from hepline.columns.nodes import Node, rewrite, walk
from hepline.columns.types import FLOAT64
from hepline.columns.vary import NOMINAL, Members, Nuisance, Variation, choose
from hepline.errors import LanguageError, ShapeMismatch

__all__ = ["members_fill", "members_of"]

# Smallest number of members, with the central one, for each way to combine them.
_LEAST = {"hessian": 3, "symmhessian": 2, "replicas": 3, "quantiles": 3, "envelope": 1, "scale": 8}


def members_of(nuisance: Nuisance, weights: object, count: int | None, *, central: bool) -> Node:
    """A factor of a weight that is 1, and one of many under a systematic variation.

    Parameters
    ----------
    nuisance : Nuisance
    weights : Expr
        A list per event: factors on the weight.
    count : int
        How many each list has.
    central : bool
        Whether the first of them is the central member.

    Raises
    ------
    LanguageError
        If the nuisance does not say how members are combined, or cannot combine so many.
    ShapeMismatch
        If there is no list.
    """
    if not nuisance.combine:
        raise LanguageError(
            f"'{nuisance.name}' varies a weight by members, and does not say how they combine.",
            why="replicas, eigenvectors and scales are combined in different ways.",
            fix="declare it so: hl.nuisance('PDF', combine='hessian'), or replicas, envelope, ….",
        )
    if not isinstance(weights, Expr) or weights.type.depth != 1:
        raise ShapeMismatch(
            f"the members of '{nuisance.name}' are {weights!r:.60}.",
            why="they are an array of weights: one list per event.",
            fix="name the column, such as members=ev.LHEPdfWeight.",
        )
    number = _checked_count(nuisance, count, central)
    listed = cast(weights.node, FLOAT64)
    unity = Constant(1.0, FLOAT64.name)
    return Members(nuisance, unity, listed, 0 if central else 1, number)


def _checked_count(nuisance: Nuisance, count: object, central: bool) -> int:
    """Return a number of members that the combination can have."""
    kind, *parameters = nuisance.combine.split("+")
    if isinstance(count, int):
        # Those of a set of PDFs, with its central one.
        members = count - 2 * len(parameters) + (not central)
        enough = members >= _LEAST[kind] and (central or kind not in ("scale", "envelope"))
        paired = kind != "hessian" or members % 2 == 1
        if enough and paired and (kind != "scale" or count in (8, 9)):
            return count
    need = {
        "hessian": "a central member and two for each eigenvector",
        "scale": "8 or 9 members, in the order of NanoAOD, without central=",
    }.get(kind, f"at least {_LEAST[kind]} members")
    raise LanguageError(
        f"'{nuisance.name}' has count={count!r} members, {central=}.",
        why=f"'{nuisance.combine}' combines {need}{', then pairs' if parameters else ''}.",
        fix="give the length of the array in the files as count=; central=False says that the "
        "central member is not among them.",
    )


def members_fill(root: Node, variation: Variation) -> Fill | None:
    """A histogram with one more axis, for the number of the member.

    Parameters
    ----------
    root : Node
        A `Fill`, or a column.
    variation : Variation
        Its direction is ``members``.

    Returns
    -------
    Fill or None
        None for a column, which has no bins to combine members in.
    """
    if not isinstance(root, Fill) or root.weight is None:
        return None
    values = choose(root.values, NOMINAL)
    where = None if root.where is None else choose([root.where], NOMINAL)[0]
    place, factor, axis = _spread(root.weight, values, variation)

    def rule(node: Node) -> Node:
        if isinstance(node, Members) and node.nuisance == variation.nuisance:
            return factor
        return node

    (weight,) = choose(rewrite([root.weight], rule), NOMINAL)
    return Fill((*root.axes, axis), (*values, place), weight, where)


def _spread(
    weight: Node, values: tuple[Node, ...], variation: Variation
) -> tuple[Node, Node, MemberAxis]:
    """The number of the member of each entry, its factor on the weight, and the axis of numbers.

    An event with an array of another length gets missing factors, which are an error where it is
    filled: its entries would be lost.
    """
    node = next(
        part
        for part in walk([weight])
        if isinstance(part, Members) and part.nuisance == variation.nuisance
    )
    places: Node = Pad(node.members, node.count)
    fits = build("less_equal", (Reduce("count", node.members), node.count))
    factor: Node = Masked(Take(node.members, places, True), fits)
    lists = max((value.type.axes for value in values), key=len, default=())
    number: Node = Position(places)
    if len(lists) > 1:
        raise ShapeMismatch(
            f"the members of '{node.nuisance.name}' weight a histogram of lists of lists.",
            why="each member of each event fills the whole list.",
            fix="flatten the quantity first: hl.flatten(x).",
        )
    if lists:
        number = Nest(lists[0], places)
        factor = Take(factor, number, False)
    axis = MemberAxis(f"'{node.nuisance.name}'", node.first, node.first + node.count)
    return cast(build("add", (number, node.first)), FLOAT64), factor, axis
