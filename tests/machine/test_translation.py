"""Machine code computes what Python computes: the oracle is Python, run on the same text."""

import ast
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepline.engine.compiled import functions, integers, kernels
from hepline.machine.native import Native, object_code
from hepline.machine.translation import Parameter, Untranslated, translated

EACH = "for i in range(events):\n    made[i] = {}"
INT64 = st.lists(st.integers(-(2**63), 2**63 - 1), min_size=2, max_size=5)
UINT64 = st.lists(st.integers(0, 2**64 - 1), min_size=2, max_size=5)
FLOATS = st.lists(st.floats(width=64), min_size=2, max_size=5)
SOME = [0.0, -0.0, 0.5, 1.0, -1.0, 1.5, -2.5, 1e-310, 1e300, math.inf, -math.inf, math.nan, 3.7]


def two(dtype, values):
    """Every value beside every other one."""
    pairs = [(a, b) for a in values for b in values]
    return {"a": (dtype, [a for a, _ in pairs]), "b": (dtype, [b for _, b in pairs])}


# --- expressions ---------------------------------------------------------------------------------


@settings(deadline=None, max_examples=40)
@given(INT64)
@pytest.mark.parametrize(
    "text",
    ["a[i] + b[i]", "a[i] - b[i]", "a[i] * b[i]", "a[i] & b[i]", "a[i] | b[i]", "a[i] ^ b[i]",
     "~a[i]", "-a[i]", "a[i] >> 3", "a[i] << 5", "abs(a[i])", "min(a[i], b[i])", "max(a[i], 7)"],
)  # fmt: skip
def test_integers(agrees, text, values):
    agrees(EACH.format(text), two("i8", values), made="i8")


@settings(deadline=None, max_examples=40)
@given(UINT64)
@pytest.mark.parametrize(
    "text",
    ["a[i] + b[i]", "a[i] * b[i]", "a[i] - b[i]", "a[i] >> np.uint64(3)", "18446744073709551615"],
)
def test_integers_without_a_sign(agrees, text, values):
    agrees(EACH.format(text), two("u8", values), made="u8")


@pytest.mark.parametrize("text", ["a[i] // b[i]", "a[i] % b[i]", "a[i] / b[i]"])
def test_division_of_integers_rounds_down(agrees, text):
    values = [-7, -3, -2, -1, 1, 2, 3, 7, 10**15]
    agrees(EACH.format(text), two("i8", values), made="f8" if "/ " in text[5:7] else "i8")


@pytest.mark.parametrize("dtype", ["f8", "f4"])
@pytest.mark.parametrize(
    "text",
    ["a[i] + b[i]", "a[i] - b[i]", "a[i] * b[i]", "a[i] / b[i]", "-a[i]", "abs(a[i])",
     "np.fmod(a[i], b[i])", "math.copysign(a[i], b[i])", "np.floor(a[i])", "np.ceil(a[i])",
     "np.trunc(a[i])", "np.rint(a[i])", "a[i] if a[i] < b[i] else b[i]", "max(a[i], b[i])",
     "min(a[i], b[i])", "a[i] ** 2", "a[i] ** 1"],
)  # fmt: skip
def test_floats(agrees, text, dtype):
    agrees(EACH.format(text), two(dtype, SOME), made=dtype)


@pytest.mark.parametrize("dtype", ["f8", "f4", "i8", "i4", "u4"])
@pytest.mark.parametrize(
    "text",
    ["a[i] < b[i]", "a[i] <= b[i]", "a[i] > b[i]", "a[i] >= b[i]", "a[i] == b[i]", "a[i] != b[i]",
     "not a[i] < b[i]", "0 <= a[i] < b[i]", "a[i] < b[i] and a[i] != 1", "a[i] < b[i] or a[i] == 1",
     "(a[i] < b[i]) & (a[i] != 0)", "(a[i] < b[i]) | (b[i] == 1)", "(a[i] < b[i]) ^ (b[i] != 0)"],
)  # fmt: skip
def test_comparisons(agrees, text, dtype):
    values = SOME if dtype[0] == "f" else [0, 1, 2, 50] + ([-1, -50] if dtype[0] == "i" else [])
    agrees(EACH.format(text), two(dtype, values), made="?")


