from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

Workspace = dict[str, Any]


def _beside(name: str) -> ModuleType:
    """A module of this folder: tests do not form a package and cannot import each other."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def random_workspace() -> Callable[..., Workspace]:
    """A workspace with modifiers of all kinds for each seed."""
    return _beside("random_workspace").random_workspace
