"""Threads that come with work and go without."""

import threading
import time
from collections import deque

import pytest

from hepline.data.remote.lanes import Lanes, started


def lanes_called(name):
    return [thread for thread in threading.enumerate() if thread.name == name]


def test_all_work_is_done_by_a_few_threads_that_then_end():
    waiting, done, busy, most = deque(range(200)), [], set(), [0]

    def carry(number):
        busy.add(number)
        most[0] = max(most[0], len(busy))
        done.append(number)
        busy.discard(number)

    def take():
        if not waiting:
            return None
        number = waiting.popleft()
        return lambda: carry(number)

    lanes = Lanes(3, take, "counted")
    lanes.wake(200)
    deadline = time.monotonic() + 20
    while lanes_called("counted") and time.monotonic() < deadline:
        time.sleep(0.001)
    assert sorted(done) == list(range(200))
    assert most[0] <= 3
    waiting.append(7)
    lanes.wake()
    while lanes_called("counted") and time.monotonic() < deadline:
        time.sleep(0.001)
    assert done[-1] == 7


def test_results_and_errors_of_calls():
    futures = started([lambda: 1, lambda: 1 // 0, lambda: 3], 2, "calls")
    assert (futures[0].result(), futures[2].result()) == (1, 3)
    with pytest.raises(ZeroDivisionError):
        futures[1].result()


def test_what_has_not_begun_can_be_cancelled():
    gate, begun = threading.Event(), []
    futures = started([gate.wait, lambda: begun.append(1)], 1, "calls")
    assert futures[1].cancel()
    gate.set()
    assert futures[0].result()
    assert begun == []
