"""Whole files read where they lie: the same numbers as from disk, and few bytes."""

import gzip
import os
import signal
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uproot

import hepline as hl
from hepline.data.access import remote_file
from hepline.data.open import source
from hepline.data.remote.file import PAGE
from hepline.errors import DataWarning, FileUnreadable

# The list of columns that are read, with the column that counts them, and the histogram.
NANOAOD = ["nMuon", "Muon_pt"], lambda ev: hl.hist(ev.Muon.pt, bins=(40, 0, 80))
PHYSLITE = (
    ["AnalysisJetsAuxDyn.pt"],
    lambda ev: hl.hist(ev.AnalysisJets.pt, bins=(40, 0, 100)),
)
FILES = {
    "nanoaod/nano_dimuon.root": NANOAOD,
    "nanoaod/nanoAOD_2015_CMS_Open_Data_ttbar.root": NANOAOD,
    "nanoaod/nano_dimuon.parquet": NANOAOD,
    "agc/open-data-example.root": NANOAOD,
    "formats/PHYSLITE_example.root": PHYSLITE,
    "formats/uproot-physlite-rntuple_v1-0-0-0.root": PHYSLITE,
    "formats/Run2012BC_DoubleMuParked_Muons_1000evts_rntuple_v1-0-0-0.root": NANOAOD,
    "lhcb/PhaseSpaceSimulation.root": (
        ["H1_PX"],
        lambda ev: hl.hist(ev.H1_PX, bins=(40, -4e3, 4e3)),
    ),
}


@pytest.fixture(params=["http", "xrootd"])
def server(request):
    return request.getfixturevalue(request.param)


