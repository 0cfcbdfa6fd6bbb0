"""What a window holds before any model: its bins, single values or not, and what is given."""

import numpy as np
import pytest

from hepline.errors import AnalysisError
from hepline.spectra.spectrum import Spectrum
from hepline.spectra.task import task_of

LOW, HIGH = 2.8, 3.5


def draw(entries):
    random = np.random.default_rng(1)
    peak = random.normal(3.1, 0.03, entries // 2)
    return np.concatenate([peak, random.uniform(LOW, HIGH, entries - entries // 2)])


def test_bins_are_not_finer_than_those_that_were_counted():
    counts, edges = np.histogram(draw(2000), np.linspace(2.0, 4.0, 81))
    task = task_of(Spectrum.binned(counts, edges), 2.81, 3.49)
    inside = (edges >= 2.81) & (edges <= 3.49)
    np.testing.assert_array_equal(task.data.edges, edges[inside])
    assert (task.low, task.high) == (edges[inside][0], edges[inside][-1])
    assert task.data.values is None


@pytest.mark.parametrize(
    ("entries", "signal", "binned", "single"),
    [
        (2_000, "breit-wigner", "auto", True),
        (2_001, "breit-wigner", "auto", False),
        (2_001, "gaussian", "auto", True),
        (50_001, "gaussian", "auto", False),
        (2_001, "breit-wigner", False, True),
        (2_000, "gaussian", True, False),
    ],
)
def test_many_values_are_fitted_in_bins_unless_it_is_said(entries, signal, binned, single):
    values = np.clip(draw(entries), LOW, HIGH)
    task = task_of(Spectrum.of(values), LOW, HIGH, binned=binned)
    data = task.final(task.mixture(signal, "flat"))
    assert (data.values is not None) is single
    assert data.entries == entries


def test_a_width_that_is_given_is_held():
    task = task_of(Spectrum.of(draw(500)), LOW, HIGH, resolution=0.02, natural_width=0.1)
    for signal, held in (
        ("gaussian", {"width": 0.02}),
        ("breit-wigner", {"width": 0.1, "resolution": 0.02}),
    ):
        mixture = task.mixture(signal, "flat")
        start, fixed = task.start(mixture)
        assert {name: start[mixture.parameters.index(name)] for name in fixed} == held


def test_a_power_law_needs_a_window_above_zero():
    task = task_of(Spectrum.of(draw(500)), -1.0, HIGH)
    with pytest.raises(AnalysisError, match=r"a power law between -1 and 3\.5 GeV"):
        task.mixture("gaussian", "power law")
