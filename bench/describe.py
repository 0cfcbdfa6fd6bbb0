"""How long does a description take, next to unpacking the columns that it describes?

    python bench/describe.py [--events 1000000] [--kinds zlib zstd lz4 parquet] [--rounds 3]

Writes a NanoAOD-like file of each kind (floats of ten bits of mantissa, as NanoAOD has them) into
the temporary folder, then alternates between reading all of its columns and describing it, in the
same chunks, on the same threads, and prints the smallest times and their ratio; wall and CPU.
The budget is three times the time of unpacking. Peak memory is that of the whole process.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import awkward as ak
import numpy as np
import pyarrow.parquet
import uproot

from hepline.data.open import source
from hepline.engine.cores import usable_cores
from hepline.survey.describe import describe_source
from hepline.survey.reading import _tasks

PARTS = 10


def reduced(values: np.ndarray) -> np.ndarray:
    """Floats with the ten bits of mantissa that NanoAOD keeps."""
    return (values.astype(np.float32).view(np.uint32) & np.uint32(0xFFFFE000)).view(np.float32)


def chunk(random: np.random.Generator, first: int, events: int) -> dict[str, ak.Array]:
    columns: dict[str, ak.Array] = {
        "run": np.full(events, 315267, np.uint32),
        "luminosityBlock": (first + np.arange(events, dtype=np.uint32)) // 1000,
        "event": first + np.arange(events, dtype=np.uint64),
        **{f"HLT_{n}": random.random(events) < 0.1 for n in range(20)},
        **{f"MET_{n}": reduced(random.exponential(40, events)) for n in range(10)},
        "genWeight": random.normal(size=events).astype(np.float32),
    }
    for name, mean, fields in (("Muon", 1.5, 20), ("Electron", 0.7, 20), ("Jet", 6.0, 20)):
        counts = random.poisson(mean, events)
        size = int(counts.sum())
        values: dict[str, np.ndarray] = {
            "pt": reduced(random.exponential(30, size) + 5),
            "eta": reduced(random.normal(0, 2, size)),
            "phi": reduced(random.uniform(-np.pi, np.pi, size)),
            "score": np.where(random.random(size) < 0.2, -1, random.random(size)).astype("f4"),
            "charge": random.choice(np.array([-1, 1], np.int32), size),
            "id": random.random(size) < 0.8,
            "jetIdx": random.integers(-1, 5, size).astype(np.int32),
        }
        for number in range(fields - len(values)):
            values[f"x{number}"] = reduced(random.normal(size=size))
        columns[name] = ak.zip({key: ak.unflatten(row, counts) for key, row in values.items()})
    return columns


def write(path: Path, kind: str, events: int) -> None:
    random = np.random.default_rng(1)
    size = events // PARTS
    parts = (chunk(random, number * size, size) for number in range(PARTS))
    if kind == "parquet":
        flat = [flattened(part) for part in parts]
        tables = [ak.to_arrow_table(ak.Array(part), extensionarray=False) for part in flat]
        with pyarrow.parquet.ParquetWriter(path, tables[0].schema) as writer:
            for table in tables:
                writer.write_table(table)
        return
    compression = {"zlib": uproot.ZLIB(1), "zstd": uproot.ZSTD(5), "lz4": uproot.LZ4(4)}[kind]
    with uproot.recreate(path, compression=compression) as file:
        for number, part in enumerate(parts):
            if not number:
                types = {key: ak.type(ak.Array(values)).content for key, values in part.items()}
                file.mktree("Events", types)
            file["Events"].extend(part)


def flattened(part: dict[str, ak.Array]) -> dict[str, ak.Array]:
    columns = {}
    for name, values in part.items():
        fields = ak.fields(values) if isinstance(values, ak.Array) else []
        columns |= {f"{name}_{key}": values[key] for key in fields} or {name: values}
    return columns


def timed(work: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def compare(path: Path, rounds: int) -> None:
    events = source(str(path))
    names = list(events.schema.columns)
    tasks = list(_tasks(events, names))

    def unpack() -> None:
        with ThreadPoolExecutor(usable_cores()) as pool:
            for _ in pool.map(
                lambda task: (
                    events.read(
                        events.parts[task.part], task.columns, [], task.start, task.stop
                    ).events
                ),
                tasks,
            ):
                pass

    times = [(timed(unpack), timed(lambda: describe_source(events))) for _ in range(rounds)]
    unpacked, described = ([min(pair[i][j] for pair in times) for j in range(2)] for i in range(2))
    values = sum(facts.entries for facts in describe_source(events).columns.values())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{path.name}: {events.parts[0].entries} events, {len(names)} columns, {values:.3g} "
        "values\n"
        f"  wall {unpacked[0]:.2f} s to unpack, {described[0]:.2f} s to describe: "
        f"{described[0] / unpacked[0]:.2f} times\n"
        f"  CPU  {unpacked[1]:.2f} s to unpack, {described[1]:.2f} s to describe: "
        f"{described[1] / unpacked[1]:.2f} times; peak memory so far {peak:.0f} MB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--kinds", nargs="+", default=["zlib", "zstd", "lz4", "parquet"])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    for kind in options.kinds:
        ending = "parquet" if kind == "parquet" else "root"
        path = Path(tempfile.gettempdir()) / f"describe_{kind}_{options.events}.{ending}"
        if not path.exists():
            write(path, kind, options.events)
        compare(path, options.rounds)


if __name__ == "__main__":
    main()
