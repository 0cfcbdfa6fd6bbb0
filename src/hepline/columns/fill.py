"""The histogram node: quantities, weight and selection of events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hepline.columns.axes import Axis
from hepline.columns.nodes import Node
from hepline.columns.types import FLOAT64, Type, broadcast
from hepline.errors import ShapeMismatch, TypeMismatch

__all__ = ["Fill"]


@dataclass(frozen=True, eq=False)
class Fill(Node):
    """A histogram of the values in the events that pass.

    Lists fill one entry per element; quantities and weights with fewer list levels repeat along
    the deeper ones. Missing values are not filled; a missing weight of a filled entry is an error,
    because it would be lost silently. Without axes the histogram has one bin, which counts the
    events that pass.

    Attributes
    ----------
    axes : tuple of Axis
    values : tuple of Node
        One for each axis.
    weight : Node or None
        None counts entries.
    where : Node or None
        Boolean, one per event; missing is false.
    """

    spelling: ClassVar[str] = "histogram({values}; weight={weight}; where={where})"

    axes: tuple[Axis, ...]
    values: tuple[Node, ...]
    weight: Node | None
    where: Node | None

    def infer(self) -> Type:
        """A placeholder type, since a histogram is not a column; checks that the parts fit."""
        parts = tuple(value.type for value in self.values)
        if self.weight is not None:
            parts += (self.weight.type,)
            if not np.issubdtype(self.weight.type.dtype, np.number):
                raise TypeMismatch(
                    f"the weight is {self.weight.type}.",
                    why="a weight is a number.",
                    fix="use hl.where(condition, 1.0, 0.0), or give the condition as where=.",
                )
        if parts:
            broadcast(parts, operation="histogram")
        deepest = max((value.type.depth for value in self.values), default=0)
        if self.weight is not None and self.weight.type.depth > deepest:
            raise ShapeMismatch(
                "the weight has more values than the histogram has entries.",
                why=f"the weight is {self.weight.type}; each entry takes one.",
                fix="reduce the weight to one number per event (hl.sum, jet[0].pt), or fill the "
                "list that it belongs to.",
            )
        if self.where is not None and (
            self.where.type.axes or self.where.type.dtype != np.dtype(bool)
        ):
            raise TypeMismatch(
                f"where= is {self.where.type}.",
                why="where= chooses events: it must be true or false once per event.",
                fix="use hl.any(…) or hl.count(…) >= 1, or select the objects with brackets.",
            )
        return Type(FLOAT64)
