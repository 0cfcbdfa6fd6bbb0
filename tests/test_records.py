"""Provenance records."""

import hashlib
import sys

from hepline.records import checksum, versions


def test_checksum_is_sha256_of_all_bytes(tmp_path):
    content = bytes(range(256)) * 5000
    (tmp_path / "file").write_bytes(content)
    assert checksum(tmp_path / "file") == hashlib.sha256(content).hexdigest()


def test_versions_name_python_and_what_touches_numbers():
    found = dict(versions())
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert {"hepline", "awkward", "numpy", "uproot"} <= set(found)
