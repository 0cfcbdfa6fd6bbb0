"""Profiles of pile-up in a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import uproot

from hepline.data.generator.pile_up import pile_up
from hepline.data.generator.profile_file import write_profiles
from hepline.data.generator.randomness import Streams


def test_profiles_give_simulation_the_pile_up_of_data(tmp_path: Path) -> None:
    write_profiles(tmp_path / "pileup.root", simulated=25.0, recorded=23.0)
    with uproot.open(tmp_path / "pileup.root") as file:
        profiles = {name: file[name].to_numpy()[0] for name in file.keys(cycle=False)}
        edges = file["simulated"].axis().edges()
    simulated = pile_up(25.0, 40_000, Streams(1, "test", 0))["Pileup_nTrueInt"]
    place = np.clip(np.digitize(simulated, edges) - 1, 0, len(edges) - 2)
    means = {}
    for name in ("recorded", "recorded_up", "recorded_down"):
        weight = profiles[name][place] / profiles["simulated"][place]
        assert weight.mean() == pytest.approx(1.0, abs=0.01)
        means[name] = np.average(simulated, weights=weight)
    assert means["recorded"] == pytest.approx(23.0, abs=0.2)
    assert means["recorded_up"] / means["recorded"] == pytest.approx(1.046, abs=0.005)
    assert means["recorded_down"] / means["recorded"] == pytest.approx(0.954, abs=0.005)


def test_profiles_are_the_same_bytes_every_time(tmp_path: Path) -> None:
    for name in ("one.root", "two.root"):
        write_profiles(tmp_path / name, simulated=25.0, recorded=23.0)
    assert (tmp_path / "one.root").read_bytes() == (tmp_path / "two.root").read_bytes()
