from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

Workspace = dict[str, Any]


def _beside(name: str) -> ModuleType:
    """A module of this folder; tests are no package, so that they cannot import each other."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def agc_workspace() -> Callable[[int], Workspace]:
    """The ttbar workspace for 1 or 5 files per process."""
    builder = _beside("agc_workspace")
    if not builder.reference_file(1).exists():
        pytest.skip("the reference histograms of the Analysis Grand Challenge are not here")
    return cache(builder.agc_workspace)


@pytest.fixture(scope="session")
def random_workspace() -> Callable[..., Workspace]:
    """A workspace with modifiers of all kinds for each seed."""
    return _beside("random_workspace").random_workspace


@pytest.fixture(scope="session")
def workspace() -> Callable[..., Workspace]:
    """A workspace from samples: ``workspace({"SR": {"sig": ([1, 2], [modifier])}}, SR=[3, 4])``."""

    def build(
        channels: dict[str, Any], *, poi: str = "mu", parameters: Any = (), **observed: Any
    ) -> Workspace:
        return {
            "channels": [
                {
                    "name": channel,
                    "samples": [
                        {"name": name, "data": data, "modifiers": modifiers}
                        for name, (data, modifiers) in samples.items()
                    ],
                }
                for channel, samples in channels.items()
            ],
            "observations": [{"name": name, "data": data} for name, data in observed.items()],
            "measurements": [{"name": "m", "config": {"poi": poi, "parameters": list(parameters)}}],
            "version": "1.0.0",
        }

    return build


class Modifiers:
    """Short spellings of the modifiers of a workspace."""

    @staticmethod
    def normfactor(name: str = "mu") -> Workspace:
        return {"name": name, "type": "normfactor", "data": None}

    @staticmethod
    def normsys(name: str, lo: float, hi: float) -> Workspace:
        return {"name": name, "type": "normsys", "data": {"lo": lo, "hi": hi}}

    @staticmethod
    def histosys(name: str, lo: list[float], hi: list[float]) -> Workspace:
        return {"name": name, "type": "histosys", "data": {"lo_data": lo, "hi_data": hi}}

    @staticmethod
    def of_bins(kind: str, name: str, data: Any = None) -> Workspace:
        return {"name": name, "type": kind, "data": data}


@pytest.fixture(scope="session")
def mod() -> type[Modifiers]:
    return Modifiers
