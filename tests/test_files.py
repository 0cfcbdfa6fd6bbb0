"""A file is written whole or not at all."""

import pytest

from hepline.files import replacing


def test_a_file_appears_when_it_is_complete(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with replacing(path) as partial:
        partial.write_text("1")
        assert not path.exists()
    assert path.read_text() == "1"
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_leaves_the_earlier_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail_in_the_middle():
        with replacing(path) as partial:
            partial.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_in_the_middle()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_may_have_another_name_while_it_is_written(tmp_path):
    with replacing(tmp_path / "a.root", under="events.root") as partial:
        assert partial.name == "events.root"
        partial.write_bytes(b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["a.root"]


def test_a_folder_that_is_a_file_is_an_error_of_the_system(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError), replacing(tmp_path / "file" / "a.txt"):
        pytest.fail("nothing can be written there")
