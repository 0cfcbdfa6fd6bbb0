"""`hl.call`: a NumPy function on flat columns, as one step of a recipe."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from hepline.columns.call import Called, call_all
from hepline.columns.expression import Expr
from hepline.columns.freezing import Portable, frozen
from hepline.columns.types import named_dtype
from hepline.errors import TypeMismatch, checked_keywords

__all__ = ["FunctionCall", "call", "checked_dtype", "checked_signature"]


@dataclass(frozen=True)
class FunctionCall(Called):
    """A user's function, frozen when the recipe is written.

    Attributes
    ----------
    function : Portable
    """

    function: Portable = field(compare=False, repr=False)

    def run(self, columns: Sequence[NDArray[Any]]) -> Sequence[NDArray[Any]]:
        """Call the function once, with all columns."""
        # Copies: a function may write to its arguments, which other calls read as well.
        results = self.function.function(*(column.copy() for column in columns))
        return results if len(self.outputs) > 1 else (results,)


@checked_keywords
def call(
    function: Callable[..., Any],
    *columns: Expr | float,
    returns: str | Sequence[str] = "float64",
) -> Expr | tuple[Expr, ...]:
    """Apply a function of NumPy arrays to columns, element by element.

    The function is called once per chunk of events with one flat array per column, and returns as
    many values. Each value must depend on its own element only, because hepline cuts columns
    anywhere. The function is frozen, with everything it uses, when this line runs.

    Parameters
    ----------
    function : callable
        Takes one array per column.
    *columns : Expr or number
        Of any depths that fit together: one value per event repeats along the lists of others.
        A missing element is not passed on; its result is missing.
    returns : str or sequence of str
        NumPy dtype of the result; several for a function that returns several arrays.

    Returns
    -------
    Expr, or a tuple of them
        In the shape of the deepest column.

    Raises
    ------
    TypeMismatch
        If `returns` names no dtype of numbers, or the function does not take so many columns.
    LanguageError
        If the function cannot be fingerprinted.

    Examples
    --------
    >>> import numpy as np
    >>> from hepline.columns.events import events
    >>> ev = events("nanoaod")
    >>> call(np.hypot, ev.Jet.mass, ev.MET.pt, returns="float32")
    <hypot(Jet_mass, MET_pt)  type='event * var * float32'>
    """
    checked_signature(function, len(columns), "hl.call")
    several = not isinstance(returns, str)
    names = tuple(returns) if several else (returns,)
    outputs = tuple(checked_dtype(name, "hl.call") for name in names)
    copy, fingerprint = frozen(function)
    name = getattr(function, "__name__", type(function).__name__)
    target = FunctionCall(name.strip("<>"), fingerprint, outputs, Portable(copy))
    results = call_all(target, *columns)
    return results if several else results[0]


def checked_signature(function: object, count: int, caller: str) -> None:
    """Refuse anything but a function of `count` arguments, as far as Python can tell.

    Raises
    ------
    TypeMismatch
    """
    if not callable(function):
        raise TypeMismatch(
            f"{caller}({function!r:.60}, …).",
            why="the first argument is called; this is not a function.",
            fix=f"give a function, then its columns: {caller}(np.hypot, mu.px, mu.py).",
        )
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError as error:
        name = getattr(function, "__name__", repr(function))
        raise TypeMismatch(
            f"{caller}({name}, …) with {count} columns.",
            why=f"the function does not take them: {error}.",
            fix="give one column for each of its parameters.",
        ) from error
    except ValueError:
        # Functions in C, such as NumPy's, may have no signature.
        inputs = getattr(function, "nin", count)
        if inputs != count:
            raise TypeMismatch(
                f"{caller}({function!r:.60}, …) with {count} columns.",
                why=f"the function takes {inputs}.",
                fix="give one column for each of its parameters.",
            ) from None


def checked_dtype(name: object, caller: str) -> str:
    """Return NumPy's name of a numeric dtype.

    Raises
    ------
    TypeMismatch
    """
    dtype = named_dtype(name)
    if dtype.kind not in "biuf" or dtype.itemsize > 8:
        raise TypeMismatch(
            f"{caller}(…, returns={name!r:.40}).",
            why="an element is a number, true or false.",
            fix="name the dtype that the function returns: 'float64', 'int64', 'bool', ….",
        )
    return str(dtype.name)
