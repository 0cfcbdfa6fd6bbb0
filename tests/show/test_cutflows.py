import csv

import pytest

from hepline.analysis.results import Cutflow, CutStep
from hepline.show.content import RegionInfo, SampleInfo
from hepline.show.cutflows import (
    block_title,
    cutflow_blocks,
    cutflow_table,
    entries_table,
    long_table,
)

COMMON = (("all events", 1000), ("trigger", 400), ("one muon", 100))
PATHS = {
    "SR": (*COMMON, ("one tau", 50), ("opposite sign", 30), ("low mT", 20)),
    "SS": (*COMMON, ("one tau", 50), ("same sign", 20)),
    "W": (*COMMON, ("one tau", 50), ("opposite sign", 30), ("high mT", 10)),
    "mumu": (*COMMON, ("second muon", 40)),
}
WEIGHT = {"ztt": 0.5, "w": 2.0}
FLOWS = tuple(
    Cutflow(region, sample, tuple(CutStep(name, n, n * weight) for name, n in steps))
    for region, steps in PATHS.items()
    for sample, weight in WEIGHT.items()
)


def shape(blocks):
    return [(block.regions, [row.name for row in block.rows], block.depth) for block in blocks]


def test_what_regions_share_is_shown_once():
    assert shape(cutflow_blocks(FLOWS)) == [
        (("SR", "SS", "W", "mumu"), ["all events", "trigger", "one muon"], 0),
        (("SR", "SS", "W"), ["one tau"], 3),
        (("SR", "W"), ["opposite sign"], 4),
        (("SR",), ["low mT"], 5),
        (("W",), ["high mT"], 5),
        (("SS",), ["same sign"], 4),
        (("mumu",), ["second muon"], 3),
    ]


def test_every_step_is_in_one_block_of_each_region():
    blocks = cutflow_blocks(FLOWS)
    for region, steps in PATHS.items():
        rows = [row.name for block in blocks if region in block.regions for row in block.rows]
        assert rows == [name for name, _ in steps]


def test_equal_names_with_other_events_are_not_shared():
    other = Cutflow("B", "ztt", (CutStep("all events", 1000, 500.0), CutStep("cut", 7, 3.5)))
    first = Cutflow("A", "ztt", (CutStep("all events", 1000, 500.0), CutStep("cut", 8, 4.0)))
    assert shape(cutflow_blocks((first, other))) == [
        (("A", "B"), ["all events"], 0), (("A",), ["cut"], 1), (("B",), ["cut"], 1),
    ]  # fmt: skip


def test_a_region_that_shares_all_its_cuts_has_an_empty_block():
    flows = [flow for flow in FLOWS if flow.region == "SR"]
    copies = [Cutflow("copy", flow.sample, flow.steps[:3]) for flow in flows]
    assert shape(cutflow_blocks([*flows, *copies]))[-1] == (("copy",), [], 3)


def test_no_cutflow_has_no_block():
    assert cutflow_blocks((), ["SR"]) == ()


def test_efficiencies_are_of_the_cut_before_and_of_all():
    row = cutflow_blocks(FLOWS)[1].rows[0]
    assert row.name == "one tau"
    assert row.efficiency("ztt") == pytest.approx(50)
    assert row.efficiency("ztt", total=True) == pytest.approx(5)
    assert row.efficiency("w", raw=True) == pytest.approx(50)
    assert row.efficiency("data") is None
    assert cutflow_blocks(FLOWS)[0].rows[0].efficiency("ztt") is None


def test_without_events_there_is_no_efficiency():
    steps = (CutStep("all events", 0, 0.0), CutStep("cut", 0, 0.0))
    (block,) = cutflow_blocks((Cutflow("A", "x", steps),))
    assert block.rows[1].efficiency("x") is None


def test_tables_have_a_heading_for_each_block():
    samples = (SampleInfo("w", "W + jets"),)
    table = cutflow_table(cutflow_blocks(FLOWS), samples=samples)
    assert table.columns == (
        ("W + jets", "events"), ("W + jets", "ε [%]"), ("ztt", "events"), ("ztt", "ε [%]"),
    )  # fmt: skip
    labels = [label for label, _ in table.rows]
    assert labels[:6] == [
        "SR, SS, W, mumu", "all events", "trigger", "one muon", "SR, SS, W", "one tau",
    ]  # fmt: skip
    assert table.rules == (4, 6, 8, 10, 12, 14)
    cells = dict(table.rows)["trigger"]
    assert [str(cell) for cell in cells] == ["800", "40.0", "200", "40.0"]
    entries = dict(entries_table(cutflow_blocks(FLOWS)).rows)["low mT"]
    assert [cell.value for cell in entries] == [20, 20]


def test_the_long_table_has_a_line_for_each_cut_of_each_sample():
    heads, *rows = csv.reader(long_table(FLOWS).csv().splitlines())
    assert heads == [
        "region", "sample", "cut", "entries", "events", "of previous [%]", "of all [%]",
    ]  # fmt: skip
    assert len(rows) == sum(len(flow.steps) for flow in FLOWS)
    assert ["W", "w", "high mT", "10", "20", repr(100 * 20 / 60), "1"] in rows


def test_a_block_of_all_regions_says_so():
    edges = [0.0, 1.0]
    regions = [RegionInfo(name, f"label of {name}", "x", edges, edges) for name in PATHS]
    blocks = cutflow_blocks(FLOWS)
    assert block_title(blocks[0], regions) == "All regions"
    assert block_title(blocks[2], regions) == "label of SR, label of W"
