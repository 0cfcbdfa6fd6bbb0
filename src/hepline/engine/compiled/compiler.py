"""Compilation of kernels, cached on disk under a digest of their content."""

from __future__ import annotations

import ast
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from hepline.arrays import poisoned
from hepline.engine.compiled import by_numba, functions, integers, kernels
from hepline.engine.compiled.lowering import Lowered
from hepline.engine.usercode import users_function
from hepline.machine.calls import as_it_is
from hepline.machine.kept import digest, is_there, kept, write
from hepline.machine.native import Native, object_code
from hepline.machine.source import names_of, parsed
from hepline.machine.translation import translated
from hepline.machine.types import Untranslated
from hepline.records import cache_folder

__all__ = ["Kernel", "compiled", "is_kept"]

_LOCK = threading.Lock()
_TYPES = (
    "bool_", "float32", "float64",
    "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
)  # fmt: skip


@dataclass(frozen=True)
class Kernel:
    """A kernel that can be called.

    Attributes
    ----------
    lowered : Lowered
    function : callable
    seconds : float
        Time to compile it, or to load it from the cache.
    path : Path
        Its source.
    by_numba : bool
        Whether numba compiled it, which takes several times as long.
    """

    lowered: Lowered
    function: Callable[..., None]
    seconds: float
    path: Path
    by_numba: bool


def compiled(lowered: Lowered) -> Kernel:
    """Compile a kernel, or load one of an earlier run.

    Parameters
    ----------
    lowered : Lowered

    Returns
    -------
    Kernel
    """
    began = time.perf_counter()
    folder, name = _place(lowered)
    # LLVM compiles one kernel at a time; a waiting thread finds it in the cache.
    with _LOCK:
        function: Callable[..., None]
        needs_numba = lowered.mapped
        if not needs_numba:
            try:
                function = _native(folder / name, lowered, poisoned())
            except Untranslated:
                needs_numba = True
        if needs_numba:
            function, folder = by_numba.compiled(folder, f"{name}.py", lowered)
    seconds = time.perf_counter() - began
    return Kernel(lowered, function, seconds, folder / f"{name}.py", needs_numba)


def is_kept(lowered: Lowered) -> bool:
    """Whether the kernel is in the cache of an earlier run."""
    folder, name = _place(lowered)
    if lowered.mapped:
        return (folder / f"{name}.py").is_file()
    return is_there(_stem(folder / name, poisoned()))


def _place(lowered: Lowered) -> tuple[Path, str]:
    return cache_folder() / "kernels", f"kernel_{digest(_called(), lowered.source)}"


def _stem(stem: Path, checked: bool) -> Path:
    return stem.with_name(f"{stem.name}.checked") if checked else stem


@cache
def _native(stem: Path, lowered: Lowered, checked: bool) -> Native:
    """The machine code, from disk if possible."""

    def make() -> bytes:
        code = object_code(_text(lowered, checked))
        with suppress(OSError):
            write(stem.with_name(f"{stem.name}.py"), lowered.source.encode())
        return code

    return Native(kept(_stem(stem, checked), make), lowered.parameters)


def _text(lowered: Lowered, checked: bool) -> str:
    tree = parsed(lowered.source)
    (kernel,) = (part for part in tree.body if isinstance(part, ast.FunctionDef))
    names = names_of(tree, _outside())
    return translated(kernel.body, lowered.parameters, names, checked=checked)


@cache
def _outside() -> dict[str, object]:
    modules = (kernels, functions, integers)
    names = {name: getattr(module, name) for module in modules for name in module.__all__}
    names |= {name: getattr(np, name) for name in _TYPES}
    return names | {"compiled_function": users_function, "lent": as_it_is}


@cache
def _called() -> str:
    """The functions that kernels call."""
    called = [Path(str(module.__file__)) for module in (functions, integers, kernels)]
    return "".join(file.read_text(encoding="utf-8") for file in called)
