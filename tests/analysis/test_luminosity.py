"""Certified luminosity sections against an independent look-up."""

from __future__ import annotations

import json

import awkward as ak
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hepline as hl
from hepline.analysis.luminosity import LuminosityMask
from hepline.errors import DataWarning, FileUnreadable, LanguageError, TypeMismatch

GOLDEN = "corrections/Cert_294927-306462_13TeV_EOY2017ReReco_Collisions17_JSON.txt"
RANGES = st.dictionaries(
    st.integers(1, 6),
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 8)).map(lambda r: [r[0], sum(r)]),
             max_size=4),
    max_size=5,
)  # fmt: skip


def _mask(listed, folder) -> LuminosityMask:
    path = folder / "golden.json"
    path.write_text(json.dumps({str(run): own for run, own in listed.items()}))
    return hl.good_luminosity(path)


def _is_good(listed, run, section) -> bool:
    return any(low <= section <= high for low, high in listed.get(run, ()))


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(listed=RANGES)
def test_random_sections_of_random_masks(tmp_path_factory, in_memory, listed):
    mask = _mask(listed, tmp_path_factory.mktemp("masks"))
    run, section = (each.ravel() for each in np.mgrid[0:8, 0:42])
    columns = {"run": run.astype(np.uint32), "luminosityBlock": section.astype(np.uint32)}
    events = in_memory({name: ak.Array(column) for name, column in columns.items()})
    found = hl.compute(mask(events), engine="awkward")
    expected = [_is_good(listed, *pair) for pair in zip(run, section, strict=True)]
    assert ak.to_list(found) == expected


@pytest.mark.parametrize("engine", ["reference", "awkward", "compiled"])
def test_the_golden_mask_of_2017(shared_data, in_memory, engine):
    path = shared_data / GOLDEN
    listed = {int(run): own for run, own in json.loads(path.read_text()).items()}
    rng = np.random.default_rng(3)
    runs = rng.choice(np.array([*listed, 1, 400_000]), 2000)
    sections = rng.integers(0, 900, 2000)
    columns = {"run": runs.astype(np.uint32), "luminosityBlock": sections.astype(np.uint32)}
    events = in_memory({name: ak.Array(column) for name, column in columns.items()})
    found = hl.compute(hl.good_luminosity(path)(events), engine=engine, chunk=333)
    expected = [_is_good(listed, *pair) for pair in zip(runs, sections, strict=True)]
    assert ak.to_list(found) == expected


def test_recorded_luminosity_is_the_sum_over_good_sections(shared_data):
    table, golden = shared_data / "corrections/lumi_small.csv", shared_data / GOLDEN
    listed = {int(run): own for run, own in json.loads(golden.read_text()).items()}
    expected = everything = 0.0
    for line in table.read_text().splitlines():
        if line[0] != "#":
            cells = line.split(",")
            run, section = int(cells[0].split(":")[0]), int(cells[1].split(":")[0])
            everything += float(cells[6])
            expected += float(cells[6]) * _is_good(listed, run, section)
    with pytest.warns(DataWarning, match="are not in"):
        found = hl.recorded_luminosity(golden, table)
    assert found == pytest.approx(expected, rel=1e-12)
    assert hl.recorded_luminosity(None, table) == pytest.approx(everything, rel=1e-12)


@pytest.mark.parametrize(
    ("unit", "factor"), [("/ub", 1e-6), ("/nb", 1e-3), ("/pb", 1), ("/fb", 1e3)]
)
def test_the_unit_of_the_table_is_understood(tmp_path, unit, factor):
    table = tmp_path / "lumi.csv"
    table.write_text(f"#run:fill,ls,recorded({unit})\n7:1,3:3,2.5\n7:1,4:0,1.5\n#Summary\n")
    assert hl.recorded_luminosity(None, table) == pytest.approx(4.0 * factor)
    assert hl.recorded_luminosity(_mask({7: [[4, 9]]}, tmp_path), table) == pytest.approx(
        1.5 * factor
    )


def test_simulation_has_no_certified_sections(in_memory, tmp_path):
    """The mask concerns data: a simulated sample of the same analysis keeps all its events."""
    from hepline.engine.plan import plan

    ev = hl.events("nanoaod")
    fill = hl.hist(ev.MET.pt, bins=(1, 0, 1e3), where=_mask({1: [[1, 1]]}, tmp_path)(ev)).node
    simulation = in_memory({"MET_pt": ak.Array(np.ones(3, np.float32))})
    drawn = plan([fill], simulation.origin.source.schema, simulated=True)
    assert drawn.columns == ("MET_pt",)
    with pytest.raises(hl.HeplineError, match="no column 'run'"):
        plan([fill], simulation.origin.source.schema)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not json", "is not JSON"),
        ("[1, 2]", "is not a list of luminosity sections"),
        ('{"1": 5}', "is not a list of luminosity sections"),
        ('{"a": [[1, 2]]}', "is not a list of luminosity sections"),
    ],
)
def test_what_is_no_mask_is_refused(tmp_path, text, message):
    path = tmp_path / "golden.json"
    path.write_text(text)
    with pytest.raises(FileUnreadable, match=message):
        hl.good_luminosity(path)
    with pytest.raises(FileUnreadable, match="cannot be read"):
        hl.good_luminosity(tmp_path / "absent.json")


def test_what_is_no_table_is_refused(tmp_path):
    path = tmp_path / "lumi.csv"
    for text, message in (
        ("a,b\n1,2\n", "not a table"),
        ("#run:fill,ls,recorded(barn)\n", "in 'barn'"),
        ("#run:fill,ls,recorded(/pb)\n1:2,x,3\n", "row 1"),
    ):
        path.write_text(text)
        with pytest.raises(FileUnreadable, match=message):
            hl.recorded_luminosity(None, path)


def test_events_without_luminosity_sections(tmp_path):
    with pytest.raises(LanguageError, match="no luminosity sections"):
        _mask({1: [[1, 2]]}, tmp_path)(hl.events("delphes"))


def test_a_mask_takes_events(tmp_path):
    with pytest.raises(TypeMismatch, match="give the events"):
        _mask({1: [[1, 2]]}, tmp_path)(hl.events("nanoaod").run)
