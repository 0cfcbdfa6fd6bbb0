import numpy as np
import pytest

from hepline.show.layers import merge_small
from hepline.show.stack_content import StackContent, StackLook, StackSample


def sample(name, events, *, tail=None, **named):
    values = np.array([events - (tail or 0.0), tail or 0.0])
    return StackSample(name, name, values, np.sqrt(values), **named)


def names(layers, **look):
    total = np.sum([one.values for one in layers], axis=0)
    return [one.name for one in merge_small(layers, total, StackLook(**look))]


BIG = (sample("z", 1000.0, tail=10.0), sample("w", 100.0, tail=5.0))


def test_small_samples_become_other_at_the_bottom():
    layers = (*BIG, sample("vv", 5.0), sample("st", 4.0))
    assert names(layers) == ["z", "w", "other"]
    total = np.sum([one.values for one in layers], axis=0)
    other = merge_small(layers, total, StackLook())[-1]
    assert other.values.tolist() == [9, 0]
    assert other.errors.tolist() == [3, 0]


def test_a_single_small_sample_keeps_its_name():
    assert names((*BIG, sample("vv", 5.0))) == ["z", "w", "vv"]


def test_a_small_sample_that_is_large_in_a_bin_keeps_its_name():
    assert names((*BIG, sample("vv", 5.0, tail=4.0), sample("st", 4.0))) == ["z", "w", "vv", "st"]


def test_signals_are_never_merged():
    layers = (sample("h", 1.0, signal=True), *BIG, sample("vv", 5.0), sample("st", 4.0))
    assert names(layers) == ["h", "z", "w", "other"]


@pytest.mark.parametrize(("below", "kept"), [(0.0, 4), (0.01, 3), (0.5, 2)])
def test_the_threshold_can_be_moved(below, kept):
    assert len(names((*BIG, sample("vv", 5.0), sample("st", 4.0)), merge_below=below)) == kept


def test_more_samples_than_colors_become_other():
    layers = tuple(sample(str(index), 100.0 - index, tail=30.0) for index in range(14))
    assert names(layers) == [*map(str, range(8)), "other"]


def test_what_is_large_beside_has_a_layer_here_too():
    layers = (*BIG, sample("vv", 5.0), sample("st", 4.0))
    total = np.sum([one.values for one in layers], axis=0)
    large = (*BIG, sample("vv", 500.0), sample("st", 4.0))
    other = StackContent("after", "x", np.arange(3.0), large)
    kept = merge_small(layers, total, StackLook(), beside=(other,))
    assert [one.name for one in kept] == ["z", "w", "vv", "st"]
