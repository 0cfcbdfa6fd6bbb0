"""Damaged files of every format: each is refused with a reason, or read as its own library does.

Small files are damaged at random (bits, bytes, ranges, ends), from a seed that counts up. Three
things may happen to a column: we refuse the file or the column with one of our errors; we read what
the format's own library reads from the same damaged bytes; or we read what stood in the file
before it was damaged, because the damage is elsewhere.
"""

from __future__ import annotations

import io
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

import hepline as hl
from hepline.data.csvheader import name_of
from hepline.errors import HeplineError

# (format, seed) of files that were once read wrongly, crashed or hung.
KNOWN = (
    ("TTree, zlib", 1002),
    ("Parquet", 1065),
    ("Parquet", 1843),
    ("Parquet", 2120),
    ("CSV", 51801),
)
EVENTS = 60
# No small file takes as long as this to be refused.
HANGS_AFTER = 60


def _numbers() -> dict[str, ak.Array]:
    rng = np.random.default_rng(5)
    counts = rng.integers(0, 4, EVENTS)
    pt = ak.unflatten(rng.exponential(30, counts.sum()).astype(np.float32), counts)
    charge = ak.unflatten(rng.choice([-1, 1], counts.sum()).astype(np.int32), counts)
    return {
        "run": np.full(EVENTS, 194_108, np.uint32),
        "event": rng.integers(0, 2**63, EVENTS).astype(np.uint64),
        "MET_pt": rng.exponential(20, EVENTS).astype(np.float32),
        "good": rng.random(EVENTS) < 0.5,
        "weight": rng.normal(size=EVENTS),
        "Muon": ak.zip({"pt": pt, "charge": charge}),
    }


def _ttree(folder: Path, compression: object) -> bytes:
    columns = _numbers()
    muons = columns.pop("Muon")
    with uproot.recreate(folder / "made.root", compression=compression) as file:
        tree = file.mktree(
            "Events",
            {name: values.dtype for name, values in columns.items()}
            | {"Muon": "var * {pt: float32, charge: int32}"},
        )
        for part in (slice(0, 25), slice(25, EVENTS)):
            tree.extend(
                {name: values[part] for name, values in columns.items()} | {"Muon": muons[part]}
            )
    return (folder / "made.root").read_bytes()


def _rntuple(folder: Path) -> bytes:
    columns = _numbers()
    muons = columns.pop("Muon")
    lists = {f"Muon_{name}": muons[name] for name in ("pt", "charge")}
    with uproot.recreate(folder / "made.root") as file:
        file.mkrntuple("Events", ak.Array(columns | lists))
    return (folder / "made.root").read_bytes()


def _parquet(_folder: Path) -> bytes:
    pq = pytest.importorskip("pyarrow.parquet")
    buffer = io.BytesIO()
    table = ak.to_arrow_table(ak.Array(_numbers()), list_to32=True, extensionarray=False)
    pq.write_table(table, buffer, row_group_size=25, write_page_checksum=True)
    return buffer.getvalue()


def _hdf5(_folder: Path) -> bytes:
    h5py = pytest.importorskip("h5py")
    buffer = io.BytesIO()
    columns = _numbers()
    muons = columns.pop("Muon")
    with h5py.File(buffer, "w") as file:
        for name, values in columns.items():
            file.create_dataset(name, data=values, fletcher32=True)
        file["nMuon"] = ak.to_numpy(ak.num(muons))
        for name in ("pt", "charge"):
            flat = ak.to_numpy(ak.flatten(muons[name]))
            file.create_dataset(f"Muon_{name}", data=flat, fletcher32=True)
    return buffer.getvalue()


def _csv(_folder: Path) -> bytes:
    pandas = pytest.importorskip("pandas")
    columns = _numbers()
    columns["event"] >>= 10
    return (
        pandas.DataFrame({n: columns[n] for n in columns if n != "Muon"})
        .to_csv(index=False)
        .encode()
    )


def _uproot_column(path: str, name: str) -> ak.Array:
    with uproot.open(path) as file:
        events = file["Events"]
        return events[name].array() if hasattr(events, "branches") else events.arrays([name])[name]


def _arrow_column(path: str, name: str) -> ak.Array:
    import pyarrow.parquet as pq

    outer, _, inner = name.partition("_")
    file = pq.ParquetFile(path, page_checksum_verification=True)
    # Only what is asked for: another column may be damaged.
    if outer in file.schema_arrow.names and inner:
        return ak.from_arrow(file.read(columns=[outer]).column(outer))[inner]
    return ak.from_arrow(file.read(columns=[name]).column(name))


def _h5py_column(path: str, name: str) -> ak.Array:
    import h5py

    with h5py.File(path) as file:
        values = file[name][...]
        return (
            ak.unflatten(values, file["nMuon"][...])
            if name.startswith("Muon_")
            else ak.Array(values)
        )


def _pandas_column(path: str, name: str) -> ak.Array:
    import pandas

    # To pandas a comment may begin anywhere in a line.
    lines = Path(path).read_bytes().splitlines(keepends=True)
    text = b"".join(line for line in lines if not line.lstrip().startswith(b"#"))
    frame = pandas.read_csv(io.BytesIO(text), encoding="latin-1").rename(columns=name_of)
    return ak.Array(frame[name].to_numpy() if len(frame) else np.zeros(0))


