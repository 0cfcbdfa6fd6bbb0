"""What can be generated, in words."""

from __future__ import annotations

from hepline.data.generator.catalogue import process_lines
from hepline.data.generator.eras import ERAS
from hepline.data.generator.processes import PROCESSES


def test_every_process_and_era_has_its_line() -> None:
    lines = list(process_lines())
    heads = [line.split(":")[0].split(" [")[0] for line in lines]
    assert heads[: len(PROCESSES)] == list(PROCESSES)
    assert heads[-len(ERAS) :] == [f"era {name}" for name in ERAS]


def test_cross_sections_stand_with_their_energy() -> None:
    (line,) = (line for line in process_lines() if line.startswith("drellyan_ll"))
    assert "pb, 8 TeV]" in line
