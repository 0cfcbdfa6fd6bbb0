"""Blocks of events."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepline.data.generator import blocks
from hepline.data.generator.blocks import BLOCK, BlockRequest, generate_block, plan_blocks


@given(st.integers(1, 5 * BLOCK))
def test_plan_covers_every_event_once(events: int) -> None:
    plan = plan_blocks("ttbar", events=events, seed=1)
    assert sum(block.events for block in plan) == events
    assert [block.number for block in plan] == list(range(len(plan)))
    assert [block.first for block in plan] == [BLOCK * block.number for block in plan]
    assert all(0 < block.events <= BLOCK for block in plan)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("process", "era"),
    [("ttbar", "2015"), ("drellyan_mutau", "2012"), ("multijet_mutau", "2012")],
)
def test_events_do_not_depend_on_the_batch_size(
    monkeypatch: pytest.MonkeyPatch, process: str, era: str
) -> None:
    request = BlockRequest(process, seed=2, number=1, events=60, era=era)
    whole = generate_block(request).columns
    monkeypatch.setattr(blocks, "_BATCH", 17)
    pieces = generate_block(request).columns
    assert list(whole) == list(pieces)
    for name in whole:
        assert ak.array_equal(whole[name], pieces[name]), name


@pytest.mark.slow
def test_event_numbers_count_through_the_blocks() -> None:
    first = generate_block(BlockRequest("drellyan", seed=2, number=0, events=5)).columns
    third = generate_block(
        BlockRequest("drellyan", seed=2, number=2, events=5, first=2 * BLOCK)
    ).columns
    start = int(first["event"][0])
    assert np.asarray(first["event"]).tolist() == list(range(start, start + 5))
    assert int(third["event"][0]) == start + 2 * BLOCK
    assert set(np.asarray(third["luminosityBlock"]).tolist()) == {3}
    assert int(third["event"][-1]) < 2**52


@pytest.mark.slow
def test_events_that_cannot_be_seen_are_left_out() -> None:
    block = generate_block(BlockRequest("ggH_mutau", seed=2, number=0, events=40, era="2012"))
    kept = len(block.columns["event"])
    assert 0 < kept < 40
    assert all(len(values) == kept for values in block.columns.values())


@pytest.mark.slow
def test_eras_have_events_of_their_own() -> None:
    requests = [
        BlockRequest("zprime_mumu_500", seed=2, number=0, events=5, era=era)
        for era in ("2016", "2017")
    ]
    one, two = (generate_block(request).columns for request in requests)
    assert not ak.array_equal(one["GenPart"], two["GenPart"])
    assert not set(one["event"].tolist()) & set(two["event"].tolist())


@pytest.mark.slow
def test_recorded_events_have_the_pile_up_of_data() -> None:
    def vertices(recorded: bool) -> np.ndarray:
        request = BlockRequest("zprime_mumu_500", 2, 0, 400, era="2017", recorded=recorded)
        return np.asarray(generate_block(request).columns["PV_npvs"])

    simulated, recorded = vertices(False), vertices(True)
    error = np.hypot(simulated.std(), recorded.std()) / np.sqrt(400)
    # 0.7 vertices per interaction; 30 and 32 interactions.
    assert recorded.mean() - simulated.mean() == pytest.approx(1.4, abs=4 * error)


@pytest.mark.slow
def test_blocks_of_a_sample_differ() -> None:
    first = generate_block(BlockRequest("drellyan", seed=2, number=0, events=20)).columns
    second = generate_block(BlockRequest("drellyan", seed=2, number=1, events=20)).columns
    assert not ak.array_equal(first["GenPart"], second["GenPart"])


@pytest.mark.slow
def test_progress_counts_up_to_the_last_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "_BATCH", 4)
    seen: list[int] = []
    generate_block(BlockRequest("dimuon", seed=2, number=0, events=20), progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 20
