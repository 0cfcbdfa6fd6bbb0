from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot

import hepline as hl


def _write(path: Path, jets: Sequence[Sequence[float]], weights: Sequence[float] | None) -> Path:
    pt = ak.values_astype(ak.Array([list(event) for event in jets]), "float32")
    number = len(jets)
    branches = {
        "run": np.ones(number, np.uint32),
        "luminosityBlock": np.ones(number, np.uint32),
        "event": np.arange(number, dtype=np.uint64),
        "genWeight": np.asarray(weights if weights is not None else np.ones(number), np.float32),
        "Jet": ak.zip({"pt": pt}),
    }
    types = {name: ak.type(branch).content for name, branch in branches.items()}
    with uproot.recreate(path) as file:
        file.mktree("Events", types).extend(branches)
    return path


@pytest.fixture
def write_events(tmp_path: Path) -> Callable[..., Path]:
    """``write_events("a.root", [[50, 40], [], [30]], weights=[1, 1, -1])``: jets of each event."""

    def write(
        name: str, jets: Sequence[Sequence[float]], *, weights: Sequence[float] | None = None
    ) -> Path:
        return _write(tmp_path / name, jets, weights)

    return write


@pytest.fixture
def listing(tmp_path: Path) -> Callable[..., Path]:
    """``listing({"sig": {"nominal": ["a.root"]}})``: a list of files on disk."""

    def write(content: Any, name: str = "samples.json") -> Path:
        if isinstance(content, dict):
            content = {
                sample: {
                    key: {"files": files} if isinstance(files, list) else files
                    for key, files in sets.items()
                }
                for sample, sets in content.items()
            }
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


@pytest.fixture
def analysis() -> Callable[..., hl.Analysis]:
    """One signal sample, one region on the number of jets' summed momentum."""

    def make(*, weight: Any = None, variations: Any = None, data: bool = False) -> hl.Analysis:
        ev = hl.events("nanoaod")
        made = hl.Analysis("toy", luminosity=10.0, weight=weight)
        made.sample("sig", cross_section=2.0, normalization="mu", variations=variations)
        if data:
            made.data()
        made.region(
            "SR",
            where={"a jet": hl.count(ev.Jet) >= 1},
            observable=hl.axis(hl.sum(ev.Jet.pt), 4, 0, 200, "HT [GeV]"),
        )
        return made

    return make


@pytest.fixture
def varied_values() -> Callable[..., dict[tuple[str, str], Any]]:
    """``varied_values({"pt": (jet.pt, place, count)})``: values under each variation, by place.

    They are read from histograms with one bin for each place, weighted with the value.
    """

    def compute(results: Any, engine: str = "awkward") -> dict[tuple[str, str], Any]:
        computed = hl.compute(
            {
                name: hl.hist(hl.axis(place, count, -0.5, count - 0.5), weight=values)
                for name, (values, place, count) in results.items()
            },
            engine=engine,
        )
        found = {}
        for name, made in computed.items():
            found[name, ""] = getattr(made, "nominal", made).values()
            for key, histogram in getattr(made, "variations", {}).items():
                found[name, key] = histogram.values()
        return found

    return compute


@pytest.fixture
def write_flat(tmp_path: Path) -> Callable[..., dict[str, np.ndarray]]:
    """``write_flat("a.root", MET_pt=[…], ss=[…])``: one value per event; returns the columns."""

    def write(name: str, **columns: Any) -> dict[str, np.ndarray]:
        arrays = {key: np.asarray(values) for key, values in columns.items()}
        number = len(next(iter(arrays.values())))
        arrays = {
            "run": np.ones(number, np.uint32),
            "luminosityBlock": np.ones(number, np.uint32),
            "event": np.arange(number, dtype=np.uint64),
            "MET_phi": np.zeros(number, np.float32),
            **arrays,
        }
        with uproot.recreate(tmp_path / name) as file:
            types = {key: array.dtype for key, array in arrays.items()}
            file.mktree("Events", types).extend(arrays)
        return arrays

    return write
