"""Files come whole and verified, or not at all."""

import hashlib
import json
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from hepline.data import retrying
from hepline.data.catalogue.fetch import fetch
from hepline.data.transport import get_json
from hepline.errors import FetchFailed

CONTENT = np.random.default_rng(1).bytes(300_000)
PATH = "/eos/opendata/7/events.root"


@pytest.fixture
def record(portal):
    return portal.record(7, {"events.root": CONTENT, "notes.txt": b"hello"}, doi="10.7483/X")


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def lock_of(folder):
    return json.loads((folder / "datasets.lock.json").read_text())["datasets"]


def test_all_files_come_with_a_lock(portal, record, tmp_path):
    seen = []
    done = fetch("cod:7", out=tmp_path / "d", progress=lambda *step: seen.append(step))
    assert (tmp_path / "d/events.root").read_bytes() == CONTENT
    assert names(tmp_path / "d") == ["datasets.lock.json", "events.root", "notes.txt"]
    assert done.brought == 2
    assert done.notices == ()
    locked = lock_of(tmp_path / "d")["cod:7"]
    assert (locked["title"], locked["doi"], locked["complete"]) == ("record 7", "10.7483/X", True)
    assert locked["files"][0] == {
        "name": "events.root",
        "url": f"{portal.address}{PATH}",
        "size": 300_000,
        "sha256": hashlib.sha256(CONTENT).hexdigest(),
        "checksum": record["files"][0]["checksum"],
        "events": None,
    }
    assert ("events.root", 300_000, 300_000) in seen


def test_names_and_patterns_choose(record, portal, tmp_path):
    fetch("cod:7", out=tmp_path / "d", files=["*.txt"])
    assert names(tmp_path / "d") == ["datasets.lock.json", "notes.txt"]
    assert not lock_of(tmp_path / "d")["cod:7"]["complete"]
    with pytest.raises(FetchFailed, match="has no file event") as error:
        fetch("cod:7", out=tmp_path / "d", files=["event.root"])
    assert "'events.root'" in error.value.fix


@pytest.mark.parametrize("etags", [True, False])
def test_cut_connection_goes_on_where_it_broke(portal, record, tmp_path, etags):
    portal.etags = etags
    portal.cuts[PATH] = [100_000, 50_000]
    fetch("cod:7", out=tmp_path / "d")
    assert (tmp_path / "d/events.root").read_bytes() == CONTENT
    assert portal.asked("events.root") == [None, "bytes=100000-", "bytes=150000-"]


def test_server_without_ranges_begins_again(portal, record, tmp_path):
    portal.ranges = False
    portal.cuts[PATH] = [100_000]
    fetch("cod:7", out=tmp_path / "d")
    assert (tmp_path / "d/events.root").read_bytes() == CONTENT


def test_next_run_goes_on_with_what_came(portal, record, tmp_path):
    portal.cuts[PATH] = [100_000, *[0] * 10]
    with pytest.raises(FetchFailed, match=r"events\.root cannot be fetched"):
        fetch("cod:7", out=tmp_path / "d")
    # What came whole is kept, what did not looks like nothing of the kind.
    assert names(tmp_path / "d") == [".hepline", "datasets.lock.json", "notes.txt"]
    assert list((tmp_path / "d").glob("**/*.root")) == []
    portal.cuts.clear()
    portal.requests.clear()
    fetch("cod:7", out=tmp_path / "d")
    assert portal.asked("events.root") == ["bytes=100000-"]
    assert portal.asked("notes.txt") == []
    assert (tmp_path / "d/events.root").read_bytes() == CONTENT
    assert ".hepline" not in names(tmp_path / "d")


def test_half_of_another_version_is_not_continued(portal, record, tmp_path):
    portal.cuts[PATH] = [100_000, *[0] * 10]
    with pytest.raises(FetchFailed):
        fetch("cod:7", out=tmp_path / "d")
    portal.cuts.clear()
    other = CONTENT[::-1]
    portal.record(7, {"events.root": other})
    fetch("cod:7", out=tmp_path / "d", files=["events.root"])
    assert (tmp_path / "d/events.root").read_bytes() == other


