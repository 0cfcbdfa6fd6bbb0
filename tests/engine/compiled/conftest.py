"""`called.py`, for the tests of what kernels call; tests do not form a package."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

# Before the tests of this folder are imported, which say ``from called import Called``.
_SPEC = importlib.util.spec_from_file_location("called", Path(__file__).with_name("called.py"))
sys.modules[_SPEC.name] = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(sys.modules[_SPEC.name])
