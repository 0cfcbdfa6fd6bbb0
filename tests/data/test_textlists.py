"""Texts of a TTree's basket, against a walk in plain Python: the same texts, or the same damage."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hepline.data.baskets import Basket
from hepline.data.textlists import texts_apart
from hepline.data.vectors import Vectors

LETTER = np.dtype("u1")


class Damaged(Exception):
    """The bytes are not texts."""


def walked(raw, header, depth, counted):
    """The texts of one event by Python's own means, as lists in lists."""
    place = header

    def taken(size):
        nonlocal place
        if place + size > len(raw):
            raise Damaged
        place += size
        return raw[place - size : place]

    def text():
        (size,) = taken(1)
        return bytes(taken(int.from_bytes(taken(4)) if size == 255 else size))

    def listed(level):
        return text() if not level else [listed(level - 1) for _ in range(int.from_bytes(taken(4)))]

    if len(raw) < header:
        raise Damaged
    if not depth:
        found = text()
    elif counted:
        found = listed(depth)
    else:
        found = []
        while place < len(raw):
            found.append(listed(depth - 1))
    if place != len(raw):
        raise Damaged
    return found


def compared(events, header, depth, counted):
    """What is taken apart at once, in the shape of `walked`; None if it is damaged."""
    starts = np.concatenate([[0], np.cumsum([len(each) for each in events])])
    table = b"\0" * 4 + starts[:-1].astype(">i4").tobytes()
    basket = Basket(memoryview(b"".join(events)), memoryview(table), 0)
    try:
        vectors = Vectors(header, counted, depth, LETTER, is_text=True)
        levels, texts = texts_apart(basket, len(events), vectors)
    except ValueError:
        return None
    ends = zip(texts.begins, texts.ends, strict=True)
    row = [bytes(texts.content[begin:end]) for begin, end in ends]
    for counts in reversed(levels):
        edges = np.concatenate([[0], np.cumsum(counts)])
        row = [row[low:high] for low, high in pairwise(edges)]
    return row


def written(value, counted, top=True):
    """Bytes as C++ writes a text, or lists of it."""
    if isinstance(value, bytes):
        size = len(value)
        return (bytes([size]) if size < 255 else b"\xff" + size.to_bytes(4)) + value
    parts = b"".join(written(each, counted, top=False) for each in value)
    return parts if top and not counted else len(value).to_bytes(4) + parts


TEXTS = st.binary(max_size=5) | st.integers(250, 260).map(lambda size: b"x" * size)
SHAPES = {0: TEXTS, 1: st.lists(TEXTS, max_size=4)}
SHAPES[2] = st.lists(SHAPES[1], max_size=3)


@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize("depth", [0, 1, 2])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read(depth, counted, data):
    values = data.draw(st.lists(SHAPES[depth], max_size=5))
    counted = counted and depth > 0
    events = [b"head" + written(value, counted) for value in values]
    assert compared(events, 4, depth, counted) == values
    assert [walked(event, 4, depth, counted) for event in events] == values


@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize("depth", [0, 1, 2])
@settings(max_examples=300, deadline=None)
@given(
    events=st.lists(
        st.lists(st.sampled_from([0, 0, 0, 1, 2, 3, 255]), max_size=14).map(bytes), max_size=3
    )
)
@example(events=[b""])
@example(events=[b"\xff\xff\xff\xff\xff"])
@example(events=[b"\xff\xff\xff\xff" * 3])
def test_any_bytes_are_read_as_python_reads_them_or_refused(depth, counted, events):
    counted = counted and depth > 0
    try:
        expected = [walked(event, 0, depth, counted) for event in events]
    except Damaged:
        expected = None
    assert compared(events, 0, depth, counted) == expected
