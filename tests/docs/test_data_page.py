"""Pages about data and learning, with a stand-in for CERN Open Data and real files."""

import importlib.util
import re
import threading
from pathlib import Path

import awkward as ak
import lightgbm  # noqa: F401 (before its threads are limited)
import numpy as np
import pytest
import uproot
from threadpoolctl import threadpool_limits

ROOT = Path(__file__).resolve().parents[2]


def stand_in():
    """The module of the catalogue's tests, which has the stand-in."""
    path = ROOT / "tests/data/catalogue/conftest.py"
    spec = importlib.util.spec_from_file_location("stand_in", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def portal(monkeypatch, tmp_path):
    module = stand_in()
    with module.Server(("127.0.0.1", 0), module.Handler) as server:
        server.portal = module.Portal(address=f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("HEPLINE_CERN_OPEN_DATA", server.portal.address)
        monkeypatch.setenv("NO_PROXY", "*")
        monkeypatch.setenv("HEPLINE_CACHE", str(tmp_path / "cache"))
        yield server.portal
        server.shutdown()
        thread.join()


def by_hand(path):
    """Masses of the events with one pair of opposite charges, by awkward."""
    with uproot.open(path) as file:
        stored = file["Events"].arrays(filter_name="Muon_*")
    names = ("pt", "eta", "phi", "mass", "charge")
    muon = ak.zip({name: ak.values_astype(stored[f"Muon_{name}"], np.float64) for name in names})
    cut = (stored.Muon_pt > 3) & (abs(stored.Muon_eta) < np.float32(2.4))
    first, second = ak.unzip(ak.combinations(muon[cut], 2))
    opposite = first.charge != second.charge
    first, second = first[opposite], second[opposite]
    alone = ak.num(first.pt) == 1
    px, py, pz, energy = 0, 0, 0, 0
    for side in (first[alone][:, 0], second[alone][:, 0]):
        px, py = px + side.pt * np.cos(side.phi), py + side.pt * np.sin(side.phi)
        pz = pz + side.pt * np.sinh(side.eta)
        energy = energy + np.sqrt((side.pt * np.cosh(side.eta)) ** 2 + side.mass**2)
    return np.asarray(np.sqrt(energy**2 - px**2 - py**2 - pz**2))


def test_the_page_leads_from_the_question_to_a_clean_skim(
    portal, shared_data, tmp_path, monkeypatch, capsys
):
    file = shared_data / "agc/open-data-example.root"
    portal.record(12341, {"Run2012BC_DoubleMuParked_Muons.root": file.read_bytes()})
    monkeypatch.chdir(tmp_path)
    (tmp_path / "higgsml_sig.csv").symlink_to(shared_data / "ml/higgsml_sig.csv")
    text = (ROOT / "docs/data.md").read_text("utf-8")
    namespace = {}
    for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(code, "data.md", "exec"), namespace)  # noqa: S102
    printed = capsys.readouterr().out
    assert "100000 events, 0 of them twice" in printed
    assert "158 events have no estimate of the mass" in printed
    masses = by_hand(file)
    assert f"{len(masses)} of 100000 events" in printed
    windows = {"J/ψ": (3.0, 3.2), "beside it": (3.3, 3.5), "Z": (86, 96), "above it": (106, 116)}
    for name, (low, high) in windows.items():
        expected = np.count_nonzero((masses >= low) & (masses < high))
        # A mass on the border of a window may fall on either side.
        assert namespace["spectrum"][name].sum() == pytest.approx(expected, abs=1)
    counts = {name: int(histogram.sum()) for name, histogram in namespace["spectrum"].items()}
    assert counts["J/ψ"] > 3 * counts["beside it"]
    assert counts["Z"] > 20 * counts["above it"]


def test_the_code_about_learning_runs(shared_data, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("higgsml_sig.csv", "higgsml_bg.csv"):
        (tmp_path / name).symlink_to(shared_data / "ml" / name)
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/learning.md").read_text(), re.DOTALL)
    namespace = {}
    with threadpool_limits(1, "openmp"):
        exec(compile(code, "learning.md", "exec"), namespace)  # noqa: S102
    assert "auc of m_t alone" in capsys.readouterr().out
    # Three features of thirty: better than the best alone, worse than all.
    best = namespace["made"].baseline["auc of m_t alone"]
    assert best < namespace["made"].metrics["auc"].value < 0.921
    assert (tmp_path / "model/card.json").exists()
