"""Work ahead: in order, bounded, and ended with the loop."""

import threading
import time

import pytest

from hepline.engine.ahead import ahead


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_results_come_in_order(workers):
    def slow(number):
        time.sleep(0.002 * (number % 3))
        return number * 2

    assert list(ahead(slow, range(20), workers=workers)) == [2 * n for n in range(20)]
    assert list(ahead(slow, [], workers=workers)) == []


def test_few_results_wait():
    begun = []
    results = ahead(lambda number: begun.append(number) or number, range(100), workers=2)
    for number in results:
        time.sleep(0.001)
        assert len(begun) <= number + 3


def test_the_next_result_is_computed_while_one_is_used():
    computed = threading.Event()

    def function(number):
        if number == 1:
            computed.set()
        return number

    results = ahead(function, range(3), workers=1)
    next(results)
    assert computed.wait(5)
    results.close()


def test_an_error_comes_at_its_place():
    def fails(number):
        if number == 3:
            raise ValueError("three")
        return number

    seen = []
    with pytest.raises(ValueError, match="three"):
        seen.extend(iter_into(seen, ahead(fails, range(10), workers=2)))
    assert seen == [0, 1, 2]


def iter_into(seen, results):
    for number in results:
        seen.append(number)
    return ()


def test_breaking_off_ends_the_threads():
    before = threading.active_count()
    for number in ahead(lambda n: n, range(1000), workers=3):
        if number == 5:
            break
    del number
    assert threading.active_count() <= before + 3
    results = ahead(lambda n: n, range(1000), workers=3)
    next(results)
    results.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("ahead")]


def test_what_the_threads_wait_for_is_given_up_when_the_loop_ends_early():
    silent = threading.Event()

    def wait(number):
        if number:
            assert silent.wait(20)
        return number

    for results in (ahead(wait, range(9), workers=3, give_up=silent.set) for _ in range(2)):
        silent.clear()
        assert next(results) == 0
        results.close()
        assert silent.is_set()
    silent.clear()
    assert list(ahead(lambda n: n, range(4), workers=2, most=4, give_up=silent.set)) == [0, 1, 2, 3]
    assert not silent.is_set()
