"""Workspaces with every kind of modifier, drawn from a seed."""

from __future__ import annotations

from typing import Any

import numpy as np

Modifiers = list[dict[str, Any]]


def random_workspace(seed: int, *, data_from_model: bool = True) -> dict[str, Any]:
    """A workspace whose fit is well posed; another one for each seed."""
    rng = np.random.default_rng(seed)
    channels, observations = [], []
    for c in range(int(rng.integers(1, 4))):
        bins = int(rng.integers(2, 6))
        samples = _samples(rng, f"ch{c}", bins)
        channels.append({"name": f"ch{c}", "samples": samples})
        total = np.sum([sample["data"] for sample in samples], axis=0)
        observed = rng.poisson(total) if data_from_model else rng.gamma(1.0, total)
        observations.append({"name": f"ch{c}", "data": observed.astype(float).tolist()})
    rng.shuffle(channels)
    parameters = [
        {"name": "lumi", "auxdata": [1.1], "sigmas": [0.05], "inits": [1.1], "bounds": [[0.5, 2]]}
    ]
    return {
        "channels": channels,
        "observations": observations,
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": parameters}}],
        "version": "1.0.0",
    }


def _samples(rng: np.random.Generator, channel: str, bins: int) -> list[dict[str, Any]]:
    signal = rng.uniform(5, 30, bins)
    samples = [
        {
            "name": "signal",
            "data": signal.tolist(),
            "modifiers": [
                {"name": "mu", "type": "normfactor", "data": None},
                {"name": "lumi", "type": "lumi", "data": None},
                *_systematics(rng, signal),
            ],
        }
    ]
    for b in range(int(rng.integers(1, 3))):
        nominal = rng.uniform(20, 200, bins)
        modifiers = _systematics(rng, nominal)
        if rng.random() < 0.5:
            modifiers.append({"name": "lumi", "type": "lumi", "data": None})
        if rng.random() < 0.4:
            uncertainty = (rng.uniform(0, 0.3, bins) * nominal * (rng.random(bins) > 0.2)).tolist()
            name = f"shapesys_{channel}_{b}"
            modifiers.append({"name": name, "type": "shapesys", "data": uncertainty})
        if rng.random() < 0.7:
            uncertainty = (rng.uniform(0, 0.2, bins) * nominal * (rng.random(bins) > 0.2)).tolist()
            name = f"staterror_{channel}"
            modifiers.append({"name": name, "type": "staterror", "data": uncertainty})
        rng.shuffle(modifiers)
        samples.append({"name": f"bkg{b}", "data": nominal.tolist(), "modifiers": modifiers})
    if rng.random() < 0.15:
        free = {"name": f"free_{channel}", "type": "shapefactor", "data": None}
        samples[-1]["modifiers"].append(free)
    rng.shuffle(samples)
    return samples


def _systematics(rng: np.random.Generator, nominal: Any) -> Modifiers:
    """Normsys and histosys of shared names, two-sided, one-sided or to the same side."""
    found: Modifiers = []
    for index in range(4):
        if rng.random() < 0.5:
            high, low = 1 + 0.15 * rng.normal(size=2).clip(-3, 3)
            found.append(
                {"name": f"syst{index}", "type": "normsys", "data": {"hi": high, "lo": low}}
            )
        if rng.random() < 0.4:
            up, down = nominal * (1 + 0.1 * rng.normal(size=(2, len(nominal))))
            data = {"hi_data": up.tolist(), "lo_data": down.tolist()}
            found.append({"name": f"syst{index}", "type": "histosys", "data": data})
    return found
