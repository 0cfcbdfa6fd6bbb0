"""Archives that are well, and archives that attack."""

import io
import shutil
import stat
import tarfile
import zipfile
from types import SimpleNamespace

import pytest

import hepline as hl
from hepline.data.catalogue.archives import unpack
from hepline.data.catalogue.fetch import fetch
from hepline.errors import FetchFailed

CSV = b"x\n1\n2\n"


def zipped(path, **members):
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return path


def tarred(path, *members):
    with tarfile.open(path, "w:gz") as packed:
        for member, content in members:
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    return path


def entries(folder):
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    return sorted(name for name in names if name != ".hepline-archive")


def test_a_record_is_fetched_and_unpacked(portal, tmp_path):
    content = zipped(
        tmp_path / "sample.zip", **{"data/a.csv": CSV, "read.me": b"hello"}
    ).read_bytes()
    portal.record(9, {"sample.zip": content})
    done = fetch("cod:9", out=tmp_path / "d", unpack=True)
    (folder,) = done.folders
    assert folder == tmp_path / "d/sample"
    assert entries(folder) == ["data", "data/a.csv", "read.me"]
    assert hl.compute(hl.open(folder / "data/a.csv").x).tolist() == [1, 2]
    # A second time, what is there stays.
    (folder / "note").write_text("mine")
    assert fetch("cod:9", out=tmp_path / "d", unpack=True).folders == (folder,)
    assert (folder / "note").exists()


@pytest.mark.parametrize(
    "name",
    ["../evil", "/tmp/evil", "a/../../evil", "..\\evil", "C:evil"],  # noqa: S108
)
@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_names_that_lead_out_are_refused_and_nothing_is_left(tmp_path, name, kind):
    path = tmp_path / f"in/x.{kind}"
    path.parent.mkdir()
    if kind == "zip":
        zipped(path, **{"good.csv": CSV, name: CSV})
    else:
        tarred(path, (tarfile.TarInfo("good.csv"), CSV), (tarfile.TarInfo(name), CSV))
    with pytest.raises(FetchFailed, match="outside"):
        unpack(path, within=tmp_path / "in")
    assert entries(tmp_path) == ["in", f"in/x.{kind}"]


def test_links_and_devices_are_refused(tmp_path):
    link = tarfile.TarInfo("link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc"
    hard = tarfile.TarInfo("hard")
    hard.type, hard.linkname = tarfile.LNKTYPE, "../secret"
    device = tarfile.TarInfo("device")
    device.type = tarfile.CHRTYPE
    for member in (link, hard, device):
        tarred(tmp_path / "x.tar.gz", (member, b""))
        with pytest.raises(FetchFailed, match="link or a device"):
            unpack(tmp_path / "x.tar.gz", within=tmp_path)
    entry = zipfile.ZipInfo("link")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as packed:
        packed.writestr(entry, "/etc")
    with pytest.raises(FetchFailed, match="link or a device"):
        unpack(tmp_path / "x.zip", within=tmp_path)
    assert entries(tmp_path) == ["x.tar.gz", "x.zip"]


def test_what_is_damaged_or_too_large_is_refused(tmp_path, monkeypatch):
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04 nonsense")
    (tmp_path / "y.tar").write_bytes(b"nonsense" * 100)
    whole = tarred(tmp_path / "v.tar.gz", (tarfile.TarInfo("a"), bytes(range(256)) * 900))
    (tmp_path / "v.tar.gz").write_bytes(whole.read_bytes()[:400])
    for name in ("x.zip", "y.tar", "v.tar.gz"):
        with pytest.raises(FetchFailed, match="cannot be unpacked"):
            unpack(tmp_path / name, within=tmp_path)
    zipped(tmp_path / "z.zip", **{"a.csv": CSV})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5))
    with pytest.raises(FetchFailed, match="are free"):
        unpack(tmp_path / "z.zip", within=tmp_path)
    assert entries(tmp_path) == ["v.tar.gz", "x.zip", "y.tar", "z.zip"]


def test_a_folder_of_another_archive_is_not_taken_for_this_one(tmp_path):
    zipped(tmp_path / "x.zip", **{"a.csv": CSV})
    folder = unpack(tmp_path / "x.zip", within=tmp_path)
    assert unpack(tmp_path / "x.zip", within=tmp_path) == folder
    zipped(tmp_path / "x.zip", **{"a.csv": CSV + b"3\n"})
    with pytest.raises(FetchFailed, match="did not come of"):
        unpack(tmp_path / "x.zip", within=tmp_path)
    assert (folder / "a.csv").read_bytes() == CSV
