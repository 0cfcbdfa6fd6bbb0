"""Folds of a cross-validation that cannot leak: the identity of an event decides.

The same event has the same fold under every variation, in every file and on every machine; so that
a model never scores an event that it has seen in training.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepline.columns.events import identity_of
from hepline.columns.expression import Expr, Origin
from hepline.columns.leaves import Constant, Random
from hepline.columns.lifting import cast
from hepline.columns.nodes import Node
from hepline.columns.types import INT64
from hepline.errors import LanguageError

__all__ = ["Folds"]


@dataclass(frozen=True)
class Folds:
    """How events are divided.

    Attributes
    ----------
    count : int
        At least 2.
    seed : int
    by : str
        Name of a column that tells events, or groups of events, apart; by default, run, luminosity
        block and event.
    """

    count: int
    seed: int
    by: str = ""

    def of(self, origin: Origin) -> Expr:
        """The fold of each event, from 0.

        Raises
        ------
        LanguageError
            If nothing tells the events apart.
        """
        if self.by:
            zero = Constant(0, "int64")
            column = origin.schema.column(self.by).node()
            if column.type.depth or column.type.dtype.kind not in "iu":
                raise LanguageError(
                    f"fold_by='{self.by}' is {column.type}.",
                    why="events are told apart by one integer for each.",
                    fix="name a column of integers, such as the number of the event.",
                )
            identity: tuple[Node, Node, Node] = (zero, zero, cast(column, INT64))
        else:
            try:
                identity = identity_of(origin)
            except LanguageError as error:
                raise LanguageError(
                    "folds of events without an identity.",
                    why=f"{error.why} An event that is in training and test at once would "
                    "judge itself.",
                    fix="name a column that tells events apart: fold_by='EventId'.",
                ) from None
        # Philox: as good a hash of the identity as any, and the same on every machine.
        draw = Expr(Random(f"fold {self.seed}", 0, *identity, None), origin)
        fold: Expr = np.minimum(np.floor(draw * self.count), self.count - 1)
        return fold.astype("int64")
