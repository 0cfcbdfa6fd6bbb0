"""The benchmark's files, read back with uproot; and the keys of what `bench/adl.py` writes."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

BENCH = Path(__file__).parents[2] / "bench"
EVENTS = 200


@pytest.fixture(scope="module")
def modules():
    """`make_events` and `sampling`: scripts, not a package."""
    sys.path.insert(0, str(BENCH))
    try:
        yield importlib.import_module("make_events"), importlib.import_module("sampling")
    finally:
        sys.path.remove(str(BENCH))


@pytest.fixture(scope="module")
def pool(modules):
    """Forty events of every multiplicity that the sample has, with random numbers in them."""
    _, sampling = modules
    rng = np.random.default_rng(1)
    counts = {kind: rng.integers(0, 5, 40) for kind in sampling.LISTS}
    scalars = {name: rng.random(40).astype(dtype) for name, dtype in sampling.SCALARS.items()}
    values = {
        kind: {
            name: (rng.random(counts[kind].sum()) * 50).astype(dtype)
            for name, dtype in fields.items()
        }
        for kind, fields in sampling.LISTS.items()
    }
    values["Muon"]["mass"][:] = 0.1056583
    return sampling.Pool(scalars, counts, values)


@pytest.fixture(scope="module")
def folder(modules, pool, tmp_path_factory):
    """One file per format, written by uproot."""
    make_events, sampling = modules
    made = tmp_path_factory.mktemp("bench")
    for form, codec in make_events.FORMATS.items():
        pieces = sampling.event_pieces(pool, EVENTS)
        path = made / f"{form}.root"
        make_events.write(pieces, path, "Events", codec=codec, rntuple=form == "rntuple")
    return made


@pytest.mark.parametrize("form", ["zlib", "zstd", "rntuple"])
def test_formats_hold_the_same_events(folder, modules, form):
    _, sampling = modules
    events = uproot.open(folder / f"{form}.root")["Events"].arrays()
    zlib = uproot.open(folder / "zlib.root")["Events"].arrays()
    assert len(events) == EVENTS
    assert events["event"].to_list() == list(range(1, EVENTS + 1))
    for kind, fields in sampling.LISTS.items():
        assert events[f"n{kind}"].to_list() == ak.num(events[f"{kind}_pt"]).to_list()
        for field, dtype in fields.items():
            column = events[f"{kind}_{field}"]
            assert ak.to_numpy(ak.flatten(column)).dtype == np.dtype(dtype)
            assert column.to_list() == zlib[f"{kind}_{field}"].to_list()


@pytest.mark.parametrize(("form", "algorithm"), [("zlib", uproot.ZLIB), ("zstd", uproot.ZSTD)])
def test_trees_are_compressed_as_said(folder, form, algorithm):
    assert isinstance(uproot.open(folder / f"{form}.root").file.compression, algorithm)
    assert not list(folder.glob("*.part"))


def test_events_are_whole_and_smeared_by_one_per_cent(pool):
    index = np.repeat(np.arange(40), 50)
    drawn = pool.draw(index, np.random.default_rng(2))
    jets = ak.flatten(drawn["Jet"])
    assert ak.num(drawn["Jet"]).to_list() == pool.counts["Jet"][index].tolist()
    originals = ak.unflatten(pool.values["Jet"]["pt"], pool.counts["Jet"])[index]
    pull = ak.to_numpy(jets.pt / ak.flatten(originals)) - 1
    assert abs(pull.mean()) < 0.001
    assert pull.std() == pytest.approx(0.01, rel=0.1)
    assert set(ak.flatten(drawn["Muon"]).mass.to_list()) == {float(np.float32(0.1056583))}


def test_multiplicities_are_those_of_the_public_sample(modules):
    """From a pool that has one event of every class: then nothing is only nearest."""
    _, sampling = modules
    classes = [(*pair, jets) for pair, row in sampling.SHAPE.items() for jets in range(len(row))]
    counts = dict(zip(("Muon", "Electron", "Jet"), np.array(classes).T, strict=True))
    chosen = sampling._choose(sampling.Pool({}, counts, {}), 20_000, np.random.default_rng(3))
    means = [counts[kind][chosen].mean() for kind in ("Muon", "Electron", "Jet")]
    assert means == pytest.approx([1.328, 0.195, 1.699], rel=0.05)


def test_events_are_the_same_every_time(modules, pool):
    _, sampling = modules
    first, second = (list(sampling.event_pieces(pool, 50)) for _ in range(2))
    assert len(first) == len(second) == 1
    for name, column in first[0].items():
        assert ak.to_list(column) == ak.to_list(second[0][name])


def test_adl_writes_seconds_entries_and_contents(folder, tmp_path):
    out = tmp_path / "out.json"
    command = [sys.executable, str(BENCH / "adl.py"), str(folder / "zlib.root")]
    options = ["--engine", "awkward", "--threads", "1", "--repeat", "2", "--json", str(out)]
    subprocess.run([*command, *options], check=True, capture_output=True, timeout=60)
    found = json.loads(out.read_text())
    assert list(found) == ["Q1", "Q2", "Q3", "Q4", "Q5", "Q6a", "Q6b", "Q7", "Q8"]
    for result in found.values():
        assert len(result["seconds"]) == 2
        assert len(result["contents"]) == 102
        assert result["entries"] == sum(result["contents"])
    assert found["Q1"]["entries"] == EVENTS


def test_baskets_as_small_as_asked(modules, pool, tmp_path):
    make_events, sampling = modules
    path = tmp_path / "small.root"
    pieces = make_events.slices(sampling.event_pieces(pool, EVENTS), 30)
    make_events.write(pieces, path, "Events", codec=make_events.FORMATS["zlib"])
    with uproot.open(path) as file:
        edges = file["Events"]["Muon_pt"].entry_offsets
    assert edges == [*range(0, EVENTS, 30), EVENTS]
