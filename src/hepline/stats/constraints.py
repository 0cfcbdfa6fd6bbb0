"""Constraint terms: the auxiliary measurements of a model's parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hepline.arrays import Floats
from hepline.stats.parameters import ParameterSet

__all__ = ["Constraints", "constraints"]


@dataclass(frozen=True)
class Constraints:
    """The auxiliary measurements, in pyhf's order of auxiliary data.

    Attributes
    ----------
    parameter : ndarray of int, shape (auxdata,)
    is_normal : ndarray of bool, shape (auxdata,)
        A Poisson measurement otherwise.
    scale : ndarray, shape (auxdata,)
        Standard deviation, or expected events for a parameter of one.
    data : ndarray, shape (auxdata,)
    """

    parameter: NDArray[np.int64]
    is_normal: NDArray[np.bool_]
    scale: Floats
    data: Floats

    @cached_property
    def constant(self) -> float:
        """Twice the negative logarithm of what the normal terms are at most."""
        return float(2 * np.sum(np.log(self.scale[self.is_normal] * np.sqrt(2 * np.pi))))


def constraints(sets: Sequence[ParameterSet]) -> Constraints:
    """Collect the constraint terms of all parameters."""
    kinds: list[str] = []
    parameter: list[int] = []
    scale: list[float] = []
    data: list[float] = []
    first = 0
    for each in sets:
        if each.constraint:
            kinds += [each.constraint] * each.size
            parameter += range(first, first + each.size)
            scale += (each.width if each.constraint == "normal" else each.factor).tolist()
            data += each.auxdata.tolist()
        first += each.size
    return Constraints(
        parameter=np.array(parameter, dtype=np.int64),
        is_normal=np.array([kind == "normal" for kind in kinds], dtype=bool),
        scale=np.array(scale, dtype=np.float64),
        data=np.array(data, dtype=np.float64),
    )
