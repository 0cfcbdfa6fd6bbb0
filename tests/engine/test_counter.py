"""Philox against Random123's published vectors, and its numbers against their distributions."""

import numpy as np
import pytest
from scipy import stats

import hepline as hl
from hepline.engine.counter import philox, uniform

# Random123 1.14.0, tests/kat_vectors, philox4x32 10.
KNOWN = {
    "zeros": ("00000000 " * 4, "00000000 " * 2, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    "ones": ("ffffffff " * 4, "ffffffff " * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    "pi": (
        "243f6a88 85a308d3 13198a2e 03707344",
        "a4093822 299f31d0",
        "d16cfe09 94fdcceb 5001e420 24126ea1",
    ),
}


def words(text):
    return tuple(np.array([int(word, 16)], np.uint64) for word in text.split())


@pytest.mark.parametrize("name", KNOWN)
def test_philox_gives_the_published_words(name):
    counter, key, expected = KNOWN[name]
    assert philox(words(counter), words(key)) == words(expected)


def numbers(stream="a", draw=0, count=20_000):
    one = np.ones(count, np.int64)
    return uniform(stream, draw, one, one, np.arange(count), np.zeros(count, np.int64))


@pytest.mark.parametrize("draw", [0, 1])
def test_uniform_numbers_are_uniform(draw):
    assert stats.kstest(numbers(draw=draw), "uniform").pvalue > 0.01


def test_streams_draws_and_objects_are_independent():
    first = numbers()
    one = np.ones(len(first), np.int64)
    second_object = uniform("a", 0, one, one, np.arange(len(first)), one)
    for other in (numbers(stream="b"), numbers(draw=1), second_object):
        assert abs(stats.pearsonr(first, other).statistic) < 0.03


def test_normal_numbers_are_normal(collisions, compute):
    (found,) = compute(collisions, hl.normal(collisions.Jet, stream="s", mean=2.0, sigma=0.5))
    flat = np.concatenate([np.asarray(x) for x in found.tolist()])
    assert stats.kstest(flat, "norm", args=(2.0, 0.5)).pvalue > 0.01


def test_a_number_belongs_to_the_stored_object_whatever_is_selected(collisions, compute):
    jet = collisions.Jet
    chosen = jet[jet.pt > 40]
    lead = jet.best(jet.pt)
    pair = jet.pairs()
    own = hl.uniform(jet, stream="s")
    requests = [
        hl.uniform(chosen, stream="s"),
        own[jet.pt > 40],
        hl.uniform(lead, stream="s"),
        own[hl.argmax(jet.pt)],
        hl.uniform(pair[1], stream="s"),
        hl.uniform(jet.with_fields(x=1.0)[::-1], stream="s"),
        own[::-1],
    ]
    found = [array.tolist() for array in compute(collisions, *requests)]
    assert found[0] == found[1]
    assert found[2] == found[3]
    assert found[5] == found[6]
    (numbers_of_jets,) = compute(collisions, own)
    for event, values in zip(numbers_of_jets.tolist(), found[4], strict=True):
        seconds = [event[j] for i in range(len(event)) for j in range(i + 1, len(event))]
        assert values == seconds


def test_missing_objects_have_missing_numbers(collisions, compute):
    there, number = compute(
        collisions, collisions.Muon[0].is_missing(), hl.uniform(collisions.Muon[0], stream="s")
    )
    assert [value is None for value in number.tolist()] == there.tolist()


def test_random_numbers_of_events_depend_on_the_event_alone(collisions, compute):
    whole = compute(collisions, hl.uniform(collisions, stream="s"))[0].tolist()
    assert len(set(whole)) == 1000
    assert compute(collisions, hl.uniform(collisions, stream="s"), chunk=77)[0].tolist() == whole
