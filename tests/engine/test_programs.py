"""Random programs of the public language give the same results on every engine."""

from __future__ import annotations

import importlib.util
import os
import sys
import time
import warnings
from pathlib import Path

import awkward as ak
import numpy as np
import pytest

import hepline as hl
from hepline.errors import AnalysisError

# Programs on which engines once disagreed, by seed.
KNOWN: tuple[int, ...] = ()


def _programs():
    path = Path(__file__).with_name("programs.py")
    spec = importlib.util.spec_from_file_location("random_programs", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


PROGRAMS = _programs()


@pytest.fixture(scope="module")
def few(many_collisions):
    """Enough events for empty lists and full ones."""
    return many_collisions(24)


def _outcome(requests, engine):
    """Results, or the error by which the language refuses a program when it is read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return hl.compute([*requests], engine=engine)
        except AnalysisError as error:
            return type(error).__name__


def _agree(left, right) -> bool:
    """The same lists; floats as close as functions of two libraries are."""
    if hasattr(left, "axes"):
        return np.allclose(left.values(flow=True), right.values(flow=True))
    return _same(ak.to_list(left), ak.to_list(right))


def _same(left, right) -> bool:
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    if left is None or right is None:
        return left is right
    if isinstance(left, float):
        return np.isclose(left, right, rtol=1e-5, atol=1e-4, equal_nan=True)
    return left == right


def check(seed: int, events, *, with_kernel: bool) -> bool:
    """Run one program; False if the language refuses it when it is read."""
    program = PROGRAMS.Program(seed, events, 18)
    requests = program.requests()
    expected = _outcome(requests, "reference")
    for engine in ("awkward", "compiled")[: 1 + with_kernel]:
        found = _outcome(requests, engine)
        if isinstance(expected, str) or isinstance(found, str):
            assert expected == found, f"{engine} of program {seed}:\n{program}"
            continue
        for request, left, right in zip(requests, expected, found, strict=True):
            assert _agree(left, right), f"{engine} of {request!r} in {seed}:\n{program}"
    return not isinstance(expected, str)


@pytest.mark.parametrize("seed", [*KNOWN, *range(4)])
def test_programs_on_all_engines(seed, few):
    check(seed, few, with_kernel=True)


@pytest.mark.slow
def test_many_programs(few):
    """Seeds count up from a fixed one for some seconds; `make fuzz` takes longer."""
    seconds = float(os.environ.get("HEPLINE_FUZZ_SECONDS", "20"))
    seed, end = int(os.environ.get("HEPLINE_FUZZ_SEED", "2000")), time.monotonic() + seconds
    first, meant = seed, 0
    while time.monotonic() < end:
        meant += check(seed, few, with_kernel=seed % 50 == 0)
        seed += 1
    assert meant > (seed - first) // 4
