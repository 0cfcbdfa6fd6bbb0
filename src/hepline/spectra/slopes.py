"""How the expected events of a mixture change with its parameters.

Events enter linearly: their slopes are the shares themselves. A shape has its slopes from central
differences, in which nothing but the part that it belongs to is computed again.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hepline.arrays import Floats
from hepline.spectra.mixture import Mixture

__all__ = ["slopes_at", "slopes_in"]

_STEP = 1e-4


def slopes_in(
    mixture: Mixture, edges: Floats, theta: Floats, bounds: Floats
) -> tuple[Floats, Floats]:
    """Expected events of each bin, and their slopes.

    Parameters
    ----------
    mixture : Mixture
    edges : ndarray, shape (bin + 1,)
        GeV; they cover the window.
    theta : ndarray, shape (parameter,)
    bounds : ndarray, shape (parameter, 2)
        Differences do not leave them.

    Returns
    -------
    expected : ndarray, shape (bin,)
    slopes : ndarray, shape (parameter, bin)
    """
    return _slopes(
        mixture,
        theta,
        bounds,
        lambda at: mixture.peaks_in(edges, at),
        lambda at: mixture.background_in(edges, at),
    )


def slopes_at(mixture: Mixture, x: Floats, theta: Floats, bounds: Floats) -> tuple[Floats, Floats]:
    """Expected events per GeV at each mass, and their slopes.

    Parameters
    ----------
    mixture : Mixture
    x : ndarray, shape (entry,)
        GeV, inside of the window.
    theta : ndarray, shape (parameter,)
    bounds : ndarray, shape (parameter, 2)

    Returns
    -------
    density : ndarray, shape (entry,)
    slopes : ndarray, shape (parameter, entry)
    """
    return _slopes(
        mixture,
        theta,
        bounds,
        lambda at: mixture.peaks_at(x, at),
        lambda at: mixture.background_at(x, at),
    )


def _slopes(
    mixture: Mixture,
    theta: Floats,
    bounds: Floats,
    peaks: Callable[[Floats], Floats],
    background: Callable[[Floats], Floats],
) -> tuple[Floats, Floats]:
    shape, yields, under = mixture.layout
    events = theta[yields]
    shares, below = peaks(theta), background(theta)
    slopes = np.empty((len(theta), len(below)))
    slopes[yields] = shares
    slopes[under] = below
    lengths = _lengths(mixture, theta)
    slopes[: shape.stop] = 0.0
    for k in range(shape.stop if events.any() else 0):
        slopes[k] = _difference(lambda at: events @ peaks(at), theta, k, lengths[k], bounds[k])
    for k in range(under + 1, len(theta)):
        slopes[k] = theta[under] * _difference(background, theta, k, lengths[k], bounds[k])
    return np.asarray(events @ shares + theta[under] * below), slopes


def _lengths(mixture: Mixture, theta: Floats) -> Floats:
    """On what length a shape changes with each of its parameters."""
    lengths = np.maximum(np.abs(theta), 0.1)
    shape = mixture.layout[0]
    wide = mixture.signal.half_width(*theta[shape])
    lengths[: shape.start] = wide
    for k, name in enumerate(mixture.signal.parameters, shape.start):
        if name in ("width", "resolution"):
            lengths[k] = wide
    return lengths


def _difference(
    function: Callable[[Floats], Floats], theta: Floats, k: int, length: float, bounds: Floats
) -> Floats:
    above, below = theta.copy(), theta.copy()
    above[k] = min(theta[k] + _STEP * length, bounds[1])
    below[k] = max(theta[k] - _STEP * length, bounds[0])
    return np.asarray((function(above) - function(below)) / (above[k] - below[k]))
