"""Every error that hepline raises for a user.

    HeplineError
    ├── LanguageError        an expression that has no meaning, found where it is written
    │   ├── ColumnNotFound   a name that the schema or the file does not have
    │   ├── TypeMismatch     an operation on a type that it is not defined for
    │   └── ShapeMismatch    lists that do not pair one to one
    ├── DataError            a file, a tree or a dataset that cannot be used
    │   ├── FileUnreadable   missing, truncated, not ROOT, no such tree
    │   ├── FetchFailed      a file of a catalogue that did not come, or is not what its record says
    │   ├── CorruptData      values inside a readable file that contradict each other
    │   └── IntegerOverflow  an integer that the dtype of a computation cannot hold
    ├── AnalysisError        a sample, region, weight or variation that makes no sense
    │   ├── UselessWeight    a weight that is missing, infinite or not a number where it is needed
    │   └── CallFailed       a function, correction or model that failed while events were computed
    ├── ModelError           a workspace or template that no likelihood can be built from
    │   └── NothingToFit     no data, or nothing expected: templates are fine, a fit is not possible
    ├── FitError             a fit that did not converge, and why
    ├── ParticleNotFound     a name or number that no particle of the PDG's table has
    ├── GeneratorError       event generation that cannot start or did not finish
    ├── OutputError          a result that could not be written whole
    └── MissingPackage       an optional library that is not installed

    UndefinedValues          a warning: values that are not a number are in no bin
    SlowFunction             a warning: Python runs a function that could not be compiled

Every message says *what* is wrong (with the value), *why*, and *how to fix* it; where the
cause is a line of the user's, `asked at` names it.
"""

from __future__ import annotations

import difflib
import functools
import inspect
import linecache
import sys
import sysconfig
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import ParamSpec, TypeVar

__all__ = [
    "AnalysisError",
    "CallFailed",
    "ColumnNotFound",
    "CorruptData",
    "DataError",
    "DataWarning",
    "FetchFailed",
    "FileUnreadable",
    "FitError",
    "GeneratorError",
    "HeplineError",
    "IntegerOverflow",
    "LanguageError",
    "MissingPackage",
    "ModelError",
    "NothingToFit",
    "OutputError",
    "ParticleNotFound",
    "ShapeMismatch",
    "SlowFunction",
    "TypeMismatch",
    "UndefinedValues",
    "UselessWeight",
    "checked_keywords",
    "nearest",
    "users_line",
]

# Frames that are nobody's line: hepline's own, the standard library's, what Python made up.
_PACKAGE = str(Path(__file__).resolve().parent)
_NOT_THE_USER = (_PACKAGE, sysconfig.get_paths()["stdlib"], "<frozen", "<string>")


def users_line() -> str | None:
    """Where the innermost frame outside hepline stands: ``file.py:41  source text``.

    Returns
    -------
    str or None
        None if every frame belongs to hepline (a command of the CLI, say).
    """
    frame = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        command = Path(file).name == "hepline"
        if not (file.startswith(_NOT_THE_USER) or "site-packages" in file or command):
            source = linecache.getline(file, frame.f_lineno).strip()
            return f"{Path(file).name}:{frame.f_lineno}  {source}".rstrip()
        if frame.f_back is None:
            break
        frame = frame.f_back
    return None


class DataWarning(UserWarning):
    """What a user should know of data that are read all the same."""


def nearest(name: str, names: Iterable[str], *, most: int = 3) -> str:
    """Say which known names come closest to a misspelt one.

    Parameters
    ----------
    name : str
        What was asked for.
    names : iterable of str
        What exists.
    most : int
        How many to offer.

    Returns
    -------
    str
        ``did you mean 'Muon_pt'?`` or the first names that exist.
    """
    known = sorted(set(names))
    by_lower = {known_name.lower(): known_name for known_name in known}
    close = difflib.get_close_matches(name.lower(), list(by_lower), n=most, cutoff=0.5)
    if close:
        return "did you mean " + " or ".join(f"'{by_lower[match]}'" for match in close) + "?"
    if not known:
        return "there are no names to choose from."
    shown = ", ".join(f"'{known_name}'" for known_name in known[:12])
    return f"choose one of {shown}{', …' if len(known) > 12 else ''}."


_P = ParamSpec("_P")
_R = TypeVar("_R")


