"""The same text, run by Python and as machine code."""

import ast
import math

import numpy as np
import pytest

from hepline.machine.native import Native, object_code
from hepline.machine.translation import Parameter, translated

NAMES = {"np": np, "math": math}


@pytest.fixture(scope="session")
def compile_():
    """Compile a text that reads some arrays and writes to `made`."""
    known = {}

    def compile_(text, made, dtypes, names):
        key = text, made, tuple(dtypes.items()), tuple(map(id, names.values()))
        if key not in known:
            parameters = [Parameter("events", np.dtype("i8"), 0)]
            parameters += [Parameter(name, np.dtype(dtype)) for name, dtype in dtypes.items()]
            parameters.append(Parameter("made", np.dtype(made)))
            code = translated(ast.parse(text).body, parameters, NAMES | names)
            known[key] = Native(object_code(code), parameters)
        return known[key]

    return compile_


@pytest.fixture(scope="session")
def agrees(compile_):
    """Run a text by Python and as machine code: what both leave in `made` is the same."""

    def agrees(text, columns, *, made="f8", **names):
        with np.errstate(all="ignore"):
            rows = {name: np.array(values, dtype) for name, (dtype, values) in columns.items()}
        events = max(len(row) for row in rows.values())
        dtypes = {name: dtype for name, (dtype, _) in columns.items()}
        found, expected = np.zeros(events, made), np.zeros(events, made)
        compile_(text, made, dtypes, names)(events, *(row.copy() for row in rows.values()), found)
        with np.errstate(all="ignore"):
            exec(text, NAMES | names | rows | {"events": events, "made": expected})  # noqa: S102
        np.testing.assert_array_equal(found, expected, err_msg=text)
        if found.dtype.kind == "f":
            zeros = found == 0
            np.testing.assert_array_equal(np.signbit(found[zeros]), np.signbit(expected[zeros]))

    return agrees
