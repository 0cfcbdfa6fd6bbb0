"""Gradient and Hessian are those of pyhf's likelihood, differentiated automatically by JAX."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hepline.stats import Model

pytestmark = [
    pytest.mark.slow,
    # Not imported here: its threads make every later fork a warning.
    pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="jax is not installed"),
]

SCRIPT = Path(__file__).with_name("pyhf_autodiff.py")


def away_from_nominal(model: Model, seed: int) -> np.ndarray:
    """Free parameters moved by half a prior width, so that they interpolate and extrapolate."""
    rng = np.random.default_rng(seed)
    width = np.where(model.initial == 0, 0.7, 0.03)
    moved = model.initial + width * rng.normal(size=len(width))
    return np.where(model.fixed, model.initial, np.clip(moved, model.lower, model.upper))


def compare(contents: list) -> None:
    models = [Model(content) for content in contents]
    points = [away_from_nominal(model, seed) for seed, model in enumerate(models)]
    asked = [(content, list(point)) for content, point in zip(contents, points, strict=True)]
    line = [sys.executable, SCRIPT]
    done = subprocess.run(
        line, input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answers = json.loads(done.stdout)
    for model, point, (value, gradient, hessian) in zip(models, points, answers, strict=True):
        likelihood = model.likelihood()
        ours, bend = likelihood.derivatives(point)
        assert likelihood.value(point) == pytest.approx(value, rel=1e-10)
        # Terms of very different size cancel: rounding is relative to the largest element.
        for mine, theirs in ((ours, gradient), (likelihood.gradient(point), gradient)):
            np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12 * np.abs(theirs).max())
        np.testing.assert_allclose(bend, hessian, rtol=1e-9, atol=1e-12 * np.abs(hessian).max())


def test_derivatives_of_random_workspaces(random_workspace):
    compare([random_workspace(seed) for seed in (3, 5, 10)])


def test_derivatives_of_the_ttbar_workspaces(agc_workspace):
    compare([agc_workspace(files) for files in (1,)])
