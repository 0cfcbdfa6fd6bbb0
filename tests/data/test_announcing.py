"""Chunks that are fetched ahead as soon as their file is open."""

import threading
import time

import pytest

from hepline.data.announcing import Announcements
from hepline.errors import FileUnreadable


def until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_files_are_opened_in_other_threads_and_their_bytes_ordered():
    announced, ordered, gate = Announcements(), [], threading.Event()

    def opened(chunk):
        gate.wait(20)
        return lambda: ordered.append(chunk)

    for chunk in range(10):
        announced.add(chunk, lambda chunk=chunk: opened(chunk))
    assert ordered == []
    gate.set()
    until(lambda: len(ordered) == 10)
    assert sorted(ordered) == list(range(10))


@pytest.mark.parametrize("begun", [True, False])
def test_a_chunk_that_is_read_before_its_file_is_open_is_not_ordered_again(begun):
    announced, ordered, gate, opening = Announcements(), [], threading.Event(), threading.Event()

    def opened(chunk):
        opening.set()
        gate.wait(20)
        return lambda: ordered.append(chunk)

    announced.add("read", lambda: opened("read"))
    if begun:
        assert opening.wait(20)
    announced.withdraw("read")
    announced.add("later", lambda: opened("later"))
    gate.set()
    until(lambda: ordered)
    assert ordered == ["later"]


def test_errors_are_left_to_the_reading():
    announced, ordered = Announcements(), []

    def broken():
        raise FileUnreadable("gone", why="it is", fix="none")

    announced.add(1, broken)
    announced.add(2, lambda: lambda: ordered.append(2))
    until(lambda: ordered)
