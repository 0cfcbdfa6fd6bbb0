"""Generated samples shared by the tests of the generator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import awkward as ak
import numpy as np
import pytest

from hepline.data.generator.blocks import BlockRequest, generate_block
from hepline.data.generator.particles import Particles

pytest.importorskip("pythia8mc", reason="needs the extra 'generate'")
pytest.importorskip("fastjet", reason="needs the extra 'generate'")


def _block(process: str, events: int) -> ak.Array:
    block = generate_block(BlockRequest(process, seed=1, number=0, events=events))
    return ak.Array(dict(block.columns))


@pytest.fixture(scope="session")
def ttbar() -> ak.Array:
    """600 top pairs as records of columns and collections."""
    return _block("ttbar", 600)


@pytest.fixture(scope="session")
def dimuon() -> ak.Array:
    """1500 events of the teaching mixture."""
    return _block("dimuon", 1500)


@pytest.fixture
def make_particles() -> Callable[..., Particles]:
    """Build an event record by hand: lists of equal length, everything else is zero."""

    def make(**given: Any) -> Particles:
        size = len(given["id"])
        pt = np.asarray(given.pop("pt", np.ones(size)), float)
        eta = np.asarray(given.pop("eta", np.zeros(size)), float)
        phi = np.asarray(given.pop("phi", np.zeros(size)), float)
        mass = np.asarray(given.pop("mass", np.zeros(size)), float)
        columns = {
            "event": np.zeros(size, np.int64),
            "status": np.ones(size, np.int64),
            "mother": np.zeros(size, np.int64),
            **{name: np.zeros(size) for name in ("vx", "vy", "vz")},
            **{name: np.asarray(values) for name, values in given.items()},
        }
        momentum = pt * np.cosh(eta)
        return Particles(
            events=int(columns["event"].max(initial=0)) + 1,
            px=pt * np.cos(phi),
            py=pt * np.sin(phi),
            pz=pt * np.sinh(eta),
            energy=np.hypot(momentum, mass),
            mass=mass,
            pt=pt,
            eta=eta,
            phi=phi,
            generator={},
            **columns,
        )

    return make
