"""Reference values of the text files of jet energy corrections, from coffea's evaluator.

    python tests/analysis/jettext_coffea.py        # with coffea installed; it is no dependency

writes jettext_coffea.json beside this file: coffea 2026.9.0, awkward 2.x, float32 parameters.
"""

import json
from pathlib import Path

import numpy as np
from coffea.lookup_tools import extractor

FOLDER = Path(__file__).resolve().parents[3] / "shared/data/corrections"
FILES = (
    "Fall17_17Nov2017_V32_MC_L2Relative_AK4PFPuppi.jec.txt",
    "Fall17_17Nov2017_V32_MC_Uncertainty_AK4PFPuppi.junc.txt",
    "Spring16_25nsV10_MC_PtResolution_AK4PFPuppi.jr.txt.gz",
    "Spring16_25nsV10_MC_SF_AK4PFPuppi.jersf.txt",
)
POINTS = 80


def main():
    evaluators = extractor()
    evaluators.add_weight_sets([f"* * {FOLDER / name}" for name in FILES])
    evaluators.finalize()
    made = evaluators.make_evaluator()
    random = np.random.default_rng(14)
    answers = {}
    for name in FILES:
        evaluator = made[name.partition(".")[0]]
        inputs = {
            "JetEta": random.uniform(-4.7, 4.7, POINTS).round(3),
            "JetPt": np.exp(random.uniform(np.log(8), np.log(7000), POINTS)).round(2),
            "Rho": random.uniform(0.5, 40, POINTS).round(2),
        }
        arguments = {key: inputs[key] for key in evaluator.signature}
        values = np.asarray(evaluator(*arguments.values()), np.float64)
        answers[name] = {key: column.tolist() for key, column in arguments.items()}
        answers[name]["value"] = values.tolist()
    text = json.dumps(answers, indent=None, separators=(",", ":"))
    Path(__file__).with_suffix(".json").write_text(text + "\n")


if __name__ == "__main__":
    main()
