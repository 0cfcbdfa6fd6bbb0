"""Policies for missing values: what stands for "not known" in a column, and what becomes of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

import numpy as np

from hepline.columns.elementwise import FillMissing, IsMissing, Masked
from hepline.columns.lifting import build, cast, constant
from hepline.columns.nodes import Node
from hepline.columns.origin import Origin
from hepline.columns.rounding import is_in
from hepline.columns.schema import ColumnSpec, Schema
from hepline.columns.tables import IsIn
from hepline.columns.text import code_of
from hepline.columns.types import TEXT
from hepline.errors import LanguageError, TypeMismatch, checked_keywords, nearest

__all__ = ["Missing", "cleaned", "missing"]

KEEP, DROP = "keep", "drop"


@dataclass(frozen=True)
class Missing:
    """A policy for the missing values of a column; see `missing`."""

    values: tuple[float | str, ...] = ()
    nan: bool = False
    infinite: bool = False
    below: float | None = None
    above: float | None = None
    then: float | str = KEEP

    def __str__(self) -> str:
        what = [str(value) for value in self.values]
        what += ["NaN"] if self.nan else []
        what += ["infinity"] if self.infinite else []
        what += [] if self.below is None else [f"below {self.below}"]
        what += [] if self.above is None else [f"above {self.above}"]
        ends = {KEEP: "missing", DROP: "missing, and the event left out"}
        end = ends.get(str(self.then), f"replaced by {self.then}")
        return f"{', '.join(what) or 'missing values'}: {end}"

    def __call__(self, node: Node) -> Node:
        """Apply the policy to a column."""
        bad = self._bad(node)
        for condition in bad[1:]:
            bad[0] = build("bitwise_or", (bad[0], condition))
        if bad:
            node = Masked(node, build("invert", (bad[0],)))
        if isinstance(self.then, str):
            return node
        return FillMissing(node, cast(constant(self.then, node.type.dtype), node.type.dtype))

    def _bad(self, node: Node) -> list[Node]:
        """Conditions that are true where a value means nothing."""
        if any(isinstance(value, str) for value in self.values):
            return [IsIn(node, tuple(sorted({code_of(str(value)) for value in self.values})))]
        is_float = node.type.dtype.kind == "f"
        # Not by way of floats, which cannot tell 2**60 from 2**60 + 1.
        bad = [is_in(node, self.values)] if self.values else []  # type: ignore[arg-type]
        if self.nan and is_float:
            bad.append(build("isnan", (node,)))
        if self.infinite and is_float:
            bad.append(build("equal", (build("absolute", (node,)), math.inf)))
        if self.below is not None:
            bad.append(build("less", (node, self.below)))
        if self.above is not None:
            bad.append(build("greater", (node, self.above)))
        return bad

    def obstacle(self, spec: ColumnSpec) -> str:
        """Why the policy cannot be meant for a column; empty if it can."""
        is_text = spec.dtype == TEXT
        says_text = any(isinstance(value, str) for value in self.values)
        bounds = self.below is not None or self.above is not None
        if is_text != says_text and (self.values or (is_text and bounds)):
            return f"it holds {'text' if is_text else 'numbers'}"
        if spec.dtype == "bool" and not says_text:
            return "it is true or false"
        is_number = isinstance(self.then, int | float)
        if is_text and is_number:
            return "text has no number to be replaced by"
        if isinstance(self.then, int | float) and not _holds(spec.dtype, self.then):
            return f"{spec.dtype} cannot hold {self.then}"
        if self.then == DROP and spec.collection is not None:
            return "it is a list, and an event may have good values beside missing ones"
        return ""


@checked_keywords
def missing(
    *values: float | str,
    nan: bool = False,
    infinite: bool = False,
    below: float | None = None,
    above: float | None = None,
    then: float | str = KEEP,
) -> Missing:
    """Say which values of a column stand for "not known", and what becomes of them.

    Parameters
    ----------
    *values : float or str
        Such as −999; without any condition, the values that are missing in the file.
    nan, infinite : bool
        Whether NaN, or ±infinity, means nothing, too.
    below, above : float, optional
        Numbers beyond these are impossible, too.
    then : {"keep", "drop"} or float
        ``keep``: they are missing, so that every result leaves them out and counts them; ``drop``:
        the event is left out, in a step of the cutflow; a number takes their place.

    Returns
    -------
    Missing
        For `Events.clean`.

    Examples
    --------
    >>> ev = hl.open("higgsml.csv").clean({"DER_*": hl.missing(-999)})  # doctest: +SKIP
    """
    policy = Missing(values, nan, infinite, below, above, then)
    is_number = isinstance(then, int | float) and not isinstance(then, bool)
    if not is_number and then not in (KEEP, DROP):
        raise LanguageError(
            f"missing(…, then={then!r}).",
            why="missing values can be kept as missing, dropped with their events, or replaced.",
            fix="write then='keep', then='drop' or a number.",
        )
    kinds = {isinstance(value, str) for value in values}
    if len(kinds) > 1 or any(value != value for value in values):
        raise TypeMismatch(
            f"missing({', '.join(map(repr, values))}).",
            why="a column holds numbers or text, and NaN equals no number.",
            fix="give numbers or texts; for NaN write nan=True.",
        )
    if not (values or nan or infinite or below is not None or above is not None) and then == KEEP:
        raise LanguageError(
            "missing() says nothing.",
            why="no value is named, and values that are missing in the file stay missing anyway.",
            fix="name values, missing(-999), or what becomes of them, missing(then=0).",
        )
    return policy


def cleaned(origin: Origin, policies: Mapping[str, Missing]) -> Origin:
    """Apply policies to columns.

    Parameters
    ----------
    origin : Origin
    policies : mapping of str to Missing
        By the name of a column, or a pattern of names.

    Returns
    -------
    Origin
        In which all that is made of the columns follows; events that are dropped are steps of its
        selection.

    Raises
    ------
    ColumnNotFound
        If no column has such a name.
    LanguageError
        If a policy cannot be applied, or a column has two.
    """
    pattern_of: dict[str, str] = {}
    for pattern, policy in policies.items():
        for name in _matching(origin.schema, pattern, policy):
            if name in pattern_of:
                raise LanguageError(
                    f"two policies for '{name}'.",
                    why=f"'{pattern_of[name]}' and '{pattern}' both name it.",
                    fix="write patterns that do not overlap.",
                )
            pattern_of[name] = pattern
    columns = dict(origin.schema.columns)
    for name, pattern in pattern_of.items():
        spec = columns[name]
        columns[name] = replace(spec, policies=(*spec.policies, policies[pattern]))
    steps = tuple(
        (f"{name} is known", build("invert", (IsMissing(columns[name].node()),)))
        for name, pattern in pattern_of.items()
        if policies[pattern].then == DROP
    )
    schema = replace(origin.schema, columns=columns)
    return replace(origin, schema=schema, selection=(*origin.selection, *steps))


def _matching(schema: Schema, pattern: str, policy: object) -> list[str]:
    """The columns that a policy is for."""
    if not isinstance(policy, Missing):
        raise TypeMismatch(
            f"clean({{{pattern!r}: {policy!r:.40}}}).",
            why="a policy says which values are missing, and what becomes of them.",
            fix=f"write {{{pattern!r}: hl.missing({policy!r:.40})}}.",
        )
    names = [name for name in schema.columns if fnmatchcase(name, pattern)]
    if not names:
        if pattern in schema.obstacles:
            raise schema.missing(pattern)
        error = schema.missing(pattern)
        error.fix = nearest(pattern, schema.columns)
        raise error
    counters = set(schema.counters.values())
    reasons = {
        name: "it counts the objects of an event"
        if name in counters
        else policy.obstacle(schema.columns[name])
        for name in names
    }
    fit = [name for name, reason in reasons.items() if not reason]
    if fit:
        return fit
    name, reason = next(iter(reasons.items()))
    raise TypeMismatch(
        f"'{name}' cannot follow the policy ({policy}).",
        why=f"{reason}.",
        fix="choose objects with brackets, jet[~jet.btag.is_missing()], after then='keep'."
        if "list" in reason
        else "leave the column out, or write another policy.",
    )


def _holds(dtype: str, number: float) -> bool:
    kind = np.dtype(dtype)
    if kind.kind == "f":
        return True
    limits = np.iinfo(kind)
    return number == number // 1 and limits.min <= number <= limits.max
