"""Code of elementwise operations and conversions, with the results of NumPy's loops.

Types are explicit where the arithmetic of Python or numba would differ: numba adds two int32 as
int64.
"""

from __future__ import annotations

import numpy as np

from hepline.arrays import pattern, poisoned

__all__ = ["PAIRS", "converted", "exact_conversion", "literal", "operation", "spelled", "zero"]

_INFIX = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "true_divide": "/",
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "equal": "==",
    "not_equal": "!=",
    "power": "**",
    "bitwise_and": "&",
    "bitwise_or": "|",
    "bitwise_xor": "^",
}
# Written in `kernels`, because numba's versions differ from NumPy's in corner cases.
_OURS = {"floor_divide", "remainder", "sign", "minimum", "maximum"}
_KINDS = {
    ("floor_divide", "f"): "float_",
    ("floor_divide", "u"): "unsigned_",
    ("remainder", "f"): "float_",
    ("remainder", "u"): "unsigned_",
    ("sign", "i"): "integer_",
    ("sign", "u"): "integer_",
}
_MATH = {
    "arctan2": "math.atan2",
    "hypot": "math.hypot",
    "isnan": "math.isnan",
    "isfinite": "math.isfinite",
    "sqrt": "math.sqrt",
    "exp": "math.exp",
    "expm1": "math.expm1",
    "log": "math.log",
    "log10": "math.log10",
    "log1p": "math.log1p",
    "tan": "math.tan",
    "arcsin": "math.asin",
    "arccos": "math.acos",
    "arctan": "math.atan",
    "tanh": "math.tanh",
    "arcsinh": "math.asinh",
    "arccosh": "math.acosh",
    "arctanh": "math.atanh",
}


# Pairs of functions that are computed together, and the place of each.
PAIRS = {
    "sin": ("sincos", 0, "cos"),
    "cos": ("sincos", 1, "sin"),
    "sinh": ("sinhcosh", 0, "cosh"),
    "cosh": ("sinhcosh", 1, "sinh"),
}


def literal(value: bool | int | float, dtype: np.dtype) -> str:
    """Code of a constant of this dtype."""
    if dtype.kind == "b":
        return str(bool(value))
    if dtype == np.float64:
        return repr(float(value)) if np.isfinite(value) else _nonfinite(float(value))
    if dtype == np.int64 and value > -(2**63):
        return f"{int(value)}" if value >= 0 else f"({int(value)})"
    if dtype.kind == "f":
        text = str(dtype.type(value)) if np.isfinite(value) else _nonfinite(float(value))
        return f"{dtype.name}({text})"
    return f"{dtype.name}({int(value)})"


def _nonfinite(value: float) -> str:
    return "math.nan" if value != value else ("math.inf" if value > 0 else "(-math.inf)")


def spelled(dtype: np.dtype) -> str:
    """The name of a dtype inside a kernel."""
    return "bool_" if dtype.kind == "b" else str(dtype.name)


def memory(size: str, dtype: np.dtype) -> str:
    """Code that allocates a row."""
    if not poisoned():
        return f"np.empty({size}, {spelled(dtype)})"
    filling = "True" if dtype.kind == "b" else repr(pattern(dtype).item())
    return f"np.full({size}, {filling}, {spelled(dtype)})"


def zero(dtype: np.dtype) -> str:
    """Code of the value in place of a missing one."""
    return literal(0, dtype)


def operation(name: str, operands: list[str], operand: np.dtype, result: np.dtype) -> str:
    """Code of one operation.

    Parameters
    ----------
    name : str
        In `OPERATIONS`.
    operands : list of str
        Code.
    operand, result : numpy.dtype
        Of the (first) operand and of the result.
    """
    if name == "where":
        condition, true, false = operands
        return f"({true} if {condition} else {false})"
    if name == "negative":
        code = f"(-{operands[0]})"
    elif name == "invert":
        code = f"(not {operands[0]})" if operand.kind == "b" else f"(~{operands[0]})"
    elif name == "absolute":
        code = operands[0] if operand.kind in "ub" else f"abs({operands[0]})"
    elif name == "power" and result.kind in "iu":
        code = f"integer_power({', '.join(operands)}, {literal(1, result)})"
    elif name in _INFIX:
        code = f"({operands[0]} {_INFIX[name]} {operands[1]})"
    elif name in ("left_shift", "right_shift"):
        # Shifts of unsigned integers are logical, and zero beyond the width.
        kind = "unsigned_" if result.kind == "u" else ""
        code = f"{kind}{name}({', '.join(operands)}, {8 * result.itemsize})"
    elif name in _OURS:
        code = f"{_KINDS.get((name, operand.kind), '')}{name}({', '.join(operands)})"
    elif name in PAIRS:
        function, place, _ = PAIRS[name]
        code = f"{result.name}({function}(float64({operands[0]}))[{place}])"
    elif name == "log2":
        # numba's log2 takes float64 only.
        code = f"{result.name}(np.log2(float64({operands[0]})))"
    elif name in _MATH:
        code = f"{_MATH[name]}({', '.join(operands)})"
    else:
        code = f"np.{name}({', '.join(operands)})"
    # numba keeps the dtype of floats, but computes with 64 bits for any integer.
    exact = result.kind in "bf" or result.itemsize == 8 or name in ("minimum", "maximum")
    exact = exact and (name != "sign" or result.kind == "f")
    return code if exact else f"{result.name}({code})"


def exact_conversion(code: str, source: np.dtype, target: np.dtype) -> str:
    """Code of an integer conversion that raises where a value does not fit."""
    if np.can_cast(source, target):
        return converted(code, source, target)
    if target == np.uint64:
        return f"exact_uint64({code})"
    if source == np.uint64:
        code = f"exact_int64({code})"
    if target == np.int64:
        return code
    limits = np.iinfo(target)
    return f"{target.name}(exact_within({code}, {limits.min}, {limits.max}))"


def converted(code: str, source: np.dtype, target: np.dtype) -> str:
    """Code of a conversion."""
    if source == target:
        return code
    if target.kind == "b":
        return f"({code} != 0)"
    if source.kind == "f" and target.kind in "iu":
        limits = np.iinfo(target)
        below, above = float(limits.min) - 1, float(limits.max) + 1
        least, most = literal(limits.min, target), literal(limits.max, target)
        inside = f"{target.name}({code}) if {code} == {code} else {literal(0, target)}"
        return f"({least} if {code} <= {below!r} else {most} if {code} >= {above!r} else {inside})"
    return f"{target.name}({code})"
