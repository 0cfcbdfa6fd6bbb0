import importlib.util
from pathlib import Path

_PLACE = Path(__file__).parents[1] / "data/catalogue/conftest.py"
_SPEC = importlib.util.spec_from_file_location("catalogue_portal", _PLACE)
_PORTAL = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_PORTAL)
portal, cache = _PORTAL.portal, _PORTAL.cache


def test_fetched_files_are_counted_and_cited(hepline, portal, tmp_path):
    portal.record(7, {"a.csv": b"a\n1\n", "b.csv": b"b\n"}, authors=[{"name": "Noether, E."}])
    done = hepline("fetch", "cod:7", "--out", tmp_path / "d")
    assert done.code == 0, done.err
    assert "verified: 2 files" in done.out
    assert "cite: Noether, E. record 7." in done.out
    done = hepline("fetch", "cod:7", "--out", tmp_path / "e", "--file", "a*", "--file", "b.csv")
    assert "(0 downloaded)" in done.out


def test_wrong_file_ends_the_command_with_its_name(hepline, portal, tmp_path):
    portal.record(7, {"a.csv": b"a\n1\n"})
    portal.files["/eos/opendata/7/a.csv"] += b"\n"
    done = hepline("fetch", "cod:7", "--out", tmp_path / "d")
    assert done.code == 2
    assert done.err.startswith("FetchFailed: a.csv has 5 bytes, and is refused.")
    assert "by their names (--file)" in done.err
    assert "Traceback" not in done.err


def test_cache_is_listed_verified_and_removed(hepline, portal, tmp_path):
    portal.record(7, {"a.csv": b"a\n1\n"})
    hepline("fetch", "cod:7", "--out", tmp_path / "d")
    assert "a.csv  (cod:7)" in hepline("cache", "ls").out
    assert "intact" in hepline("cache", "verify").out
    (tmp_path / "d/a.csv").chmod(0o644)
    (tmp_path / "d/a.csv").write_bytes(b"a\n2\n")
    done = hepline("cache", "verify")
    assert done.code == 2
    assert "DAMAGED" in done.out
    assert "removed: 4 bytes" in hepline("cache", "clean").out
    assert hepline("cache", "ls").out == ""


def test_search_lists_what_the_portal_answers(hepline, portal):
    distribution = {"formats": ["root"], "size": 2_500_000}
    metadata = {"recid": "12341", "title": "DoubleMuParked", "distribution": distribution}
    portal.answers["/api/records/"] = {"hits": {"hits": [{"id": 1, "metadata": metadata}]}}
    done = hepline("search", "dimuon 2012")
    assert done.code == 0, done.err
    for word in ("cod:12341", "DoubleMuParked", "root", "2.5"):
        assert word in done.out
    assert "q=dimuon+2012" in portal.requests[0][0]
    portal.answers["/api/records/"] = {"hits": {"hits": []}}
    assert "no dataset" in hepline("search", "nothing").out
