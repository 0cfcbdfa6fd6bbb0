"""The code in the documentation runs, and prints what the pages say."""

import importlib.util
import re
from pathlib import Path

import awkward as ak
import matplotlib
import matplotlib.pyplot
import numpy as np
import pytest
import uproot

import hepline as hl
from hepline.columns.records import Records

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    "docs/backgrounds.md",
    "docs/conventions.md",
    "docs/corrections.md",
    "docs/figures.md",
    "docs/how-it-works.md",
    "docs/looking.md",
    "docs/preflight.md",
    "docs/samples.md",
    "docs/statistics.md",
    "docs/timeseries.md",
]


def _execute_module():
    spec = importlib.util.spec_from_file_location("docs_execute", ROOT / "docs/execute.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES)
def test_outputs_on_the_page_are_what_its_code_prints(page):
    text = (ROOT / page).read_text("utf-8")
    assert _execute_module().executed(text, name=page) == text, f"refresh with: make docs ({page})"


def test_every_page_with_code_and_output_is_executed():
    with_output = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "docs").rglob("*.md")
        if "```text" in path.read_text("utf-8")
    ]
    assert sorted(with_output) == sorted(PAGES)


def test_the_page_of_skims_runs(tmp_path, monkeypatch, shared_data, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "DoubleMuParked.root").symlink_to(shared_data / "agc/open-data-example.root")
    text = (ROOT / "docs/skim.md").read_text("utf-8")
    namespace = {"__name__": "__docs__"}
    for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(code, "skim.md", "exec"), namespace)  # noqa: S102
    assert "dimuons.root: " in capsys.readouterr().out


def test_the_plot_in_the_readme_is_drawn(tmp_path, monkeypatch, shared_data):
    matplotlib.use("Agg")
    file = shared_data / "agc/open-data-example.root"
    code = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)[1]
    assert len(code.strip().splitlines()) <= 12
    monkeypatch.chdir(tmp_path)
    (tmp_path / "DoubleMuParked.root").symlink_to(file)
    namespace = {}
    exec(compile(code, "README.md", "exec"), namespace)  # noqa: S102
    matplotlib.pyplot.close("all")
    assert (tmp_path / "z.png").stat().st_size > 5000
    assert namespace["h"].values().sum() == _opposite_sign_pairs(file, 60, 120)


def _opposite_sign_pairs(file, low, high):
    """By hand: opposite-sign pairs of muons with pt > 3, |eta| < 2.4 in a mass window."""
    read = uproot.open(file)["Events"].arrays(filter_name="Muon_*")
    names = ("pt", "eta", "phi", "mass", "charge")
    muon = ak.zip({name: read[f"Muon_{name}"] for name in names})
    muon = muon[(muon.pt > 3) & (abs(muon.eta) < 2.4)]
    one, two = ak.unzip(ak.combinations(muon, 2))
    one, two = one[one.charge != two.charge], two[one.charge != two.charge]
    vectors = []
    for side in (one, two):
        pt, eta, phi, mass = (ak.to_numpy(ak.flatten(side[n])).astype("f8") for n in names[:4])
        px, py, pz = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
        vectors.append((px, py, pz, np.sqrt(px**2 + py**2 + pz**2 + mass**2)))
    px, py, pz, energy = np.add(*vectors)
    mass = np.sqrt(energy**2 - px**2 - py**2 - pz**2)
    return np.count_nonzero((mass >= low) & (mass < high))


def test_the_language_page_names_everything_public():
    text = (ROOT / "docs/language.md").read_text("utf-8")
    assert [name for name in hl.__all__ if f"hl.{name}" not in text] == []
    methods = {name for name in vars(Records) if not name.startswith("_")}
    internal = {"field", "choose"}
    named = {name for name in methods if f".{name}(" in text or f".{name}[" in text}
    assert methods - internal - named == set()


def test_readme_names_existing_files_and_targets():
    text = (ROOT / "README.md").read_text("utf-8")
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / link).exists(), link
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"^ {4}make (\w+)", text, re.MULTILINE):
        assert f"\n{target}:" in makefile


def test_readme_maps_every_room():
    text = (ROOT / "README.md").read_text("utf-8")
    rooms = [path.parent.name for path in (ROOT / "src/hepline").glob("*/__init__.py")]
    missing = [room for room in rooms if f"`{room}/`" not in text]
    assert missing == []
