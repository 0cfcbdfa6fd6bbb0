"""Pages that several chunks need are unpacked once, and never waited for in vain."""

import threading

import numpy as np
import pytest

from hepline.data.stretches import Stretch, Stretches


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


def test_stretches_are_kept_until_every_element_was_taken():
    known = Stretches()
    first = known.take("Muon_pt", 0, 30, stretch)
    assert known.take("Muon_pt", 0, 5, stretch) is first
    assert known.take("Muon_eta", 0, 5, stretch) is not first
    assert known.take("Muon_pt", 0, 5, stretch) is first
    assert known.take("Muon_pt", 0, 5, stretch) is not first


def test_only_the_newest_stretches_are_kept():
    known = Stretches()
    made = [known.take("Muon_pt", begin, 1, stretch) for begin in range(20)]
    assert known.take("Muon_pt", 19, 1, stretch) is made[19]
    assert known.take("Muon_pt", 0, 1, stretch) is not made[0]


def test_what_failed_or_was_broken_off_is_tried_again():
    known = Stretches()
    first = known.take("Muon_pt", 0, 1, stretch)
    assert first.claim(0)
    first.finish(0, ValueError("damaged"))
    second = known.take("Muon_pt", 0, 1, stretch)
    assert second is not first
    known.forget()
    assert known.take("Muon_pt", 0, 1, stretch) is not second