@pytest.mark.parametrize(
    "name", ["sqrt", "exp", "expm1", "log", "log10", "log1p", "sin", "cos", "tan", "asin", "acos",
             "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "isnan", "isfinite"],
)  # fmt: skip
def test_functions_are_those_of_the_c_library(compile_, name):
    values = np.array([-0.9, -0.1, 0.0, 0.1, 0.5, 0.99, 1.0, 2.0, 20.0, math.nan])
    made = np.zeros(len(values))
    compile_(EACH.format(f"math.{name}(a[i])"), "f8", {"a": "f8"}, {})(len(values), values, made)
    for value, found in zip(values.tolist(), made.tolist(), strict=True):
        try:
            expected = float(getattr(math, name)(value))
        except ValueError:  # Python has an error for what C has a value for
            assert not math.isfinite(found)
            continue
        assert found == expected or (found != found and expected != expected), value


@settings(deadline=None, max_examples=40)
@given(FLOATS)
def test_bits_of_floats(agrees, values):
    agrees(EACH.format("a[i].view(np.int64)"), {"a": ("f8", values)}, made="i8")


@pytest.mark.parametrize(
    ("taken", "given"),
    [("?", "i8"), ("?", "f8"), ("i4", "i8"), ("i8", "i4"), ("u1", "i8"), ("i8", "u8"), ("u8", "f8"),
     ("i8", "f4"), ("f4", "f8"), ("f8", "f4"), ("f8", "i8"), ("i2", "u2")],
)  # fmt: skip
def test_conversions(agrees, taken, given):
    values = [0, 1, 2, 100, 3] if taken in ("u1", "u8", "?") else [0, 1, -2, 100, -3]
    kind = np.dtype(given).name
    agrees(EACH.format(f"np.{kind}(a[i])"), {"a": (taken, values)}, made=given)


# --- statements ----------------------------------------------------------------------------------

COLLATZ = """
for i in range(events):
    steps, x = 0, a[i]
    while x != 1:
        if x % 2 == 0:
            x //= 2
        else:
            x = 3 * x + 1
        steps += 1
        if steps > 100:
            break
    made[i] = steps
"""
SKIPPING = """
total = 0
for i in range(0, events, 2):
    if a[i] < 0:
        continue
    for k in range(i, -1, -1):
        total += a[k] * k
    made[i] = total
"""
WIDENED = """
for i in range(events):
    best = 0
    if a[i] > 2:
        best = 0.5
    made[i] = best * 2
"""
ROWS = """
row = np.full(events, 7, np.int64)
spare = np.empty(max(events, 1), np.float64)
for i in range(events):
    spare[i] = a[i] * 0.5
    row[i] += a[i]
for i in range(events):
    made[i] = spare[events - 1 - i] + row[i] + len(row)
"""


@pytest.mark.parametrize("text", [COLLATZ, SKIPPING, WIDENED, ROWS])
def test_statements(agrees, text):
    agrees(text, {"a": ("i8", [1, 7, 27, 2, 97, 6])}, made="f8")


def doubled(values, there):
    if there is not None and not there[0]:
        return 0.0, 1
    return values[0] * 2.0, 2


def half(x):
    if x < 0:
        return -1
    return x / 2


def test_functions_are_translated_for_each_type_and_for_none(agrees):
    text = """
for i in range(events):
    one, two = doubled(a, None)
    three, four = doubled(a, there)
    made[i] = one + two + three + four + doubled(a, there)[0]
"""
    for truth in (True, False):
        columns = {"a": ("f8", [1.5, 2.5]), "there": ("?", [truth, True])}
        agrees(text, columns, doubled=doubled)


def test_a_result_has_the_type_that_holds_all(agrees):
    agrees(EACH.format("half(a[i])"), {"a": ("i8", [3, -3, 0])}, half=half)


def test_constants_may_be_arrays(agrees):
    columns = {"a": ("f8", [0.5, 1.0, 7.0, math.nan])}
    edges = np.array([0.0, 1.0, 5.0])
    agrees(EACH.format("variable(a[i], edges)"), columns, edges=edges, variable=kernels.variable)
    agrees(EACH.format("variable(a[i], (0.0, 1.0, math.inf))"), columns, variable=kernels.variable)


# --- what kernels call ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "dtype", "values"),
    [
        (kernels.float_remainder, "f8", SOME),
        (kernels.float_floor_divide, "f8", SOME),
        (kernels.minimum, "f8", SOME),
        (kernels.maximum, "f4", SOME),
        (kernels.remainder, "i8", [-7, -1, 0, 1, 3, 8]),
        (kernels.floor_divide, "i8", [-(2**63), -7, -1, 0, 1, 3]),
        (kernels.subsets, "i8", [0, 1, 2, 3, 5]),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_functions_of_two_numbers(agrees, function, dtype, values):
    agrees(EACH.format("function(a[i], b[i])"), two(dtype, values), made=dtype, function=function)


@pytest.mark.parametrize("function", [functions.sincos, functions.sinhcosh])
def test_pairs_of_functions(agrees, function):
    values = [0.0, -0.0, 1e-5, 0.7, -3.0, 6.0, 100.0, -650.0]
    for place in (0, 1):
        text = EACH.format(f"function(a[i])[{place}]")
        agrees(text, {"a": ("f8", values)}, function=function)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from([*SOME, 2.0, 2.5]), min_size=1, max_size=60))
