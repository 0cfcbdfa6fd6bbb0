"""Which files were read."""

import hashlib

from hepline.data.identity import file_records
from hepline.records import FileRecord


def test_files_on_disk_have_their_checksum_and_others_what_is_known(tmp_path, monkeypatch):
    monkeypatch.setenv("HEPLINE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "a.root").write_bytes(b"root")
    address = f"file://{tmp_path}/a.root"
    here, there, gone = file_records(
        [(str(tmp_path / "a.root"), 3, 4), (address, 3, 4), ("file:///none.root", 5, 6)]
    )
    digest = hashlib.sha256(b"root").hexdigest()
    assert here == FileRecord(str(tmp_path / "a.root"), 3, 4, digest)
    assert (there.path, there.sha256) == (address, "")
    assert there.state
    assert gone == FileRecord("file:///none.root", 5, 6, "", "")
