"""Files of an XRootD server, with a file system in memory in its place."""

import fsspec
import pytest

from hepline.data.catalogue.fetch import fetch
from hepline.data.catalogue.xrootd import opened_xrootd
from hepline.data.transport import Cut
from hepline.errors import MissingPackage


@pytest.fixture
def memory(monkeypatch):
    system = fsspec.filesystem("memory")
    monkeypatch.setattr("fsspec.core.url_to_fs", lambda url: (system, url))
    system.pipe("/store/a.root", b"0123456789")
    yield system
    system.store.clear()


def test_file_comes_from_any_byte_on(memory, tmp_path):
    with opened_xrootd("root://server//store/a.root", 4) as answer:
        assert (answer.start, answer.total) == (4, 10)
        assert b"".join(answer.chunks) == b"456789"
    done = fetch("root://server//store/a.root", out=tmp_path)
    assert (tmp_path / "a.root").read_bytes() == b"0123456789"
    assert done.notices[0].startswith("a.root: ")


def test_absent_file_is_a_cut(memory):
    with pytest.raises(Cut, match="XRootD"), opened_xrootd("root://server//store/b.root", 0):
        pass


def test_missing_library_is_named(tmp_path, monkeypatch):
    def absent(_):
        raise ImportError

    monkeypatch.setattr("fsspec.core.url_to_fs", absent)
    with pytest.raises(MissingPackage, match="root://"):
        fetch("root://server//a.root", out=tmp_path)
