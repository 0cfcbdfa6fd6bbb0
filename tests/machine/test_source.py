"""Python's syntax of a text, in any thread."""

import ast
import gc
import sys
import threading

import pytest

from hepline.machine.source import parsed


class Leaf:
    """Garbage whose collection lets other threads go on."""

    def __del__(self) -> None:
        threading.Event().wait(0)


@pytest.fixture
def hurried():
    """Threads that take turns, and garbage that is collected, as often as they can."""
    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(5)
    yield
    sys.setswitchinterval(interval)
    gc.set_threshold(*thresholds)


def test_threads_may_parse_at_the_same_time(hurried):
    text = "value = [" + "(1 + 2) * x, " * 400 + "]\n"
    expected, failures = ast.dump(ast.parse(text)), []

    def work():
        for _ in range(20):
            left, right = Leaf(), Leaf()
            left.other, right.other = right, left
            try:
                assert ast.dump(parsed(text)) == expected
            except (SystemError, AssertionError) as error:
                failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
