"""Files of fsspec's file systems."""

import fsspec
import pytest

from hepline.data.remote.filesystem import open_in_filesystem
from hepline.errors import FileUnreadable

FILE = bytes(range(256)) * 900


@pytest.fixture
def memory():
    system = fsspec.filesystem("memory")
    system.pipe("/a.root", FILE)
    yield system
    system.store.clear()


def test_ranges_come(memory):
    file = open_in_filesystem("memory://a.root")
    file.ahead([(5, 90), (100_000, 100_100)])
    assert file.size == len(FILE)
    assert bytes(file.get(5, 90)) == FILE[5:90]
    assert bytes(file.get(100_000, 100_100)) == FILE[100_000:100_100]


def test_a_file_that_became_shorter_is_an_error(memory):
    file = open_in_filesystem("memory://a.root")
    memory.pipe("/a.root", FILE[:100])
    with pytest.raises(OSError, match="of the bytes"):
        file.get(90, 300)


def test_errors_of_every_library_are_told(memory, monkeypatch):
    with pytest.raises(FileUnreadable, match=r"none\.root cannot be read"):
        open_in_filesystem("memory://none.root")
    file = open_in_filesystem("memory://a.root")

    def refuse(*_args, **_options):
        raise RuntimeError("no credentials")

    monkeypatch.setattr(type(memory), "cat_file", refuse)
    with pytest.raises(OSError, match="no credentials"):
        file.get(90, 300)
