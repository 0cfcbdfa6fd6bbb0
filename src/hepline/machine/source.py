"""Source of functions as syntax trees."""

from __future__ import annotations

import ast
import inspect
import linecache
import math
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import CodeType
from typing import Any

import numpy as np

from hepline.machine.places import Manner
from hepline.machine.types import Untranslated

__all__ = ["Users", "names_of", "parsed", "plain_of", "statements_of", "syntax_of"]


# In Python 3.11, two threads that parse at the same time can raise a SystemError
# (python/cpython#106905): kernels are compiled in a thread of their own while files are read.
_PARSING = threading.Lock()


@dataclass(frozen=True)
class Users:
    """A function of the user, which needs more checks.

    Attributes
    ----------
    function : callable
    is_checked : bool
        Whether an index outside a list is an error.
    """

    function: Callable[..., Any]
    is_checked: bool


def plain_of(function: Any, manner: Manner) -> tuple[Any, Manner]:
    """The plain function behind a callable, and how its indices are checked.

    Raises
    ------
    Untranslated
        If it is not written in Python.
    """
    if isinstance(function, Users):
        manner = Manner.CHECKED if function.is_checked else Manner.UNCHECKED
        function = function.function
    # Functions compiled by numba wrap a plain one.
    plain = getattr(function, "py_func", function)
    if not inspect.isfunction(plain) or plain.__closure__ or plain.__defaults__:
        raise Untranslated(f"a call of {function!r:.60}")
    return plain, manner


def statements_of(plain: Callable[..., Any]) -> list[ast.stmt]:
    """The statements of one of hepline's functions."""
    return syntax_of(plain, is_users=False).body


def parsed(text: str) -> ast.Module:
    """Parse a text; thread-safe."""
    with _PARSING:
        return ast.parse(text)


@cache
def syntax_of(plain: Callable[..., Any], *, is_users: bool) -> ast.FunctionDef:
    """The syntax tree of a function.

    Raises
    ------
    Untranslated
        If the source is missing or has changed: a user may edit a file while it runs.
    """
    code: CodeType = plain.__code__
    text = "".join(linecache.getlines(code.co_filename, plain.__globals__))
    try:
        tree, whole = parsed(text), compile(text, code.co_filename, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise Untranslated(f"{code.co_filename} is not Python") from error
    if is_users and code not in set(_codes(whole)):
        raise Untranslated(f"{plain.__name__}() is not what stands in its file")
    for part in ast.walk(tree):
        if isinstance(part, ast.FunctionDef) and _first_line(part) == code.co_firstlineno:
            return part
    raise Untranslated(f"{plain.__name__}() is not defined in a file")


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A code object and all code objects inside it."""
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield part
            yield from _codes(part)


def _first_line(tree: ast.FunctionDef) -> int:
    return min([tree.lineno, *(decorator.lineno for decorator in tree.decorator_list)])


def names_of(tree: ast.Module, outside: Mapping[str, Any]) -> dict[str, Any]:
    """The global names of a kernel's file: its constants, and the functions it may call."""
    names: dict[str, Any] = {"np": np, "math": math, **outside}
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            exec(compile(ast.Module([statement], []), "<kernel>", "exec"), names)  # noqa: S102
    return names
