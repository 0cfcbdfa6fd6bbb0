"""Calls of anything outside the language: corrections, masks, models, functions.

A `Called` is a frozen value with a name and a fingerprint of its content; it runs on flat NumPy
columns, element by element. The rooms that own corrections or functions subclass it; the engine
knows only this protocol.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hepline.columns.expression import Expr, common_origin, node_of
from hepline.columns.leaves import Constant
from hepline.columns.nodes import Node
from hepline.columns.types import Type, broadcast
from hepline.errors import LanguageError

__all__ = ["Call", "Called", "call_all", "call_one"]

Column = NDArray[Any]


@dataclass(frozen=True)
class Called(ABC):
    """Something that turns columns into columns, element by element.

    Two of these are equal if their names, fingerprints and outputs are; whatever else a subclass
    holds is declared with ``field(compare=False, repr=False)`` and must survive pickling, because
    worker processes get a copy.

    Attributes
    ----------
    name : str
        For messages and printed recipes.
    fingerprint : str
        Digest of everything that its results depend on.
    outputs : tuple of str
        NumPy's names of the dtypes of the columns that it returns.
    data_only : bool
        Whether it applies to recorded events only; for simulated samples the result is true.
    """

    name: str
    fingerprint: str
    outputs: tuple[str, ...]
    data_only: ClassVar[bool] = False

    @abstractmethod
    def run(self, columns: Sequence[Column]) -> Sequence[Column]:
        """Compute the outputs.

        Parameters
        ----------
        columns : sequence of ndarray, shape (element,)
            One for each operand, all of the same length, nothing missing.

        Returns
        -------
        sequence of ndarray, shape (element,)
            One for each of `outputs`. The value of an element must not depend on the others: the
            engine may cut columns anywhere.
        """

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, eq=False)
class Call(Node):
    """One output of a `Called`.

    Shallower operands repeat along the lists of deeper ones. A missing operand makes the result
    missing, and is not passed on.

    Attributes
    ----------
    called : Called
    operands : tuple of Node
    slot : int
        Which output; calls that differ in nothing else run once.
    """

    spelling: ClassVar[str] = "{called}({operands})"

    called: Called
    operands: tuple[Node, ...]
    slot: int

    def infer(self) -> Type:
        """The broadcast axes and the declared dtype."""
        types = tuple(operand.type for operand in self.operands)
        axes = broadcast(types, operation=self.called.name)
        optional = any(type_.optional for type_ in types)
        return Type(np.dtype(self.called.outputs[self.slot]), axes, optional)


def call_all(called: Called, *operands: object) -> tuple[Expr, ...]:
    """Make the expressions of all outputs.

    Parameters
    ----------
    called : Called
    *operands : Expr or number

    Raises
    ------
    LanguageError
        If no operand is a column.
    ShapeMismatch
        If operands are lists of different things.
    """
    nodes = tuple(map(node_of, operands))
    if all(isinstance(node, Constant) for node in nodes):
        raise LanguageError(
            f"{called.name}() is called without a column.",
            why="there is no event that it could be computed for.",
            fix="give at least one column of events; for numbers call the function itself.",
        )
    origin = common_origin(*operands)
    slots = range(len(called.outputs))
    return tuple(Expr(Call(called, nodes, slot), origin) for slot in slots)


def call_one(called: Called, *operands: object) -> Expr:
    """Make the expression of a single output."""
    (result,) = call_all(called, *operands)
    return result
