"""Events in memory, and the three evaluators behind one door."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest

from hepline.columns.events import Events
from hepline.columns.expression import Expr, Origin
from hepline.columns.fill import Fill
from hepline.columns.functions import Histogram
from hepline.columns.nodes import Node
from hepline.columns.schema import ColumnSpec, Schema, own_axis
from hepline.columns.source import Chunk, Part
from hepline.engine.plan import plan
from hepline.engine.run import Job, JobResult, Options, run

SHARED = Path(__file__).parents[1] / "../shared/data"


@dataclass(frozen=True)
class MemorySource:
    """A `Source` whose events are awkward arrays: one mapping of columns for each part."""

    schema: Schema
    chunks: tuple[Mapping[str, ak.Array], ...]
    name: str = "memory"
    unreadable: tuple[tuple[str, str], ...] = ()
    log: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def parts(self) -> tuple[Part, ...]:
        return tuple(
            Part(f"part{number}", len(next(iter(chunk.values()))), 0)
            for number, chunk in enumerate(self.chunks)
        )

    def pieces(
        self, part: Part, _columns: Sequence[str], _most: int | None = None
    ) -> tuple[int, ...]:
        return tuple(sorted({0, part.entries // 3, part.entries}))

    def read(
        self, part: Part, columns: Sequence[str], collections: Sequence[str], start: int, stop: int
    ) -> Chunk:
        self.log.append(tuple(columns))
        arrays = self.chunks[int(part.path.removeprefix("part"))]
        specs, contents, offsets = self.schema.columns, {}, {}
        for name in columns:
            array, axes = arrays[name][start:stop], (specs[name].axis, *specs[name].inner)
            for axis in axes if specs[name].axis else ():
                offsets[axis] = _offsets(array)
                array = ak.flatten(array)
            contents[name] = ak.to_numpy(array).astype(specs[name].dtype)
        for axis in set(collections) - offsets.keys():
            spec = next(s for s in specs.values() if axis in (s.axis, *s.inner))
            array = arrays[spec.name][start:stop]
            for _ in range((spec.axis, *spec.inner).index(axis)):
                array = ak.flatten(array)
            offsets[axis] = _offsets(array)
        return Chunk(stop - start, contents, offsets)

    def give_up(self) -> None:
        pass

    def prefetch(
        self, part: Part, columns: Sequence[str], collections: Sequence[str], start: int, stop: int
    ) -> None:
        pass


def _offsets(array: ak.Array) -> np.ndarray:
    return np.concatenate(([0], np.cumsum(ak.to_numpy(ak.num(array)), dtype=np.int64)))


def _schema(chunk: Mapping[str, ak.Array]) -> Schema:
    specs, counters = [], {}
    for name, array in chunk.items():
        depth = str(array.type).count("var")
        collection = name.partition("_")[0] if depth else None
        dtype = str(array.type).split("*")[-1].strip()
        inner = tuple(own_axis(name, level) for level in range(1, depth))
        specs.append(ColumnSpec(name, dtype, collection, inner=inner))
        if collection is not None and f"n{collection}" in chunk:
            counters[collection] = f"n{collection}"
    return Schema.from_specs("memory", specs, counters=counters)


def make_events(*chunks: Mapping[str, ak.Array]) -> Events:
    """Events of parts that are given as columns by name."""
    schema = _schema(chunks[0])
    return Events(Origin(schema, MemorySource(schema, chunks)))


def as_node(request: Expr | Histogram | Node) -> Node:
    return request if isinstance(request, Node) else request.node


def run_all(events: Events, requests: Sequence[Any], **options: Any) -> tuple[JobResult, list[Any]]:
    """Compute; histograms come as `Filled`, columns as awkward arrays, in order."""
    nodes = [as_node(request) for request in requests]
    drawn = plan(nodes, events.origin.schema)
    (result,) = run([Job("test", events.origin.source, drawn)], Options(**options))
    nominal = [
        next(o.node for o in drawn.outputs if o.request == place and not o.variation.key)
        for place in range(len(nodes))
    ]
    return result, [
        result.histograms[node] if isinstance(node, Fill) else result.arrays[node]
        for node in nominal
    ]


@pytest.fixture
def compute() -> Callable[..., list[Any]]:
    """``compute(events, a, b, engine=…)``."""
    return lambda events, *requests, **options: run_all(events, requests, **options)[1]


@pytest.fixture
def in_memory() -> Callable[..., Events]:
    """``in_memory({"Muon_pt": array, …}, …)``: events of one part for each mapping."""
    return make_events


@pytest.fixture(scope="session", autouse=True)
def kernel_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where kernels are kept: a folder of this session, which its workers share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "hepline-cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEPLINE_CACHE", str(folder))
        yield folder


def collision_columns(events: int, seed: int) -> dict[str, ak.Array]:
    """Muons, electrons and jets that look like collisions, in NanoAOD's names and dtypes."""
    rng = np.random.default_rng(seed)
    columns: dict[str, ak.Array] = {
        "run": ak.Array(np.full(events, 1, np.uint32)),
        "luminosityBlock": ak.Array((np.arange(events) // 100).astype(np.uint32)),
        "event": ak.Array(np.arange(events, dtype=np.uint64)),
        "MET_pt": ak.Array(rng.exponential(40, events).astype(np.float32)),
        "MET_phi": ak.Array(rng.uniform(-np.pi, np.pi, events).astype(np.float32)),
        "genWeight": ak.Array(rng.normal(1, 0.3, events).astype(np.float32)),
    }
    for name, mean, mass in (("Muon", 1.6, 0.105658), ("Electron", 1.0, 0.000511), ("Jet", 4, 8)):
        counts = rng.poisson(mean, events)
        total = int(counts.sum())
        fields: dict[str, np.ndarray] = {
            "pt": (15 + rng.exponential(35, total)).astype(np.float32),
            "eta": rng.normal(0, 1.4, total).astype(np.float32),
            "phi": rng.uniform(-np.pi, np.pi, total).astype(np.float32),
            "mass": np.full(total, mass, np.float32),
            "charge": rng.choice(np.array([-1, 1], np.int32), total),
            "btag": rng.uniform(0, 1, total).astype(np.float32),
            "jetId": rng.integers(0, 8, total).astype(np.uint8),
        }
        columns[f"n{name}"] = ak.Array(counts.astype(np.uint32))
        for field_name, flat in fields.items():
            columns[f"{name}_{field_name}"] = ak.unflatten(flat, counts)
    return columns


@pytest.fixture(scope="session")
def collisions() -> Events:
    """A thousand events like collisions, in two parts of unequal length."""
    columns = collision_columns(1000, 7)
    cut = 613
    first = {name: array[:cut] for name, array in columns.items()}
    return make_events(first, {name: array[cut:] for name, array in columns.items()})


@pytest.fixture(scope="session")
def many_collisions() -> Callable[[int], Events]:
    """``many_collisions(100_000)``: one part."""
    return lambda events: make_events(collision_columns(events, 11))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real files; the test is skipped where they are absent."""
    if not SHARED.is_dir():
        pytest.skip(f"real data are not at {SHARED}")
    return SHARED.resolve()


Workspace = dict[str, Any]


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


@pytest.fixture(scope="session")
def agc_workspace() -> Callable[[int], Workspace]:
    """The ttbar workspace for 1 or 5 files per process."""
    place = Path(__file__).parent / "stats" / "agc_workspace.py"
    spec = importlib.util.spec_from_file_location("agc_workspace", place)
    builder = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(builder)
    if not builder.reference_file(1).exists():
        pytest.skip("the reference histograms of the Analysis Grand Challenge are not here")
    return cache(builder.agc_workspace)
