"""Pages that several chunks need are unpacked once, and never waited for in vain."""

import threading

import numpy as np
import pytest

from hepline.data.stretches import Stretch


def stretch(pages=4):
    return Stretch(np.zeros(10 * pages, np.float32), pages)


def test_a_page_is_claimed_once():
    pages = stretch()
    assert [pages.claim(1), pages.claim(1), pages.claim(2)] == [True, False, True]


def test_who_waits_is_given_pages_that_later_chunks_need():
    pages = stretch()
    for page in (0, 1):
        assert pages.claim(page)
        pages.finish(page)
    assert pages.missing(0, 2) is None
    assert pages.claim(2)
    # Page 2 is with someone else, who is not through.
    assert pages.missing(1, 3) == 3
    pages.finish(3)
    waiter = threading.Thread(target=lambda: results.append(pages.missing(1, 3)))
    results = []
    waiter.start()
    waiter.join(0.05)
    assert results == []
    pages.finish(2)
    waiter.join(10)
    assert results == [None]


def test_a_page_that_nobody_claimed_comes_first():
    pages = stretch()
    assert pages.claim(1)
    assert [pages.missing(0, 4), pages.missing(0, 4), pages.missing(0, 4)] == [0, 2, 3]


def test_a_failure_reaches_those_who_need_the_page_and_no_others():
    pages = stretch()
    for page in range(3):
        assert pages.claim(page)
    pages.finish(0)
    pages.finish(1, ValueError("damaged"))
    pages.finish(2)
    assert pages.missing(2, 3) is None
    with pytest.raises(ValueError, match="damaged"):
        pages.missing(0, 2)
