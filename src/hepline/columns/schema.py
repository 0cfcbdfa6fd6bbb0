"""Which columns there are, and how they form collections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from hepline.columns.leaves import Collection, Column
from hepline.errors import ColumnNotFound, nearest

__all__ = ["ColumnSpec", "Schema"]


@dataclass(frozen=True)
class ColumnSpec:
    """One column as a source offers it.

    Attributes
    ----------
    name : str
        ``Muon_pt``.
    dtype : str
        NumPy's name of the element type.
    collection : str or None
        The list it runs along (``Muon``); None for one value per event.
    """

    name: str
    dtype: str
    collection: str | None = None

    def node(self) -> Column:
        """The leaf that reads this column."""
        axis = None if self.collection is None else Collection(self.collection)
        return Column(self.name, self.dtype, axis)


@dataclass(frozen=True)
class Schema:
    """The columns of a dataset by name, grouped by their prefix.

    Attributes
    ----------
    name : str
        For messages: a file's name, or ``nanoaod``.
    columns : mapping of str to ColumnSpec
    counters : mapping of str to str
        Collection to the column that holds its length, where there is one.
    open_groups : mapping of str to str
        Prefix to dtype, where any name may be asked for (trigger paths change from run to run).
    """

    name: str
    columns: Mapping[str, ColumnSpec]
    counters: Mapping[str, str] = field(default_factory=dict)
    open_groups: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_specs(
        cls,
        name: str,
        specs: Iterable[ColumnSpec],
        *,
        counters: Mapping[str, str] | None = None,
        open_groups: Mapping[str, str] | None = None,
    ) -> Schema:
        """Build from a list of columns."""
        by_name = {spec.name: spec for spec in specs}
        return cls(name, by_name, dict(counters or {}), dict(open_groups or {}))

    def groups(self) -> dict[str, dict[str, ColumnSpec]]:
        """Prefix → field → column: ``Muon`` → ``pt`` → ``Muon_pt``."""
        return self._groups

    @cached_property
    def _groups(self) -> dict[str, dict[str, ColumnSpec]]:
        found: dict[str, dict[str, ColumnSpec]] = {}
        for spec in self.columns.values():
            prefix, separator, rest = spec.name.partition("_")
            if separator and prefix and rest:
                found.setdefault(prefix, {})[rest] = spec
        return found

    def column(self, name: str) -> ColumnSpec:
        """The column of this name.

        Raises
        ------
        ColumnNotFound
            With the nearest names.
        """
        spec = self.columns.get(name)
        if spec is not None:
            return spec
        prefix, _, rest = name.partition("_")
        if rest and prefix in self.open_groups:
            return ColumnSpec(name, self.open_groups[prefix])
        raise self.missing(name)

    def missing(self, name: str, *, asked_at: str | None = None) -> ColumnNotFound:
        """The error for a column that does not exist."""
        prefix = name.partition("_")[0]
        family = [known for known in self.columns if known.startswith(f"{prefix}_")]
        why = (
            f"it lists {len(family)} columns that begin with '{prefix}_'; this is not one of them."
            if family
            else f"none of its {len(self.columns)} columns begins with '{prefix}'."
        )
        return ColumnNotFound(
            f"no column '{name}' in {self.name}.",
            why=why,
            fix=nearest(name, family or self.columns) + "  List them: hepline ls FILE",
            asked_at=asked_at,
        )
