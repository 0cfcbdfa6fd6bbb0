"""Points on the other sides of a minimum, listed by hand and by NumPy."""

from itertools import product

import numpy as np

from hepline.stats.sides import other_sides


def listed(theta, chosen, together=(), *, slopes=None, bound=5.0):
    size = len(theta)
    slopes = np.zeros((len(chosen), size)) if slopes is None else np.array(slopes)
    box = np.array([np.full(size, -bound), np.full(size, bound), np.ones(size), np.ones(size)])
    theta, chosen = np.array(theta), np.array(chosen, dtype=np.int64)
    return other_sides(theta, chosen, slopes, np.array(together, dtype=np.int64), box)


def test_a_parameter_goes_to_its_mirror_image_or_beside_zero():
    assert listed([0.8], [0])[::2].ravel().tolist() == [-0.8]
    assert listed([0.3], [0])[::2].ravel().tolist() == [-0.3, 1.0, -1.0]
    assert listed([0.05], [0])[::2].ravel().tolist() == [1.0, -1.0]


def test_others_follow_within_their_bounds():
    alone, followed = listed([1.0, 2.0, 3.0], [0], slopes=[[1.0, 0.5, -2.0]])
    assert alone.tolist() == [-1.0, 2.0, 3.0]
    assert followed.tolist() == [-1.0, 1.0, 5.0]  # 3 + 2 · 2 ends at its bound


def test_signs_are_combined_in_the_order_of_a_product():
    theta = [0.8, 0.2, -0.9]
    found = listed(theta, [], together=[2, 0, 1])
    expected = [[b, c, a] for a, b, c in product((-0.9, 0.9), (0.8, -0.8), (1.0, -1.0))]
    np.testing.assert_array_equal(found, expected)
    assert len(listed(theta, [], together=[0])) == 0
