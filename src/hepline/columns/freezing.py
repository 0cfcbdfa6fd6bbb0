"""Freeze a user's function: an independent copy, and a fingerprint of all that it depends on.

A recipe must keep its meaning after it is written. A function that reads a variable of a loop or
notebook would change with that variable; so its values are copied, and a function with values that
cannot be copied is refused.
"""

from __future__ import annotations

import copy
import functools
import hashlib
import sys
import sysconfig
import types
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hepline.errors import LanguageError

__all__ = ["Portable", "frozen"]

_PLAIN = (bool, int, float, complex, str, bytes, type(None), type(Ellipsis), np.generic, np.dtype)


@dataclass(frozen=True)
class Portable:
    """A frozen function that travels to other processes.

    Attributes
    ----------
    function : callable
    """

    function: Callable[..., Any]

    def __reduce__(self) -> tuple[Any, ...]:
        import cloudpickle

        # A frozen function belongs to no module where pickle could find it.
        return _portable, (cloudpickle.dumps(self.function),)


def _portable(stored: bytes) -> Portable:
    import cloudpickle

    return Portable(cloudpickle.loads(stored))


def frozen(function: Callable[..., Any]) -> tuple[Callable[..., Any], str]:
    """Copy a function so that nothing outside can change it, and take its fingerprint.

    Parameters
    ----------
    function : callable
        A function with its defaults, closure and the global names that it uses: numbers, strings,
        arrays, containers of these, other functions, modules. NumPy's functions and those of
        installed packages are identified by name and version.

    Returns
    -------
    callable
        The function itself if it belongs to an installed package.
    str
        Hexadecimal digest.

    Raises
    ------
    LanguageError
        If it uses a value whose content cannot be fingerprinted.
    """
    freezer = _Freezer(getattr(function, "__name__", type(function).__name__))
    copy = freezer.value(function, "it")
    return copy, freezer.digest.hexdigest()[:32]


