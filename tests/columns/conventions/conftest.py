"""The suite that tests of conventions inherit, under a name that they can import it by."""

import importlib.util
import sys
from pathlib import Path

import pytest


def _load() -> None:
    path = Path(__file__).with_name("conformance.py")
    spec = importlib.util.spec_from_file_location("conformance", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["conformance"] = module
    spec.loader.exec_module(module)


pytest.register_assert_rewrite("conformance")
_load()
