"""The columns of an HDF5 file, and the lists around them."""

from __future__ import annotations

from dataclasses import dataclass, field

from hepline.columns.schema import ColumnSpec, own_axis

__all__ = ["HDF5Column", "Layout", "Level", "Lists", "Place"]


@dataclass(frozen=True)
class Place:
    """The place of a column's numbers.

    Attributes
    ----------
    dataset : str
        Its path in the file.
    member : str or None
        Member of a structure.
    row : tuple of int
        Element of the last axes.
    """

    dataset: str
    member: str | None = None
    row: tuple[int, ...] = ()


@dataclass(frozen=True)
class Lists:
    """The column that gives the lengths of a collection's lists.

    Attributes
    ----------
    kind : str
        ``counts`` (numbers of elements) or ``offsets``.
    name : str
        Name of the column.
    place : Place
    number : int
        Number of lists.
    total : int
        Number of their elements.
    """

    kind: str
    name: str
    place: Place
    number: int = 0
    total: int = 0


@dataclass(frozen=True)
class Level:
    """One level of lists.

    Attributes
    ----------
    axis : str
        See `ColumnSpec`.
    lists : Lists or None
        The column with their lengths, if there is one.
    size : int
        Otherwise their constant length: an axis of the dataset.
    """

    axis: str
    lists: Lists | None = None
    size: int = 0


@dataclass(frozen=True)
class HDF5Column:
    """One column of a file.

    Attributes
    ----------
    name, dtype : str
    place : Place
    length : int
        Length of its dataset.
    has_lists : bool
        Whether the dataset itself holds lists.
    counted_levels : tuple of Level
        Lists whose lengths another column gives, outermost first.
    sizes : tuple of int
        Sizes of the dataset's axes that are lists of constant length.
    objects : str
        The collection that the second axis of a dataset of structures makes.
    """

    name: str
    dtype: str
    place: Place
    length: int
    has_lists: bool = False
    counted_levels: tuple[Level, ...] = ()
    sizes: tuple[int, ...] = ()
    objects: str = ""

    @property
    def collection(self) -> str | None:
        """See `ColumnSpec`; None for one value per event."""
        if self.counted_levels:
            return self.counted_levels[0].axis
        if self.has_lists or self.sizes:
            return self.objects or self.name.partition("_")[0]
        return None

    @property
    def levels(self) -> tuple[Level, ...]:
        """The lists around its numbers, outermost first, without those inside the dataset."""
        depth = len(self.counted_levels)
        axes = [own_axis(self.name, depth + level) for level in range(len(self.sizes))]
        if self.objects:
            axes[0] = self.objects
        even = (Level(axis, None, size) for axis, size in zip(axes, self.sizes, strict=True))
        return (*self.counted_levels, *even)

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes of all lists around its numbers, outermost first."""
        if self.has_lists:
            return (own_axis(self.name),)
        return tuple(level.axis for level in self.levels)

    @property
    def spec(self) -> ColumnSpec:
        """The specification of the column."""
        axes = self.axes
        first = axes[0] if axes else None
        return ColumnSpec(self.name, self.dtype, self.collection, first, inner=axes[1:])


@dataclass
class Layout:
    """The columns of a group.

    Attributes
    ----------
    entries : int
    columns : dict of str to HDF5Column
    tellers : dict of str to Lists
        Lengths by collection; datasets of lists need none.
    obstacles : dict of str to str
        Unusable columns, with the reason.
    """

    entries: int = 0
    columns: dict[str, HDF5Column] = field(default_factory=dict)
    tellers: dict[str, Lists] = field(default_factory=dict)
    obstacles: dict[str, str] = field(default_factory=dict)
