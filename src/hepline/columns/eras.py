"""Expressions that differ between data-taking eras: triggers, corrections, working points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, overload

import numpy as np

from hepline.columns.alternatives import merged
from hepline.columns.expression import Expr, common_origin, node_of
from hepline.columns.lifting import cast
from hepline.columns.nodes import Node, rewrite
from hepline.columns.records import Records
from hepline.columns.types import Type
from hepline.errors import AnalysisError, TypeMismatch, nearest

__all__ = ["ByEra", "by_era", "in_era"]


@dataclass(frozen=True, eq=False)
class ByEra(Node):
    """A value whose recipe depends on the era of the events.

    Attributes
    ----------
    eras : tuple of str
    options : tuple of Node
        One for each era.
    """

    spelling: ClassVar[str] = "by_era({eras}: {options})"

    eras: tuple[str, ...]
    options: tuple[Node, ...]

    def infer(self) -> Type:
        """The common type of the options."""
        first = self.options[0].type
        for era, option in zip(self.eras, self.options, strict=True):
            if option.type.dtype != first.dtype or option.type.axes != first.axes:
                raise TypeMismatch(
                    f"by_era gives {option.type} in {era} and {first} in {self.eras[0]}.",
                    why="what follows is written once, for all eras.",
                    fix="give values of one kind, on the same collection, in every era.",
                )
        return Type(first.dtype, first.axes, any(option.type.optional for option in self.options))


@overload
def by_era(options: Mapping[str, Expr | float]) -> Expr: ...
@overload
def by_era(options: Mapping[str, Records]) -> Records: ...
def by_era(options: Mapping[str, Expr | float] | Mapping[str, Records]) -> Expr | Records:
    """Choose an expression, or objects, by the era of the events.

    Parameters
    ----------
    options : mapping of str to Expr, number or Records
        For each era of the analysis, ``hl.Analysis.era``. Objects are the same in every era, with
        other values.

    Returns
    -------
    Expr or Records

    Examples
    --------
    >>> trigger = by_era({"2016": ev.HLT.IsoMu24, "2017": ev.HLT.IsoMu27})  # doctest: +SKIP
    """
    if not options:
        raise AnalysisError(
            "by_era({}) without an era.",
            why="it chooses among expressions.",
            fix='give one for each era: hl.by_era({"2016": …, "2017": …}).',
        )

    def choice(nodes: tuple[Node, ...]) -> Node:
        kind = np.result_type(*(node.type.dtype for node in nodes))
        return ByEra(tuple(options), tuple(cast(node, kind) for node in nodes))

    values = tuple(options.values())
    if any(isinstance(value, Records) for value in values):
        return merged(values, choice, "hl.by_era()")
    return Expr(choice(tuple(map(node_of, values))), common_origin(*values))


def in_era(roots: Iterable[Node], era: str) -> tuple[Node, ...]:
    """Replace every choice by era by the recipe of one era.

    Raises
    ------
    AnalysisError
        If a choice has none for this era, or the events belong to no era.
    """

    def rule(node: Node) -> Node:
        if not isinstance(node, ByEra):
            return node
        if era not in node.eras:
            which = f"the era '{era}'" if era else "events without an era"
            raise AnalysisError(
                f"by_era says nothing about {which}.",
                why=f"it has {', '.join(node.eras)}.",
                fix=nearest(era, node.eras) if era else "declare the eras: analysis.era(…).",
            )
        return node.options[node.eras.index(era)]

    return rewrite(roots, rule)
