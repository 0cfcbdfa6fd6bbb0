"""Processes of which only events with a leptonic W are kept."""

from __future__ import annotations

import numpy as np
import pytest

from hepline.data.generator.process import COMMON_SETTINGS
from hepline.data.generator.processes import PROCESSES
from hepline.data.generator.pythia import PythiaRun, import_pythia

_NEUTRINOS = (12, 14, 16)
_LEPTONIC = [name for name in PROCESSES if name.endswith("_leptonic")]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ttbar_leptonic", "single_top_tW_leptonic"])
def test_every_event_has_a_neutrino_from_a_w(name: str) -> None:
    run = PythiaRun(PROCESSES[name].parts[0], seed=5)
    (particles,) = run.batches(40, batch=40)
    neutrino = np.isin(particles.kind, _NEUTRINOS)
    from_w = neutrino & (particles.kind[particles.mother] == 24)
    assert set(particles.event[from_w]) == set(range(40))


@pytest.mark.parametrize("name", _LEPTONIC)
def test_process_differs_from_the_inclusive_one_by_what_is_kept(name: str) -> None:
    inclusive = PROCESSES[name.removesuffix("_leptonic")]
    assert [part.settings for part in PROCESSES[name].parts] == [
        part.settings for part in inclusive.parts
    ]
    assert all(part.leptonic for part in PROCESSES[name].parts)
    assert not any(part.leptonic for part in inclusive.parts)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ttbar_leptonic", "single_top_t_chan_leptonic"])
def test_event_stands_for_as_many_as_the_table_says(name: str) -> None:
    # The inclusive process, with the W's that decay to leptons counted here.
    trials = 20_000
    pythia = import_pythia().Pythia("", False)
    off = ("PartonLevel:ISR", "PartonLevel:FSR", "PartonLevel:Remnants", "HadronLevel:all")
    quick = (*(f"{part} = off" for part in off), "Random:setSeed = on", "Random:seed = 4")
    for line in (*COMMON_SETTINGS, *PROCESSES[name].parts[0].settings, *quick):
        assert pythia.readString(line)
    pythia.init()
    particles = pythia.nextBatch(trials, 20.0).prt
    kept = 0
    for ids, mothers in zip(abs(particles.id), particles.mother1, strict=True):
        codes = ids.to_numpy()
        kept += bool((np.isin(codes, (11, 13, 15)) & (codes[mothers.to_numpy()] == 24)).any())
    fraction = kept / trials
    error = (fraction * (1 - fraction) / trials) ** 0.5
    assert 1 / PROCESSES[name].inclusive_ratio == pytest.approx(fraction, abs=4 * error)


@pytest.mark.slow
def test_cross_section_is_that_of_what_is_kept() -> None:
    values = []
    for name in ("ttbar", "ttbar_leptonic"):
        run = PythiaRun(PROCESSES[name].parts[0], seed=5)
        for _ in run.batches(300, batch=300):
            pass
        values.append(run.cross_section())
    inclusive, kept = values
    ratio = inclusive.value / kept.value
    relative = ((inclusive.error / inclusive.value) ** 2 + (kept.error / kept.value) ** 2) ** 0.5
    error = ratio * relative
    assert ratio == pytest.approx(PROCESSES["ttbar_leptonic"].inclusive_ratio, abs=4 * error)
