"""Functions of the user for one event: translated, compiled by numba, or run by Python."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.columns.mapping import EventFunction, Map
from hepline.engine.jagged import Integers
from hepline.errors import CallFailed, SlowFunction
from hepline.machine.source import Users
from hepline.machine.translation import result_of
from hepline.machine.types import Array, Untranslated, scalar

__all__ = [
    "compiled_function",
    "failed",
    "in_python",
    "is_translated",
    "lending",
    "obstacle",
    "over_events",
    "register",
    "users_function",
    "wrong_length",
]

Row = NDArray[Any]

_DRIVER = """\
def drive(events, out, counts, {parameters}):
    used = 0
    for event in range(events):
        result = function({arguments})
{keep}
    return out[:used]
"""
_NUMBER = """\
        out[event] = result
        used += 1"""
_LIST = """\
        size = len(result)
        if used + size > len(out):
            larger = np.empty(max(2 * len(out), used + size), out.dtype)
            larger[:used] = out[:used]
            out = larger
        for place in range(size):
            out[used + place] = result[place]
        used += size
        counts[event] = size"""

_KNOWN: dict[str, EventFunction] = {}


def register(function: EventFunction) -> str:
    """Register a function for kernels, and return its name there."""
    name = f"{function.fingerprint}{'' if function.is_checked else '_unchecked'}"
    _KNOWN[name] = function
    return name


@lru_cache(maxsize=256)
def compiled_function(name: str) -> Any:
    """A registered function, compiled by numba for kernels."""
    from numba import njit

    function = _KNOWN[name]
    original = function.function.function
    # The plain function, if the user has already compiled it with numba.
    plain = getattr(original, "py_func", original)
    return njit(plain, boundscheck=function.is_checked, error_model="numpy", nogil=True)


def users_function(name: str) -> Users:
    """A registered function, for kernels compiled without numba."""
    function = _KNOWN[name]
    return Users(function.function.function, function.is_checked)


def is_translated(node: Map) -> bool:
    """Whether the function of a node compiles without numba, which takes a tenth of the time.

    Raises
    ------
    CallFailed
        If it returns something other than declared.
    """
    if node.type.depth:
        return False
    returned = _translated(node.function, _signature(node))
    if returned is not None and not np.can_cast(returned, np.dtype(node.dtype), "same_kind"):
        raise _unannounced(node.function, str(returned), node.dtype, False)
    return returned is not None


@lru_cache(maxsize=256)
def _translated(
    function: EventFunction, signature: tuple[tuple[str, bool], ...]
) -> np.dtype[Any] | None:
    """The dtype that a function returns; None if it needs numba."""
    elements = [(scalar(np.dtype(name)), listed) for name, listed in signature]
    types = [Array(element) if listed else element for element, listed in elements]
    try:
        return result_of(users_function(register(function)), types)
    except Untranslated:
        return None


def obstacle(node: Map) -> str:
    """Why numba cannot compile the function of a node; empty if it can.

    Raises
    ------
    CallFailed
        If it can, but the function returns something other than declared.
    """
    return _compiled(node.function, _signature(node), node.dtype, bool(node.type.depth))[0]


def lending(node: Map) -> str:
    """How a kernel passes lists to the function of a node: read-only views, or writable copies."""
    writes = _compiled(node.function, _signature(node), node.dtype, bool(node.type.depth))[1]
    return "np.copy" if writes else "lent"


def _signature(node: Map) -> tuple[tuple[str, bool], ...]:
    return tuple((part.type.dtype.name, bool(part.type.depth)) for part in node.operands)


@lru_cache(maxsize=256)
def _compiled(
    function: EventFunction, signature: tuple[tuple[str, bool], ...], dtype: str, is_list: bool
) -> tuple[str, bool]:
    """Why numba cannot compile a function, and whether it writes to its arguments."""
    from numba.core.errors import NumbaError, NumbaWarning

    dispatcher = compiled_function(register(function))
    signature_types = _types(signature, readonly=True)
    writes = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NumbaWarning)
        try:
            dispatcher.compile(signature_types)
        except Exception:  # noqa: BLE001 (numba fails in many ways where an element cannot be set)
            signature_types, writes = _types(signature, readonly=False), True
            try:
                dispatcher.compile(signature_types)
            except (NumbaError, NotImplementedError) as error:
                return _reason(error), writes
    _check_returned(
        function, dispatcher.overloads[signature_types].signature.return_type, dtype, is_list
    )
    return "", writes


def _check_returned(function: EventFunction, returned: Any, dtype: str, is_list: bool) -> None:
    from numba import types

    if is_list:
        element = getattr(returned, "dtype", None)
        fits = isinstance(returned, types.Array | types.List | types.ListType | types.UniTuple)
        fits = fits and (not isinstance(returned, types.Array) or returned.ndim == 1)
    else:
        element, fits = returned, isinstance(returned, types.Number | types.Boolean)
    if not fits or not _can_hold(element, dtype):
        raise _unannounced(function, str(returned), dtype, is_list)


def _types(signature: tuple[tuple[str, bool], ...], *, readonly: bool) -> tuple[Any, ...]:
    from numba import from_dtype, types

    elements = [(from_dtype(np.dtype(name)), listed) for name, listed in signature]
    return tuple(
        types.Array(element, 1, "C", readonly=readonly) if listed else element
        for element, listed in elements
    )


def _can_hold(element: Any, dtype: str) -> bool:
    from numba.np.numpy_support import as_dtype

    return np.can_cast(as_dtype(element), np.dtype(dtype), "same_kind")


def _reason(error: Exception) -> str:
    """The essential line of numba's long message."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reasons = [
        line for line in lines if not line.startswith(("Failed in", "During", "File", "<", "- "))
    ]
    return (reasons or lines or [type(error).__name__])[0]