def values_of(path, question, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return hl.compute(question(hl.open(path)), **options).values()


def sizes_in(path, names):
    """Bytes of some columns as they are stored, and of the description of all columns."""
    if path.suffix == ".parquet":
        metadata = pq.ParquetFile(path).metadata
        groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
        chunks = [group.column(n) for group in groups for n in range(metadata.num_columns)]
        used = [c for c in chunks if c.path_in_schema.partition(".")[0] in names]
        return sum(chunk.total_compressed_size for chunk in used), metadata.serialized_size
    with uproot.open(path) as file:
        key = next(key for key, kind in file.classnames().items() if kind == "TTree")
        baskets = [file[key][name].member("fBasketBytes") for name in names]
        return int(np.sum(np.concatenate(baskets))), int(file.key(key).fNbytes)


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_real_files_give_the_same_numbers(name, server, shared_data):
    path = shared_data / name
    _, question = FILES[name]
    address = server.put(path)
    expected = values_of(path, question)
    assert expected.sum() > 30
    assert values_of(address, question).tolist() == expected.tolist()
    ev = hl.open(address)
    assert ev.origin.source.parts[0].size == path.stat().st_size
    assert ev.origin.source.parts[0].path == address


@pytest.mark.parametrize("name", [name for name in FILES if "rntuple" not in name])
def test_bytes_of_real_files(name, http, shared_data):
    """Small files: what describes their thousand columns is larger than three of them."""
    path = shared_data / name
    names, question = FILES[name]
    address = http.put(path)
    values_of(address, question)
    used, described = sizes_in(path, names)
    assert remote_file(address).traffic.bytes <= http.sent
    assert http.sent <= 1.2 * used + described + 4 * PAGE


def as_ntuple(path, folder):
    columns = uproot.open(path)["Events"].arrays(library="np")
    with uproot.recreate(folder / "ntuple.root", compression=None) as file:
        ntuple = file.mkrntuple("Events", dict.fromkeys(columns, "float32"))
        for start in range(0, 260_000, 65_000):
            ntuple.extend({n: row[start : start + 65_000] for n, row in columns.items()})
    return folder / "ntuple.root"


def as_parquet(path, folder):
    columns = uproot.open(path)["Events"].arrays(library="np")
    pq.write_table(
        pa.table(columns), folder / "wide.parquet", row_group_size=65_000, use_dictionary=False
    )
    return folder / "wide.parquet"


@pytest.fixture(params=["tree", "ntuple", "parquet"])
def wide_file(request, wide, tmp_path):
    makers = {"tree": lambda path, _: path, "ntuple": as_ntuple, "parquet": as_parquet}
    return makers[request.param](wide, tmp_path)


def three_columns(ev):
    return hl.hist(ev.x3 + ev.x7 * ev.x12, bins=(50, -4, 4))


USED = 3 * 260_000 * 4


def test_bytes_of_a_larger_file_are_those_of_the_columns(wide_file, server):
    address = server.put(wide_file)
    for options in ({"workers": 1}, {"workers": 2}, {"chunk": 33_333, "workers": 2}):
        before = remote_file(address).traffic
        mine = values_of(address, three_columns, **options)
        assert mine.tolist() == values_of(wide_file, three_columns, **options).tolist()
        after = remote_file(address).traffic
        assert after.bytes - before.bytes <= 1.2 * USED
        assert after.requests - before.requests < 20
    if hasattr(server, "sent"):
        assert USED < server.sent <= 3 * 1.2 * USED


@pytest.mark.parametrize("many", ["first", "whole"])
def test_bytes_where_a_server_gives_one_range_at_a_time(wide_file, http, many):
    http.many = many
    address = http.put(wide_file)
    mine = values_of(address, three_columns)
    assert mine.tolist() == values_of(wide_file, three_columns).tolist()
    assert remote_file(address).traffic.bytes <= 1.2 * USED
    assert {len(spans) for _, spans, _ in http.requests[3:]} == {1}


def test_a_server_for_http_that_is_not_ours(xrootd, wide_file):
    address = xrootd.put(wide_file).replace(xrootd.address, xrootd.web_address)
    mine = values_of(address, three_columns)
    assert mine.tolist() == values_of(wide_file, three_columns).tolist()
    assert remote_file(address).traffic.bytes <= 1.2 * USED
    with pytest.raises(FileUnreadable, match="answered 404"):
        hl.open(f"{xrootd.web_address}/none.root")


_READING = """
import sys
import hepline as hl
ev = hl.open(sys.argv[1])
hl.compute(hl.hist(ev.x3 + ev.x7 * ev.x12, bins=(50, -4, 4)))
"""


@pytest.mark.slow
def test_bytes_that_an_xrootd_server_counts(xrootd, wide):
    address = xrootd.put(wide)
    before = xrootd.counted()
    subprocess.run([sys.executable, "-c", _READING, address], check=True)
    # The server counts when a connection ends.
    deadline = time.monotonic() + 20
    while (sent := xrootd.counted() - before) < USED and time.monotonic() < deadline:
        time.sleep(0.1)
    assert USED < sent <= 1.2 * USED


_WAITING = """
import sys
import hepline as hl
ev = hl.open(sys.argv[1])
print("open", flush=True)
sys.stdin.readline()
try:
    hl.compute(hl.hist(ev.x3, bins=(50, -4, 4)), workers=2)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.slow
def test_ctrl_c_ends_a_run_that_waits_for_a_server_that_keeps_silent(wide, http):
    command = [sys.executable, "-c", _WAITING, http.put(wide)]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, text=True, **pipes) as process:
        assert process.stdout.readline() == "open\n"
        silent = threading.Event()
        http.before.append(lambda: silent.wait(40))
        process.stdin.write("go\n")
        process.stdin.flush()
        while not http.busy:
            time.sleep(0.01)
        time.sleep(0.3)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        seconds = time.monotonic() - began
        silent.set()
    assert (out, err) == ("interrupted\n", "")
    # The server would have kept silent for longer.
    assert seconds < 30


def test_several_files_and_a_cut_connection(wide, http):
    addresses = []
    for number in range(5):
        copy = http.folder / f"{number}.root"
        copy.write_bytes(wide.read_bytes())
        addresses.append(f"{http.address}/{copy.name}")
    http.cuts = [1_000] * 3
    expected = 5 * values_of(wide, three_columns)
    assert values_of(addresses, three_columns).tolist() == expected.tolist()


def test_a_file_that_is_not_there_is_skipped_and_named(wide, http):
    good, bad = http.put(wide), f"{http.address}/none.root"
    opened = source([good, bad], skip_unreadable=True)
    assert [part.path for part in opened.parts] == [good]
    ((path, why),) = opened.unreadable
    assert path == bad
    assert "404" in why
    with pytest.raises(FileUnreadable, match="404") as caught:
        hl.open([good, bad])
    assert "test_reading.py" in caught.value.asked_at


def test_a_file_that_changes_after_it_was_opened_is_refused(wide, http):
    address = http.put(wide)
    ev = hl.open(address)
    os.utime(http.folder / "wide.root", ns=(1, 1))
    with pytest.raises(FileUnreadable, match="changed") as caught:
        hl.compute(three_columns(ev))
    assert address in caught.value.what
    # Opened again, it is the new file.
    assert values_of(address, three_columns).sum() > 0


def test_text_comes_whole_and_packed_text_too(tmp_path, http):
    lines = "".join(f"{n},{n / 8}\n" for n in range(30_000))
    (http.folder / "a.csv").write_text(f"n,x\n{lines}")
    (http.folder / "b.csv.gz").write_bytes(gzip.compress(f"n,x\n{lines}".encode()))
    ev = hl.open([f"{http.address}/a.csv", f"{http.address}/b.csv.gz?token=1"])
    n, x = hl.compute(ev.n, ev.x)
    assert n.tolist() == [*range(30_000)] * 2
    assert (np.asarray(x) == np.asarray(n) / 8).all()


def test_hdf5_is_read_in_place(http, shared_data):
    path = shared_data / "playground/dimuons_1000_collisions.hdf5"
    ev, near = hl.open(http.put(path)), hl.open(path)
    name = next(iter(near.origin.schema.columns))
    mine, theirs = hl.compute(ev[name]), hl.compute(near[name])
    assert mine.tolist() == theirs.tolist()


def test_other_addresses_are_read_through_fsspec(wide):
    import fsspec

    system = fsspec.filesystem("memory")
    system.pipe("/wide.root", wide.read_bytes())
    try:
        mine = values_of("memory://wide.root", three_columns)
        assert mine.tolist() == values_of(wide, three_columns).tolist()
        with pytest.raises(FileUnreadable, match=r"none\.root cannot be read"):
            hl.open("memory://none.root")
    finally:
        system.store.clear()
