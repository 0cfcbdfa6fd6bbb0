"""Expressions given as text, such as ``count(Muon.pt > 20) >= 2`` on a command line.

The text is Python's, read by Python's own parser, and only what is listed here is carried out:
nothing in it can reach beyond the columns of the events.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, NoReturn

import numpy as np

from hepline.columns import frames, functions, reductions, words
from hepline.columns.arrays import UFUNCS_BY_OTHERS
from hepline.columns.elementwise import UFUNCS
from hepline.columns.events import Events
from hepline.columns.expression import Expr
from hepline.columns.records import Records
from hepline.columns.text import Text
from hepline.columns.unread import no_method
from hepline.errors import HeplineError, LanguageError, nearest

__all__ = ["parsed"]

Value = Any

_BY_MODULE: Mapping[ModuleType, str] = {
    reductions: "all any argmax argmin count flatten max mean min sum",
    functions: "concat transverse_mass where",
    frames: "boosted to_rest_frame",
    words: "argsort bit clip cumsum delta_phi delta_r isin rank sort unique vector",
}
_HEPLINE: dict[str, Callable[..., Value]] = {
    name: getattr(module, name) for module, names in _BY_MODULE.items() for name in names.split()
}
_NUMPY: dict[str, Callable[..., Value]] = {
    ufunc.__name__: ufunc for ufunc in (*UFUNCS, *UFUNCS_BY_OTHERS)
} | {"abs": np.absolute}
_FUNCTIONS = _NUMPY | _HEPLINE
_MODULES = {"hl": _HEPLINE, "np": _NUMPY}

_METHODS = frozenset(
    (  # noqa: SIM905 (one word per method reads better than one string)
        "all any argmax argmin argsort astype best boost clip closest combinations count cross "
        "cumsum delta_phi delta_r diff fill_missing first is_missing isin match max mean min near "
        "nearest pad pairs rank round sort sum to_rest_frame unique with_fields"
    ).split()
)

_BINARY: Mapping[type[ast.operator], Callable[[Value, Value], Value]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
    ast.Pow: operator.pow, ast.BitAnd: operator.and_, ast.BitOr: operator.or_,
    ast.BitXor: operator.xor, ast.LShift: operator.lshift, ast.RShift: operator.rshift,
}  # fmt: skip
_COMPARED: Mapping[type[ast.cmpop], Callable[[Value, Value], Value]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip
_UNARY: Mapping[type[ast.unaryop], Callable[[Value], Value]] = {
    ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Invert: operator.invert,
}  # fmt: skip

_INSTEAD: Mapping[type[ast.expr], str] = {
    ast.BoolOp: "use & and | with parentheses around each comparison: (60 < m) & (m < 120).",
    ast.IfExp: "write where(condition, a, b).",
    ast.Lambda: "write the formula itself; functions of your own belong into a Python file.",
}
_INDENT = " " * len("  asked at: ")
_LARGEST = 64  # of an exponent or a shift of plain numbers, which Python would carry out at once


def parsed(text: str, events: Events) -> Expr | Text | Records:
    """Read an expression of the language.

    Names are columns and objects of the events (``nMuon``, ``Muon.pt``), functions of hepline
    (``count``, or ``hl.count``) and of NumPy (``sqrt``, or ``np.sqrt``); ``ev`` are the events.

    Parameters
    ----------
    text : str
    events : Events

    Returns
    -------
    Expr, Text or Records

    Raises
    ------
    LanguageError
        Or another error of the language, with the place in the text.
    """
    text = " ".join(text.split())
    try:
        tree = ast.parse(text, mode="eval")
        value = _Reading(text, events).value(tree.body)
    except SyntaxError as error:
        raise LanguageError(
            "this is not an expression.",
            why=f"Python says: {error.msg}.",
            fix="check parentheses, commas and operators.",
            asked_at=_marked(text, (error.offset or 1) - 1, error.offset or 1),
        ) from None
    except (RecursionError, MemoryError):
        raise LanguageError(
            f"an expression of {len(text)} letters cannot be read.",
            why="it is nested too deeply.",
            fix="write it in a Python file, in several steps.",
            asked_at=f"{text:.60}…",
        ) from None
    if not isinstance(value, Expr | Text | Records):
        raise LanguageError(
            f"this is the {type(value).__name__} {value!r:.60} for all events.",
            why="it names no column.",
            fix="compare or compute columns, such as nMuon >= 2.",
            asked_at=text,
        )
    return value


class _Reading:
    """Carries out an expression, part by part."""

    def __init__(self, text: str, events: Events) -> None:
        self._text = text
        self._events = events
        self._placed: HeplineError | None = None

    def value(self, part: ast.expr) -> Value:
        """The meaning of a part, or the error of its innermost part that has none."""
        try:
            return self._carried_out(part)
        except HeplineError as error:
            if error is not self._placed:
                error.asked_at = self._place(part)
                self._placed = error
            raise
        except (TypeError, ValueError, ArithmeticError, AttributeError, LookupError) as error:
            self._placed = LanguageError(
                f"'{ast.unparse(part):.120}' has no meaning.",
                why=f"Python says: {error}.",
                fix="docs/language.md lists what columns and functions take.",
                asked_at=self._place(part),
            )
            raise self._placed from None

    def _carried_out(self, part: ast.expr) -> Value:
        match part:
            case ast.Constant(value=bool() | int() | float() | str() | None as value):
                return value
            case ast.Name(id=name):
                return self._named(name)
            case ast.Attribute(value=owner, attr=name):
                return self._field(owner, name)
            case ast.Call():
                return self._called(part)
            case ast.Subscript(value=values, slice=key):
                return self._checked(values)[self._key(key)]
            case ast.BinOp(left=left, op=op, right=right):
                return _carry_out(op, self._checked(left), self._checked(right))
            case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
                return _UNARY[type(op)](self._checked(operand))
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARED:
                return _COMPARED[type(op)](self._checked(left), self._checked(right))
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return [self.value(element) for element in parts]
        raise _refused(part)

    def _checked(self, part: ast.expr) -> Value:
        """An operand: a number or something of the events, but no text, list or function."""
        value = self.value(part)
        if isinstance(value, list) or callable(value) or value is None:
            raise _refused(part)
        return value

    def _named(self, name: str) -> Value:
        schema = self._events.origin.schema
        is_stored = name in schema.columns or name in schema.groups()
        if name == "ev" and not is_stored:
            return self._events
        if name in _FUNCTIONS and not is_stored:
            raise LanguageError(
                f"'{name}' is a function.",
                why="it stands without parentheses.",
                fix=f"write {name}(…).",
            )
        return self._events[name]

    def _field(self, owner: ast.expr, name: str) -> Value:
        if isinstance(owner, ast.Name) and owner.id in _MODULES:
            raise _no_function(name, _MODULES[owner.id])
        value = self._checked(owner)
        if name.startswith("_") or not isinstance(value, Events | Records | Expr | Text):
            raise _refused(ast.Attribute(owner, name))
        if isinstance(value, Events):
            return value[name]
        if isinstance(value, Records):
            return value.inner if name == "inner" else value.field(name)
        return value.inner if name == "inner" else _no_field(value, name)

    def _called(self, call: ast.Call) -> Value:
        function = self._function(call.func)
        if any(isinstance(part, ast.Starred) for part in call.args):
            raise _refused(call)
        arguments = [self.value(part) for part in call.args]
        keywords = {word.arg: self.value(word.value) for word in call.keywords if word.arg}
        if len(keywords) < len(call.keywords):
            raise _refused(call)
        return function(*arguments, **keywords)

    def _function(self, part: ast.expr) -> Callable[..., Value]:
        match part:
            case ast.Name(id=name):
                if name not in _FUNCTIONS:
                    raise _no_function(name, _FUNCTIONS)
                return _FUNCTIONS[name]
            case ast.Attribute(value=ast.Name(id=module), attr=name) if module in _MODULES:
                if name not in _MODULES[module]:
                    raise _no_function(name, _MODULES[module])
                return _MODULES[module][name]
            case ast.Attribute(value=owner, attr=name):
                value = self._checked(owner)
                if name in _METHODS and isinstance(value, Records | Expr | Text):
                    return getattr(value, name)  # type: ignore[no-any-return]
                raise _no_function(name, _METHODS)
        raise _refused(part)

    def _key(self, part: ast.expr) -> Value:
        """What stands in brackets: a condition, a number, a name, or a slice of numbers."""
        if not isinstance(part, ast.Slice):
            return self.value(part)
        ends = (part.lower, part.upper, part.step)
        return slice(*(None if end is None else self.value(end) for end in ends))

    def _place(self, part: ast.expr) -> str:
        return _marked(self._text, part.col_offset, part.end_col_offset or part.col_offset + 1)


def _carry_out(op: ast.operator, left: Value, right: Value) -> Value:
    for value in (left, right):
        if isinstance(value, str):
            raise LanguageError(
                f"'{value:.60}' is part of a calculation.",
                why="there is no calculation with text.",
                fix="compare it: name == 'text'.",
            )
    plain = isinstance(left, int | float) and isinstance(right, int | float)
    if plain and isinstance(op, ast.Pow | ast.LShift) and abs(right) > _LARGEST:
        raise LanguageError(
            f"{left} {'**' if isinstance(op, ast.Pow) else '<<'} {right}.",
            why="no column holds numbers of this size.",
            fix="write the number, such as 1e30.",
        )
    if type(op) not in _BINARY:
        raise LanguageError(
            f"the operator {type(op).__name__}.",
            why="columns have no such operation.",
            fix="docs/language.md lists the operators.",
        )
    return _BINARY[type(op)](left, right)


def _refused(part: ast.expr) -> LanguageError:
    is_chain = isinstance(part, ast.Compare) and len(part.ops) > 1
    is_not = isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.Not)
    kind: type[ast.expr] = ast.BoolOp if is_chain or is_not else type(part)
    return LanguageError(
        f"'{ast.unparse(part):.120}' cannot be part of an expression.",
        why="it holds columns, numbers, operators, brackets, and calls of hepline's functions.",
        fix=_INSTEAD.get(kind, "leave it out, or write the skim in a Python file: hl.skim(…)."),
    )


def _no_function(name: str, known: Mapping[str, object] | frozenset[str]) -> LanguageError:
    return LanguageError(
        f"there is no function '{name}' here.",
        why="an expression calls functions of hepline and NumPy, and methods of columns.",
        fix=nearest(name, known),
    )


def _no_field(value: Expr | Text, name: str) -> NoReturn:
    if name in _METHODS:
        raise LanguageError(
            f"'{name}' is a function.",
            why="it stands without parentheses.",
            fix=f"write .{name}(…).",
        )
    raise no_method(name, repr(value))


def _marked(text: str, start: int, stop: int) -> str:
    """The text, with a mark below the letters `start` to `stop`."""
    # Python counts bytes.
    before = len(text.encode()[:start].decode(errors="ignore"))
    length = max(len(text.encode()[start:stop].decode(errors="ignore")), 1)
    return f"{text}\n{_INDENT}{' ' * before}{'^' * length}"
