from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uproot

import hepline as hl

MASSES = (600.0, 800.0, 1000.0)


def write(path: Path, **columns: Any) -> str:
    """A file of events with one value of each column."""
    arrays = {key: np.asarray(values) for key, values in columns.items()}
    arrays = {
        key: values if values.dtype == bool else values.astype(np.float32)
        for key, values in arrays.items()
    }
    number = len(next(iter(arrays.values())))
    arrays = {
        "run": np.ones(number, np.uint32),
        "luminosityBlock": np.ones(number, np.uint32),
        "event": np.arange(number, dtype=np.uint64),
        "MET_phi": np.zeros(number, np.float32),
        **arrays,
    }
    with uproot.recreate(path) as file:
        types = {name: array.dtype for name, array in arrays.items()}
        file.mktree("Events", types).extend(arrays)
    return str(path)


@pytest.fixture
def write_events(tmp_path: Path) -> Callable[..., str]:
    """``write_events("a", MET_pt=[…])``: the path of a file of events."""

    def made(name: str, **columns: Any) -> str:
        return write(tmp_path / f"{name}.root", **columns)

    return made


@pytest.fixture(scope="session")
def grid_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A falling background, peaks at several masses, and data with the second of them."""
    folder = tmp_path_factory.mktemp("grid")
    random = np.random.default_rng(14)
    background = 300 + random.exponential(250, 20_000)
    files = {"bkg": write(folder / "bkg.root", MET_pt=background)}
    peaks = {mass: random.normal(mass, 0.05 * mass, 2000) for mass in MASSES}
    for mass, values in peaks.items():
        files[f"Zprime_{mass:g}"] = write(folder / f"{mass:g}.root", MET_pt=values)
    data = np.concatenate([300 + random.exponential(250, 1000), peaks[800.0][:40]])
    files["data"] = write(folder / "data.root", MET_pt=data)
    return files


@pytest.fixture
def grid_analysis() -> Callable[..., hl.Analysis]:
    """A search for a peak at any of several masses."""

    def make(*, nuisances: int = 2, bins: int = 24, data: str = "data", **more: Any) -> hl.Analysis:
        ev = hl.events("nanoaod")
        weight = hl.weight(1.0)
        for number in range(nuisances):
            slope = (ev.MET.pt / 1000) * (0.02 + 0.002 * number)
            nuisance = hl.nuisance(f"shape {number}")
            weight = weight.vary(nuisance, up=1 + slope, down=1 - slope)
        search = hl.Analysis(
            "search", luminosity=100.0, luminosity_uncertainty=0.02, weight=weight, **more
        )
        sections = {600: 0.5, 800: 0.4, 1000: 0.3}
        search.signal("Zprime", mass=[*MASSES], cross_section=sections, bounds=(0, 20))
        search.sample("bkg", cross_section=10.0, uncertainty=0.05)
        if data == "data":
            search.data()
        elif data == "injected":
            search.pseudodata({"bkg": 1.0, "Zprime_1000": 1.0}, truth={"mu": 1.0})
        search.region("SR", observable=hl.axis(ev.MET.pt, bins, 300, 1500, "$m$ [GeV]"))
        return search

    return make
