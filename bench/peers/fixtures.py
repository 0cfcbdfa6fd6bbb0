"""Workspaces of the tests, which benchmarks ask about too."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

__all__ = ["of_tests"]

_TESTS = Path(__file__).resolve().parents[2] / "tests/stats"


def of_tests(name: str) -> ModuleType:
    """Load a module of ``tests/stats``, which is not a package."""
    spec = importlib.util.spec_from_file_location(name, _TESTS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
