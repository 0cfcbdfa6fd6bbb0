"""Files that are open, and how they are opened again."""

import pytest

from hepline.data.remote import opening
from hepline.data.remote.opening import looked_at, remote_file
from hepline.errors import FileUnreadable, MissingPackage


@pytest.fixture
def address(http):
    (http.folder / "a.root").write_bytes(b"root" * 9)
    return f"{http.address}/a.root"


def test_a_file_is_opened_once(http, address):
    assert remote_file(address) is remote_file(address)
    assert len(http.requests) == 1


def test_a_file_that_is_as_it_was_stays_open(http, address):
    file = remote_file(address)
    assert looked_at(address) is file
    assert len(http.requests) == 2


def test_a_file_that_has_changed_is_opened_anew(http, address):
    file = remote_file(address)
    (http.folder / "a.root").write_bytes(b"ROOT" * 10)
    new = looked_at(address)
    assert (new.size, file.size) == (40, 36)
    assert remote_file(address) is new


def test_few_files_stay_open(http, monkeypatch):
    monkeypatch.setattr(opening, "_MOST", 2)
    for name in "abc":
        (http.folder / name).write_bytes(b"root")
        remote_file(f"{http.address}/{name}")
    http.clear()
    remote_file(f"{http.address}/c")
    assert http.requests == []
    remote_file(f"{http.address}/a")
    assert len(http.requests) == 1


def test_an_unknown_kind_of_address_is_refused():
    with pytest.raises(FileUnreadable, match="unknown kind"):
        remote_file("dcap://server/a.root")


def test_a_library_that_is_absent_is_named(monkeypatch):
    def lacking(_protocol):
        raise ImportError("Install gcsfs")

    monkeypatch.setattr("fsspec.get_filesystem_class", lacking)
    with pytest.raises(MissingPackage, match="another library") as caught:
        remote_file("gs://bucket/a.root")
    assert "gcsfs" in caught.value.why
