"""A workspace of the shape of the ttbar measurement, where its published histograms are absent.

As many channels, bins, samples and parameters, and effects as large; the numbers are made up.
"""

from __future__ import annotations

from typing import Any

import numpy as np

CHANNELS = ("4j1b CR", "4j2b SR")
BINS = 11
SAMPLES = {"ttbar": 20000.0, "W+jets": 5000.0, "s-channel": 50.0, "t-channel": 800.0, "tW": 1500.0}
EVERYWHERE = ["Jet energy scale", "Jet energy resolution", *(f"b-tag NP {i}" for i in range(1, 5))]
OF_SAMPLE = {
    "ttbar": ["ME variation", "PS variation", "ttbar scale variations"],
    "W+jets": ["W+jets scale variations"],
}


def ttbar_like(seed: int) -> dict[str, Any]:
    """Two channels of 11 bins, 34 parameters; another one for each seed."""
    rng = np.random.default_rng(seed)
    channels, observations = [], []
    for name in CHANNELS:
        samples = [_sample(rng, name, sample) for sample in SAMPLES]
        channels.append({"name": name, "samples": samples})
        total = np.sum([sample["data"] for sample in samples], axis=0)
        observations.append({"name": name, "data": rng.poisson(total).astype(float).tolist()})
    poi = {"name": "ttbar_norm", "inits": [1.0], "bounds": [[0, 10]]}
    config = {"poi": "ttbar_norm", "parameters": [poi]}
    return {
        "channels": channels,
        "observations": observations,
        "measurements": [{"name": "made up", "config": config}],
        "version": "1.0.0",
    }


def _sample(rng: np.random.Generator, channel: str, name: str) -> dict[str, Any]:
    place = np.linspace(-1, 1, BINS)
    shape = np.exp(-0.5 * ((place - rng.uniform(-0.6, 0.2)) / 0.5) ** 2) + 0.05
    nominal = SAMPLES[name] * shape / shape.sum()
    modifiers: list[dict[str, Any]] = [
        {"name": "Luminosity", "type": "normsys", "data": {"hi": 1.03, "lo": 0.97}},
        {
            "name": f"staterror_{channel.replace(' ', '-')}",
            "type": "staterror",
            "data": (0.01 * np.sqrt(nominal * nominal.max())).tolist(),
        },
    ]
    if name == "ttbar":
        modifiers.append({"name": "ttbar_norm", "type": "normfactor", "data": None})
    for nuisance in [*EVERYWHERE, *OF_SAMPLE.get(name, [])]:
        size, tilt = 0.05 * rng.normal(size=2)
        modifiers += [
            {"name": nuisance, "type": "normsys", "data": {"hi": 1 + size, "lo": 1 - size}},
            {
                "name": nuisance,
                "type": "histosys",
                "data": {
                    "hi_data": (nominal * (1 + tilt * place)).tolist(),
                    "lo_data": (nominal * (1 - tilt * place)).tolist(),
                },
            },
        ]
    return {"name": name, "data": nominal.tolist(), "modifiers": modifiers}