def test_wrong_half_without_versions_begins_again(portal, record, tmp_path):
    partial = tmp_path / "d/.hepline/events.root.partial"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"x" * 1000)
    portal.etags = False
    fetch("cod:7", out=tmp_path / "d")
    assert portal.asked("events.root") == ["bytes=1000-", None]
    assert (tmp_path / "d/events.root").read_bytes() == CONTENT


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_busy_server_is_tried_again(portal, record, tmp_path, status):
    portal.statuses[PATH] = [status, status]
    portal.statuses["/api/records/7"] = [status, status]
    fetch("cod:7", out=tmp_path / "d")
    assert len(portal.asked("events.root")) == 3
    assert len(portal.asked("records/7")) == 3


def test_server_that_stays_busy_is_given_up(portal, record, tmp_path):
    portal.statuses[PATH] = [502] * 100
    with pytest.raises(FetchFailed, match="answered 502") as error:
        fetch("cod:7", out=tmp_path / "d")
    assert len(portal.asked("events.root")) == retrying.TRIES
    assert "kept" in error.value.fix


@pytest.mark.parametrize(("status", "word"), [(404, "misspelt"), (403, "everyone"), (400, "help")])
def test_refused_request_is_not_repeated(portal, record, tmp_path, status, word):
    portal.statuses[PATH] = [status]
    with pytest.raises(FetchFailed, match=f"answered {status}") as error:
        fetch("cod:7", out=tmp_path / "d")
    assert len(portal.asked("events.root")) == 1
    assert word in error.value.why


def test_record_that_is_not_there(portal, tmp_path):
    with pytest.raises(FetchFailed, match="404") as error:
        fetch("cod:8", out=tmp_path / "d")
    assert "number of the record" in error.value.fix


def test_server_that_is_not_there(portal, tmp_path, monkeypatch):
    monkeypatch.setenv("HEPLINE_CERN_OPEN_DATA", "http://127.0.0.1:1")
    with pytest.raises(FetchFailed, match="no connection to 127"):
        fetch("cod:8", out=tmp_path / "d")


@pytest.mark.parametrize("change", [b"", b"y", b"yy" * 70_000])
def test_longer_or_shorter_file_is_refused_by_name(portal, record, tmp_path, change):
    portal.files[PATH] = CONTENT + change if change else CONTENT[:-1]
    with pytest.raises(FetchFailed, match=r"events\.root has \d+ bytes, and is refused") as error:
        fetch("cod:7", out=tmp_path / "d")
    assert "300000" in error.value.why
    assert names(tmp_path / "d") == ["datasets.lock.json", "notes.txt"]


def test_damaged_block_is_noticed(portal, record, tmp_path):
    portal.files[PATH] = CONTENT[:200_000] + b"\0" * 100 + CONTENT[200_100:]
    with pytest.raises(FetchFailed, match=r"events\.root is damaged"):
        fetch("cod:7", out=tmp_path / "d")
    assert names(tmp_path / "d") == ["datasets.lock.json", "notes.txt"]


def test_several_failures_are_all_named(portal, record, tmp_path):
    portal.files[PATH] += b"y"
    portal.files["/eos/opendata/7/notes.txt"] = b"hallo"
    with pytest.raises(FetchFailed, match=r"(?s)2 of 2 files.*(notes|events).*(notes|events)"):
        fetch("cod:7", out=tmp_path / "d")


@pytest.mark.parametrize(
    "target", ["http://localhost:9/x", "//evil.example/x", "file:///etc/passwd"]
)
def test_redirect_to_another_host_is_refused(portal, record, tmp_path, target):
    portal.redirects[PATH] = target
    with pytest.raises(FetchFailed, match="sends requests on to") as error:
        fetch("cod:7", out=tmp_path / "d")
    assert "eospublichttp.cern.ch" in error.value.why


