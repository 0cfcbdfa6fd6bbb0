"""Small functions of kernels against Python's, NumPy's and the axes' own."""

import itertools
import math
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from called import Called
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hepline.columns.axes import IntegerAxis, RegularAxis, VariableAxis
from hepline.engine import counter
from hepline.engine.compiled import kernels as module

QUICK = settings(max_examples=100, deadline=None, derandomize=True, database=None)
FLOATS = st.floats(width=64)
INTEGERS = st.integers(-(2**63), 2**63 - 1)

RESULTS = {
    "sort": "", "subsets": "i8", "member": "i8", "sliced": "i8 i8", "longest": "i8",
    "longest_block": "i8", "regular": "i8", "integer": "i8", "variable": "i8", "weigh": "",
    "uniforms": "f8 f8", "remainder": "=", "floor_divide": "=", "float_remainder": "=",
    "float_floor_divide": "=", "minimum": "=", "maximum": "=", "sign": "f8", "left_shift": "=",
    "right_shift": "=",
}  # fmt: skip
kernels = SimpleNamespace(
    **{name: Called(getattr(module, name), result) for name, result in RESULTS.items()}
)

# --- lists ---------------------------------------------------------------------------------------


def expected_order(keys, there, descending):
    """Python's stable sort; not a number after numbers, missing after those."""

    def rank(place):
        if there is not None and not there[place]:
            return 2
        return int(keys[place] != keys[place])

    numbers = sorted(
        (place for place in range(len(keys)) if rank(place) == 0),
        key=lambda place: -keys[place] if descending else keys[place],
    )
    return numbers + [
        place for wanted in (1, 2) for place in range(len(keys)) if rank(place) == wanted
    ]


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("missing", [True, False])
@pytest.mark.parametrize("kind", ["f8", "i8", "?"])
def test_positions_are_in_the_order_of_a_stable_sort(kind, missing, descending):
    rng = np.random.default_rng(8)
    for count in (*range(40), 63, 64, 65, 127, 200):
        keys = rng.choice(np.array([-math.inf, -2, 0, 0.5, 1, 3, 1e9, math.inf]), count)
        keys = np.where(rng.uniform(size=count) < 0.1, math.nan, keys) if kind == "f8" else keys
        keys = np.nan_to_num(keys, posinf=7, neginf=-7).astype(kind) if kind != "f8" else keys
        there = rng.uniform(size=count) < 0.8 if missing else None
        order = np.full(count + 1, -1)
        kernels.sort(keys, there, count, descending, order)
        own = keys.astype(np.int64) if kind == "?" else keys
        assert order[:count].tolist() == expected_order(own.tolist(), there, descending), count
        assert order[count] == -1


@pytest.mark.parametrize("descending", [True, False])
def test_keys_that_are_all_different_are_sorted(descending):
    for count in (2, 16, 17, 100, 200):
        keys = np.random.default_rng(count).normal(size=count)
        order = np.empty(count, np.int64)
        kernels.sort(keys, None, count, descending, order)
        assert order.tolist() == np.argsort(-keys if descending else keys).tolist()


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_members_of_subsets_are_those_of_combinations(n):
    for count in range(9):
        expected = list(itertools.combinations(range(count), n))
        assert kernels.subsets(count, n) == len(expected)
        assert [
            tuple(kernels.member(place, count, n, slot) for slot in range(n))
            for place in range(len(expected))
        ] == expected


@pytest.mark.parametrize("step", [None, 1, 2, 3, -1, -2, -5])
def test_slices_mean_what_they_mean_in_python(step):
    bounds = (None, *range(-6, 7))
    for length, start, stop in itertools.product(range(6), bounds, bounds):
        first, count = kernels.sliced(length, start, stop, step)
        places = [first + place * (step or 1) for place in range(count)]
        assert places == list(range(length)[start:stop:step]), (length, start, stop)


def test_the_longest_list_and_block_are_found():
    offsets = np.array([0, 3, 3, 10, 11, 12])
    assert kernels.longest(offsets) == 7
    assert kernels.longest_block(offsets, 2) == 8
    assert kernels.longest_block(offsets, 3) == 10
    assert kernels.longest_block(offsets, 100) == 12
    nothing = np.zeros(1, np.int64)
    assert kernels.longest(nothing) == kernels.longest_block(nothing, 512) == 1


# --- bins ----------------------------------------------------------------------------------------

