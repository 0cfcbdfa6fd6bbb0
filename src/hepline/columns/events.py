"""Events: where every recipe starts."""

from __future__ import annotations

from dataclasses import dataclass

from hepline.columns.expression import Expr, Origin
from hepline.columns.fields import Stored
from hepline.columns.leaves import Collection
from hepline.columns.nanoaod import DERIVED, nanoaod
from hepline.columns.nodes import Node
from hepline.columns.records import Records
from hepline.columns.schema import ColumnSpec, Schema, counted
from hepline.columns.unread import Unread
from hepline.errors import LanguageError, TypeMismatch, nearest

__all__ = ["Events", "events"]

_SCHEMAS = {"nanoaod": nanoaod}


@dataclass(frozen=True, eq=False)
class Events(Unread):
    """The events of a source, or symbolic events whose source comes later.

    ``ev.Muon`` is a collection, ``ev.MET`` one object per event, ``ev.run`` a column; a column of
    a file is also found under its full name, ``ev["Muon_pt"]``.

    Attributes
    ----------
    origin : Origin
    """

    origin: Origin

    def __repr__(self) -> str:
        source = self.origin.source
        more = 0 if source is None else len(source.parts) - 1
        others = f" and {counted(more, 'more file')}" if more > 0 else ""
        return f"<Events of {self.origin.schema.name}{others}>"

    def __dir__(self) -> list[str]:
        return [*object.__dir__(self), *self.origin.schema.groups(), *self.origin.schema.columns]

    def __getattr__(self, name: str) -> Records | Expr:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, name: str) -> Records | Expr:
        if not isinstance(name, str):
            raise TypeMismatch(
                f"[{name!r:.60}] on events.",
                why="brackets on events name a column; they do not choose events.",
                fix="give conditions on events as where= of the histogram or region.",
            )
        schema = self.origin.schema
        if name in schema.columns:
            return Expr(schema.columns[name].node(), self.origin)
        group = schema.groups().get(name, {})
        if group or name in schema.open_groups:
            return Records(self._stored(name, group), self.origin)
        if "_" in name:
            return Expr(schema.column(name).node(), self.origin)
        error = schema.missing(name)
        if name not in schema.obstacles:
            error.fix = nearest(name, (*schema.groups(), *schema.columns))
        raise error

    def _stored(self, name: str, group: dict[str, ColumnSpec]) -> Stored:
        schema = self.origin.schema
        listed = [spec.collection for spec in group.values() if spec.collection is not None]
        collection = name if name in listed else (listed[0] if listed else None)
        columns: dict[str, Node] = {
            field: spec.node() for field, spec in group.items() if spec.collection == collection
        }
        others: dict[str, Node] = {
            field: spec.node() for field, spec in group.items() if spec.collection != collection
        }
        obstacles = {
            column.removeprefix(f"{name}_"): reason
            for column, reason in schema.obstacles.items()
            if column.startswith(f"{name}_")
        }
        derived = {
            field: definition
            for field, definition in DERIVED.get(name, {}).items()
            if f"{name}_jetId" in schema.columns
        }
        axes = () if collection is None else (Collection(collection),)
        unlisted = None
        if name in schema.open_groups:
            unlisted = lambda field: schema.column(f"{name}_{field}").node()  # noqa: E731
        return Stored(name, columns, axes, derived, unlisted, others, obstacles)


def events(convention: str = "nanoaod", *, schema: Schema | None = None) -> Events:
    """Symbolic events: write the analysis now, name the files later.

    Parameters
    ----------
    convention : str
        ``nanoaod``.
    schema : Schema, optional
        In place of a convention: the columns of your own files.

    Returns
    -------
    Events

    Raises
    ------
    LanguageError
        For an unknown convention.

    Examples
    --------
    >>> ev = events("nanoaod")
    >>> ev.Muon.pt > 20
    <(Muon_pt > 20.0)  type='event * var * bool'>
    """
    if schema is None:
        if convention not in _SCHEMAS:
            raise LanguageError(
                f"no convention '{convention}'.",
                why="hepline knows the column names of some formats only.",
                fix=nearest(convention, _SCHEMAS) + "  For your own files: hl.open(FILE).",
            )
        schema = _SCHEMAS[convention]()
    return Events(Origin(schema, None))
