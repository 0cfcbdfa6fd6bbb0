"""Which ranges of a file are asked for together."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter

from hepline.data.fetching import Range

__all__ = ["Joining", "Request", "requests"]


@dataclass(frozen=True)
class Joining:
    """What a kind of server is good at.

    Attributes
    ----------
    segments : int
        Most separate ranges of a request.
    size : int
        Most bytes of a request; a range that is longer stays alone.
    free : int
        A gap of so many bytes between two ranges costs no more than asking for both.
    share : float
        Larger gaps are read, too, the smallest first, until they make up this share of the bytes
        that are needed.
    longest : int
        Larger gaps are never read.
    """

    segments: int
    size: int
    free: int
    share: float = 0.0
    longest: int = 0


@dataclass(frozen=True)
class Request:
    """Ranges that are asked for together.

    Attributes
    ----------
    segments : tuple of Range
        What is asked for, in ascending order, without overlap.
    members : tuple of Range
        What is needed of that.
    """

    segments: tuple[Range, ...]
    members: tuple[Range, ...]

    @property
    def size(self) -> int:
        """Bytes of the answer."""
        return sum(end - begin for begin, end in self.segments)

    def views(self, contents: Sequence[memoryview]) -> dict[Range, memoryview]:
        """The bytes of each member.

        Parameters
        ----------
        contents : sequence of memoryview
            Of each segment.
        """
        begins = [begin for begin, _ in self.segments]
        views: dict[Range, memoryview] = {}
        for begin, end in self.members:
            place = bisect_right(begins, begin) - 1
            views[begin, end] = contents[place][begin - begins[place] : end - begins[place]]
        return views


def requests(ranges: Iterable[Range], joining: Joining) -> list[Request]:
    """Join ranges into requests.

    Parameters
    ----------
    ranges : iterable of Range
        In any order, perhaps overlapping.
    joining : Joining

    Returns
    -------
    list of Request
        In the order of the file.
    """
    wanted = sorted({(begin, end) for begin, end in ranges if begin < end})
    whole: list[Request] = []
    segments: list[Range] = []
    members: list[Range] = []
    size = 0
    for segment, inside in _segments(wanted, _longest_gap(wanted, joining), joining.size):
        length = segment[1] - segment[0]
        if segments and (len(segments) == joining.segments or size + length > joining.size):
            whole.append(Request(tuple(segments), tuple(members)))
            segments, members, size = [], [], 0
        segments.append(segment)
        members += inside
        size += length
    if segments:
        whole.append(Request(tuple(segments), tuple(members)))
    return whole


def _longest_gap(wanted: Sequence[Range], joining: Joining) -> int:
    """The longest gap that is read over."""
    allowance = joining.share * sum(end - begin for begin, end in wanted)
    longest = joining.free
    for gap in sorted(after[0] - before[1] for before, after in pairwise(wanted)):
        if gap <= joining.free:
            continue
        allowance -= gap
        if allowance < 0 or gap > joining.longest:
            break
        longest = gap
    return longest


def _segments(wanted: Sequence[Range], gap: int, most: int) -> Iterator[tuple[Range, list[Range]]]:
    """Ranges without overlap, each with those that are inside of it."""
    begin = end = 0
    inside: list[Range] = []
    for low, high in sorted(wanted, key=itemgetter(0)):
        near, overlap = low - end <= gap, low < end
        if inside and (overlap or (near and high - begin <= most)):
            end = max(end, high)
            inside.append((low, high))
            continue
        if inside:
            yield (begin, end), inside
        begin, end, inside = low, high, [(low, high)]
    if inside:
        yield (begin, end), inside