AXES = [
    RegularAxis("x", 100, 0.0, 200.0),
    RegularAxis("x", 7, -2.5, 3.25),
    RegularAxis("x", 3, 0.1, 0.4),
    IntegerAxis("x", -3, 8),
    VariableAxis("x", (-1.0, 0.0, 0.1, 250.0)),
    VariableAxis("x", (0.1, 0.30000000000000004)),
]


def bin_of(axis, value):
    match axis:
        case RegularAxis(_, count, low, high):
            return kernels.regular(value, float(low), float(high) - float(low), float(count))
        case IntegerAxis(_, low, high):
            return kernels.integer(value, float(low), float(high))
        case VariableAxis(_, boundaries):
            return kernels.variable(value, boundaries)


def special_values(axis):
    """Edges, their neighbours, and what is not a number on any axis."""
    edges = axis.edges
    return [
        *np.concatenate([edges, np.nextafter(edges, np.inf), np.nextafter(edges, -np.inf)]),
        *np.random.default_rng(4).uniform(edges[0] - 1, edges[-1] + 1, 500),
        *(0.0, -0.0, 5e-324, -5e-324, 1e300, -1e300, math.inf, -math.inf, math.nan),
    ]


@pytest.mark.parametrize("axis", AXES)
def test_bins_are_those_of_the_axis(axis):
    values = np.array(special_values(axis))
    assert [bin_of(axis, value) for value in values] == axis.index(values).tolist()


@pytest.mark.parametrize("axis", AXES)
@QUICK
@given(FLOATS)
def test_any_float_has_the_bin_that_the_axis_gives(axis, value):
    assert bin_of(axis, value) == axis.index(np.array([value]))[0]


# --- sums ----------------------------------------------------------------------------------------

USUAL, ALL = (28, 9), (0, 68)
# What the digits of each window can hold: weights and squares of them.
SIZES = {USUAL: (-45, 45), ALL: (-530, 500)}


def fill(entries, window, bins):
    """What `weigh` leaves: entries, exact sums, exact sums of squares, and its complaints."""
    low, digits = window
    bins += 2  # not a number, and missing
    out = np.zeros(bins * (1 + 2 * digits), np.int64)
    layout, trouble = np.array([[0, bins], [low, digits]]), np.zeros((1, 3), np.int64)
    for place, weight in entries:
        kernels.weigh(out, layout, 0, place, weight, True, trouble)
    sums = out[bins:].reshape(2, bins, digits)
    exact = [
        [
            sum(int(d) * Fraction(2) ** (32 * (low + n) - 1074) for n, d in enumerate(each))
            for each in kind
        ]
        for kind in sums
    ]
    aside = [out[bins - 2 : bins].tolist(), *(each[-2:] for each in exact)]
    assert aside == [[0, 0]] * 3
    return out[: bins - 2], *(each[:-2] for each in exact), trouble[0].tolist()


@pytest.mark.parametrize("window", [USUAL, ALL])
def test_weights_are_summed_exactly(window):
    rng = np.random.default_rng(9)
    least, most = SIZES[window]
    weights = np.ldexp(rng.uniform(-1, 1, 300), rng.integers(least, most, 300))
    weights[:3] = 0.0, -0.0, 1.0
    places = rng.integers(0, 3, 300)
    entries, sums, squares, trouble = fill(
        zip(places.tolist(), weights.tolist(), strict=True), window, 3
    )
    assert trouble == [0, 0, 0]
    for bin in range(3):
        own = weights[places == bin]
        assert entries[bin] == len(own)
        assert sums[bin] == sum(map(Fraction, own.tolist()))
        assert squares[bin] == sum(map(Fraction, (own * own).tolist()))


@QUICK
@given(st.lists(st.floats(-1e150, 1e150), max_size=20))
@example([5e-324, -5e-324, 2.2250738585072014e-308, 1e150, -1e150, 1.0])
def test_all_digits_hold_every_weight_that_has_a_square(weights):
    _, (total,), (square,), trouble = fill([(0, weight) for weight in weights], ALL, 1)
    assert trouble == [0, 0, 0]
    assert total == sum(map(Fraction, weights))
    assert square == sum(Fraction(weight * weight) for weight in weights)


@pytest.mark.parametrize("weight", [1e-100, -1e-100, 1e120, 5e-324])
def test_weights_beyond_the_usual_digits_are_told(weight):
    assert fill([(0, weight)], USUAL, 1)[3][:2] == [0, 0]
    assert fill([(0, weight)], USUAL, 1)[3][2] > 0
    assert fill([(0, weight)], ALL, 1)[3] == [0, 0, 0]


