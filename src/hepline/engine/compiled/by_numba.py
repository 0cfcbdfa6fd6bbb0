"""Kernels for numba: those with code that `machine` cannot translate."""

from __future__ import annotations

import atexit
import importlib.util
import inspect
import pickle
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from hepline.engine.compiled import functions, integers, kernels
from hepline.engine.compiled.lowering import Lowered
from hepline.machine.kept import write
from hepline.machine.translation import Parameter

__all__ = ["compiled"]

# Errors from loading a kernel that was not written completely.
_UNUSABLE = (OSError, EOFError, pickle.UnpicklingError, AttributeError)


def compiled(folder: Path, name: str, lowered: Lowered) -> tuple[Callable[..., None], Path]:
    """Compile a kernel, or load one of an earlier run.

    Parameters
    ----------
    folder : Path
    name : str
        Of its file.
    lowered : Lowered

    Returns
    -------
    callable
    Path
        Its folder, a temporary one if `folder` is not writable.
    """
    signature = f"void({', '.join(map(_typed, lowered.parameters))})"
    try:
        return _loaded(_stored_source(folder, name, lowered.source), signature), folder
    except _UNUSABLE:
        # A read-only home, a full disk, or remains of a killed run: this kernel lives as long as
        # the process, and the next run finds a clean folder.
        for leftover in (folder / "__pycache__").glob(f"{Path(name).stem}*"):
            with suppress(OSError):
                leftover.unlink()
        folder = _own_folder()
        return _loaded(_stored_source(folder, name, lowered.source), signature), folder


@cache
def _loaded(path: Path, signature: str) -> Callable[..., None]:
    from numba import njit

    module = _module(f"hepline_{path.stem}", path)
    for called in (kernels, functions, integers):
        vars(module).update(_jitted(called))
    jitted = njit(signature, nogil=True, error_model="numpy", cache=True)
    function: Callable[..., None] = jitted(module.kernel)
    return function


@cache
def _jitted(plain: ModuleType) -> dict[str, Any]:
    """The functions that kernels call, for numba: a second copy of their module, compiled."""
    from numba import njit

    module = _module(f"{plain.__name__}_by_numba", Path(str(plain.__file__)))
    functions = {
        name: njit(error_model="numpy")(value)
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__
    }
    vars(module).update(functions)
    return functions


def _module(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a module")
    module = importlib.util.module_from_spec(spec)
    # numba finds the file of a function through the list of modules.
    sys.modules[module.__name__] = module
    spec.loader.exec_module(module)
    return module


def _typed(parameter: Parameter) -> str:
    """Numba's name of the type of a parameter."""
    name = "boolean" if parameter.dtype.kind == "b" else str(parameter.dtype.name)
    return name + ("", "[::1]", "[:,::1]")[parameter.dimensions]


def _stored_source(folder: Path, name: str, source: str) -> Path:
    """The file of a source, written completely or not at all."""
    path = folder / name
    if not path.is_file() or path.read_text("utf-8") != source:
        write(path, source.encode())
    return path


@cache
def _own_folder() -> Path:
    folder = tempfile.mkdtemp(prefix="hepline-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
