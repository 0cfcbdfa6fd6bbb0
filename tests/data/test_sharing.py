"""Pieces that several threads need are unpacked once, and never waited for in vain."""

import threading

import numpy as np
import pytest

from hepline.data.sharing import Kept, Shared
from hepline.data.stretches import Stretch


def stretch():
    return Stretch(np.zeros(40, np.float32), 4)


def stretches():
    return Kept(8, lambda stretch: stretch.is_broken)


def test_the_first_who_asks_unpacks_for_all():
    shared = Shared()
    first, second = (shared.claim("Muon_pt", 7, 40, 100) for _ in range(2))
    assert (first.mine, second.mine) == (True, False)
    first.result.set_result("unpacked")
    assert second.result.result() == "unpacked"
    assert shared.claim("Muon_eta", 7, 40, 100).mine
    # The last 20 of 100 elements: nobody needs the piece any more, so it is let go.
    assert not shared.claim("Muon_pt", 7, 20, 100).mine
    assert shared.claim("Muon_pt", 7, 20, 100).mine


def test_only_the_newest_pieces_are_kept():
    shared = Shared()
    for piece in range(4):
        assert shared.claim("Muon_pt", piece, 1, 100).mine
    assert not shared.claim("Muon_pt", 3, 1, 100).mine
    assert shared.claim("Muon_pt", 0, 1, 100).mine


def test_a_failure_reaches_those_who_wait_and_is_tried_again():
    shared = Shared()
    waiting = threading.Event()
    seen = []

    def wait():
        claim = shared.claim("Muon_pt", 0, 1, 100)
        waiting.set()
        seen.append((claim.mine, type(claim.result.exception(timeout=10))))

    other = threading.Thread(target=wait)

    def fail():
        claims = []
        with shared.keeping(claims):
            claims.append(shared.claim("Muon_pt", 0, 1, 100))
            other.start()
            assert waiting.wait(10)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    other.join()
    assert seen == [(False, KeyboardInterrupt)]
    assert shared.claim("Muon_pt", 0, 1, 100).mine


def test_what_succeeded_outlives_the_failure_of_another():
    shared = Shared()
    claims = [shared.claim(name, 0, 1, 100) for name in ("Muon_pt", "Muon_eta")]

    def fail():
        with shared.keeping(claims):
            claims[0].result.set_result("unpacked")
            raise ValueError("damaged")

    with pytest.raises(ValueError, match="damaged"):
        fail()
    assert not shared.claim("Muon_pt", 0, 1, 100).mine
    assert shared.claim("Muon_eta", 0, 1, 100).mine


def test_pieces_are_kept_until_every_element_was_taken():
    known = stretches()
    first = known.take("Muon_pt", 0, 30, 40, stretch)
    assert known.take("Muon_pt", 0, 5, 40, stretch) is first
    assert known.take("Muon_eta", 0, 5, 40, stretch) is not first
    assert known.take("Muon_pt", 0, 5, 40, stretch) is first
    assert known.take("Muon_pt", 0, 5, 40, stretch) is not first


def test_only_so_many_pieces_are_kept():
    known = stretches()
    made = [known.take("Muon_pt", begin, 1, 40, stretch) for begin in range(20)]
    assert known.take("Muon_pt", 19, 1, 40, stretch) is made[19]
    assert known.take("Muon_pt", 0, 1, 40, stretch) is not made[0]


def test_what_failed_or_was_broken_off_is_tried_again():
    known = stretches()
    first = known.take("Muon_pt", 0, 1, 40, stretch)
    assert first.claim(0)
    first.finish(0, ValueError("damaged"))
    second = known.take("Muon_pt", 0, 1, 40, stretch)
    assert second is not first
    known.forget()
    assert known.take("Muon_pt", 0, 1, 40, stretch) is not second
