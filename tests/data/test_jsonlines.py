"""JSON lines, against Python's own parser."""

import gzip
import json
import os

import awkward as ak
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hepline as hl
from hepline.data import jsonlines
from hepline.errors import FileUnreadable

JETS = st.lists(
    st.fixed_dictionaries({"pt": st.floats(-1e6, 1e6), "n": st.integers(-9, 9)}), max_size=4
)
EVENTS = st.lists(
    st.fixed_dictionaries(
        {
            "run": st.integers(0, 2**40),
            "Jet": JETS,
            "MET": st.fixed_dictionaries({"pt": st.floats(0, 1e3)}),
        }
    ),
    min_size=2,
    max_size=12,
)


def write(path, events):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(event) + "\n" for event in events)
    return path


@settings(deadline=None)
@given(events=EVENTS)
def test_every_shape_is_read_as_python_reads_it(tmp_path_factory, events):
    events[0]["Jet"].append({"pt": 1.5, "n": 1})
    path = write(tmp_path_factory.mktemp("json") / "events.jsonl", events)
    ev = hl.open(path)
    got = hl.compute({"run": ev.run, "pt": ev.Jet.pt, "n": ev.Jet.n, "met": ev.MET.pt})
    assert got["run"].tolist() == [event["run"] for event in events]
    assert got["pt"].tolist() == [[jet["pt"] for jet in event["Jet"]] for event in events]
    assert got["n"].tolist() == [[jet["n"] for jet in event["Jet"]] for event in events]
    assert got["met"].tolist() == [event["MET"]["pt"] for event in events]


@pytest.mark.parametrize("ending", [".json", ".jsonl", ".ndjson.gz"])
def test_fields_change_their_types_from_block_to_block(tmp_path, monkeypatch, ending):
    monkeypatch.setattr(jsonlines, "_BLOCK", 64)
    monkeypatch.setenv("HEPLINE_CACHE", str(tmp_path / "cache"))
    events = [{"x": n, "y": []} for n in range(20)] + [{"x": n + 0.5, "y": [n]} for n in range(20)]
    events.append({"x": None})
    ev = hl.open(write(tmp_path / f"events{ending}", events))
    x, y = hl.compute(ev.x, ev.y)
    assert x.tolist() == [event["x"] for event in events]
    assert y.tolist() == [event.get("y", []) for event in events]


def test_a_file_that_changes_is_converted_anew(tmp_path):
    path = write(tmp_path / "events.jsonl", [{"x": 1}, {"x": 2}])
    assert hl.compute(hl.open(path).x).tolist() == [1, 2]
    write(path, [{"x": 3}, {"x": 4}, {"x": 5}])
    os.utime(path, ns=(1, 1))
    assert hl.compute(hl.open(path).x).tolist() == [3, 4, 5]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{\n "schema_version": 2\n}\n', "a JSON document"),
        ('{"learner": {"version": [1, 7]}}\n', "one in all"),
        ("[1, 2]\n[3, 4]\n", "a JSON document"),
        ('{"x": 1}\n{"x": \n', "cannot be read as JSON lines"),
        ('{"x": 1}\n{"x": "text"}\n', "cannot be read as JSON lines"),
    ],
)
def test_what_is_no_file_of_events_is_refused_and_leaves_nothing(
    tmp_path, monkeypatch, text, words
):
    monkeypatch.setenv("HEPLINE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(FileUnreadable) as caught:
        hl.open(tmp_path / "x.json")
    assert words in str(caught.value)
    assert not list((tmp_path / "cache").rglob("*.parquet"))


def test_an_address_is_refused():
    with pytest.raises(FileUnreadable, match="fetch"):
        jsonlines.converted("https://example.org/events.jsonl")


def test_the_sample_of_the_adl_benchmark(shared_data):
    path = shared_data / "adl/Run2012B_SingleMu_restructured_1000.json"
    with path.open() as lines:
        expected = ak.from_iter([json.loads(line) for line in lines])
    ev = hl.open(path)
    got = hl.compute({"pt": ev.Muon.pt, "mass": ev.Muon.pairs().mass, "met": ev.MET.pt})
    assert got["pt"].tolist() == expected.Muon.pt.tolist()
    np.testing.assert_array_equal(got["met"], expected.MET.pt)
    first, second = ak.unzip(ak.combinations(expected.Muon, 2))
    # Massless would do; exact: E² − p² with the stored masses.
    mass = _mass(first, second)
    np.testing.assert_allclose(ak.flatten(got["mass"]), ak.flatten(mass), rtol=1e-6, atol=1e-6)


def _mass(*muons):
    px = sum(mu.pt * np.cos(mu.phi) for mu in muons)
    py = sum(mu.pt * np.sin(mu.phi) for mu in muons)
    pz = sum(mu.pt * np.sinh(mu.eta) for mu in muons)
    energy = sum(np.sqrt((mu.pt * np.cosh(mu.eta)) ** 2 + mu.mass**2) for mu in muons)
    return np.sqrt(np.maximum(energy**2 - px**2 - py**2 - pz**2, 0))
