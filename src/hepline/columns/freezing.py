"""Freeze a user's function: a copy of its own, and a fingerprint of all that it depends on.

A recipe must mean tomorrow what it means when it is written. A function that looks up a name in a
loop or in the notebook around it would change with that name; so the values that it uses are taken
along, and what cannot be taken along is refused.
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

        # A frozen function stands in no module, where pickle would look for it.
        return _portable, (cloudpickle.dumps(self.function),)


def _portable(stored: bytes) -> Portable:
    import cloudpickle

    return Portable(cloudpickle.loads(stored))


def frozen(function: Callable[..., Any]) -> tuple[Callable[..., Any], str]:
    """A copy of a function that nothing outside can change, and its fingerprint.

    Parameters
    ----------
    function : callable
        A function with its defaults, closure and the global names that it uses: numbers, strings,
        arrays, containers of these, other functions, modules. NumPy's functions and those of
        installed packages stand for themselves, with their version.

    Returns
    -------
    callable
        The function itself if it belongs to an installed package.
    str
        Hexadecimal digest.

    Raises
    ------
    LanguageError
        If it uses what has no content that could be compared.
    """
    freezer = _Freezer(getattr(function, "__name__", type(function).__name__))
    made = freezer.value(function, "it")
    return made, freezer.digest.hexdigest()[:32]


class _Freezer:
    """Walks through everything that a function reaches."""

    def __init__(self, name: str) -> None:
        self.digest = hashlib.sha256()
        self._name = name
        self._known: dict[int, Any] = {}

    def _note(self, *parts: object) -> None:
        for part in parts:
            text = part if isinstance(part, bytes) else str(part).encode()
            self.digest.update(b"%d:" % len(text) + text)

    def value(self, given: Any, called: str) -> Any:
        """The value itself, or a copy of it; its content goes into the digest."""
        if id(given) in self._known:
            self._note("again", list(self._known).index(id(given)))
            return self._known[id(given)]
        if isinstance(given, _PLAIN):
            self._note(type(given).__qualname__, repr(given))
            return given
        if isinstance(given, np.ndarray):
            return self._array(given, called)
        if isinstance(given, types.FunctionType) and not _is_installed(given.__module__):
            return self._function(given)
        if isinstance(given, types.ModuleType):
            return self._module(given)
        if isinstance(given, tuple | list | set | frozenset | dict):
            return self._container(given, called)
        if isinstance(given, functools.partial):
            self._note("partial")
            parts = [self.value(each, called) for each in (given.func, given.args, given.keywords)]
            return functools.partial(parts[0], *parts[1], **parts[2])
        if hasattr(given, "py_func") and isinstance(given.py_func, types.FunctionType):
            # Compiled by numba: what it computes is what its Python source says.
            self.value(given.py_func, called)
            return given
        if isinstance(given, np.vectorize):
            self._note("vectorize", repr(given.otypes), repr(given.signature))
            made = copy.copy(given)
            made.pyfunc = self.value(given.pyfunc, called)
            return made
        return self._installed(given, called)

    def _array(self, given: np.ndarray[Any, Any], called: str) -> np.ndarray[Any, Any]:
        if given.dtype.hasobject:
            raise self._refused(given, called)
        self._note("array", given.dtype.str, given.shape, np.ascontiguousarray(given).tobytes())
        return given.copy()

    def _container(self, given: Any, called: str) -> Any:
        self._note(type(given).__qualname__, len(given))
        if type(given) not in (tuple, list, set, frozenset, dict):
            raise self._refused(given, called)
        if isinstance(given, dict):
            return {self.value(k, called): self.value(v, called) for k, v in given.items()}
        ordered = sorted(given, key=repr) if isinstance(given, set | frozenset) else given
        return type(given)([self.value(each, called) for each in ordered])

    def _module(self, given: types.ModuleType) -> types.ModuleType:
        self._note("module", given.__name__)
        if _is_installed(given.__name__):
            self._note(_version(given.__name__))
        elif given.__file__ is not None:
            # Of the user's own modules, every byte counts.
            self._note(Path(given.__file__).read_bytes())
        return given

    def _function(self, given: types.FunctionType) -> types.FunctionType:
        code = given.__code__
        self._note("function", given.__name__)
        self._code(code)
        names = sorted(_global_names(code) & set(given.__globals__))
        scope: dict[str, Any] = {"__builtins__": __builtins__, "__name__": given.__module__}
        cells = tuple(types.CellType() for _ in code.co_freevars)
        made = types.FunctionType(code, scope, given.__name__, None, cells or None)
        made.__module__, made.__qualname__ = given.__module__, given.__qualname__
        # A function may call itself.
        self._known[id(given)] = made
        for name in names:
            self._note(name)
            scope[name] = self.value(given.__globals__[name], f"'{name}'")
        for name, cell, old in zip(code.co_freevars, cells, given.__closure__ or (), strict=True):
            self._note(name)
            cell.cell_contents = self.value(old.cell_contents, f"'{name}'")
        made.__defaults__ = self.value(given.__defaults__, "a default")
        made.__kwdefaults__ = self.value(given.__kwdefaults__, "a default")
        return made

    def _code(self, code: types.CodeType) -> None:
        self._note(code.co_code, code.co_names, code.co_varnames, code.co_argcount)
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                self._code(constant)
            else:
                self._note(type(constant).__qualname__, repr(constant))

    def _installed(self, given: Any, called: str) -> Any:
        """What an installed package, NumPy or Python itself defines, by its name and version."""
        module = getattr(given, "__module__", None) or type(given).__module__
        name = getattr(given, "__qualname__", None) or getattr(given, "__name__", None)
        if isinstance(given, np.ufunc):
            module = "numpy"
        if not isinstance(name, str) or not callable(given) or not _is_installed(module):
            raise self._refused(given, called)
        if isinstance(given, types.BuiltinMethodType) and not isinstance(
            given.__self__, types.ModuleType | type | None
        ):
            raise self._refused(given, called)
        self._note("installed", module, name, _version(module))
        return given

    def _refused(self, given: Any, called: str) -> LanguageError:
        return LanguageError(
            f"the function '{self._name}' cannot be called from a recipe.",
            why=f"{called} is the {type(given).__qualname__} {given!r:.60}, whose content hepline "
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
