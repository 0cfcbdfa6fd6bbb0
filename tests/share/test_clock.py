"""When something was started."""

import time

from hepline.share.clock import Clock


def test_a_clock_is_set_when_it_is_made():
    before = time.perf_counter()
    clock = Clock()
    assert before <= clock.began <= time.perf_counter()
    assert time.strptime(clock.started, "%Y-%m-%dT%H:%M:%SZ")
