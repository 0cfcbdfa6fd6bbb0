"""Blocks of several files, made here or by workers."""

from __future__ import annotations

import numpy as np
import pytest

from hepline.data.generator.blocks import BlockRequest
from hepline.data.generator.production import Job, block_source

_JOBS = tuple(
    Job(name, tuple(BlockRequest("zprime_mumu_500", seed, n, 4, 4 * n, "2016") for n in range(2)))
    for seed, name in enumerate(("one", "two"))
)


def _events(workers: int) -> tuple[list[list[int]], list[tuple[str, int, int]]]:
    calls: list[tuple[str, int, int]] = []
    with block_source(_JOBS, workers, lambda *call: calls.append(call)) as blocks_of:
        events = [
            np.concatenate([block.columns["event"] for block in blocks_of(job)]).tolist()
            for job in _JOBS
        ]
    return events, calls


def test_job_counts_its_events() -> None:
    assert [job.events for job in _JOBS] == [8, 8]


@pytest.mark.slow
def test_blocks_come_in_order_from_any_number_of_workers() -> None:
    here, calls = _events(1)
    others, others_calls = _events(2)
    assert here == others
    assert all(events == sorted(events) for events in here)
    for finished in (calls, others_calls):
        assert finished[-1] == ("two", 8, 8)
        assert ("one", 8, 8) in finished