def checked_keywords(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Let a function refuse a keyword that it does not know with the nearest one that it knows."""
    parameters = inspect.signature(function).parameters.values()
    known = [
        one.name for one in parameters if one.kind in (one.KEYWORD_ONLY, one.POSITIONAL_OR_KEYWORD)
    ]
    names = list(known)
    known = [name for name in known if name != "self"]

    @functools.wraps(function)
    def checked(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        for name in kwargs:
            if name not in known:
                called = function.__qualname__
                if "self" in names:
                    # The class that users know, not that of a base which has the method.
                    owner = type(args[0]).__name__
                    constructs = function.__name__ == "__init__"
                    called = owner if constructs else f"{owner}.{function.__name__}"
                raise LanguageError(
                    f"{called}() takes no '{name}='.",
                    why=f"its keywords are {', '.join(known)}.",
                    fix=nearest(name, known),
                )
        return function(*args, **kwargs)

    return checked


class HeplineError(Exception):
    """The root of all errors that hepline raises on purpose.

    Parameters
    ----------
    what : str
        What is wrong, with the value.
    why : str
        Why that cannot work.
    fix : str
        What to do about it.
    asked_at : str, optional
        The user's own line; found by walking the stack where it is not given.
    """

    def __init__(self, what: str, *, why: str, fix: str, asked_at: str | None = None) -> None:
        self.what = what
        self.why = why
        self.fix = fix
        self.asked_at = asked_at if asked_at is not None else users_line()
        super().__init__(what)

    def __str__(self) -> str:
        lines = [self.what, f"  why: {self.why}", f"  fix: {self.fix}"]
        if self.asked_at:
            lines.append(f"  asked at: {self.asked_at}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process borders: keyword-only arguments need help to be pickled.
        return (_rebuild, (type(self), self.what, self.why, self.fix, self.asked_at))


def _rebuild(
    kind: type[HeplineError], what: str, why: str, fix: str, asked_at: str | None
) -> HeplineError:
    return kind(what, why=why, fix=fix, asked_at=asked_at)


class LanguageError(HeplineError):
    """An expression that has no meaning; raised at the line that writes it."""


class ColumnNotFound(LanguageError, AttributeError):
    """A column, field or collection that does not exist; the message offers the nearest names.

    An AttributeError, too: ``hasattr(ev.Muon, "genPartIdx")`` tells data from simulation.
    """


class TypeMismatch(LanguageError):
    """An operation on a type that it is not defined for, such as the square root of a string."""


class ShapeMismatch(LanguageError):
    """Lists that do not pair one to one, such as all muons with the selected muons.

    Apply the same selection to both sides, or combine them with ``cross`` or ``nearest``.
    """


class DataError(HeplineError):
    """A file, tree or dataset that cannot be used."""


class FileUnreadable(DataError):
    """A file that is missing, truncated, of another format, or without the tree asked for."""


class FetchFailed(DataError):
    """A file of a catalogue that did not come, or is not what its record says."""


class CorruptData(DataError):
    """Values in a readable file that contradict each other, such as lists of unequal length."""


class IntegerOverflow(DataError):
    """An unsigned integer from 2**63 on meets signed ones, and no 64-bit integer holds both."""


class AnalysisError(HeplineError):
    """A sample, region, weight or variation that makes no sense; raised before events are read."""


class UselessWeight(AnalysisError):
    """A weight that is missing, infinite or not a number for an event that passes.

    Found while events are read, yet no fault of a file: it always ends the run.
    """


class CallFailed(AnalysisError):
    """What is called raised an error, or returned something else than it announced.

    Raised while events are computed, yet no fault of a file: it always ends the run.
    """


class ModelError(HeplineError):
    """A workspace or a template that no likelihood can be built from."""


class NothingToFit(ModelError):
    """No data, or no expected events, in a region: there are templates, but no fit."""


class FitError(HeplineError):
    """A fit that did not converge; the message says which parameters are to blame."""


class ParticleNotFound(HeplineError):
    """A name or number that no particle of the PDG's table has; the nearest ones are offered."""


class GeneratorError(HeplineError):
    """Event generation that cannot start, or that stopped before the last event."""


class OutputError(HeplineError):
    """A result that could not be written; nothing half-written is left behind."""


class UndefinedValues(UserWarning):
    """Values that are not a number (NaN): they are in no bin of a histogram that was computed.

    ``histogram.metadata`` has their number.
    """


class SlowFunction(UserWarning):
    """A user's function is run by Python, event by event, because numba does not compile it."""


class MissingPackage(HeplineError):
    """An optional library that is not installed; the message gives the ``pip install`` line."""
