"""Trees as arrays, against a walk in plain Python."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepline.learn.forest import Forest, Tree


@st.composite
def trees(draw):
    """A tree with the nodes in any order, as libraries store them."""
    feature, border, left, right, default, leaf = [], [], [], [], [], []

    def grow(depth):
        node = len(feature)
        for column, value in zip(
            (feature, border, left, right, default, leaf),
            (draw(st.integers(0, 2)), draw(st.sampled_from([-1.0, 0.0, 0.5, 2.0])), -1, -1,
             draw(st.booleans()), draw(st.floats(-4, 4, width=32))),
            strict=True,
        ):  # fmt: skip
            column.append(value)
        if depth and draw(st.booleans()):
            left[node] = grow(depth - 1)
            right[node] = grow(depth - 1)
        return node

    grow(4)
    return Tree(feature, border, left, right, default, leaf, draw(st.integers(0, 1)))


def walked(tree, row):
    node = 0
    while tree.left[node] >= 0:
        value = row[tree.feature[node]]
        goes_left = tree.default_left[node] if np.isnan(value) else value < tree.border[node]
        node = tree.left[node] if goes_left else tree.right[node]
    return tree.leaf[node]


ROWS = st.lists(
    st.lists(
        st.sampled_from([-2.0, -1.0, 0.0, 0.25, 0.5, 2.0, 9.0, np.inf, -np.inf]),
        min_size=3,
        max_size=3,
    ),
    max_size=70,
)


@given(st.lists(trees(), max_size=5), ROWS, st.booleans(), st.sampled_from(["float32", "float64"]))
@settings(deadline=None)
def test_scores_are_those_of_a_walk(forest, rows, missing, dtype):
    rows = np.array(rows, dtype).reshape(-1, 3)
    if missing and len(rows):
        rows[::2, 1] = np.nan
    made = Forest.of(forest, features=3, groups=2, base=(0.5, -1.0), scale=2.0, dtype=dtype)
    expected = np.tile(np.array([0.5, -1.0], dtype), (len(rows), 1))
    for row, sums in zip(rows, expected, strict=True):
        for tree in forest:
            sums[tree.group] += np.dtype(dtype).type(walked(tree, row))
    np.testing.assert_array_equal(made.scores(rows), expected / np.dtype(dtype).type(2))


def test_links():
    leaf = Tree([0], [0.0], [-1], [-1], [False], [1.5])
    rows = np.zeros((1, 1))
    assert Forest.of([leaf], features=1, link="logistic").scores(rows) == pytest.approx(
        1 / (1 + np.exp(-1.5))
    )
    assert Forest.of([leaf], features=1, link="exponential").scores(rows) == pytest.approx(
        np.exp(1.5)
    )
    soft = Forest.of([leaf], features=1, groups=2, base=(0.0, 0.0), link="softmax").scores(rows)
    np.testing.assert_allclose(soft, [[np.exp(1.5) / (1 + np.exp(1.5)), 1 / (1 + np.exp(1.5))]])


def test_the_fingerprint_follows_the_content():
    one, two = (Forest.of([Tree([0], [0.0], [-1], [-1], [False], [v])], features=1) for v in (1, 2))
    same = Forest.of([Tree([0], [0.0], [-1], [-1], [False], [1])], features=1)
    assert one.fingerprint == same.fingerprint != two.fingerprint


@pytest.mark.parametrize(("left", "right"), [([1, -1], [1, -1]), ([1, -1], [5, -1]), ([0], [0])])
def test_what_is_no_tree_is_refused(left, right):
    size = len(left)
    with pytest.raises(ValueError, match="child"):
        Forest.of(
            [Tree([0] * size, [0.0] * size, left, right, [True] * size, [0.0] * size)], features=1
        )
    with pytest.raises(ValueError, match="feature"):
        Forest.of(
            [
                Tree([3], [0.0], [-1], [-1], [True], [0.0]),
                Tree([3, 0, 0], [0.0] * 3, [1, -1, -1], [2, -1, -1], [True] * 3, [0.0] * 3),
            ],
            features=1,
        )
