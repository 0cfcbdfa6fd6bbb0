"""Guards against Python's questions to a recipe: truth, length, elements, number."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from hepline.columns.foreign import METHODS, no_function
from hepline.errors import ColumnNotFound, LanguageError

__all__ = ["Factored", "Unread", "no_method"]


class Unread:
    """Values that do not exist before the events are read.

    Without these methods, Python would treat any collection as true, and loop over its brackets
    forever.

    Attributes
    ----------
    instead : str
        What to write where such values cannot be part of an expression.
    """

    instead: ClassVar[str] = "name a column of it (mu.pt instead of mu), or compute arrays first."

    def __bool__(self) -> NoReturn:
        raise LanguageError(
            f"the truth of {self!r} was asked for.",
            why="it differs from event to event; `and`, `or`, `not`, `if`, `in` and chained "
            "comparisons need one answer now.",
            fix="use & | ~ with parentheses around each comparison: (60 < m) & (m < 120); "
            "for a choice hl.where(condition, a, b).",
        )

    # No `__contains__`: with it, awkward's error messages would take this for a collection and
    # ask for its length.
    def __iter__(self) -> NoReturn:
        raise LanguageError(
            f"a loop over {self!r}.",
            why="nothing has been read: the values are not there yet. (Python's own sum, min, "
            "max, any, all and `in` are loops too.)",
            fix="use list operations (hl.sum, hl.any(mu.charge == 1), brackets), or loop over "
            "hl.compute(…).",
        )

    def __len__(self) -> int:
        raise LanguageError(
            f"the length of {self!r} was asked for.",
            why="it differs from event to event, and nothing has been read.",
            fix="use hl.count(…), which gives one number per event.",
        )

    def __float__(self) -> float:
        raise LanguageError(
            f"{self!r} was taken for one number.",
            why="it differs from event to event; functions of `math` take single numbers.",
            fix="use NumPy's function, such as np.sqrt(met.pt), or hl.compute(…) first.",
        )

    def __int__(self) -> int:
        raise LanguageError(
            f"{self!r} was taken for one integer.",
            why="it differs from event to event.",
            fix="convert with .astype('int64'), or hl.compute(…) first.",
        )

    if (
        not TYPE_CHECKING
    ):  # Hidden from type checkers, which would infer an array for np.sqrt(met.pt).

        def __array__(self, *_: object, **__: object) -> NoReturn:
            raise LanguageError(
                f"{self!r} was taken for an array.",
                why="nothing has been read: the values are not there yet.",
                fix="use the language's own functions, or hl.compute(…) first.",
            )

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any
    ) -> object:
        """Refuse NumPy's array functions."""
        no_function("numpy", function.__name__, repr(self))

    def __awkward_function__(self, function: Callable[..., Any], *_: object) -> NoReturn:
        """Refuse awkward's functions, which look up this method before the values."""
        no_function("ak", function.__name__, repr(self))

    def __setitem__(self, key: object, value: object) -> None:
        raise LanguageError(
            f"{key!r:.60} of {self!r} was assigned to.",
            why="a recipe does not change once it is written.",
            fix="make a new one: jet = jet.with_fields(pt=1.03 * jet.pt).",
        )


def no_method(name: str, recipe: str) -> ColumnNotFound:
    """Make the error for a method of arrays or data frames that expressions lack.

    Parameters
    ----------
    name : str
    recipe : str
        Of the expression, for the message.
    """
    fix = METHODS.get(name)
    if fix is None:
        fix = "fields belong to collections (mu.pt); what can be done with numbers is in "
        fix += "docs/language.md"
    return ColumnNotFound(
        f"no '{name}' of {recipe}.",
        why="this is a recipe for numbers: it has no fields, and not all of the methods of arrays.",
        fix=f"{fix}.",
    )


class Factored(Unread):
    """A value that absorbs an expression as a factor: a weight."""

    # Makes NumPy's scalars leave the multiplication to this class.
    __array_ufunc__ = None
