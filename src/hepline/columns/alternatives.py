"""Objects that are made in several ways, one for each kind of events."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hepline.columns.expression import common_origin
from hepline.columns.nodes import Node
from hepline.columns.records import Records
from hepline.errors import TypeMismatch

__all__ = ["merged"]


def merged(
    options: Sequence[object], choose: Callable[[tuple[Node, ...]], Node], word: str
) -> Records:
    """Join objects that differ in some fields.

    Parameters
    ----------
    options : sequence of Records
        The same objects, with other values.
    choose : callable
        Makes one node of the fields of all options.
    word : str
        The function, for messages.

    Raises
    ------
    TypeMismatch
        If they are not the same objects, or have other fields.
    """
    records = [option for option in options if isinstance(option, Records)]
    first = records[0]
    if len(records) < len(options) or any(other.axes != first.axes for other in records):
        raise TypeMismatch(
            f"{word} of {', '.join(f'{option!r:.40}' for option in options)}.",
            why="what follows is written once: all are the same objects, with other values.",
            fix="make each of the same collection, such as hl.calibrate(ev.Jet, …).",
        )
    changes: dict[str, Node] = {}
    for name in dict.fromkeys(name for option in records for name in option.fields.names()):
        nodes = tuple(node for option in records if (node := option.fields.get(name)) is not None)
        if len(nodes) < len(records):
            raise TypeMismatch(
                f"{word} of objects of which {len(records) - len(nodes)} have no '{name}'.",
                why="what follows is written once, for all of them.",
                fix=f"add the field to each, .with_fields({name}=…).",
            )
        if any(node is not nodes[0] for node in nodes):
            changes[name] = choose(nodes)
    return first._with(changes, common_origin(*records)) if changes else first