class _Freezer:
    """Walks through everything that a function reaches."""

    def __init__(self, name: str) -> None:
        self.digest = hashlib.sha256()
        self._name = name
        self._copies: dict[int, Any] = {}

    def _note(self, *parts: object) -> None:
        for part in parts:
            text = part if isinstance(part, bytes) else str(part).encode()
            self.digest.update(b"%d:" % len(text) + text)

    def value(self, original: Any, label: str) -> Any:
        """Return the value or a copy, after adding its content to the digest."""
        if id(original) in self._copies:
            self._note("again", list(self._copies).index(id(original)))
            return self._copies[id(original)]
        if isinstance(original, _PLAIN):
            self._note(type(original).__qualname__, repr(original))
            return original
        if isinstance(original, np.ndarray):
            return self._array(original, label)
        if isinstance(original, types.FunctionType) and not _is_installed(original.__module__):
            return self._function(original)
        if isinstance(original, types.ModuleType):
            return self._module(original)
        if isinstance(original, tuple | list | set | frozenset | dict):
            return self._container(original, label)
        if isinstance(original, functools.partial):
            self._note("partial")
            parts = [
                self.value(part, label)
                for part in (original.func, original.args, original.keywords)
            ]
            return functools.partial(parts[0], *parts[1], **parts[2])
        if hasattr(original, "py_func") and isinstance(original.py_func, types.FunctionType):
            # Compiled by numba: the Python source determines the result.
            self.value(original.py_func, label)
            return original
        if isinstance(original, np.vectorize):
            self._note("vectorize", repr(original.otypes), repr(original.signature))
            replica = copy.copy(original)
            replica.pyfunc = self.value(original.pyfunc, label)
            return replica
        return self._installed(original, label)

    def _array(self, array: np.ndarray[Any, Any], label: str) -> np.ndarray[Any, Any]:
        if array.dtype.hasobject:
            raise self._refused(array, label)
        self._note("array", array.dtype.str, array.shape, np.ascontiguousarray(array).tobytes())
        return array.copy()

    def _container(self, container: Any, label: str) -> Any:
        self._note(type(container).__qualname__, len(container))
        if type(container) not in (tuple, list, set, frozenset, dict):
            raise self._refused(container, label)
        if isinstance(container, dict):
            return {self.value(k, label): self.value(v, label) for k, v in container.items()}
        ordered = (
            sorted(container, key=repr) if isinstance(container, set | frozenset) else container
        )
        return type(container)([self.value(element, label) for element in ordered])

    def _module(self, module: types.ModuleType) -> types.ModuleType:
        self._note("module", module.__name__)
        if _is_installed(module.__name__):
            self._note(_version(module.__name__))
        elif module.__file__ is not None:
            # Every byte of the user's own modules counts.
            self._note(Path(module.__file__).read_bytes())
        return module

    def _function(self, function: types.FunctionType) -> types.FunctionType:
        code = function.__code__
        self._note("function", function.__name__)
        self._code(code)
        names = sorted(_global_names(code) & set(function.__globals__))
        scope: dict[str, Any] = {"__builtins__": __builtins__, "__name__": function.__module__}
        cells = tuple(types.CellType() for _ in code.co_freevars)
        replica = types.FunctionType(code, scope, function.__name__, None, cells or None)
        replica.__module__, replica.__qualname__ = function.__module__, function.__qualname__
        # A function may call itself.
        self._copies[id(function)] = replica
        for name in names:
            self._note(name)
            scope[name] = self.value(function.__globals__[name], f"'{name}'")
        for name, cell, old in zip(
            code.co_freevars, cells, function.__closure__ or (), strict=True
        ):
            self._note(name)
            cell.cell_contents = self.value(old.cell_contents, f"'{name}'")
        replica.__defaults__ = self.value(function.__defaults__, "a default")
        replica.__kwdefaults__ = self.value(function.__kwdefaults__, "a default")
        return replica

    def _code(self, code: types.CodeType) -> None:
        self._note(code.co_code, code.co_names, code.co_varnames, code.co_argcount)
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                self._code(constant)
            else:
                self._note(type(constant).__qualname__, repr(constant))

    def _installed(self, thing: Any, label: str) -> Any:
        """Note a function or class of Python or an installed package by name and version."""
        module = getattr(thing, "__module__", None) or type(thing).__module__
        name = getattr(thing, "__qualname__", None) or getattr(thing, "__name__", None)
        if isinstance(thing, np.ufunc):
            module = "numpy"
        if not isinstance(name, str) or not callable(thing) or not _is_installed(module):
            raise self._refused(thing, label)
        if isinstance(thing, types.BuiltinMethodType) and not isinstance(
            thing.__self__, types.ModuleType | type | None
        ):
            raise self._refused(thing, label)
        self._note("installed", module, name, _version(module))
        return thing

    def _refused(self, thing: Any, label: str) -> LanguageError:
        return LanguageError(
            f"the function '{self._name}' cannot be called from a recipe.",
            why=f"{label} is the {type(thing).__qualname__} {thing!r:.60}, whose content hepline "
            "cannot tell apart from that of another one: results could not be trusted.",
            fix="let it use numbers, strings, arrays, functions and modules only.",
        )


def _global_names(code: types.CodeType) -> set[str]:
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _global_names(constant)
    return names


@functools.cache
def _folders() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    return tuple(paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib"))


def _is_installed(module: str | None) -> bool:
    """Whether a module belongs to Python or to a package that pip has installed."""
    if not module or module == "__main__":
        return False
    top = module.partition(".")[0]
    if top in sys.builtin_module_names or top in sys.stdlib_module_names or top == "hepline":
        return True
    file = getattr(sys.modules.get(top), "__file__", None)
    return file is not None and any(_inside(file, folder) for folder in _folders())


def _inside(file: str, folder: str) -> bool:
    return Path(file).is_relative_to(folder)


def _version(module: str) -> str:
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names:
        return "{}.{}".format(*sys.version_info)
    return str(getattr(sys.modules.get(top), "__version__", ""))
