"""Collections in flat form."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hepline.data.generator.objects import Objects, close_pairs, sorted_by_pt

_COUNTS = st.lists(st.integers(0, 4), min_size=1, max_size=6)


def _points(counts: list[int], seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    event = np.repeat(np.arange(len(counts)), counts)
    return event, random.normal(size=len(event)), random.uniform(-np.pi, np.pi, len(event))


@given(_COUNTS, _COUNTS, st.integers(0, 1000))
def test_close_pairs_are_those_of_a_double_loop(one: list[int], two: list[int], seed: int) -> None:
    events = max(len(one), len(two))
    event, eta, phi = _points(one, seed)
    other, other_eta, other_phi = _points(two, seed + 1)
    first, second, distance = close_pairs(
        event,
        eta,
        phi,
        other_event=other,
        other_eta=other_eta,
        other_phi=other_phi,
        events=events,
        radius=1.5,
    )
    expected = {}
    for i in range(len(event)):
        for j in range(len(other)):
            turn = abs(np.angle(np.exp(1j * (phi[i] - other_phi[j]))))
            apart = np.sqrt((eta[i] - other_eta[j]) ** 2 + turn**2)
            if event[i] == other[j] and apart < 1.5:
                expected[i, j] = apart
    assert list(zip(first.tolist(), second.tolist(), strict=True)) == sorted(expected)
    np.testing.assert_allclose(distance, [expected[pair] for pair in sorted(expected)])


@given(_COUNTS, st.integers(0, 1000))
def test_sorting_keeps_events_and_orders_by_pt(counts: list[int], seed: int) -> None:
    event, pt, _ = _points(counts, seed)
    objects = sorted_by_pt(Objects(event, {"pt": pt}, np.arange(len(event))))
    assert objects.counts(len(counts)).tolist() == counts
    for number in range(len(counts)):
        mine = objects["pt"][objects.event == number]
        assert mine.tolist() == sorted(pt[event == number], reverse=True)
    assert pt[objects.source].tolist() == objects["pt"].tolist()


def test_local_index_counts_from_zero_in_each_event() -> None:
    objects = Objects(np.array([0, 0, 2, 2, 2]), {}, np.arange(5))
    assert objects.local_index(4).tolist() == [0, 1, 0, 1, 2]
