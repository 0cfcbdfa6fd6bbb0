"""Plain Python functions that run as machine code."""

from __future__ import annotations

import inspect
import re
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hepline.arrays import poisoned
from hepline.machine.kept import digest, kept
from hepline.machine.source import statements_of
from hepline.machine.translation import Parameter, translated
from hepline.records import cache_folder

if TYPE_CHECKING:
    from hepline.machine.native import Native

__all__ = ["function"]


class Function:
    """A function that is compiled at its first call, once per machine.

    Parameters
    ----------
    plain : callable
        Without a result: it writes into arrays.
    parameters : sequence of Parameter
    """

    def __init__(self, plain: Callable[..., None], parameters: tuple[Parameter, ...]) -> None:
        self.plain, self._parameters = plain, parameters
        self._lock = threading.Lock()
        self._native: Native | None = None

    def __call__(self, *arguments: float | NDArray[Any]) -> None:
        """Run the function without Python's lock."""
        native = self._native
        if native is None:
            with self._lock:
                native = self._native = self._native or self._compiled()
        native(*arguments)

    def _compiled(self) -> Native:
        # Loads LLVM at the first call, not at import.
        from hepline.machine import native

        plain = self.plain
        names, body = plain.__globals__, statements_of(plain)
        text = translated(body, self._parameters, names, checked=poisoned())
        # The text includes all called functions, from any file.
        name = f"{plain.__module__}.{plain.__name__}.{digest(text)}"
        code = kept(cache_folder() / "kernels" / name, lambda: native.object_code(text))
        return native.Native(code, self._parameters)


def function(**types: str) -> Callable[[Callable[..., None]], Function]:
    """Decorate a function to run as machine code.

    Parameters
    ----------
    **types : str
        NumPy's dtype of each parameter, with ``[]`` for an array of it and ``[,]`` for a table:
        ``values="f8[]", count="i8"``. Numbers have 64 bits.

    Returns
    -------
    callable
        A decorator.
    """
    parameters = []
    for name, type_ in types.items():
        dtype, dimensions = re.fullmatch(r"(\??\w*)(\[,*\])?", type_).groups()  # type: ignore[union-attr]
        count = dimensions.count(",") + 1 if dimensions else 0
        parameters.append(Parameter(name, np.dtype(dtype), count))

    def decorate(plain: Callable[..., None]) -> Function:
        names = tuple(inspect.signature(plain).parameters)
        if names != tuple(types):
            raise TypeError(f"{plain.__name__} takes {names}, not {tuple(types)}")
        return Function(plain, tuple(parameters))

    return decorate
