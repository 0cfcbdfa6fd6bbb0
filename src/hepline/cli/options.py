"""The options of a command as one frozen value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from functools import wraps
from inspect import Parameter, signature
from typing import Any, TypeVar, get_type_hints

__all__ = ["taking"]

Options = TypeVar("Options")


def taking(
    options: type[Options],
) -> Callable[[Callable[[Options], None]], Callable[..., None]]:
    """Make a command of a function that takes all of its options as one value.

    Parameters
    ----------
    options : type
        A dataclass; each field is an argument or an option, as typer annotates it.

    Returns
    -------
    callable
        Turns the function into one with a parameter for each field, which typer reads.
    """
    hints = get_type_hints(options, include_extras=True)
    parameters = [
        Parameter(
            one.name, Parameter.KEYWORD_ONLY, default=_default(one), annotation=hints[one.name]
        )
        for one in fields(options)  # type: ignore[arg-type]
    ]

    def command_of(function: Callable[[Options], None]) -> Callable[..., None]:
        @wraps(function)
        def command(**given: Any) -> None:
            function(options(**given))

        command.__signature__ = signature(function).replace(parameters=parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {**hints, "return": None}
        return command

    return command_of


def _default(one: Field[Any]) -> Any:
    return Parameter.empty if one.default is MISSING else one.default
