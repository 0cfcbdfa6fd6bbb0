"""How a template moves between its variations: HistFactory's interpolations with derivatives.

Each function returns value, first and second derivative, vectorized over terms. The codes are
numbered as in HistFactory: 1 and 4 multiply (normsys), 0 and 4p add (histosys). Code 2 is left
out, because pyhf's has a step at one standard deviation.

References
----------
K. Cranmer et al., "HistFactory", CERN-OPEN-2012-016; pyhf's documentation of its interpolators
for code 4p.
"""

from __future__ import annotations

import numpy as np

from hepline.stats.results import Floats

__all__ = ["FACTOR_CODES", "SHIFT_CODES", "Curve", "factor", "polynomial", "shift"]

Curve = tuple[Floats, Floats, Floats]

FACTOR_CODES = ("code1", "code4")
SHIFT_CODES = ("code0", "code4p")

# Value, slope and curvature of a polynomial α … α⁶ at α = 1 and α = −1, in the order of `_edges`.
_POWERS = np.arange(1, 7)
_SIGNS = (-1.0) ** _POWERS
_EDGE_MATRIX = np.array(
    [
        np.ones(6),
        _SIGNS,
        _POWERS,
        -_SIGNS * _POWERS,
        _POWERS * (_POWERS - 1),
        _SIGNS * _POWERS * (_POWERS - 1),
    ]
)


def polynomial(low: Floats, high: Floats) -> Floats:
    """Coefficients of code 4 inside of one standard deviation.

    Parameters
    ----------
    low, high : ndarray, shape (term,)
        Positive factors at −1 and +1.

    Returns
    -------
    ndarray, shape (6, term)
        Coefficients of α to α⁶; the constant is one.
    """
    log_low, log_high = np.log(low), np.log(high)
    edges = np.stack(
        [high - 1, low - 1, log_high * high, -log_low * low, log_high**2 * high, log_low**2 * low]
    )
    return np.asarray(np.linalg.solve(_EDGE_MATRIX, edges))


def factor(code: str, alpha: Floats, low: Floats, high: Floats, coefficients: Floats) -> Curve:
    """Multiplicative interpolation: exponential outside, code 4 a polynomial inside of ±1.

    Parameters
    ----------
    code : str
        ``code1`` (exponential everywhere, with a kink at zero) or ``code4``.
    alpha, low, high : ndarray, shape (term,)
    coefficients : ndarray, shape (6, term)
        Of `polynomial`.

    Returns
    -------
    tuple of three ndarrays, shape (term,)
    """
    upper = alpha >= 0
    rate = np.where(upper, np.log(high), -np.log(low))
    value = np.exp(alpha * rate)
    first = rate * value
    second = rate * first
    if code == "code4":
        inside = np.abs(alpha) < 1
        x, c = alpha[inside], coefficients[:, inside]
        value[inside] = 1 + x * _horner(c, x)
        first[inside] = _horner(c * _POWERS[:, None], x)
        second[inside] = _horner((c * (_POWERS * (_POWERS - 1))[:, None])[1:], x)
    return value, first, second


def _horner(coefficients: Floats, x: Floats) -> Floats:
    total = np.zeros_like(x)
    for coefficient in coefficients[::-1]:
        total = total * x + coefficient
    return total


def shift(code: str, alpha: Floats, down: Floats, up: Floats) -> Curve:
    """Additive interpolation: linear outside, code 4p a polynomial inside of ±1.

    Parameters
    ----------
    code : str
        ``code0`` (linear everywhere, with a kink at zero) or ``code4p``.
    alpha : ndarray, shape (term,)
    down, up : ndarray, shape (term,)
        Nominal − low and high − nominal: the slopes below and above.

    Returns
    -------
    tuple of three ndarrays, shape (term,)
    """
    first = np.where(alpha > 0, up, down)
    value = first * alpha
    second = np.zeros_like(value)
    if code == "code4p":
        inside = np.abs(alpha) <= 1
        x = alpha[inside]
        mean, bend = 0.5 * (up + down)[inside], 0.0625 * (up - down)[inside]
        square = x * x
        value[inside] = x * mean + bend * square * (square * (3 * square - 10) + 15)
        first[inside] = mean + bend * x * (square * (18 * square - 40) + 30)
        second[inside] = bend * (square * (90 * square - 120) + 30)
    return value, first, second
