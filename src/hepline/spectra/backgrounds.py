"""Shapes of what lies under a peak, each normalised in its window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.polynomial.chebyshev import cheb2poly
from scipy.special import betainc, gammainc

from hepline.arrays import Floats
from hepline.errors import AnalysisError, nearest

__all__ = ["BACKGROUNDS", "Background", "background_named"]


@dataclass(frozen=True)
class Background:
    """A shape of backgrounds.

    Attributes
    ----------
    name : str
    parameters : tuple of str
        Without the number of events.
    start : tuple of float
        Values to start at.
    bounds : tuple of (float, float)
    cumulative : callable
        Of (x, low, high, *parameters): share of the window below x.
    density : callable
        Of (x, low, high, *parameters), 1/GeV.
    """

    name: str
    parameters: tuple[str, ...]
    start: tuple[float, ...]
    bounds: tuple[tuple[float, float], ...]
    density: Callable[..., Floats]
    cumulative: Callable[..., Floats]


def _unit(x: Floats, low: float, high: float) -> Floats:
    return (x - low) / (high - low)


def _horner(u: Floats, coefficients: Floats) -> Floats:
    total = np.full_like(u, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        total *= u
        total += coefficient
    return total


def _chebyshev(order: int) -> Background:
    """1 + Σ cₖ Tₖ; the fit keeps it positive."""
    powers = np.zeros((order + 1, order + 1))
    for k in range(order + 1):
        powers[k, : k + 1] = cheb2poly(np.eye(order + 1)[k])[: k + 1]
    degrees = np.arange(1, order + 2)
    area_of_power = (1 - (-1.0) ** degrees) / degrees

    def series(*c: float) -> Floats:
        # As a sum of powers, which at these orders is as exact; normalised on [−1, 1].
        plain = np.array((1.0, *c)) @ powers
        return np.asarray(plain / (plain @ area_of_power))

    def density(x: Floats, low: float, high: float, *c: float) -> Floats:
        return _horner(2 * _unit(x, low, high) - 1, series(*c)) * (2 / (high - low))

    def cumulative(x: Floats, low: float, high: float, *c: float) -> Floats:
        raised = np.append(0.0, series(*c) / degrees)
        raised[0] = -_horner(np.array(-1.0), raised)
        return _horner(2 * _unit(x, low, high) - 1, raised)

    names = tuple(f"c{k}" for k in range(1, order + 1))
    name = f"chebyshev {order}" if order else "flat"
    zeros = (0.0,) * order
    return Background(name, names, zeros, ((-2.0, 2.0),) * order, density, cumulative)


def _shares(left: tuple[float, ...]) -> Floats:
    """Numbers that add up to one, each a share of what the ones before have left."""
    remains = np.concatenate([[1.0], np.cumprod(1 - np.array(left))])
    return np.append(remains[:-1] * left, remains[-1])


def _bernstein(order: int) -> Background:
    """Polynomial that is nowhere negative: Bernstein's basis with coefficients that add up to 1."""

    def density(x: Floats, low: float, high: float, *left: float) -> Floats:
        u = _unit(x, low, high)
        basis = (comb(order, k) * u**k * (1 - u) ** (order - k) for k in range(order + 1))
        total = sum(share * b for share, b in zip(_shares(left), basis, strict=True))
        return np.asarray(total * (order + 1) / (high - low))

    def cumulative(x: Floats, low: float, high: float, *left: float) -> Floats:
        u = np.clip(_unit(x, low, high), 0, 1)
        parts = (share * betainc(k + 1, order - k + 1, u) for k, share in enumerate(_shares(left)))
        return np.asarray(sum(parts))

    names = tuple(f"share {k}" for k in range(order))
    even = tuple(1 / (order + 1 - k) for k in range(order))
    limits = ((0.0, 1.0),) * order
    return Background(f"bernstein {order}", names, even, limits, density, cumulative)


def _exponential(x: Floats, low: float, high: float, slope: float) -> Floats:
    # `slope` counts e-folds over the window, which makes it of order one anywhere.
    return np.asarray(np.exp(-slope * _unit(x, low, high)) * _per_unit(slope) / (high - low))