def test_redirect_on_the_same_host_is_followed(portal, record, tmp_path):
    portal.redirects[PATH] = "/elsewhere/events.root"
    portal.files["/elsewhere/events.root"] = CONTENT
    fetch("cod:7", out=tmp_path / "d")
    portal.redirects["/turn"] = "/turn"
    with pytest.raises(FetchFailed, match="without end"):
        get_json(f"{portal.address}/turn")


@pytest.mark.parametrize("path", ["a/../b.root", "..", "b\\c.root", "x/", "b\n.root"])
def test_names_that_lead_out_are_refused(portal, record, tmp_path, path):
    record["files"][0]["uri"] = f"root://eospublic.cern.ch//eos/{path}"
    with pytest.raises(FetchFailed, match="names a file"):
        fetch("cod:7", out=tmp_path / "d")


def test_hidden_names_do_not_hide(portal, tmp_path):
    portal.record(7, {".hepline": b"1"})
    fetch("cod:7", out=tmp_path / "d")
    assert (tmp_path / "d/dot.hepline").read_bytes() == b"1"


def test_file_indices_are_unpacked_and_equal_names_told_apart(portal, tmp_path):
    metadata = portal.record(7, {"1/a.root": b"1", "2/a.root": b"22"})
    index = {"uri": "root://x//list.json", "type": "index.json", "size": 3}
    metadata["_file_indices"] = [{"files": metadata["files"]}]
    metadata["files"] = [index]
    fetch("cod:7", out=tmp_path / "d")
    assert names(tmp_path / "d") == ["1-a.root", "2-a.root", "datasets.lock.json"]


def test_missing_checksum_is_a_notice_that_names_the_file(portal, record, tmp_path):
    del record["files"][1]["checksum"]
    done = fetch("cod:7", out=tmp_path / "d")
    (notice,) = done.notices
    assert notice.startswith("notes.txt: ")


def test_checksum_of_an_unknown_kind_is_held_to_the_lock_by_content(portal, record, tmp_path):
    record["files"][1]["checksum"] = "crc99:1"
    for _ in range(2):
        assert fetch("cod:7", out=tmp_path / "d").notices[0].startswith("notes.txt: ")
    # A record that gains a checksum has not changed.
    record["files"][1]["checksum"] = f"adler32:{zlib.adler32(b'hello'):08x}"
    assert fetch("cod:7", out=tmp_path / "d").notices == ()


def test_formats_of_the_experiments_are_recognized(portal, tmp_path):
    portal.record(7, {"a.root": b"1"}, distribution={"formats": ["miniaodsim", "root"]})
    with pytest.raises(FetchFailed, match="cannot be read here") as error:
        fetch("cod:7", out=tmp_path / "d")
    assert "MINIAODSIM" in error.value.why
    assert "CMSSW" in error.value.why
    assert fetch("cod:7", out=tmp_path / "d", files=["a.root"]).record.obstacle


def test_second_folder_moves_no_bytes(portal, record, tmp_path):
    fetch("cod:7", out=tmp_path / "one")
    portal.requests.clear()
    done = fetch("cod:7", out=tmp_path / "two")
    assert done.brought == 0
    assert [path for path, _ in portal.requests] == ["/api/records/7"]
    assert (tmp_path / "one/events.root").samefile(tmp_path / "two/events.root")


def test_damaged_file_of_the_store_is_not_used(portal, record, tmp_path):
    fetch("cod:7", out=tmp_path / "one")
    kept = tmp_path / "one/events.root"
    kept.chmod(0o644)
    kept.write_bytes(CONTENT[:-1] + b"?")
    fetch("cod:7", out=tmp_path / "two")
    assert (tmp_path / "two/events.root").read_bytes() == CONTENT
    fetch("cod:7", out=tmp_path / "one")
    assert kept.read_bytes() == CONTENT


