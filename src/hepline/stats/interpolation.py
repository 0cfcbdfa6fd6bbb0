"""How templates move between their variations: HistFactory's interpolations with derivatives.

The codes are numbered as in HistFactory: 1 and 4 multiply (normsys), 0, 2 and 4p add (histosys).
Codes 4 and 4p are smooth; 0 and 1 have a kink at zero, 2 one in its curvature at ±1.

An additive shift is linear in its two templates, ``up · u(α) + down · d(α)`` with the slopes
up = high − nominal and down = nominal − low: u and d are computed once for each parameter.

References
----------
K. Cranmer et al., "HistFactory", CERN-OPEN-2012-016; for code 4p, pyhf's documentation of its
interpolators. Code 2 continues outside of ±1 as RooStats' FlexibleInterpVar does; pyhf 0.7 leaves
out the value that the parabola has reached there, so that its templates jump.
"""

from __future__ import annotations

import math

import numpy as np

from hepline.arrays import Floats, Integers
from hepline.stats.compiling import inner
from hepline.stats.layout import filled

__all__ = ["FACTOR_CODES", "SHIFT_CODES", "factor_curves", "polynomial", "shift_curves"]

FACTOR_CODES = {"code1": 1, "code4": 4}
SHIFT_CODES = {"code0": 0, "code2": 2, "code4p": 4}

_LARGEST_POWER = 709.0  # of e, in double precision

# Value, slope and curvature of a polynomial α … α⁶ at α = 1 and α = −1, in the order of `edges`.
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
    low, high : ndarray, shape (normsys,)
        Factors at −1 and +1, positive or zero. Beyond a factor of zero everything stays zero, so
        that value, slope and curvature are zero there, as in ROOT.

    Returns
    -------
    ndarray, shape (normsys, 6)
        Coefficients of α to α⁶; the constant is one.
    """
    log_low, log_high = (np.log(np.where(each > 0, each, 1.0)) for each in (low, high))
    edges = np.stack(
        [high - 1, low - 1, log_high * high, -log_low * low, log_high**2 * high, log_low**2 * low]
    )
    return np.ascontiguousarray(np.linalg.solve(_EDGE_MATRIX, edges).T)


@inner
def factor_curves(
    code: int, theta: Floats, parameter: Integers, curve: Integers, low: Floats, high: Floats,
    coefficients: Floats,
) -> Floats:  # fmt: skip
    """Multiplicative terms: value, first and second derivative.

    Parameters
    ----------
    code : int
        Of `FACTOR_CODES`: exponential everywhere (1), or a polynomial inside of ±1 (4).
    theta : ndarray, shape (parameter,)
    parameter : ndarray of int, shape (term,)
        That each term depends on.
    curve : ndarray of int, shape (term,)
        Which normsys the term is; −1 where the term is the parameter itself.
    low, high : ndarray, shape (normsys,)
    coefficients : ndarray, shape (normsys · 6,)
        Of `polynomial`, one after the other.

    Returns
    -------
    ndarray, shape (term, 3)
    """
    terms = np.empty((len(parameter), 3))
    for term in range(len(parameter)):
        alpha, which = theta[parameter[term]], curve[term]
        if which < 0:
            terms[term, 0], terms[term, 1], terms[term, 2] = alpha, 1.0, 0.0
        elif code == 4 and abs(alpha) < 1:
            value, first, second = 0.0, 0.0, 0.0
            for k in range(6, 0, -1):
                second = second * alpha + 2 * first
                first = first * alpha + value
                value = value * alpha + coefficients[6 * which + k - 1]
            # Horner's scheme ran over value / α: the product rule puts the last α back.
            terms[term, 0] = 1 + alpha * value
            terms[term, 1] = value + alpha * first
            terms[term, 2] = 2 * first + alpha * second
        else:
            base = high[which] if alpha >= 0 else low[which]
            if base <= 0:
                terms[term, 0], terms[term, 1], terms[term, 2] = (
                    1.0 if alpha == 0 else 0.0,
                    0.0,
                    0.0,
                )
                continue
            rate = math.log(base) if alpha >= 0 else -math.log(base)
            power = alpha * rate
            value = math.exp(power) if power < _LARGEST_POWER else np.inf
            terms[term, 0], terms[term, 1] = value, rate * value
            terms[term, 2] = rate * rate * value
    return terms


@inner
def shift_curves(code: int, theta: Floats) -> Floats:
    """Additive terms: how much of the upward and of the downward slope acts.

    Parameters
    ----------
    code : int
        Of `SHIFT_CODES`: linear on each side (0), a parabola (2) or a smooth polynomial (4)
        inside of ±1.
    theta : ndarray, shape (parameter,)

    Returns
    -------
    ndarray, shape (parameter, 6)
        u, u′, u″, d, d′, d″.
    """
    moves = filled(6 * len(theta), 0.0).reshape(len(theta), 6)
    for index in range(len(theta)):
        alpha, row = theta[index], moves[index]
        square = alpha * alpha
        if code == 4 and abs(alpha) <= 1:
            even = square * (square * (3 * square - 10) + 15) / 16
            slope = alpha * (square * (18 * square - 40) + 30) / 16
            bend = (square * (90 * square - 120) + 30) / 16
            row[0], row[1], row[2] = 0.5 * alpha + even, 0.5 + slope, bend
            row[3], row[4], row[5] = 0.5 * alpha - even, 0.5 - slope, -bend
        elif code == 2 and abs(alpha) <= 1:
            row[0], row[1], row[2] = 0.5 * (square + alpha), alpha + 0.5, 1.0
            row[3], row[4], row[5] = 0.5 * (alpha - square), 0.5 - alpha, -1.0
        elif code == 2:
            own, other = (0, 3) if alpha > 0 else (3, 0)
            beyond = abs(alpha) - 1
            sign = 1.0 if alpha > 0 else -1.0
            row[own], row[own + 1] = sign * (1 + 1.5 * beyond), 1.5
            row[other], row[other + 1] = -sign * 0.5 * beyond, -0.5
        elif alpha > 0:
            row[0], row[1] = alpha, 1.0
        else:
            row[3], row[4] = alpha, 1.0
    return moves