def _per_unit(slope: float) -> float:
    """Slope over the integral of exp(−slope · u) on [0, 1], through zero."""
    return 1 + slope / 2 if abs(slope) < 1e-8 else float(slope / -np.expm1(-slope))


def _exponential_integral(x: Floats, low: float, high: float, slope: float) -> Floats:
    u = _unit(x, low, high)
    if abs(slope) < 1e-8:
        return u
    return np.asarray(np.expm1(-slope * u) / np.expm1(-slope))


def _power(x: Floats, low: float, high: float, index: float) -> Floats:
    # An exponential of ln(x).
    folds = np.log(high / low)
    u = np.log(x / low) / folds
    slope = (index - 1) * folds
    return np.asarray(np.exp(-slope * u) * _per_unit(slope) / (x * folds))


def _power_integral(x: Floats, low: float, high: float, index: float) -> Floats:
    folds = np.log(high / low)
    return _exponential_integral(np.log(x / low) / folds, 0.0, 1.0, (index - 1) * folds)


def _argus_below(x: Floats, endpoint: float, curvature: float) -> Floats:
    """∫ x √y exp(−a y) dx with y = 1 − x²/c², up to a factor, falling in x."""
    y = np.clip(1 - (x / endpoint) ** 2, 0, 1)
    return np.asarray(gammainc(1.5, max(curvature, 1e-6) * y))


def _argus(x: Floats, low: float, high: float, curvature: float) -> Floats:
    # A floating endpoint clings to the largest value, where no error can be computed.
    endpoint = high
    curvature = max(curvature, 1e-6)
    y = np.clip(1 - (x / endpoint) ** 2, 0, None)
    ends = _argus_below(np.array([low, high]), endpoint, curvature)
    # d gammainc(3/2, a y) / dx, Γ(3/2) = √π/2.
    slope = 4 * x / endpoint**2 * curvature**1.5 * np.sqrt(y) * np.exp(-curvature * y)
    return np.asarray(slope / np.sqrt(np.pi) / (ends[0] - ends[1]))


def _argus_integral(x: Floats, low: float, high: float, curvature: float) -> Floats:
    endpoint = high
    ends = _argus_below(np.array([low, high]), endpoint, curvature)
    below = (ends[0] - _argus_below(x, endpoint, curvature)) / (ends[0] - ends[1])
    return np.asarray(below)


BACKGROUNDS = {
    shape.name: shape
    for shape in (
        *(_chebyshev(order) for order in range(5)),
        *(_bernstein(order) for order in range(1, 7)),
        Background(
            "exponential",
            ("slope",),
            (0.1,),
            ((-50.0, 50.0),),
            _exponential,
            _exponential_integral,
        ),
        Background(
            "power law",
            ("index",),
            (2.0,),
            ((-20.0, 50.0),),
            _power,
            _power_integral,
        ),
        Background(
            "argus",
            ("curvature",),
            (5.0,),
            ((0.0, 200.0),),
            _argus,
            _argus_integral,
        ),
    )
}


def background_named(name: str) -> Background:
    """Shape of a background by its name.

    Parameters
    ----------
    name : str
        ``flat``, ``chebyshev 1`` to ``4``, ``bernstein 1`` to ``6`` (or ``polynomial``, which is
        the same), ``exponential``, ``power law`` or ``argus`` (ends at the upper end of the
        window). A series without its order is of order 2.

    Returns
    -------
    Background

    Raises
    ------
    AnalysisError
        If there is none of that name.
    """
    known = name.replace("polynomial", "bernstein")
    if known in ("bernstein", "chebyshev"):
        known = f"{known} 2"
    if known not in BACKGROUNDS:
        raise AnalysisError(
            f"there is no background shape '{name}'",
            why="backgrounds are fitted by shapes that hepline knows",
            fix=nearest(name, BACKGROUNDS),
        )
    return BACKGROUNDS[known]
