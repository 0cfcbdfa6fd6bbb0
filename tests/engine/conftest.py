"""How evaluators are compared."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def comparison() -> ModuleType:
    """`comparison.py`; tests do not form a package."""
    path = Path(__file__).with_name("comparison.py")
    spec = importlib.util.spec_from_file_location("engine_comparison", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
