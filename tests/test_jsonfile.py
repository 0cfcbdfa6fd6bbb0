import json

import pytest

from hepline.errors import OutputError
from hepline.jsonfile import write_json


def test_folders_are_made_and_nothing_else_is_left(tmp_path):
    path = write_json({"a": 1.5}, tmp_path / "new" / "a.json", what="fit")
    assert json.loads(path.read_text()) == {"a": 1.5}
    assert [each.name for each in path.parent.iterdir()] == ["a.json"]


def test_a_file_in_place_of_a_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"cannot write the workspace to .*a\.json"):
        write_json({}, tmp_path / "file" / "a.json", what="workspace")


def test_an_earlier_file_survives_what_cannot_be_written(tmp_path):
    path = write_json({"a": 1}, tmp_path / "a.json", what="fit")
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json({"a": float("nan")}, path, what="fit")
    assert json.loads(path.read_text()) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]
