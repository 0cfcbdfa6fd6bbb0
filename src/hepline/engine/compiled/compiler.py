"""Kernels from source: kept in a folder under a digest of their content, compiled once."""

from __future__ import annotations

import atexit
import hashlib
import importlib.util
import os
import pickle
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hepline.engine.compiled.lowering import Lowered
from hepline.records import cache_folder

__all__ = ["Kernel", "compiled"]

_LOCK = threading.Lock()
# What reading a kernel raises if it could not be written whole.
_UNUSABLE = (OSError, EOFError, pickle.UnpicklingError, AttributeError)


@dataclass(frozen=True)
class Kernel:
    """A kernel that can be called.

    Attributes
    ----------
    lowered : Lowered
    function : callable
    seconds : float
        Time it took to compile; of one that was compiled before, to load.
    path : Path
        Its source.
    """

    lowered: Lowered
    function: Callable[..., None]
    seconds: float
    path: Path


def compiled(lowered: Lowered) -> Kernel:
    """Compile a kernel, or find it where it was left by an earlier run.

    Parameters
    ----------
    lowered : Lowered

    Returns
    -------
    Kernel
    """
    began = time.perf_counter()
    # What a kernel calls becomes part of it, but numba's own cache does not look there.
    digest = hashlib.sha256((_called() + lowered.source).encode()).hexdigest()[:24]
    name = f"kernel_{digest}.py"
    folder = cache_folder() / "kernels"
    # numba compiles one function at a time; a thread that waits finds the kernel finished.
    with _LOCK:
        try:
            function = _loaded(_kept(folder, name, lowered.source))
        except _UNUSABLE:
            # A home that cannot be written, a full disk, or what a killed run has left: this kernel
            # lives as long as the process, and the next run finds a clean place.
            for left in (folder / "__pycache__").glob(f"{Path(name).stem}*"):
                with suppress(OSError):
                    left.unlink()
            folder = _own_folder()
            function = _loaded(_kept(folder, name, lowered.source))
    return Kernel(lowered, function, time.perf_counter() - began, folder / name)


@cache
def _loaded(path: Path) -> Callable[..., None]:
    spec = importlib.util.spec_from_file_location(f"hepline_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no module")
    module = importlib.util.module_from_spec(spec)
    # numba finds the file of a function through the list of modules.
    sys.modules[module.__name__] = module
    spec.loader.exec_module(module)
    function: Callable[..., None] = module.kernel
    return function


def _kept(folder: Path, name: str, source: str) -> Path:
    """The file of this source, written whole or not at all."""
    path = folder / name
    if not path.is_file() or path.read_text("utf-8") != source:
        folder.mkdir(parents=True, exist_ok=True)
        aside = folder / f".{name}.{os.getpid()}.{threading.get_ident()}"
        aside.write_text(source, encoding="utf-8")
        aside.replace(path)
    return path


@cache
def _own_folder() -> Path:
    folder = tempfile.mkdtemp(prefix="hepline-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


@cache
def _called() -> str:
    from hepline.engine.compiled import functions, integers, kernels

    files = (str(module.__file__) for module in (functions, integers, kernels))
    return "".join(Path(file).read_text(encoding="utf-8") for file in files)
