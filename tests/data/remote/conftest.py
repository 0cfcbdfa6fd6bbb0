import importlib.util
from pathlib import Path

import numpy as np
import pytest
import uproot

from hepline.data import retrying
from hepline.data.remote.http import _gives_many


def _servers():
    path = Path(__file__).with_name("servers.py")
    spec = importlib.util.spec_from_file_location("servers", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


servers = _servers()


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(retrying, "PAUSE", 0.001)
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def http(tmp_path):
    """A server that speaks HTTP, for the files of an empty folder."""
    # An earlier server may have had the same port.
    _gives_many.cache_clear()
    folder = tmp_path / "served"
    folder.mkdir()
    with servers.http_server(folder) as traffic:
        yield traffic


@pytest.fixture(scope="session")
def _xrootd():
    if servers.xrootd_program() is None:
        pytest.skip("no xrootd on this machine (Debian: xrootd-server)")
    if importlib.util.find_spec("XRootD") is None:
        pytest.skip("XRootD's Python bindings are not installed")
    with servers.xrootd_server() as server:
        yield server


@pytest.fixture
def xrootd(_xrootd):
    """A real XRootD server, its folder empty."""
    if _xrootd.process is None:
        _xrootd.start()
    yield _xrootd
    for path in _xrootd.files.iterdir():
        path.unlink()


@pytest.fixture(scope="session")
def wide(tmp_path_factory):
    """A TTree of 16 columns with 40 baskets each, 16 MB that cannot be compressed."""
    path = tmp_path_factory.mktemp("wide") / "wide.root"
    rng = np.random.default_rng(15)
    with uproot.recreate(path, compression=None) as file:
        names = [f"x{number}" for number in range(16)]
        tree = file.mktree("Events", dict.fromkeys(names, "float32"))
        for _ in range(40):
            tree.extend({name: rng.normal(size=6_500).astype("float32") for name in names})
    return path