def test_later_fetches_are_held_to_the_lock(portal, record, tmp_path):
    fetch("cod:7", out=tmp_path / "d")
    portal.record(7, {"events.root": CONTENT[::-1]})
    with pytest.raises(FetchFailed, match="not the file that was fetched before") as error:
        fetch("cod:7", out=tmp_path / "d")
    assert "delete the entry of events.root" in error.value.fix
    assert (tmp_path / "d/events.root").read_bytes() == CONTENT
    path = tmp_path / "d/datasets.lock.json"
    lock = json.loads(path.read_text())
    lock["datasets"]["cod:7"]["files"].pop(0)
    path.write_text(json.dumps(lock))
    fetch("cod:7", out=tmp_path / "d")
    assert (tmp_path / "d/events.root").read_bytes() == CONTENT[::-1]


def test_content_without_checksum_is_held_to_the_lock(portal, tmp_path):
    portal.files["/x.csv"] = b"a,b\n1,2\n"
    address = f"{portal.address}/x.csv"
    assert "x.csv" in fetch(address, out=tmp_path / "d").notices[0]
    (tmp_path / "d/x.csv").unlink()
    portal.files["/x.csv"] = b"a,b\n1,3\n"
    with pytest.raises(FetchFailed, match=r"x\.csv is not the file"):
        fetch(address, out=tmp_path / "d")
    assert names(tmp_path / "d") == ["datasets.lock.json"]


def test_lock_that_is_damaged(portal, record, tmp_path):
    (tmp_path / "datasets.lock.json").write_text('{"datasets": []}')
    with pytest.raises(FetchFailed, match="lock file"):
        fetch("cod:7", out=tmp_path)


def test_name_of_another_dataset_is_not_taken(portal, record, tmp_path):
    portal.record(8, {"events.root": b"other"})
    fetch("cod:7", out=tmp_path / "d")
    with pytest.raises(FetchFailed, match="cod:7"):
        fetch("cod:8", out=tmp_path / "d")


def test_runs_at_the_same_time_share_the_download(portal, record, tmp_path):
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda _: fetch("cod:7", out=tmp_path / "d"), range(4)))
    assert sum(run.brought for run in runs) == 2
    assert len(portal.asked("events.root")) == 1


def test_interrupt_does_not_wait_for_the_server(portal, record, tmp_path, monkeypatch):
    portal.stall = threading.Event()
    portal.cuts[PATH] = [100_000]

    def interrupted(jobs, **_):
        partial = tmp_path / "d/.hepline/events.root.partial"
        while not (partial.exists() and partial.stat().st_size == 100_000):
            time.sleep(0.01)
        raise KeyboardInterrupt

    monkeypatch.setattr("hepline.data.catalogue.fetch.wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fetch("cod:7", out=tmp_path / "d")
    # The server still holds the connection: nobody waited for it.
    assert not portal.stall.is_set()
    portal.stall.set()
    assert not (tmp_path / "d/events.root").exists()
    assert (tmp_path / "d/.hepline/events.root.partial").stat().st_size == 100_000


def test_empty_file_comes(portal, tmp_path):
    portal.record(7, {"empty.txt": b""})
    fetch("cod:7", out=tmp_path / "d")
    assert (tmp_path / "d/empty.txt").read_bytes() == b""


def test_partial_file_that_is_complete_is_fetched_anew(portal, tmp_path):
    portal.files["/x.csv"] = table = b"a,b\n1,2\n"
    partial = tmp_path / "d/.hepline/x.csv.partial"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(table)
    partial.with_name("x.csv.partial.version").write_text(f'"{zlib.crc32(table):08x}"')
    fetch(f"{portal.address}/x.csv", out=tmp_path / "d")
    assert portal.asked("x.csv") == ["bytes=8-", None]
    assert (tmp_path / "d/x.csv").read_bytes() == table