def test_sorting(agrees, values):
    text = "kernel_sort(a, None, events, {}, made)"
    for descending in (0, 1):
        columns = {"a": ("f8", values)}
        agrees(text.format(descending), columns, made="i8", kernel_sort=kernels.sort)


def test_an_integer_that_does_not_fit_is_an_error(compile_):
    run = compile_(
        EACH.format("exact_int64(a[i])"), "i8", {"a": "u8"}, {"exact_int64": integers.exact_int64}
    )
    made = np.zeros(2, np.int64)
    run(2, np.array([1, 2**63 - 1], np.uint64), made)
    assert made.tolist() == [1, 2**63 - 1]
    with pytest.raises(OverflowError):
        run(2, np.array([1, 2**63], np.uint64), made)


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "import os",
        "made[0] = [1, 2][0]",
        "made[0] = 'text'",
        "for i in enumerate(a):\n    made[0] = i",
        "made[0] = a[0] or a[1]",
        "made[0] = min(a[0], a[1], key=abs)",
        "made[0] = 18446744073709551616",
        "raise LookupError",
        "x = a\nx = made",
        "made[0] = np.uint64(1) + a[0].view(np.int64)",
        "made[0] = print(1)",
        "made[0] = a[0, 0]",
    ],
)
def test_what_is_not_known_is_said(compile_, text):
    with pytest.raises(Untranslated):
        compile_(text, "f8", {"a": "f8"}, {})


def test_arrays_are_those_that_the_kernel_was_compiled_for(compile_):
    run = compile_(EACH.format("a[i]"), "f8", {"a": "f8"}, {})
    made = np.zeros(4)
    for wrong in (np.zeros(4, np.float32), np.zeros((2, 2)), np.zeros(8)[::2], [0.0] * 4):
        with pytest.raises(TypeError, match="a is not a contiguous array of float64"):
            run(4, wrong, made)


def test_places_may_be_checked():
    parameters = [Parameter("events", np.dtype("i8"), 0), Parameter("made", np.dtype("f8"))]
    body = ast.parse("for i in range(events):\n    made[i] = 1.0").body
    run = Native(object_code(translated(body, parameters, {}, checked=True)), parameters)
    made = np.zeros(3)
    run(3, made)
    assert made.tolist() == [1.0] * 3
    with pytest.raises(AssertionError, match="outside of an array"):
        run(4, made)
