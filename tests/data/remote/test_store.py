"""Bytes that are fetched ahead, in bounded memory."""

import threading
import time

import pytest

from hepline.data.remote import store as module
from hepline.data.remote.joining import Joining
from hepline.data.remote.lanes import started
from hepline.data.remote.store import Store
from hepline.errors import FileUnreadable

FILE = bytes(place % 251 for place in range(100_000))


class Fake:
    """A file whose server waits for a gate."""

    joining = Joining(segments=1, size=1_000, free=0)

    def __init__(self, *, is_open=True):
        self.gate = threading.Event()
        self.asked = []
        self.errors = []
        if is_open:
            self.gate.set()

    def bring(self, segments):
        self.asked += segments
        assert self.gate.wait(20)
        if self.errors:
            raise self.errors.pop()
        return [memoryview(FILE)[begin:end] for begin, end in segments]


def until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def pieces(count, size=1_000):
    return [(number * size, (number + 1) * size) for number in range(count)]


def test_what_is_ordered_comes_once_whoever_takes_it():
    store, file = Store(), Fake()
    store.order(file, pieces(20), needed=True)
    store.order(file, pieces(20), needed=False)
    for begin, end in pieces(20):
        assert bytes(store.take(file, (begin, end))) == FILE[begin:end]
    assert sorted(file.asked) == pieces(20)
    assert (store.traffic(file).bytes, store.traffic(file).requests) == (20_000, 20)


def test_what_was_not_ordered_comes_all_the_same():
    store, file = Store(), Fake()
    assert bytes(store.take(file, (5, 25))) == FILE[5:25]


def test_bytes_ahead_are_bounded_and_go_on_when_some_were_read():
    store, file = Store(lanes=2, ahead=5_000, kept=0), Fake()
    store.order(file, pieces(20), needed=False)
    until(lambda: len(file.asked) == 5)
    time.sleep(0.02)
    assert len(file.asked) == 5
    for place, piece in enumerate(pieces(20)):
        assert bytes(store.take(file, piece)) == FILE[slice(*piece)]
        expected = min(6 + place, 20)
        until(lambda: len(file.asked) >= expected)  # noqa: B023 (called at once)
    assert sorted(file.asked) == pieces(20)
    assert store.most <= 5_000


def test_what_is_needed_overtakes_what_comes_later():
    store, file = Store(lanes=1, ahead=3_000, kept=0), Fake(is_open=False)
    store.order(file, pieces(20), needed=False)
    until(lambda: file.asked)
    store.order(file, [(15_000, 16_000)], needed=True)
    file.gate.set()
    assert bytes(store.take(file, (15_000, 16_000))) == FILE[15_000:16_000]
    assert file.asked.index((15_000, 16_000)) == 1


def test_what_was_read_is_kept_a_while():
    store, file = Store(kept=2_000), Fake()
    for piece in pieces(4):
        store.take(file, piece)
    store.take(file, (3_000, 4_000))
    assert len(file.asked) == 4
    store.take(file, (0, 1_000))
    assert len(file.asked) == 5
    assert store.most <= 3_000


def test_an_error_is_raised_by_whoever_waits_and_tried_again_later():
    store, file = Store(), Fake()
    file.errors = [FileUnreadable("gone", why="it is", fix="none")]
    with pytest.raises(FileUnreadable, match="gone"):
        store.take(file, (0, 1_000))
    assert bytes(store.take(file, (0, 1_000))) == FILE[:1_000]


def test_an_error_that_nobody_waits_for_leaves_no_bytes():
    store, file = Store(ahead=1_000), Fake()
    file.errors = [OSError()]
    store.order(file, pieces(3), needed=False)
    until(lambda: len(file.asked) == 2)
    assert bytes(store.take(file, (1_000, 2_000))) == FILE[1_000:2_000]
    assert bytes(store.take(file, (0, 1_000))) == FILE[:1_000]


def test_bytes_of_a_run_that_was_interrupted_give_way(monkeypatch):
    store, file, other = Store(ahead=2_000, kept=0), Fake(), Fake()
    store.order(file, pieces(2), needed=False)
    until(lambda: store.traffic(file).requests == 2)
    store.order(other, pieces(1), needed=False)
    time.sleep(0.02)
    assert other.asked == []
    monkeypatch.setattr(module, "FORGOTTEN", 0.0)
    store.order(other, pieces(2), needed=False)
    until(lambda: len(other.asked) == 2)


def test_a_wait_that_nobody_needs_ends():
    store, file = Store(), Fake(is_open=False)
    (waiting,) = started([lambda: store.take(file, (0, 1_000))], 1, "waiting")
    until(lambda: file.asked)
    store.give_up(file)
    with pytest.raises(InterruptedError):
        waiting.result(20)
    file.gate.set()
    assert bytes(store.take(file, (0, 1_000))) == FILE[:1_000]


def test_bytes_of_a_file_that_is_gone_give_way():
    store, file, other = Store(ahead=2_000, kept=0), Fake(), Fake()
    store.order(file, pieces(2), needed=False)
    until(lambda: store.traffic(file).requests == 2)
    store.abandon(file)
    store.order(other, pieces(2), needed=False)
    until(lambda: len(other.asked) == 2)
    assert store.traffic(file).requests == 0


def test_many_threads_take_the_right_bytes():
    store, file = Store(ahead=3_000, kept=1_000), Fake()
    wrong = []

    def read(first):
        mine = pieces(100)[first::2]
        for place in range(0, len(mine), 10):
            store.order(file, mine[place : place + 20], needed=False)
            for begin, end in mine[place : place + 10]:
                if bytes(store.take(file, (begin, end))) != FILE[begin:end]:
                    wrong.append(begin)

    threads = [threading.Thread(target=read, args=(n % 2,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert wrong == []