@dataclass(frozen=True)
class Format:
    """How files of a format are made, and how its own library reads a column of them."""

    ending: str
    made: Callable[[Path], bytes]
    column: Callable[[str, str], ak.Array]


FORMATS = {
    "TTree, zlib": Format(".root", lambda f: _ttree(f, uproot.ZLIB(1)), _uproot_column),
    "TTree, lz4": Format(".root", lambda f: _ttree(f, uproot.LZ4(1)), _uproot_column),
    "TTree, zstd": Format(".root", lambda f: _ttree(f, uproot.ZSTD(1)), _uproot_column),
    "TTree, unpacked": Format(".root", lambda f: _ttree(f, None), _uproot_column),
    "RNTuple": Format(".root", _rntuple, _uproot_column),
    "Parquet": Format(".parquet", _parquet, _arrow_column),
    "HDF5": Format(".h5", _hdf5, _h5py_column),
    "CSV": Format(".csv", _csv, _pandas_column),
}


def damaged(whole: bytes, seed: int) -> bytes:
    """The bytes with one to three faults."""
    rng = random.Random(seed)  # noqa: S311
    data = bytearray(whole)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        at, width = rng.randrange(len(data)), rng.choice([1, 2, 4, 8, 64, 512])
        match rng.randrange(6):
            case 0 | 1:
                data[at] ^= 1 << rng.randrange(8)
            case 2:
                data[at] = rng.choice([0, 1, 0x7F, 0x80, 0xFF])
            case 3:
                data[at : at + width] = bytes(len(data[at : at + width]))
            case 4:
                from_ = rng.randrange(len(data))
                piece = data[from_ : from_ + width]
                data[at : at + len(piece)] = piece
            case 5:
                del data[at if rng.random() < 0.5 else max(at, len(data) - width) :]
        if not data:
            break
    return bytes(data)


class Hang(BaseException):
    """A file kept us too long."""


def _alarm(_signal: int, _frame: object) -> None:
    raise Hang


def read(path: str, *, raises: type[BaseException]) -> dict[str, ak.Array | BaseException]:
    """Every column that is offered, or why it cannot be read."""
    try:
        ev = hl.open(path)
    except raises:
        return {}
    columns: dict[str, ak.Array | BaseException] = {}
    for name in ev.origin.schema.columns:
        try:
            columns[name] = hl.compute(ev[name], engine="awkward")
        except raises as error:
            columns[name] = error
    return columns


def same(left: ak.Array, right: ak.Array) -> bool:
    """Whether two columns hold the same lists of the same bits."""
    if (
        ak.to_list(ak.num(left, axis=0)) != ak.to_list(ak.num(right, axis=0))
        or left.ndim != right.ndim
    ):
        return False
    if left.ndim > 1 and not ak.all(ak.num(left) == ak.num(right)):
        return False
    flat = [ak.to_numpy(ak.flatten(array, axis=None)) for array in (left, right)]
    return bool(np.array_equal(*flat, equal_nan=flat[0].dtype.kind == "f"))


def check(kind: str, seed: int, whole: bytes, original: dict[str, ak.Array], path: str) -> None:
    """Damage a file and read it."""
    Path(path).write_bytes(damaged(whole, seed))
    for name, values in read(path, raises=HeplineError).items():
        if isinstance(values, BaseException):
            continue
        if name in original and same(values, original[name]):
            continue
        try:
            expected = FORMATS[kind].column(path, name)
        except Exception:  # noqa: BLE001 (libraries raise all sorts of things at damaged bytes)
            pytest.fail(f"{name} was changed in silence")
        else:
            assert same(values, expected), f"{name} is not what its own library reads"


@pytest.fixture
def fuzz(tmp_path):
    """``fuzz(kind, seeds)``: check as many files."""

    def run(kind, seeds):
        whole = FORMATS[kind].made(tmp_path)
        path = str(tmp_path / f"damaged{FORMATS[kind].ending}")
        Path(path).write_bytes(whole)
        original = read(path, raises=())
        assert original
        before = signal.signal(signal.SIGALRM, _alarm)
        try:
            for seed in seeds:
                signal.alarm(HANGS_AFTER)
                try:
                    check(kind, seed, whole, original, path)
                except BaseException as error:
                    error.add_note(f"{kind}, seed {seed}: add it to KNOWN when it is mended")
                    raise
        finally:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, before)

    return run


@pytest.mark.parametrize(("kind", "seed"), KNOWN)
def test_files_that_once_went_wrong(fuzz, kind, seed):
    fuzz(kind, [seed])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", FORMATS)
def test_damaged_files_are_refused_or_read_as_their_own_library_does(fuzz, kind):
    seconds = float(os.environ.get("HEPLINE_FUZZ_SECONDS", "30")) / len(FORMATS)
    first = int(os.environ.get("HEPLINE_FUZZ_SEED", "1000"))

    def seeds():
        end, seed = time.monotonic() + seconds, first
        while time.monotonic() < end:
            yield seed
            seed += 1

    fuzz(kind, seeds())
