"""Weights before the last cut, without the factors that need objects which an event lacks."""

from __future__ import annotations

from functools import reduce

from hepline.columns.axes import IntegerAxis
from hepline.columns.elementwise import Cast, Elementwise, FillMissing
from hepline.columns.fill import Fill
from hepline.columns.leaves import Constant
from hepline.columns.lifting import build, cast
from hepline.columns.nodes import Node
from hepline.columns.types import BOOL, FLOAT64
from hepline.columns.vary import NOMINAL, choose

__all__ = ["counted_fill"]

_FLAG = IntegerAxis("factors of the weight left out", 0, 2)
_ONE = Constant(1.0, FLOAT64.name)
_FALSE = Constant(False, BOOL.name)


def counted_fill(weight: Node | None, where: Node | None) -> Fill:
    """Count events with the factors of the nominal weight that exist and are finite.

    Parameters
    ----------
    weight : Node or None
    where : Node or None

    Returns
    -------
    Fill
        With two bins if factors can be left out: events with all factors, and the others.
    """
    if weight is None:
        return Fill((), (), None, where)
    (nominal,) = choose([weight], NOMINAL)
    usable = [_usable(factor) for factor in _factors(nominal)]
    flags = [flag for _, flag in usable if flag is not None]
    if not flags:
        return Fill((), (), nominal, where)
    product = reduce(
        lambda left, right: build("multiply", (left, right)), (part for part, _ in usable)
    )
    left_out = reduce(lambda left, right: build("bitwise_or", (left, right)), flags)
    return Fill((_FLAG,), (cast(left_out, FLOAT64),), product, where)


def _factors(weight: Node) -> list[Node]:
    """The factors of a product, in float64; any other node is a single factor."""
    if isinstance(weight, Elementwise) and weight.operation == "multiply":
        return [factor for operand in weight.operands for factor in _factors(operand)]
    if (
        isinstance(weight, Cast)
        and weight.type.dtype == FLOAT64
        and weight.value.type.dtype.kind == "f"
    ):
        return _factors(weight.value)
    return [cast(weight, FLOAT64)]


def _usable(factor: Node) -> tuple[Node, Node | None]:
    """A factor, replaced by 1 where it is unusable, and the condition that it is."""
    if isinstance(factor, Constant):
        return factor, None
    finite = build("isfinite", (factor,))
    if factor.type.optional:
        finite = FillMissing(finite, _FALSE)
        factor = FillMissing(factor, _ONE)
    return build("where", (finite, factor, _ONE)), build("invert", (finite,))
