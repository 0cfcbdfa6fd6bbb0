"""The eight ADL queries against plain awkward and plain Python."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import hepline as hl

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "../shared/data/adl/Run2012B_SingleMu_restructured_1000.json"
NAMES = ["Q1", "Q2", "Q3", "Q4", "Q5", "Q6a", "Q6b", "Q7", "Q8"]


@pytest.fixture(scope="session")
def collision_file(adl_oracle, tmp_path_factory):
    """1000 recorded events of the benchmark's own data."""
    if not SAMPLE.is_file():
        pytest.skip(f"the public sample of the benchmark is not at {SAMPLE}")
    path = tmp_path_factory.mktemp("adl") / "Run2012B_SingleMu.root"
    adl_oracle.write_nanoaod(SAMPLE, path)
    return path


def every_query(adl, path, **options):
    """All histograms in one pass, by name."""
    ev = hl.open(path)
    made = hl.compute(*(query(ev) for query in adl.QUERIES.values()), **options)
    return dict(zip(adl.QUERIES, made, strict=True))


@pytest.fixture(scope="session")
def recorded(adl, adl_oracle, collision_file):
    return every_query(adl, collision_file), adl_oracle.read(collision_file)


@pytest.fixture(scope="session")
def simulated(adl, adl_oracle, generated_ttbar):
    return every_query(adl, generated_ttbar), adl_oracle.read(generated_ttbar)


def test_there_is_a_query_for_each_statement(adl, adl_oracle):
    assert list(adl.QUERIES) == list(adl_oracle.QUERIES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_query_on_recorded_events_equals_plain_awkward(name, recorded, adl_oracle):
    made, events = recorded
    expected = adl_oracle.QUERIES[name](events)
    assert name == "Q8" or expected.sum() > 0
    np.testing.assert_array_equal(made[name].values(flow=True), expected)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_query_on_generated_events_equals_plain_awkward(name, simulated, adl_oracle):
    made, events = simulated
    expected = adl_oracle.QUERIES[name](events)
    assert expected.sum() > 0
    np.testing.assert_array_equal(made[name].values(flow=True), expected)


def test_axes_are_those_of_the_benchmark(recorded):
    made, _ = recorded
    expected = {
        "Q1": (100, 0, 200),
        "Q2": (100, 15, 60),
        "Q3": (100, 15, 60),
        "Q4": (100, 0, 200),
        "Q5": (100, 0, 200),
        "Q6a": (100, 15, 40),
        "Q6b": (100, 0, 1),
        "Q7": (100, 15, 200),
        "Q8": (100, 0, 200),
    }
    found = {
        name: (axis.size, axis.edges[0], axis.edges[-1])
        for name, histogram in made.items()
        for axis in histogram.axes
    }
    assert found == expected


def test_evaluators_agree_on_recorded_events(adl, recorded, collision_file):
    made, _ = recorded
    slow = every_query(adl, collision_file, engine="reference")
    for name, histogram in made.items():
        np.testing.assert_array_equal(histogram.values(flow=True), slow[name].values(flow=True))


def test_chunks_change_nothing(adl, recorded, collision_file):
    made, _ = recorded
    chunked = every_query(adl, collision_file, chunk=101)
    for name, histogram in made.items():
        np.testing.assert_array_equal(histogram.values(flow=True), chunked[name].values(flow=True))


@pytest.mark.slow
def test_script_prints_a_line_for_each_query(collision_file):
    command = [sys.executable, str(ROOT / "analyses/adl.py"), str(collision_file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == NAMES
    assert lines[0].split()[1:3] == ["1000", "entries"]
