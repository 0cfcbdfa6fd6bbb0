"""What `hepline run` says of a blinded analysis."""

import json
import re

import pytest

DATA = (
    'toy.sample("bkg", cross_section=20.0)',
    'toy.sample("bkg", cross_section=20.0)\ntoy.data()',
)
PHRASE = ("luminosity_uncertainty=0.02", 'luminosity_uncertainty=0.02, blind="seven geese"')


@pytest.fixture
def blinded(tmp_path, write_events, write_analysis, write_listing):
    """Arguments of a run with recorded data, its parameter of interest hidden."""
    files = {name: [write_events(f"{name}.root", 300, seed=seed).name] for name, seed in SAMPLES}
    write_listing(files)
    analysis = write_analysis(DATA, PHRASE)
    out = tmp_path / "out"
    return "run", analysis, "--samples", tmp_path / "samples.json", "--out", out


SAMPLES = (("sig", 1), ("bkg", 2), ("data", 3))


def value(done):
    return float(re.search(r"mu = (−?-?[\d.]+) ± ", done.out)[1].replace("−", "-"))


@pytest.mark.slow
def test_value_is_shifted_until_it_is_unblinded(hepline, blinded, tmp_path):
    hidden = hepline(*blinded)
    assert hidden.code == 0, hidden.err
    assert "blinding: blinded. Hidden: the data of SR and the value of mu." in hidden.out
    assert "(shifted by a secret amount)" in hidden.out
    assert "do not trust" not in hidden.out
    page = (tmp_path / "out/index.html").read_text("utf-8")
    assert "not reliable" not in page
    assert not (tmp_path / "out/unblinding.json").exists()
    shown = hepline(*blinded, "--unblind", "--reason", "approved")
    assert shown.code == 0, shown.err
    assert "The blinding of the data of SR and the value of mu was lifted on" in shown.out
    assert "secret amount" not in shown.out
    assert value(hidden) != value(shown)
    assert json.loads((tmp_path / "out/unblinding.json").read_text())["reason"] == "approved"


def test_reason_without_unblinding_is_refused(hepline, blinded):
    done = hepline(*blinded, "--reason", "curiosity")
    assert done.code == 2
    assert "fix: add --unblind, or leave --reason out." in done.err
