"""What becomes of a step of Newton's method: taken, tried again with a shift, or the last one.

The searches in Python and in numba share these rules, and their constants.
"""

from __future__ import annotations

import numpy as np

from hepline.stats.compiling import inner

__all__ = [
    "ASIDE", "BROKEN", "CATCH", "CAUGHT", "END", "LEAST_GAIN", "LEAST_RISE", "MOST_STEPS", "NEAR",
    "ON", "ROUNDING", "SADDLE", "SINGULAR", "STEPS_ASIDE", "STUCK", "TIRED", "verdict",
]  # fmt: skip

# What happens next; all but the first two end the search.
ON, ASIDE, END, SINGULAR, BROKEN, CAUGHT, STUCK, TIRED = range(8)

MOST_STEPS = 200
NEAR = 1e-9  # of the width of a constraint: closer to a bound is on it
ROUNDING = 1e-13  # what a step onto the bound of an unconstrained parameter may miss it by
SADDLE = -1e-8  # eigenvalues of the scaled Hessian below are curvature, above are rounding
STEPS_ASIDE = (0.1, -0.1, 1e-3, -1e-3)  # away from a saddle, in units of the scaled Hessian
# A point is caught by a minimum whose parabola it misses by no more than this share of its rise.
CATCH = 0.3
LEAST_RISE = 1e-6  # smaller ones are not compared
_TOLERANCE = 1e-9  # expected decrease of the function, far below the 1 that makes an error
LEAST_GAIN = 1e-3 * _TOLERANCE
_LARGEST_SHIFT = 1e10


@inner
def verdict(
    value: float, new_value: float, promised: float, decrement: float, shift: float, least: float
) -> tuple[bool, int, float]:
    """Judge a step.

    Parameters
    ----------
    value, new_value : float
        Of the function before and after it.
    promised : float
        Decrease that gradient and Hessian promise.
    decrement : float
        Gradient · inverse Hessian · gradient of the parameters that can move.
    shift, least : float
        Of the Hessian's diagonal, and the one that made it positive definite.

    Returns
    -------
    accepted : bool
        Whether the step is taken.
    what : int
        `ON`, `ASIDE` where the gradient vanishes beside a Hessian that is not positive definite,
        `END` at a minimum, or `STUCK`.
    shift : float
        Of the next step.
    """
    noise = 1e-13 * max(1.0, abs(value))
    # The decrement, not the promise: a step cut off at a bound may promise nothing far from the
    # minimum.
    if shift == 0.0 and least == 0.0 and 0.5 * decrement < _TOLERANCE:
        # The last step is taken on trust: its gain is below the noise of the function.
        return new_value <= value + noise, END, 0.0
    if least > 0 and 0.5 * decrement < LEAST_GAIN:
        return False, ASIDE, 0.0
    kept = (value - new_value + noise) / (promised + noise) if promised > 0 else -1.0
    accepted = kept > 1e-4 and np.isfinite(new_value)
    shift = max(shift, least)
    if kept > 0.75:
        shift = shift / 10 if shift > 1e-6 else 0.0
    elif not kept > 0.25:
        shift = max(10 * shift, 1e-3)
    if kept > 0.25 and abs(promised) < _TOLERANCE:
        shift = 0.0  # only a step without a shift can prove that this is a minimum
    return accepted, STUCK if shift > _LARGEST_SHIFT else ON, shift
