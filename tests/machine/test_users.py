"""Functions of users as machine code: Python, run on the same function, is the oracle."""

import ast
import importlib.util
import math
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepline.machine.native import Native, object_code
from hepline.machine.source import Users
from hepline.machine.translation import Parameter, result_of, translated
from hepline.machine.types import Array, Untranslated, scalar

ROW = Array(scalar(np.float64))


def extreme_of_pairs(pt, eta):
    """Loops, functions, powers and a largest value."""
    best, found = -1.0, 0.0
    for i in range(len(pt)):
        for j in range(i + 1, len(pt)):
            size = np.sqrt(2 * pt[i] * pt[j] * np.cosh(eta[i] - eta[j])) + pt[i] ** 2
            if size > best and not math.isnan(size):
                best, found = size, max(pt[i], pt[j])
    return best + found


def from_the_end(pt, eta):
    """Places that count from the end."""
    if len(pt) == 0:
        return -1.0
    k = -1
    return pt[-1] * 2 + eta[k] + pt[k - len(pt) + 1]


def over_elements(pt, eta):
    """A loop over the elements, and one that ends before its time."""
    total, seen = 0, 0
    for x in pt:
        total += x
        if total > 30:
            break
        seen += 1
    for x in eta:
        if x < 0:
            continue
        total -= x
    return total + 0.5 * seen


def own_row(pt, eta):
    """Memory of its own."""
    made = np.empty(len(pt), np.float64)
    for i in range(len(pt)):
        made[i] = pt[i] * eta[i]
    made[0] += 1.0
    return made[0] + made[-1]


def helper(x):
    return x * FACTOR if x > 1 else -x


FACTOR = 2.5


def with_helper(pt, eta):
    """Other functions and values of its module."""
    return helper(pt[0]) + helper(eta[0]) + FACTOR


def counting(pt, eta):
    """Integers, truths and a loop without a range."""
    n = 0
    while n < len(pt) and pt[n] > 0:
        n += 1
    return n % 3 + n // 2 + (n << 2) + int(n > 1) + abs(-n)


FUNCTIONS = [extreme_of_pairs, from_the_end, over_elements, own_row, with_helper, counting]


def compiled(function, checked=True):
    parameters = [Parameter(name, np.dtype("f8")) for name in ("pt", "eta", "made")]
    body = ast.parse("made[0] = float64(function(pt, eta))").body
    names = {"function": Users(function, checked), "float64": np.float64}
    return Native(object_code(translated(body, parameters, names)), parameters)


KERNELS = {function: compiled(function) for function in FUNCTIONS}


@pytest.mark.parametrize("function", list(KERNELS))
@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(-5, 5)), max_size=6))
def test_a_function_gives_what_python_gives(function, rows):
    pt, eta = np.array([a for a, _ in rows]), np.array([b for _, b in rows])
    made = np.zeros(1)
    try:
        with np.errstate(all="ignore"):
            expected = float(function(pt, eta))
    except IndexError:
        with pytest.raises(IndexError, match="out of bounds"):
            KERNELS[function](pt, eta, made)
        return
    KERNELS[function](pt, eta, made)
    # NumPy has a cosh of its own, which differs in the last place.
    assert math.isclose(made[0], expected, rel_tol=1e-14) or (
        expected != expected and made[0] != made[0]
    )


# --- places --------------------------------------------------------------------------------------


def third(pt, eta):
    return pt[2] + eta[len(eta) - 1]


def test_a_place_outside_of_a_list_is_an_error_where_it_is_looked_for():
    made, two = np.zeros(1), np.ones(2)
    with pytest.raises(IndexError):
        compiled(third)(two, two, made)
    with pytest.raises(IndexError):
        compiled(third)(np.ones(3), np.zeros(0), made)
    compiled(third)(np.arange(3.0), two, made)
    assert made[0] == 3.0


def test_a_place_may_be_taken_as_it_is():
    made, whole = np.zeros(1), np.arange(4.0)
    # The third of two: what stands behind them.
    compiled(third, checked=False)(whole[:2], whole[:1], made)
    assert made[0] == 2.0


def sometimes(pt, eta):
    if len(pt) > 1:
        best = pt[0]
    return best


def test_what_is_set_in_some_branches_only_is_nothing_in_others():
    made = np.ones(1)
    compiled(sometimes)(np.ones(1), np.ones(1), made)
    assert made[0] == 0.0


# --- results and refusals ------------------------------------------------------------------------


def is_large(pt, eta):
    return len(pt) > 2


def how_many(pt, eta):
    return len(pt)


@pytest.mark.parametrize(
    ("function", "dtype"), [(is_large, "?"), (how_many, "i8"), (third, "f8"), (counting, "i8")]
)
def test_the_type_of_a_result_is_known(function, dtype):
    assert result_of(Users(function, True), [ROW, ROW]) == np.dtype(dtype)


def writes(pt, eta):
    pt[0] = 1.0
    return pt[0]


def writes_under_another_name(pt, eta):
    same = pt
    same[0] += 1.0
    return pt[0]


def divides(pt, eta):
    return len(pt) // len(eta)


def shifts(pt, eta):
    return 1 << len(pt)


def sliced(pt, eta):
    return len(pt[1:])


def lists(pt, eta):
    return pt


def nothing(pt, eta):  # noqa: RET503 (that is the question)
    if len(pt) > 3:
        return 1.0


def calls_itself(pt, eta):
    return calls_itself(pt, eta) if len(pt) > 3 else 0.0


def chosen(pt, eta):
    return len(pt) or len(eta)


def summed(pt, eta):
    return pt.sum()


def sorted_copy(pt, eta):
    return sorted(pt)[0]


def defaults(pt, eta, third=1.0):
    return third


def steps(pt, eta):
    total = 0.0
    for i in range(0, len(pt), len(eta)):
        total += pt[i]
    return total


def otherwise(pt, eta):
    n = 0
    while n < len(pt):
        n += 1
    else:
        n += 7
    return n


def keywords(pt, eta):
    return np.sqrt(pt[0], dtype=np.float32)


def too_many(pt, eta):
    return np.sqrt(pt[0], eta[0])


@pytest.mark.parametrize(
    "function",
    [steps, otherwise, keywords, too_many, writes, writes_under_another_name, divides, shifts,
     sliced, lists, nothing, calls_itself, chosen, summed, sorted_copy, defaults,
     lambda pt, eta: pt[0] + eta[0], len],
)  # fmt: skip
def test_what_is_not_known_is_left_to_numba(function):
    with pytest.raises(Untranslated):
        result_of(Users(function, True), [ROW, ROW])


def test_a_file_that_changed_is_not_taken_for_the_function(tmp_path):
    file = tmp_path / "users_module.py"
    file.write_text("def first(pt, eta):\n    return pt[0] * 2.0\n")
    spec = importlib.util.spec_from_file_location("users_module", file)
    module = importlib.util.module_from_spec(spec)
    sys.modules["users_module"] = module
    spec.loader.exec_module(module)
    file.write_text("def first(pt, eta):\n    return pt[0] * 3.0\n")
    try:
        with pytest.raises(Untranslated, match="not what stands in its file"):
            result_of(Users(module.first, True), [ROW, ROW])
    finally:
        del sys.modules["users_module"]
