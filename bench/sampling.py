"""Draw benchmark events: whole ones with replacement, smeared, their multiplicities as in CMS data.

`event_pieces` gives events with the columns of the ADL benchmark, `lhcb_pieces` flat rows of
B → hhh; both piece by piece, with fixed seeds, so that any number fits into memory.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import awkward as ak
import numpy as np
import uproot
from numpy.typing import NDArray

from hepline.data.generate import generate_samples
from hepline.errors import MissingPackage

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SAMPLE = DATA / "adl" / "Run2012B_SingleMu_restructured_1000.json"
PHASE_SPACE = DATA / "lhcb" / "PhaseSpaceSimulation.root"

PIECE = 100_000
GENERATED = (("dimuon", 20_000, 11), ("wjets", 15_000, 12), ("ttbar", 15_000, 13))

# Events of the public sample, out of 1000: (muons, electrons) to events with 0, 1, 2, … jets.
SHAPE = {
    (0, 0): (4, 1, 2),
    (1, 0): (276, 154, 92, 63, 27, 13, 5, 3, 2, 2, 1, 0, 0, 0, 0, 0, 1),
    (1, 1): (9, 15, 36, 20, 10, 5, 6, 2, 2, 1),
    (1, 2): (0, 1, 2, 4, 2, 0, 1, 2),
    (1, 3): (0, 0, 0, 0, 1, 0, 1),
    (2, 0): (40, 28, 26, 24, 13, 11, 2, 1, 0, 1, 1),
    (2, 1): (2, 5, 7, 7, 2, 2, 1),
    (2, 2): (0, 0, 0, 2, 2),
    (3, 0): (2, 5, 7, 4, 4, 0, 2, 0, 0, 1),
    (3, 1): (0, 0, 3, 2, 0, 0, 0, 1),
    (3, 2): (0, 0, 0, 2, 0, 1),
    (4, 0): (1, 0, 2, 1, 2),
    (4, 1): (0, 2, 0, 1, 1, 1),
    (5, 0): (0, 0, 1),
    (5, 1): (0, 0, 1, 1, 0, 0, 1),
    (5, 2): (0, 0, 0, 0, 1),
    (6, 0): (0, 0, 0, 1, 1, 0, 1),
    (6, 1): (0, 0, 1, 1),
    (7, 0): (0, 1),
    (7, 1): (0, 0, 0, 1),
}
# Of a muon, an electron, a jet more or less: trijets are the dearest thing to compute.
IMPORTANCE = np.array([2, 3, 3])
SCALARS = {
    "run": "u4", "luminosityBlock": "u4", "event": "u8", "HLT_IsoMu24_eta2p1": "?",
    "HLT_IsoMu24": "?", "HLT_IsoMu17_eta2p1_LooseIsoPFTau20": "?", "PV_npvs": "i4", "PV_x": "f4",
    "PV_y": "f4", "PV_z": "f4", "MET_pt": "f4", "MET_phi": "f4", "MET_significance": "f4",
}  # fmt: skip
_P4 = {"pt": "f4", "eta": "f4", "phi": "f4", "mass": "f4"}
_TRACK = {"charge": "i4", "pfRelIso03_all": "f4", "dxy": "f4", "dxyErr": "f4", "dz": "f4"}
LISTS = {
    "Muon": {**_P4, **_TRACK, "pfRelIso04_all": "f4", "tightId": "?", "softId": "?"},
    "Electron": {**_P4, **_TRACK},
    "Jet": {**_P4, "btag": "f4", "puId": "?"},
    "Tau": {**_P4, "charge": "i4", "decayMode": "i4"},
}


@dataclass(frozen=True)
class Pool:
    """Events to draw from: ``scalars[name]``, ``counts[kind]`` and ``values[kind][field]``."""

    scalars: dict[str, NDArray]
    counts: dict[str, NDArray[np.int64]]
    values: dict[str, dict[str, NDArray]]

    def draw(self, index: NDArray[np.int64], rng: np.random.Generator) -> dict[str, object]:
        """Smeared copies of the events `index`, as columns that uproot can write."""
        columns = {name: _smeared(name, v[index], rng) for name, v in self.scalars.items()}
        for kind, fields in self.values.items():
            counts = self.counts[kind][index]
            starts = (np.cumsum(self.counts[kind]) - self.counts[kind])[index]
            within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
            place = np.repeat(starts, counts) + within
            columns[kind] = ak.zip(
                {n: ak.unflatten(_smeared(n, v[place], rng), counts) for n, v in fields.items()}
            )
        return columns


def _smeared(name: str, values: NDArray, rng: np.random.Generator) -> NDArray:
    """One per cent of noise; identities, flags and constants (a muon's mass) stay."""
    if values.dtype.kind != "f" or len(values) == 0 or np.all(values == values[0]):
        return values
    noisy = values * (1 + 0.01 * rng.standard_normal(len(values), dtype=values.dtype))
    if name.endswith("phi"):
        return (np.mod(noisy + np.pi, 2 * np.pi) - np.pi).astype(values.dtype)
    return np.minimum(noisy, 1).astype(values.dtype) if name == "btag" else noisy


def pool_of(folder: Path) -> Pool:
    """Generated events where Pythia is installed, else those of the public sample."""
    try:
        return generated_pool(folder)
    except MissingPackage as absent:
        print(f"drawing from the public sample: {absent}")
        return sample_pool()


def generated_pool(folder: Path) -> Pool:
    """Events of hepline's generator, kept in `folder` between calls."""
    files = generate_samples(GENERATED, folder=folder, workers=2)
    trees = [uproot.open(file.path)["Events"] for file in files]

    def column(name: str, dtype: str) -> ak.Array:
        return ak.values_astype(ak.concatenate([tree[name].array() for tree in trees]), dtype)

    scalars = {name: ak.to_numpy(column(name, dtype)) for name, dtype in SCALARS.items()}
    lists = {k: {n: column(f"{k}_{n}", t) for n, t in f.items()} for k, f in LISTS.items()}
    return _pool(scalars, lists)


def sample_pool() -> Pool:
    """Events of the public JSON sample, one a line."""
    if not SAMPLE.is_file():
        sys.exit(f"neither the generator (pip install 'hepline[generate]') nor {SAMPLE} is here.")
    events = [json.loads(line) for line in SAMPLE.read_text("utf-8").splitlines() if line]

    def scalar(event: dict, name: str) -> object:
        group, _, field = name.partition("_")
        return event[group][field] if field else event[group]

    scalars = {n: np.array([scalar(e, n) for e in events], t) for n, t in SCALARS.items()}
    lists = {
        kind: {n: ak.Array([np.array([o[n] for o in e[kind]], t) for e in events])
               for n, t in fields.items()}
        for kind, fields in LISTS.items()
    }  # fmt: skip
    return _pool(scalars, lists)


def _pool(scalars: dict[str, NDArray], lists: dict[str, dict[str, ak.Array]]) -> Pool:
    counts = {kind: ak.to_numpy(ak.num(fields["pt"])) for kind, fields in lists.items()}
    values = {
        kind: {n: ak.to_numpy(ak.flatten(v)).astype(LISTS[kind][n]) for n, v in fields.items()}
        for kind, fields in lists.items()
    }
    return Pool(scalars, counts, values)


def _choose(pool: Pool, number: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Indices of events whose multiplicities follow `SHAPE`, or come nearest to it."""
    classes = np.array([(*pair, jets) for pair, row in SHAPE.items() for jets in range(len(row))])
    share = np.array([events for row in SHAPE.values() for events in row])
    which = rng.choice(len(classes), number, p=share / share.sum())
    found = np.stack([pool.counts[kind] for kind in ("Muon", "Electron", "Jet")], axis=1)
    chosen = np.empty(number, np.int64)
    for place in np.unique(which):
        here = np.flatnonzero(which == place)
        away = abs(found - classes[place]) @ IMPORTANCE
        chosen[here] = rng.choice(np.flatnonzero(away == away.min()), len(here))
    return chosen


def event_pieces(pool: Pool, events: int) -> Iterator[dict[str, object]]:
    """The events of a file, `PIECE` at a time."""
    for start in range(0, events, PIECE):
        rng = np.random.default_rng((2012, start))
        columns = pool.draw(_choose(pool, PIECE, rng)[: events - start], rng)
        number = np.arange(start, min(start + PIECE, events))
        columns |= {"event": (number + 1).astype("u8"), "run": np.full(len(number), 194711, "u4")}
        yield columns | {"luminosityBlock": (number // 500 + 1).astype("u4")}


def lhcb_pieces(rows: int) -> Iterator[dict[str, NDArray]]:
    """Rows like the LHCb simulation; columns that are constant there get a spread as in data."""
    if not PHASE_SPACE.is_file():
        sys.exit(f"{PHASE_SPACE} is not here: its rows are what is drawn from.")
    tree = uproot.open(PHASE_SPACE)["PhaseSpaceTree"]
    real = tree.arrays(library="np")
    for start in range(0, rows, PIECE):
        rng = np.random.default_rng((4900, start))
        number = min(PIECE, rows - start)
        index = rng.integers(0, tree.num_entries, number)
        piece = {name: _smeared(name, values[index], rng) for name, values in real.items()}
        for name, values in real.items():
            if name.endswith("Charge"):
                piece[name] = rng.choice(np.array([-1, 1], "i4"), number)
            elif name.endswith("isMuon"):
                piece[name] = (rng.random(number) < 0.01).astype("i4")
            elif np.ptp(values) == 0:
                piece[name] = rng.random(number) if "Prob" in name else rng.exponential(9, number)
        yield piece
