"""Scale weights: their mean is Pythia's own ratio of cross-sections."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hepline.data.generator.process import Part
from hepline.data.generator.processes import PROCESSES, process_named
from hepline.data.generator.pythia import PythiaRun
from hepline.data.generator.scale_weights import FACTORS, coupling_power

_QUICK = ("PartonLevel:all = off", "HadronLevel:all = off")


def _run(part: Part, *more: str, events: int) -> tuple[np.ndarray, float, float]:
    quick = replace(part, settings=(*part.settings, *_QUICK, *more))
    run = PythiaRun(quick, seed=9, energy=8.0, weights=True)
    weights = [batch.generator["LHEScaleWeight"] for batch in run.batches(events, batch=events)]
    return np.concatenate(weights), run.cross_section().value, run.cross_section().error


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "renorm", "factor"),
    [
        ("drellyan_ll", 0.5, 0.5),
        ("wjets_mutau", 2.0, 1.0),
        ("wjets_mutau", 0.5, 2.0),
        ("ttbar", 0.5, 0.5),
        # Pythia takes the coupling of gg → H from the width of the Higgs boson, at its mass
        # whatever the scale: only the factorisation scale can be compared.
        ("ggH_tautau", 1.0, 2.0),
    ],
)
def test_mean_weight_is_the_ratio_of_cross_sections(
    name: str, renorm: float, factor: float
) -> None:
    part = replace(process_named(name).parts[0], leptons=None, fakes=None)
    weights, nominal, error = _run(part, events=6000)
    scales = (
        f"SigmaProcess:renormMultFac = {renorm**2}",
        f"SigmaProcess:factorMultFac = {factor**2}",
    )
    _, other, other_error = _run(part, *scales, events=6000)
    column = weights[:, FACTORS.index((renorm, factor))]
    ratio = other / nominal
    spread = ratio * np.hypot(error / nominal, other_error / other)
    spread = np.hypot(spread, column.std() / np.sqrt(len(column)))
    assert column.mean() == pytest.approx(ratio, abs=4 * spread)


@pytest.mark.slow
def test_weights_of_the_scales_used_are_one() -> None:
    weights, _, _ = _run(process_named("ggH_tautau").parts[0], events=50)
    assert weights.shape == (50, 9)
    np.testing.assert_allclose(weights[:, 4], 1.0, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "power"),
    [("ttbar", 2), ("wjets", 1), ("drellyan", 0), ("single_top_tW", 1), ("multijet_mutau", 2)],
)
def test_powers_of_the_coupling_are_those_of_the_diagrams(name: str, power: int) -> None:
    assert coupling_power(process_named(name).parts[0]) == power


def test_quarkonium_has_no_single_power() -> None:
    assert coupling_power(PROCESSES["dimuon"].parts[1]) is None