@pytest.mark.parametrize("weight", [math.inf, -math.inf, math.nan, 1e200])
def test_weights_that_have_no_square_are_counted_as_bad(weight):
    entries, (total,), (square,), trouble = fill([(0, weight), (0, 2.0)], USUAL, 1)
    assert (entries.tolist(), trouble) == ([2], [0, 1, 0])
    assert (total, square) == (2, 4)


def test_missing_weights_are_counted_and_nothing_else():
    out, trouble = np.zeros(57, np.int64), np.zeros((1, 3), np.int64)
    kernels.weigh(out, np.array([[0, 3], USUAL]), 0, 0, 1.5, False, trouble)
    assert not out.any()
    assert trouble.tolist() == [[1, 0, 0]]


@pytest.mark.parametrize(("weight", "there"), [(1.5, False), (math.nan, True)])
def test_entries_with_a_missing_value_need_no_weight(weight, there):
    out, trouble = np.zeros(57, np.int64), np.zeros((1, 3), np.int64)
    kernels.weigh(out, np.array([[0, 3], USUAL]), 0, 2, weight, there, trouble)
    assert out[:3].tolist() == [0, 0, 1]
    assert not out[3:].any()
    assert not trouble.any()


# --- numbers -------------------------------------------------------------------------------------


@QUICK
@given(
    st.text(max_size=5),
    st.sampled_from([0, 1]),
    INTEGERS,
    INTEGERS,
    INTEGERS,
    st.integers(0, 2**20),
)
def test_random_numbers_are_those_of_the_counter(stream, draw, run, block, event, place):
    given = [np.array([part]) for part in (run, block, event, place)]
    key = counter.stream_key(stream)
    found = kernels.uniforms(*map(np.int64, (key, run, block, event, place)))
    assert found[draw] == counter.uniform(stream, draw, *given)[0]


NUMPY = {
    "remainder": np.remainder,
    "floor_divide": np.floor_divide,
    "float_remainder": np.remainder,
    "float_floor_divide": np.floor_divide,
    "minimum": np.minimum,
    "maximum": np.maximum,
}


def same_as_numpy(name, a, b):
    with np.errstate(all="ignore"):
        expected = NUMPY[name](a, b).item()
    assert repr(getattr(kernels, name)(a, b).item()) == repr(expected)


@pytest.mark.parametrize("name", ["remainder", "floor_divide", "minimum", "maximum"])
@QUICK
@given(INTEGERS, INTEGERS | st.sampled_from([-1, 0, 1]))
@example(-(2**63), -1)
@example(-(2**63), 0)
@example(2**63 - 1, -(2**63))
def test_integers_are_treated_as_by_numpy(name, a, b):
    same_as_numpy(name, np.int64(a), np.int64(b))


@pytest.mark.parametrize("name", ["float_remainder", "float_floor_divide", "minimum", "maximum"])
@QUICK
@given(FLOATS, FLOATS)
@example(0.0, -0.0)
@example(-0.0, 0.0)
@example(-0.0, 3.0)
@example(math.inf, 2.0)
@example(-1.0, math.inf)
@example(1e300, 1e-300)
@example(-5e-324, 6.283185307179586)
def test_floats_are_treated_as_by_numpy(name, a, b):
    same_as_numpy(name, np.float64(a), np.float64(b))


@QUICK
@given(st.floats(-30, 30), st.sampled_from([1.0, -1.0, 0.1, 2 * math.pi, -2 * math.pi]))
def test_angles_are_folded_as_by_numpy(angle, period):
    same_as_numpy("float_remainder", np.float64(angle), np.float64(period))
    same_as_numpy("float_floor_divide", np.float64(angle), np.float64(period))


@QUICK
@given(FLOATS)
def test_signs_are_those_of_numpy(value):
    assert repr(kernels.sign(value).item()) == repr(np.sign(np.float64(value)).item())


@QUICK
@given(INTEGERS, st.integers(0, 70))
def test_shifts_are_those_of_numpy(value, by):
    a, b = np.int64(value), np.int64(by)
    assert kernels.left_shift(a, b, 64) == np.left_shift(a, b)
    assert kernels.right_shift(a, b, 64) == np.right_shift(a, b)
