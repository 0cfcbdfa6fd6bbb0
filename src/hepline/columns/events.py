"""Events, the start of every recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import overload

from hepline.columns.cleaning import Missing, cleaned
from hepline.columns.conventions.registry import convention_of
from hepline.columns.elementwise import FillMissing
from hepline.columns.expression import Expr, Origin
from hepline.columns.fields import Chosen, Fields
from hepline.columns.leaves import Collection, Constant
from hepline.columns.lifting import build, cast
from hepline.columns.lists import Take
from hepline.columns.nodes import Node
from hepline.columns.records import Records
from hepline.columns.schema import ColumnSpec, Schema, counted, symbolic
from hepline.columns.selection import choose_events
from hepline.columns.stored import Stored
from hepline.columns.text import Text, column_of
from hepline.columns.types import INT64
from hepline.columns.unread import Unread
from hepline.errors import LanguageError, TypeMismatch, checked_keywords, nearest
from hepline.notebook import html_table

__all__ = ["Events", "events", "filter", "identity_of"]

_SHOWN = 8


@dataclass(frozen=True, eq=False)
class Events(Unread):
    """The events of a source, or symbolic events whose source comes later.

    ``ev[ev.MET.pt > 30]`` are the events that pass; expressions from them cover these events only.
    ``ev.Muon`` is a collection, ``ev.MET`` one object per event, ``ev.run`` a column; a column of
    a file is also found under its full name, ``ev["Muon_pt"]``. Which columns form a collection,
    and their units, is up to the convention of the files; under its full name, a column is as
    stored.

    Attributes
    ----------
    origin : Origin
    """

    origin: Origin

    def __repr__(self) -> str:
        source = self.origin.source
        more = 0 if source is None else len(source.parts) - 1
        others = f" and {counted(more, 'more file')}" if more > 0 else ""
        schema, steps = self.origin.schema, len(self.origin.selection)
        others += f", those that pass {counted(steps, 'condition')}" if steps else ""
        tree = "" if source is None or not source.parts else source.parts[0].tree
        inside = f"tree='{tree}', " if tree else ""
        return f"<Events of {schema.name}{others}  {inside}convention='{schema.convention.name}'>"

    def _repr_html_(self) -> str:
        rows = []
        for name, group in self.origin.schema.groups().items():
            listed = any(spec.collection is not None for spec in group.values())
            rows.append((name, "list" if listed else "one", ", ".join([*group][:_SHOWN])))
        return html_table(["objects", "per event", "fields"], rows, caption=repr(self)[1:-1])

    def __dir__(self) -> list[str]:
        schema = self.origin.schema
        return [*object.__dir__(self), *schema.groups(), *schema.subsets(), *schema.columns]

    def __getattr__(self, name: str) -> Records | Expr | Text:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    @overload
    def __getitem__(self, name: str) -> Records | Expr | Text: ...

    @overload
    def __getitem__(self, name: Expr) -> Events: ...

    def __getitem__(self, name: str | Expr) -> Records | Expr | Text | Events:
        if isinstance(name, Expr):
            return Events(choose_events(self.origin, {"": name}))
        if not isinstance(name, str):
            raise TypeMismatch(
                f"[{name!r:.60}] on events.",
                why="brackets on events name a column, or hold a condition on events.",
                fix='write ev["MET_pt"], or ev[ev.MET.pt > 30].',
            )
        schema = self.origin.schema
        # ROOT stores the length of an array in a column with the name of the objects.
        counts = schema.convention.renames and name in schema.own_groups
        if name in schema.columns and not counts:
            return column_of(schema.node(name), self.origin)
        records = self._records.get(name)
        fields = self._objects(name) if records is None else None
        if fields is not None:
            records = self._records.setdefault(name, Records(fields, self.origin))
        if records is not None:
            return records
        if "_" in name:
            return column_of(schema.node(name), self.origin)
        error = schema.missing(name)
        if name not in schema.obstacles:
            error.fix = nearest(name, (*schema.groups(), *schema.subsets(), *schema.columns))
        raise error

    def clean(self, policies: Mapping[str, Missing], /) -> Events:
        """Say which values of columns stand for "not known".

        Parameters
        ----------
        policies : mapping of str to Missing
            By the full name of a column, or a pattern: ``{"DER_*": hl.missing(-999)}``. A pattern
            passes over columns that cannot have such values, such as text.

        Returns
        -------
        Events
            All that is made of these columns follows, and so do the recipes in the provenance of
            results.

        Raises
        ------
        ColumnNotFound
            If no column has such a name.
        LanguageError
            If a column cannot follow its policy, or has two.
        """
        return Events(cleaned(self.origin, policies))

    @cached_property
    def _records(self) -> dict[str, Records]:
        """A cache: making objects takes time in wide files."""
        return {}

    def __reduce__(self) -> tuple[type[Events], tuple[Origin]]:
        # The cache does not travel to other processes.
        return Events, (self.origin,)

    def _objects(self, name: str) -> Fields | None:
        """The objects with a name, stored as columns or as positions in others."""
        schema = self.origin.schema
        group = schema.groups().get(name, {})
        if group or name in schema.open_groups:
            return self._stored(schema.called(name), group)
        subset = schema.subsets().get(name)
        if subset is None:
            return None
        positions = subset.of(*map(self._column, subset.columns))
        return Chosen(self._target(subset.target), positions, checked=True)

    def _target(self, name: str) -> Fields:
        fields = self._objects(name)
        if fields is None:
            raise self.origin.schema.missing(name)
        return fields

    def _column(self, name: str) -> Node:
        return self.origin.schema.node(name)

    def _stored(self, name: str, group: dict[str, ColumnSpec]) -> Stored:
        schema, convention = self.origin.schema, self.origin.schema.convention
        listed = [spec.collection for spec in group.values() if spec.collection is not None]
        collection = name if name in listed else (listed[0] if listed else None)
        if name in convention.single:
            collection = None

        # An empty list of one means a missing object.
        is_lone = name in convention.lone and collection is not None

        def read(field: str, spec: ColumnSpec) -> Node:
            node = schema.node(spec.name)
            if is_lone and spec.collection == collection:
                node = Take(node, Constant(0, "int64"), True)
            divisor = convention.divisor(name, field)
            return node if divisor == 1.0 else build("true_divide", (node, divisor))

        nodes = {field: read(field, spec) for field, spec in group.items()}
        columns = {f: node for f, node in nodes.items() if group[f].collection == collection}
        collection = None if is_lone else collection
        unlisted = None
        if name in schema.open_groups:
            unlisted = lambda field: schema.node(f"{name}_{field}")  # noqa: E731
        return Stored(
            name,
            columns,
            () if collection is None else (Collection(collection),),
            convention.derived(name, columns),
            unlisted,
            {field: node for field, node in nodes.items() if field not in columns},
            schema.obstacles_of(name),
            convention.links(name, columns, schema.own_groups),
            self._target,
            self._column,
        )


def filter(events: Events, steps: Mapping[str, Expr] | None = None, /, **more: Expr) -> Events:
    """Choose the events that pass named conditions.

    Parameters
    ----------
    events : Events
    steps : mapping of str to Expr, optional
        By label: ``hl.filter(ev, {"single-muon trigger": ev.HLT.IsoMu24})``.
    **more : Expr
        By name: ``hl.filter(ev, trigger=ev.HLT.IsoMu24, met=ev.MET.pt > 30)``.

    Returns
    -------
    Events
        Regions that are made of these events begin their cutflow with these steps.

    Raises
    ------
    TypeMismatch
        If the first argument is not events, or a step is not one condition per event.
    """
    if not isinstance(events, Events):
        raise TypeMismatch(
            f"hl.filter({events!r:.60}, …).",
            why="it chooses events; objects are chosen with brackets.",
            fix="give the events: hl.filter(ev, trigger=ev.HLT.IsoMu24).",
        )
    if steps is not None and not isinstance(steps, Mapping):
        raise TypeMismatch(
            f"hl.filter(…, {steps!r:.60}).",
            why="every step of a cutflow has a name.",
            fix='name it: hl.filter(ev, {"trigger": ev.HLT.IsoMu24}); without a name write '
            "ev[ev.HLT.IsoMu24].",
        )
    return Events(choose_events(events.origin, {**(steps or {}), **more}))


def identity_of(events: Origin) -> tuple[Node, Node, Node]:
    """Run, luminosity block and event as integers.

    Parameters
    ----------
    events : Origin

    Raises
    ------
    LanguageError
        If the convention of the files has no number of the event, or the files lack it.
    """
    schema = events.schema
    identity = schema.convention.identity(schema.columns)
    if not identity.event:
        raise LanguageError(
            f"the events of {schema.name} have no number of their own.",
            why=f"files of this convention ({schema.convention.title}) tell events apart by "
            "columns that are not there, so that nothing could key what depends on the event.",
            fix="write a column with the number of the event, such as 'event', into the files.",
        )
    run, block, event = (
        _per_event(schema.column(name).node()) if name else Constant(0, "int64")
        for name in (identity.run, identity.block, identity.event)
    )
    return run, block, event


def _per_event(column: Node) -> Node:
    """Convert to one integer per event; some formats store a list of one."""
    if column.type.axes:
        zero = Constant(0, column.type.dtype.name)
        column = FillMissing(Take(column, Constant(0, "int64"), True), zero)
    return cast(column, INT64)


@checked_keywords
def events(convention: str = "nanoaod", *, schema: Schema | None = None) -> Events:
    """Symbolic events: write the analysis now, name the files later.

    Parameters
    ----------
    convention : str
        ``nanoaod``, ``physlite``, ``atlas2020``, ``atlas2025``, ``edm4hep``, ``delphes`` or
        ``lhcb``.
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
        schema = symbolic(convention_of(convention))
    return Events(Origin(schema, None))
