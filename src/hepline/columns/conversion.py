"""Conversion between dtypes, defined for every input: the meaning of a `Cast` node."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["converted"]


def converted(values: NDArray[Any], dtype: np.dtype) -> NDArray[Any]:
    """Convert elements to another dtype.

    C does not define the conversion of a float that an integer cannot hold, and processors differ;
    here it becomes the nearest integer of the dtype, and NaN becomes zero. Other floats are
    truncated towards zero. Integers wrap around, floats overflow to infinity, and everything but
    zero is true, NaN included.

    Parameters
    ----------
    values : ndarray, shape (element,)
    dtype : numpy.dtype

    Returns
    -------
    ndarray of `dtype`, shape (element,)
    """
    if values.dtype == dtype:
        return values
    with np.errstate(all="ignore"):
        if values.dtype.kind != "f" or dtype.kind not in "iu":
            return values.astype(dtype)
        limits = np.iinfo(dtype)
        above, below = values >= limits.max + 1, values <= limits.min - 1
        inside = ~(above | below | np.isnan(values))
        result = np.where(inside, values, 0).astype(dtype)
    result[above] = limits.max
    result[below] = limits.min
    return result
