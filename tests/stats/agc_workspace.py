"""The ttbar fit model of the Analysis Grand Challenge, built from its reference histograms.

Nothing of hepline is used here: the numbers come from plain NumPy, so that both the likelihood
and (later) hepline's own workspace builder can be compared with them. The conventions are those
of cabinetry's configuration: bins of 40 GeV from 110 GeV, flow dropped, every variation split
into a normalization (normsys) and a shape (histosys) of one name.

    python tests/stats/agc_workspace.py 1 workspace.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from hepline.arrays import Floats

DATA = Path(__file__).parents[2] / "../shared/data/agc"
LUMINOSITY = 3378.0  # /pb
# Cross-sections in pb, as in the code (not the documentation) of the reference.
CROSS_SECTION = {
    "ttbar": 396.87 + 332.97,
    "single_top_s_chan": 2.0268 + 1.2676,
    "single_top_t_chan": (36.993 + 22.175) / 0.252,
    "single_top_tW": 37.936 + 37.906,
    "wjets": 61457 * 0.252,
}
SAMPLES = {
    "ttbar": "ttbar",
    "wjets": "W+jets",
    "single_top_s_chan": "single top, s-channel",
    "single_top_t_chan": "single top, t-channel",
    "single_top_tW": "tW",
}
REGIONS = {"4j1b": "4j1b CR", "4j2b": "4j2b SR"}
FIRST_BIN = 4  # underflow and the three bins below 110 GeV come before it


def reference_file(files: int) -> Path:
    """The published histograms made from this many files per process."""
    return DATA / f"reference/histos_{files}_file_per_process.json"


def event_weight(process: str, files: int, inputs: dict[str, Any]) -> float:
    """Cross-section times luminosity over the generated events of the first files."""
    used = inputs[process]["nominal"]["files"][:files]
    return CROSS_SECTION[process] * LUMINOSITY / sum(file["nevts"] for file in used)


def fit_bins(histogram: dict[str, list[float]]) -> Floats:
    """Contents of the 11 bins of the fit."""
    contents = np.asarray(histogram["contents"][FIRST_BIN:-1])
    return contents.reshape(-1, 2).sum(axis=1)


def norm_and_shape(name: str, nominal: Floats, up: Floats, down: Floats | None) -> list[Any]:
    """One variation as normsys and histosys; `down` None is symmetrized ("method 1")."""
    high = up.sum() / nominal.sum()
    high_shape = up / high
    if down is None:
        low, low_shape = 2 - high, 2 * nominal - high_shape
    else:
        low = down.sum() / nominal.sum()
        low_shape = down / low
    return [
        {"name": name, "type": "normsys", "data": {"hi": high, "lo": low}},
        {
            "name": name,
            "type": "histosys",
            "data": {"hi_data": high_shape.tolist(), "lo_data": low_shape.tolist()},
        },
    ]


def variations(process: str) -> list[tuple[str, str, str | None]]:
    """Nuisance parameter, suffix up, suffix down (None: one-sided)."""
    found: list[tuple[str, str, str | None]] = []
    if process == "ttbar":
        found += [
            ("ME variation", "ME_var", None),
            ("PS variation", "PS_var", None),
            ("ttbar scale variations", "scaleup", "scaledown"),
        ]
    found += [
        ("Jet energy scale", "pt_scale_up", None),
        ("Jet energy resolution", "pt_res_up", None),
    ]
    found += [(f"b-tag NP {i + 1}", f"btag_var_{i}_up", f"btag_var_{i}_down") for i in range(4)]
    if process == "wjets":
        found.append(("W+jets scale variations", "scale_var_up", "scale_var_down"))
    return found


def sample(region: str, process: str, histograms: dict[str, Any], weight: float) -> dict[str, Any]:
    """One sample of one channel."""
    key = f"{region}_{process}"
    nominal = fit_bins(histograms[key])
    modifiers: list[Any] = [
        {"name": "Luminosity", "type": "normsys", "data": {"hi": 1.03, "lo": 0.97}},
        {
            "name": f"staterror_{REGIONS[region].replace(' ', '-')}",
            "type": "staterror",
            "data": np.sqrt(nominal * weight).tolist(),
        },
    ]
    if process == "ttbar":
        modifiers.append({"name": "ttbar_norm", "type": "normfactor", "data": None})
    for name, up, down in variations(process):
        low = None if down is None else fit_bins(histograms[f"{key}_{down}"])
        modifiers += norm_and_shape(name, nominal, fit_bins(histograms[f"{key}_{up}"]), low)
    return {"name": SAMPLES[process], "data": nominal.tolist(), "modifiers": modifiers}


def agc_workspace(files: int) -> dict[str, Any]:
    """The workspace for 1 or 5 files per process."""
    histograms = json.loads(reference_file(files).read_text())
    inputs = json.loads((DATA / "nanoaod_inputs.json").read_text())
    channels = [
        {
            "name": channel,
            "samples": [
                sample(region, process, histograms, event_weight(process, files, inputs))
                for process in SAMPLES
            ],
        }
        for region, channel in REGIONS.items()
    ]
    observations = [
        {"name": channel, "data": fit_bins(histograms[f"{region}_pseudodata"]).tolist()}
        for region, channel in REGIONS.items()
    ]
    parameter = {"name": "ttbar_norm", "inits": [1.0], "bounds": [[0, 10]]}
    config = {"poi": "ttbar_norm", "parameters": [parameter]}
    return {
        "channels": channels,
        "observations": observations,
        "measurements": [{"name": "CMS_ttbar", "config": config}],
        "version": "1.0.0",
    }


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(agc_workspace(int(sys.argv[1])), indent=1))
