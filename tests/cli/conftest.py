from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot

from hepline.cli.app import main
from hepline.data.generate import generate_samples

ROOT = Path(__file__).parents[2]

ANALYSIS = """
import hepline as hl

ev = hl.events("nanoaod")
jes = hl.nuisance("Jet energy scale", key="jes", one_sided=True)
jet = ev.Jet.vary(jes, up={"pt": ev.Jet.pt * 1.03})
jet = jet[jet.pt > 30]
toy = hl.Analysis("toy", luminosity=100.0, luminosity_uncertainty=0.02)
toy.sample("sig", cross_section=10.0, normalization="mu")
toy.sample("bkg", cross_section=20.0)
toy.region(
    "SR",
    where={"a jet": hl.count(jet) >= 1},
    observable=hl.axis(hl.sum(jet.pt), 8, 0, 800, "HT [GeV]"),
    fit_bins=[0, 200, 400, 800],
)
"""


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def hepline(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    """``hepline("run", analysis, "--out", folder)``, in this process."""

    def call(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["hepline", *map(str, arguments)])
        code: Any = 0
        try:
            main()
        except SystemExit as end:
            code = end.code
        said = capsys.readouterr()
        return Done(int(code or 0), said.out, said.err)

    return call


@pytest.fixture
def write_events(tmp_path: Path) -> Callable[..., Path]:
    """``write_events("a.root", 100, seed=1)``: events with jets and weights."""

    def write(name: str, events: int, *, seed: int = 1, slope: float = 80.0) -> Path:
        random = np.random.default_rng(seed)
        counts = random.poisson(4, events)
        pt = random.exponential(slope, int(counts.sum())).astype(np.float32)
        branches = {
            "run": np.ones(events, np.uint32),
            "luminosityBlock": np.ones(events, np.uint32),
            "event": np.arange(events, dtype=np.uint64),
            "genWeight": random.choice(np.array([1, -1], np.float32), events),
            "Jet": ak.zip({"pt": ak.unflatten(pt, counts)}),
        }
        types = {name: ak.type(branch).content for name, branch in branches.items()}
        with uproot.recreate(tmp_path / name) as file:
            file.mktree("Events", types).extend(branches)
        return tmp_path / name

    return write


@pytest.fixture
def write_analysis(tmp_path: Path) -> Callable[..., Path]:
    """``write_analysis(("old", "new"), …)``: the toy analysis, with text replaced."""

    def write(*changes: tuple[str, str], name: str = "toy.py") -> Path:
        text = ANALYSIS
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


@pytest.fixture
def write_listing(tmp_path: Path) -> Callable[..., Path]:
    """``write_listing({"sig": ["sig.root"]})``: a list of nominal files."""

    def write(files: Mapping[str, Sequence[Any]]) -> Path:
        path = tmp_path / "samples.json"
        content = {name: {"nominal": {"files": list(listed)}} for name, listed in files.items()}
        path.write_text(json.dumps(content))
        return path

    return write


@pytest.fixture
def toy(
    write_events: Callable[..., Path],
    write_analysis: Callable[..., Path],
    write_listing: Callable[..., Path],
    tmp_path: Path,
) -> list[str]:
    """Arguments of a run that succeeds; the results go to ``tmp_path / "out"``."""
    write_events("sig.root", 400, seed=1, slope=120.0)
    write_events("bkg.root", 300, seed=2)
    analysis = write_analysis()
    listing = write_listing({"sig": ["sig.root"], "bkg": ["bkg.root"]})
    out = tmp_path / "out"
    return ["run", str(analysis), "--samples", str(listing), "--out", str(out), "--workers", "1"]


@pytest.fixture(scope="session")
def generated_ttbar() -> Path:
    """A few thousand generated ttbar events, kept between runs of the tests."""
    pytest.importorskip("pythia8mc", reason="events are generated with hepline[generate]")
    folder = Path(os.environ.get("HEPLINE_GENERATED", ROOT / "generated/tests"))
    (made,) = generate_samples([("ttbar", 3000, 1)], folder=folder)
    return Path(made.path)


@pytest.fixture
def living():
    """Ask which processes of a session have not ended."""

    def found(group):
        numbers = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            except OSError:
                continue
            if int(its_group) == group and state != "Z":
                numbers.append(stat.parent.name)
        return numbers

    return found
