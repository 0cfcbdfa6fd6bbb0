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
def test_events_do_not_depend_on_the_batch_size(monkeypatch: pytest.MonkeyPatch) -> None:
    request = BlockRequest("ttbar", seed=2, number=1, events=60)
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
