"""``hepline peak``: options, output, refusals."""

import json

import numpy as np
import pytest


@pytest.fixture
def pairs(tmp_path):
    """Back-to-back muons of a J/ψ at rest, and of a smooth background."""
    random = np.random.default_rng(3)
    mass = np.concatenate([random.normal(3.0969, 0.035, 800), random.uniform(2.2, 4.2, 2500)])
    energy, muon = mass / 2, 0.1056583755
    momentum = np.sqrt(energy**2 - muon**2)
    phi = random.uniform(-np.pi, np.pi, len(mass))
    px, py = momentum * np.cos(phi), momentum * np.sin(phi)
    names = "E1,px1,py1,pz1,Q1,E2,px2,py2,pz2,Q2"
    one, zero = np.ones(len(mass)), np.zeros(len(mass))
    table = np.stack([energy, px, py, zero, one, energy, -px, -py, zero, -one], axis=1)
    np.savetxt(tmp_path / "a.csv", table, delimiter=",", header=names, comments="")
    return tmp_path / "a.csv"


def test_peak_is_printed_and_written(hepline, pairs, tmp_path):
    out = tmp_path / "out"
    done = hepline(
        "peak", pairs, "--p4", "E1,px1,py1,pz1", "--p4", "E2,px2,py2,pz2",
        "--charge-columns", "Q1,Q2", "--window", 2.7, 3.5, "--out", out,
    )  # fmt: skip
    assert done.code == 0
    assert "J/ψ" in done.out
    assert f"written: {out / 'index.html'}" in done.out
    (peak,) = json.loads((out / "peak.json").read_text())["peaks"]
    assert peak["mass"] == pytest.approx(3.0969, abs=4 * peak["mass_error"])
    assert peak["yield"] == pytest.approx(800, abs=4 * peak["yield_error"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--window", 200, 300), "no entry lies between 200 and 300 GeV"),
        (("--window", 2700, 3500), "--window 2.7 3.5"),
        (("--charge", "same"), "none of 3300 combinations has the charge 'same'"),
        (("--mass", "E9"), "no column 'E9'"),
        (("--mass", "E1", "--pairs", "Muon"), "more than one way"),
        (("--pairs", "Muon", "--triplets", "Muon"), "one kind of combination"),
        (("--signal", "gauss", "--window", 2.7, 3.5), "no signal shape 'gauss'"),
    ],
)
def test_nonsense_is_refused_in_plain_words(hepline, pairs, tmp_path, options, said):
    done = hepline("peak", pairs, "--out", tmp_path / "out", *options)
    assert done.code == 2
    assert said in done.err
    assert "fix:" in done.err
    assert not (tmp_path / "out").exists()
