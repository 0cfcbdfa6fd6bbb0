"""Files that cannot be opened, made by the programs that make them."""

import gzip
import io
import pickle
import tarfile
import zipfile

import numpy as np
import pandas as pd
import pytest

import hepline as hl
from hepline.errors import FileUnreadable


class Trap:
    def __reduce__(self):
        return pytest.fail, ("the pickle was opened",)


NAMED = [(f"events{end}", n) for end in (".pkl", ".joblib", ".pickle.gz") for n in range(6)]
# Protocols 0 and 1 have no signature.
UNNAMED = [("events.root", n) for n in range(2, 6)]


@pytest.mark.parametrize(("name", "protocol"), NAMED + UNNAMED)
def test_pickles_are_never_opened(tmp_path, name, protocol):
    content = pickle.dumps(Trap(), protocol)
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    with pytest.raises(FileUnreadable, match="is a program") as caught:
        hl.open(tmp_path / name)
    assert "to_parquet" in caught.value.fix


def test_frames_of_pandas_and_objects_of_numpy_too(tmp_path):
    pd.DataFrame({"x": [1]}).to_pickle(tmp_path / "x.pkl")
    np.save(tmp_path / "x.npy", np.array([{}], object), allow_pickle=True)
    np.savez(tmp_path / "x.npz", a=np.arange(3))
    with pytest.raises(FileUnreadable, match="pickle"):
        hl.open(tmp_path / "x.pkl")
    for name in ("x.npy", "x.npz"):
        with pytest.raises(FileUnreadable, match="without names of columns"):
            hl.open(tmp_path / name)


def test_archives_say_how_they_are_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as packed:
        packed.writestr("a.csv", "x\n1\n")
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as packed:
        packed.addfile(tarfile.TarInfo("a.csv"), io.BytesIO())
    for name in ("x.zip", "x.tar.gz"):
        with pytest.raises(FileUnreadable, match="unpack=True"):
            hl.open(tmp_path / name)


def test_other_files_say_what_is_read(tmp_path):
    (tmp_path / "x.root.gz").write_bytes(gzip.compress(b"root"))
    (tmp_path / "empty.root").write_bytes(b"")
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.7")
    for name, words in {"x.root.gz": "gzip", "empty.root": "empty", "x.pdf": "%PDF"}.items():
        with pytest.raises(FileUnreadable) as caught:
            hl.open(tmp_path / name)
        assert words in str(caught.value)