def over_events(node: Map, operands: Sequence[tuple[Row, Integers | None]], events: int) -> (
    tuple[Row, Integers]
):  # fmt: skip
    """Run the function for all events: the results in a row, and their number per event.

    Parameters
    ----------
    node : Map
    operands : sequence of (ndarray, ndarray of int64 or None)
        Elements, and the offsets of the events; None for one value per event.
    events : int

    Raises
    ------
    CallFailed
        If the function raises an error, or returns something other than declared.
    """
    why = obstacle(node)
    if why:
        _warn(node.function.name, why)
        return _python(node, operands, events)
    counts = np.ones(events, np.int64)
    size = events if not node.type.depth else max(len(row) for row, _ in operands)
    out = np.zeros(size, node.type.dtype)
    rows: list[Row] = []
    for row, offsets in operands:
        rows += (
            [np.ascontiguousarray(row)] if offsets is None else [np.ascontiguousarray(row), offsets]
        )
    listed = tuple(offsets is not None for _, offsets in operands)
    drive = _driver(register(node.function), listed, bool(node.type.depth), lending(node))
    try:
        return drive(events, out, counts, *rows), counts
    except Exception as error:
        raise failed(node.function, error) from error


@lru_cache(maxsize=256)
def _warn(name: str, why: str) -> None:
    text = f"{name}() is run by Python, event by event: numba does not compile it. {why}"
    warnings.warn(text, SlowFunction, stacklevel=2)


@lru_cache(maxsize=256)
def _driver(
    name: str, listed: tuple[bool, ...], makes_list: bool, handing: str
) -> Callable[..., Row]:
    from numba import njit

    from hepline.engine.lending import lent

    parameters, arguments = [], []
    for place, is_list in enumerate(listed):
        parameters += [f"in_{place}", f"of_{place}"] if is_list else [f"in_{place}"]
        arguments.append(
            f"{handing}(in_{place}[of_{place}[event] : of_{place}[event + 1]])"
            if is_list
            else f"in_{place}[event]"
        )
    source = _DRIVER.format(
        parameters=", ".join(parameters),
        arguments=", ".join(arguments),
        keep=_LIST if makes_list else _NUMBER,
    )
    scope = {"np": np, "lent": lent, "function": compiled_function(name)}
    exec(compile(source, f"<{name}>", "exec"), scope)  # noqa: S102 (our own text)
    driver: Callable[..., Row] = njit(scope["drive"], error_model="numpy", nogil=True)
    return driver


def _python(
    node: Map, operands: Sequence[tuple[Row, Integers | None]], events: int
) -> tuple[Row, Integers]:
    results: list[Row] = []
    for event in range(events):
        arguments = [
            row[event] if offsets is None else row[offsets[event] : offsets[event + 1]].copy()
            for row, offsets in operands
        ]
        results.append(np.atleast_1d(in_python(node, arguments)))
    counts = np.array([len(result) for result in results], np.int64)
    return np.concatenate([np.zeros(0, node.type.dtype), *results]), counts


def in_python(node: Map, arguments: Sequence[Any]) -> Row:
    """Run the function in Python for one event.

    Returns
    -------
    ndarray
        One-dimensional for a list, zero-dimensional for a number.

    Raises
    ------
    CallFailed
    """
    try:
        with np.errstate(all="ignore"):
            result = np.asarray(node.function.function.function(*arguments))
    except Exception as error:
        raise failed(node.function, error) from error
    if result.size == 0:
        result = result.astype(node.type.dtype)
    if result.ndim != node.type.depth or not np.can_cast(
        result.dtype, node.type.dtype, "same_kind"
    ):
        shape = f"{result.dtype} of shape {result.shape}"
        raise _unannounced(node.function, shape, node.dtype, bool(node.type.depth))
    return result.astype(node.type.dtype)


def failed(function: EventFunction, error: Exception) -> CallFailed:
    """Make the error for a function that raised one."""
    return CallFailed(
        f"{function.name}() failed: {type(error).__name__}: {error}",
        why="it is a function of one event, and raised this error for one of them.",
        fix="see what it does with short and empty lists, or select the events in where=.",
    )


def wrong_length(function: EventFunction) -> CallFailed:
    """Make the error for a list whose length differs from that of its axis."""
    return CallFailed(
        f"{function.name}() returns a list of another length than the one it runs along.",
        why="with along= it must return one value for each element of that list.",
        fix='return as many values, or leave out along= and say returns="var * float64".',
    )


def _unannounced(function: EventFunction, actual: str, dtype: str, is_list: bool) -> CallFailed:
    return CallFailed(
        f"{function.name}() returns {actual}.",
        why=f"hl.map was told that it returns {'a list of ' if is_list else ''}{dtype}.",
        fix=f'say what it returns, such as returns="{"" if is_list else "var * "}float64", or '
        "convert it in the function.",
    )
