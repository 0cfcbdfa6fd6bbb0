"""Which columns a skim keeps: names, patterns, and expressions under new names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import partial

from hepline.columns.events import Events
from hepline.columns.expression import Expr, Origin
from hepline.columns.leaves import Collection
from hepline.columns.nodes import Node
from hepline.columns.parsing import parsed
from hepline.columns.records import Records
from hepline.columns.reducing import reduced
from hepline.columns.schema import ColumnSpec, Schema
from hepline.columns.skimmed import Alternative
from hepline.columns.stored import Stored
from hepline.columns.text import Text, is_text
from hepline.columns.types import TEXT
from hepline.columns.weight import Weight
from hepline.data.filesource import FileSource
from hepline.data.writing.columns import Written
from hepline.engine.rules.bind import columns_of
from hepline.errors import LanguageError, nearest

__all__ = ["Columns", "Kept", "Made", "Selection", "on_events", "wanted"]

Columns = str | Mapping[str, object] | Sequence[str | Mapping[str, object]]


@dataclass(frozen=True)
class Kept:
    """A stored column that is copied.

    Attributes
    ----------
    spec : ColumnSpec
    written : Written
    """

    spec: ColumnSpec
    written: Written


@dataclass(frozen=True)
class Made:
    """A column that is computed.

    Attributes
    ----------
    written : Written
    node : Node
        With its variations.
    """

    written: Written
    node: Node


@dataclass(frozen=True)
class Selection:
    """The columns of a skim.

    Attributes
    ----------
    kept : tuple of Kept
    made : tuple of Made
    origin : Origin
        The events that all of them share.
    left_out : mapping of str to str
        Stored columns that were asked for and cannot be read, with the reason.
    alternatives : tuple of Alternative
        Which stored columns are variations of which, in a skim of a skim.
    """

    kept: tuple[Kept, ...]
    made: tuple[Made, ...]
    origin: Origin
    left_out: Mapping[str, str] = field(default_factory=dict)
    alternatives: tuple[Alternative, ...] = ()


def wanted(events: Events, columns: Columns | None, *, variations: bool = True) -> Selection:
    """Find the columns that are asked for.

    Parameters
    ----------
    events : Events
    columns : str, mapping, or sequence of these; None for all stored columns
        Names and patterns (``Muon_*``) of stored columns, names of objects (``Muon``), and mappings
        of new names to expressions, or to their text.
    variations : bool
        Whether stored columns are kept with their variations.

    Raises
    ------
    ColumnNotFound
        With the nearest names, if nothing has a name.
    LanguageError
        If a new column is nothing that can be kept, or its lists contradict their name.
    """
    schema = events.origin.schema
    names, made, left_out = _asked(events, columns)
    # What is missing by a policy is missing in the skim, too.
    cleaned = {name: schema.columns[name] for name in names if schema.columns[name].policies}
    made = {name: (spec.node(), events.origin) for name, spec in cleaned.items()} | made
    names = {name: None for name in names if name not in made}
    alternatives = tuple(a for a in schema.alternatives if variations and a.column in names)
    names |= {name: None for alternative in alternatives for name in alternative.varied}
    specs = _with_counters(schema, names, [node for node, _ in made.values()])
    specs = [spec for spec in specs if spec.name not in made]
    counters = _counters(schema)
    source = events.origin.source
    titles = source.titles() if isinstance(source, FileSource) else {}
    kept = tuple(Kept(spec, _of_stored(spec, counters, titles)) for spec in specs)
    return Selection(
        kept,
        tuple(_made(schema, kept, made)),
        _origin(events, [origin for _, origin in made.values()]),
        left_out,
        alternatives,
    )


def _asked(
    events: Events, columns: Columns | None
) -> tuple[dict[str, None], dict[str, tuple[Node, Origin | None]], dict[str, str]]:
    """Names of stored columns, new columns, and what cannot be read."""
    entries = ["*"] if columns is None else columns
    if isinstance(entries, str | Mapping):
        entries = [entries]
    names: dict[str, None] = {}
    made: dict[str, tuple[Node, Origin | None]] = {}
    left_out: dict[str, str] = {}
    for entry in entries:
        if isinstance(entry, Mapping):
            for name, value in entry.items():
                made |= _new(name, value, events)
            continue
        if not isinstance(entry, str):
            raise LanguageError(
                f"columns={entry!r:.60}.",
                why="stored columns are named by text; a new one needs a name.",
                fix='write columns=["Muon_*", {"mass": z.mass}].',
            )
        there, unreadable = _stored(events.origin.schema, entry)
        names |= dict.fromkeys(there)
        left_out |= unreadable
    return names, made, left_out


def _stored(schema: Schema, entry: str) -> tuple[list[str], dict[str, str]]:
    """The stored columns of a name or pattern, and those that cannot be read."""
    if entry in schema.columns:
        return [entry], {}
    if entry in schema.groups():
        specs = schema.groups()[entry].values()
        obstacles = schema.obstacles_of(schema.called(entry))
        return [spec.name for spec in specs], {f"{entry}.{f}": w for f, w in obstacles.items()}
    # What belongs to a variation follows its nominal column.
    hidden = {schema.passing, *(name for a in schema.alternatives for name in a.varied)}
    there = [name for name in schema.columns if fnmatchcase(name, entry) and name not in hidden]
    unreadable = {n: why for n, why in schema.obstacles.items() if fnmatchcase(n, entry)}
    if there or (unreadable and "*" in entry):
        return there, unreadable
    error = schema.missing(entry)
    if entry not in schema.obstacles:
        error.fix = nearest(entry, (*schema.groups(), *schema.columns))
    raise error


def _with_counters(schema: Schema, names: Iterable[str], nodes: Iterable[Node]) -> list[ColumnSpec]:
    """The specifications in the order of the file, with the counters of their lists."""
    all_names = dict.fromkeys(names)
    specs = [schema.columns[name] for name in all_names]
    axes = {axis for spec in specs for axis in (spec.axis, spec.collection)}
    axes |= {
        axis.name for node in nodes for axis in node.type.axes[:1] if isinstance(axis, Collection)
    }
    for axis, counter in schema.counters.items():
        if axis in axes and counter in schema.columns:
            all_names[counter] = None
    return [spec for name, spec in schema.columns.items() if name in all_names]


def _of_stored(spec: ColumnSpec, counters: Mapping[str, str], titles: Mapping[str, str]) -> Written:
    depth = 0 if spec.axis is None else 1 + len(spec.inner)
    counter = counters.get(spec.axis or "", f"n{spec.name}") if depth else ""
    title = titles.get(spec.name, "")
    return Written(spec.name, spec.dtype, depth, spec.optional, counter, title)


def _counters(schema: Schema) -> dict[str, str]:
    """The column that counts the elements of stored lists in a TTree, by the axis of the lists."""
    axes: dict[str, Counter[str]] = {}
    for spec in schema.columns.values():
        if spec.axis is not None and spec.collection is not None:
            axes.setdefault(spec.collection, Counter())[spec.axis] += 1
    counters: dict[str, str] = {}
    for collection, counts in axes.items():
        # Most lists of a collection have its length; others, such as relations, are counted apart.
        ((axis, count),) = counts.most_common(1)
        if count > 1 and f"n{collection}" not in schema.columns:
            counters[axis] = f"n{collection}"
        if collection in schema.counters:
            counters |= dict.fromkeys(counts, schema.counters[collection])
    return counters | dict(schema.counters)


def _new(name: str, value: object, events: Events) -> dict[str, tuple[Node, Origin | None]]:
    """The new columns of one entry of a mapping."""
    if isinstance(value, str):
        value = parsed(value, events)
    if isinstance(value, Weight):
        value = value.expression
    value = on_events(value, events)
    if isinstance(value, Text):
        value = value.codes
    if isinstance(value, Expr):
        return {name: (value.node, value.origin)}
    if isinstance(value, Records):
        return _fields(name, value, events.origin.schema)
    raise LanguageError(
        f"the new column '{name}' is {value!r:.60}.",
        why="a column is an expression on events, a collection, a weight, or the text of one.",
        fix=f'give such a value: {{"{name}": ev.Muon.pt.max()}}.',
    )


def on_events(value: object, events: Events) -> object:
    """An expression on symbolic events, as one on the events of files; others as they are.

    Parameters
    ----------
    value : object
    events : Events
    """
    if isinstance(value, Text):
        return Text(Expr(value.codes.node, _bound(value.codes.origin, events)))
    if isinstance(value, Expr | Records) and value.origin is not None:
        return replace(value, origin=_bound(value.origin, events))
    return value


def _bound(origin: Origin | None, events: Events) -> Origin | None:
    if origin is None or origin.source is not None:
        return origin
    return replace(events.origin, selection=origin.selection)


def _fields(name: str, objects: Records, schema: Schema) -> dict[str, tuple[Node, Origin | None]]:
    """One column for every field, without those that the convention derives anyway."""
    fields = objects.fields.names()
    derived = schema.convention.derived(name, fields)
    columns = {}
    for field_ in fields:
        if field_ in derived and not _is_stored(objects, field_):
            continue
        value = objects.field(field_)
        node = value.codes.node if isinstance(value, Text) else value.node
        # Symbolic objects have the fields of all versions of the format.
        if all(map(partial(_is_in, schema), columns_of([node]))):
            columns[f"{name}_{field_}"] = (node, objects.origin)
    if schema.convention.counted and objects.fields.axes:
        axis = objects.fields.axes[0]
        if not (isinstance(axis, Collection) and axis.name in schema.counters):
            length = reduced("count", Expr(axis, objects.origin), -1).astype("int32")
            columns[f"n{name}"] = (length.node, objects.origin)
    return columns


def _is_in(schema: Schema, column: str) -> bool:
    return column in schema.columns or schema.standing_for(column) is not None


def _is_stored(objects: Records, name: str) -> bool:
    fields = objects.fields
    return isinstance(fields, Stored) and name in fields.columns


def _made(
    schema: Schema,
    kept: Sequence[Kept],
    made: Mapping[str, tuple[Node, Origin | None]],
) -> Iterable[Made]:
    """Describe the new columns; lists of one length share a counter."""
    lists: dict[str, object] = {
        stored.written.counter: stored.spec.collection for stored in kept if stored.written.depth
    }
    collections = {stored.spec.collection for stored in kept if stored.written.depth}
    names: dict[Node, str] = {}
    for name, (node, _) in made.items():
        depth = len(node.type.axes)
        counter = ""
        if depth:
            axis, group = node.type.axes[0], name.partition("_")[0]
            stored_counter = schema.counters.get(axis.name) if isinstance(axis, Collection) else ""
            counter = stored_counter or names.setdefault(axis, f"n{group}")
            is_foreign = group in collections and _key(axis) != group
            if is_foreign or lists.setdefault(counter, _key(axis)) != _key(axis):
                raise LanguageError(
                    f"the new column '{name}' is a list of other lengths than '{group}'.",
                    why=f"by its name it belongs to the objects of '{group}'.",
                    fix="give it another name, or compute it from all of these objects.",
                )
        dtype = TEXT if is_text(node) else node.type.dtype.name
        yield Made(Written(name, dtype, depth, node.type.optional, counter), node)


def _key(axis: Node) -> object:
    return axis.name if isinstance(axis, Collection) else axis


def _origin(events: Events, origins: Iterable[Origin | None]) -> Origin:
    """The events that pass the conditions of all columns."""
    steps = {step[1]: step for step in events.origin.selection}
    for origin in origins:
        if origin is None:
            continue
        if origin != events.origin:
            raise LanguageError(
                f"a new column comes from {origin.describe()}.",
                why=f"the skim is one of {events.origin.describe()}.",
                fix="write the column from the events that are given to hl.skim(…).",
            )
        for step in origin.selection:
            steps.setdefault(step[1], step)
    return replace(events.origin, selection=tuple(steps.values()))
