"""Ranges that are asked for together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepline.data.remote.joining import Joining, requests

ALONE = Joining(segments=1, size=1_000, free=4)
MANY = Joining(segments=3, size=1_000, free=4)
SHARING = Joining(segments=1, size=1_000, free=4, share=0.2, longest=60)

ranges = st.lists(
    st.tuples(st.integers(0, 5_000), st.integers(1, 400)).map(lambda r: (r[0], r[0] + r[1])),
    max_size=40,
)


def segments_of(wanted, joining):
    return [request.segments for request in requests(wanted, joining)]


def test_near_ranges_are_one_segment_and_far_ones_are_not():
    assert segments_of([(110, 200), (0, 106), (300, 310)], ALONE) == [((0, 200),), ((300, 310),)]
    assert segments_of([(0, 106), (111, 200)], ALONE) == [((0, 106),), ((111, 200),)]


def test_far_ranges_are_segments_of_one_request_where_a_server_can_do_that():
    far = [(100 * n, 100 * n + 10) for n in range(5)]
    assert [len(request.segments) for request in requests(far, MANY)] == [3, 2]
    assert [len(request.segments) for request in requests(far, ALONE)] == [1] * 5


def test_requests_are_not_larger_than_wanted():
    pieces = [(begin, begin + 100) for begin in range(0, 2_500, 100)]
    assert segments_of(pieces, ALONE) == [((0, 1_000),), ((1_000, 2_000),), ((2_000, 2_500),)]
    assert segments_of([(0, 5_000)], ALONE) == [((0, 5_000),)]


def test_smallest_gaps_are_read_over_until_they_make_up_a_share():
    # 200 bytes are needed: 40 more may be read. The gaps are 30, 20 and 10.
    wanted = [(0, 50), (80, 130), (150, 200), (210, 260)]
    assert segments_of(wanted, SHARING) == [((0, 50),), ((80, 260),)]
    # A gap of 70 is too long, however much is needed around it.
    assert len(segments_of([(0, 400), (470, 800)], SHARING)) == 2


@pytest.mark.parametrize("joining", [ALONE, MANY, SHARING])
@given(wanted=ranges)
def test_every_range_is_in_one_request_with_its_own_bytes(joining, wanted):
    file = bytes(place * 7 % 251 for place in range(5_400))
    made = requests(wanted, joining)
    come = {}
    for request in made:
        contents = [memoryview(file)[begin:end] for begin, end in request.segments]
        views = request.views(contents)
        assert not set(views) & set(come)
        come |= views
        ends = [place for segment in request.segments for place in segment]
        assert ends == sorted(ends)
        assert request.size == sum(map(len, contents))
    assert set(come) == set(wanted)
    assert all(bytes(view) == file[begin:end] for (begin, end), view in come.items())
