"""Runs, luminosity sections and their certification."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hepline.analysis.luminosity import recorded_luminosity
from hepline.data.generator.data_taking import DataTaking
from hepline.data.generator.randomness import Streams

_RUNS = {"193834": [[1, 35]], "194050": [[1, 60], [64, 113]]}
_CERTIFIED = {"193834": [[3, 35]], "194050": [[1, 50], [70, 113]]}


@pytest.fixture
def taking() -> DataTaking:
    return DataTaking(_RUNS, _CERTIFIED, 500.0)


def test_luminosity_is_that_of_the_certified_sections(taking: DataTaking) -> None:
    assert taking.recorded[taking.good].sum() == pytest.approx(500.0)
    assert taking.total > 500.0
    assert len(taking.recorded) == 35 + 60 + 50
    assert np.count_nonzero(taking.good) == 33 + 50 + 44


def test_luminosity_falls_within_a_run(taking: DataTaking) -> None:
    run, _ = taking.sections
    for number in (193834, 194050):
        recorded = taking.recorded[run == number]
        assert np.all(np.diff(recorded) < 0)
        assert recorded[-1] / recorded[0] == pytest.approx(0.75)


def test_events_follow_the_luminosity(taking: DataTaking) -> None:
    events = 30_000
    stamps = taking.stamps(events, Streams(1, "test", 0))
    run, section = taking.sections
    seen = dict.fromkeys(zip(run.tolist(), section.tolist(), strict=True), 0)
    for pair in zip(stamps.run.tolist(), stamps.section.tolist(), strict=True):
        seen[pair] += 1
    expected = events * taking.recorded / taking.total
    assert stats.chisquare(list(seen.values()), expected).pvalue > 1e-3
    share = 500.0 / taking.total
    assert stats.binomtest(int(stamps.certified.sum()), events, share).pvalue > 1e-3


def test_certified_events_are_those_of_the_list(taking: DataTaking) -> None:
    stamps = taking.stamps(2000, Streams(1, "test", 0))
    by_hand = [
        any(first <= section <= last for first, last in _CERTIFIED[str(run)])
        for run, section in zip(stamps.run.tolist(), stamps.section.tolist(), strict=True)
    ]
    assert stamps.certified.tolist() == by_hand


@given(st.integers(0, 3000))
def test_no_two_events_are_the_same(events: int) -> None:
    stamps = DataTaking(_RUNS, _CERTIFIED, 500.0).stamps(events, Streams(1, "test", 0))
    columns = (stamps.run, stamps.section, stamps.number)
    names = list(zip(*(column.tolist() for column in columns), strict=True))
    assert len(set(names)) == events
    assert names == sorted(names)


def test_files_are_those_that_cms_publishes(taking: DataTaking, tmp_path: Path) -> None:
    taking.write_certified(tmp_path / "good.json")
    taking.write_luminosity(tmp_path / "lumi.csv", energy=8.0)
    assert json.loads((tmp_path / "good.json").read_text()) == _CERTIFIED
    found = recorded_luminosity(tmp_path / "good.json", tmp_path / "lumi.csv")
    assert found == pytest.approx(500.0, rel=1e-6)
    with (tmp_path / "lumi.csv").open() as file:
        head, *rows = csv.reader(file)
    assert head[0] == "#run:fill"
    column = head.index("recorded(/pb)")
    assert sum(float(row[column]) for row in rows) == pytest.approx(taking.total, rel=1e-6)
    assert {row[head.index("E(GeV)")] for row in rows} == {"4000"}
