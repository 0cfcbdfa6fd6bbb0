from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
import pytest

from hepline.stats.preflight import Finding, preflight

Workspace = dict[str, Any]

_NOMINAL = {
    "SR": {"sig": [6, 14, 30, 33, 16, 7], "top": [220, 190, 160, 130, 105, 81]},
    "CR": {"sig": [1, 2, 3, 2, 1, 1], "top": [610, 540, 420, 330, 260, 190]},
}
_OBSERVED = {"SR": [231, 195, 204, 155, 128, 83], "CR": [590, 561, 431, 318, 255, 203]}


def _sample(channel: str, name: str) -> Workspace:
    nominal = np.array(_NOMINAL[channel][name], dtype=float)
    tilt = 0.015 * np.linspace(-1, 1, len(nominal)) * (1 if channel == "SR" else 0.8)
    histosys = {
        "hi_data": (nominal * (1 + tilt)).tolist(),
        "lo_data": (nominal * (1 - tilt)).tolist(),
    }
    modifiers = [
        {"name": "lumi", "type": "normsys", "data": {"hi": 1.02, "lo": 0.98}},
        {"name": "scale", "type": "histosys", "data": histosys},
        {"name": f"stat_{channel}", "type": "staterror", "data": (0.2 * nominal**0.5).tolist()},
    ]
    if name == "sig":
        modifiers.append({"name": "mu", "type": "normfactor", "data": None})
    return {"name": name, "data": nominal.tolist(), "modifiers": modifiers}


@pytest.fixture
def healthy() -> Workspace:
    """A workspace without a remark: two channels, a signal, a background, two systematics."""
    return {
        "channels": [
            {"name": channel, "samples": [_sample(channel, name) for name in samples]}
            for channel, samples in _NOMINAL.items()
        ],
        "observations": [{"name": name, "data": data} for name, data in _OBSERVED.items()],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
        "version": "1.0.0",
    }


class Patient:
    """A workspace to be spoiled: ``patient.modifier("SR", "top", "scale")["data"] = …``."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = deepcopy(workspace)

    def channel(self, name: str) -> Workspace:
        return next(each for each in self.workspace["channels"] if each["name"] == name)

    def sample(self, channel: str, name: str) -> Workspace:
        return next(each for each in self.channel(channel)["samples"] if each["name"] == name)

    def modifier(self, channel: str, sample: str, name: str) -> Workspace:
        modifiers = self.sample(channel, sample)["modifiers"]
        return next(each for each in modifiers if each["name"] == name)

    def add(self, channel: str, sample: str, kind: str, name: str, data: Any) -> None:
        self.sample(channel, sample)["modifiers"].append({"name": name, "type": kind, "data": data})

    def remove(self, channel: str, sample: str, name: str) -> None:
        self.sample(channel, sample)["modifiers"].remove(self.modifier(channel, sample, name))

    def observed(self, channel: str) -> list[float]:
        observations = self.workspace["observations"]
        return next(each for each in observations if each["name"] == channel)["data"]

    def findings(self, code: str = "") -> list[Finding]:
        """All findings, or those of one code."""
        return [each for each in preflight(self.workspace) if each.code.startswith(code)]

    def only(self, code: str) -> Finding:
        """The one finding of a code."""
        (finding,) = self.findings(code)
        return finding


@pytest.fixture
def patient(healthy: Workspace) -> Patient:
    return Patient(healthy)


@pytest.fixture
def place() -> Callable[[Finding], tuple[Any, ...]]:
    """Where a finding is."""
    return lambda finding: (finding.channel, finding.sample, finding.modifier, finding.bin)
