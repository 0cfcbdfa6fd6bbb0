"""Leaves of a recipe: columns, collections, constants, random numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from hepline.columns.nodes import Node
from hepline.columns.types import FLOAT64, INT64, Type, row_dtype

__all__ = [
    "Collection",
    "Column",
    "Constant",
    "OptionalColumn",
    "Random",
    "Sublists",
    "presence_of",
]


@dataclass(frozen=True, eq=False)
class Collection(Node):
    """The objects of one kind in an event: their positions 0, 1, 2, …

    Attributes
    ----------
    name : str
        ``Muon``; also the list axis of all of its columns.
    """

    spelling: ClassVar[str] = "{name}"

    name: str

    def infer(self) -> Type:
        """One integer per object."""
        return Type(INT64, (self,))


@dataclass(frozen=True, eq=False)
class Sublists(Node):
    """Lists inside the elements of a stored list: positions 0, 1, 2, … in each.

    Attributes
    ----------
    name : str
        Of the list axis; no collection has this name.
    outer : Collection or Sublists
        Each of its elements holds one list.
    """

    spelling: ClassVar[str] = "{name}"

    name: str
    outer: Node

    def infer(self) -> Type:
        """One integer per element of the inner lists."""
        return Type(INT64, (*self.outer.type.axes, self))


@dataclass(frozen=True, eq=False)
class Column(Node):
    """A column as it stands in the file.

    Attributes
    ----------
    name : str
        ``Muon_pt``.
    dtype : str
        NumPy's name of the element type; ``string`` for text, stored as codes.
    collection : Collection, Sublists or None
        The innermost list that its elements stand in; None for one value per event.
    """

    spelling: ClassVar[str] = "{name}"

    name: str
    dtype: str
    collection: Node | None

    def infer(self) -> Type:
        """The dtype and lists of the schema."""
        axes = () if self.collection is None else self.collection.type.axes
        return Type(row_dtype(self.dtype), axes)


@dataclass(frozen=True, eq=False)
class OptionalColumn(Column):
    """A column of which some values may be missing in the file.

    A source also provides a row of booleans that mark present values, under the name from
    `presence_of`.
    """

    def infer(self) -> Type:
        """The dtype and lists of the schema; values may be missing."""
        return replace(super().infer(), optional=True)


def presence_of(column: str) -> str:
    """Name of the row that marks the present values of a column."""
    return f"{column}?"


@dataclass(frozen=True, eq=False)
class Constant(Node):
    """A number that is the same for every event.

    Attributes
    ----------
    value : bool, int or float
    dtype : str
    """

    value: bool | int | float
    dtype: str

    def spell(self, depth: int) -> str:  # noqa: ARG002
        """The shortest spelling that is exact in its dtype: 2.4, not 2.4000000953674316."""
        return str(np.dtype(self.dtype).type(self.value))

    def infer(self) -> Type:
        """An event scalar."""
        return Type(np.dtype(self.dtype))


@dataclass(frozen=True, eq=False)
class Random(Node):
    """A uniform number in (0, 1) that depends only on event, object and stream.

    Philox4x32-10 [1]_ with the counter (event, run, luminosityBlock) and the key (stream,
    object): independent of chunks, files, order and workers.

    Attributes
    ----------
    stream : str
        Purpose and collection (``pt_res/Jet``); two streams are independent.
    draw : int
        0 or 1: each object has two numbers per stream.
    run, luminosity_block, event : Node
        Integers, one per event.
    place : Node or None
        Position of each object in the stored collection, so that a selection does not change its
        number. None for one number per event.

    References
    ----------
    .. [1] J. K. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11,
       doi:10.1145/2063384.2063405.
    """

    spelling: ClassVar[str] = "random('{stream}')"

    stream: str
    draw: int
    run: Node
    luminosity_block: Node
    event: Node
    place: Node | None

    def infer(self) -> Type:
        """float64, one per event or per object; missing where the object is."""
        if self.place is None:
            return Type(FLOAT64)
        return Type(FLOAT64, self.place.type.axes, self.place.type.optional)
