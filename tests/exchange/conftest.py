"""Files of events with jets and muons, as NanoAOD stores them."""

from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

SHARED = Path(__file__).parents[2] / "../shared/data"


def events_of(seed, count):
    """Columns of random events."""
    rng = np.random.default_rng(seed)
    columns = {
        "run": np.full(count, 1, np.uint32),
        "luminosityBlock": np.full(count, seed, np.uint32),
        "event": np.arange(count, dtype=np.uint64),
        "MET_pt": rng.exponential(30, count).astype(np.float32),
        "HLT_IsoMu24": rng.random(count) < 0.7,
        "genWeight": rng.normal(1, 0.5, count).astype(np.float32),
    }
    for name, fields in (("Jet", ("pt", "eta", "phi", "mass")), ("Muon", ("pt", "eta", "phi"))):
        counts = rng.poisson(2.2, count)
        columns[f"n{name}"] = counts.astype(np.uint32)
        for field in fields:
            values = rng.exponential(40, counts.sum()) if field in ("pt", "mass") else None
            values = rng.normal(0, 1.2, counts.sum()) if values is None else values
            columns[f"{name}_{field}"] = ak.unflatten(values.astype(np.float32), counts)
    charges = rng.choice([-1, 1], len(ak.flatten(columns["Muon_pt"]))).astype(np.int32)
    columns["Muon_charge"] = ak.unflatten(charges, columns["nMuon"].astype(np.int64))
    return columns


@pytest.fixture
def nanoaod(tmp_path):
    """Write files of events; return their paths."""

    def write(*counts, runs=True, folder="."):
        paths = []
        for seed, count in enumerate(counts):
            path = tmp_path / folder / f"events{seed}.root"
            path.parent.mkdir(exist_ok=True)
            columns = events_of(seed, count)
            types = {
                name: array.dtype if isinstance(array, np.ndarray) else array.type.content
                for name, array in columns.items()
            }
            with uproot.recreate(path) as file:
                tree = file.mktree(
                    "Events", types, counter_name=lambda name: f"n{name.partition('_')[0]}"
                )
                for start in range(0, count, 100):
                    tree.extend({n: a[start : start + 100] for n, a in columns.items()})
                if runs:
                    file["Runs"] = {
                        "genEventSumw": np.array([1000.0 + seed, 0.5]),
                        "genEventCount": np.array([2000 + seed, 1], np.int64),
                    }
            paths.append(str(path))
        return paths

    return write


@pytest.fixture
def shared():
    """A file of ../shared/data; the test skips without it."""

    def find(name):
        path = SHARED / name
        if not path.exists():
            pytest.skip(f"needs ../shared/data/{name}")
        return str(path)

    return find
