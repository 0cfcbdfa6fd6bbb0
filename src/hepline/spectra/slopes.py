"""How the expected events of a mixture change with its parameters.

Events enter linearly: their slopes are the shares themselves. A shape has its slopes from central
differences, in which nothing but the part that it belongs to is computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from hepline.arrays import Floats
from hepline.spectra.mixture import Mixture

__all__ = ["difference", "slopes_at", "slopes_in"]

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
    steps = _STEP * _lengths(mixture, theta)
    slopes[: shape.stop] = 0.0
    for k in range(shape.stop if events.any() else 0):
        slopes[k] = difference(lambda at: events @ peaks(at), theta, k, steps[k], bounds[k])
    for k in range(under + 1, len(theta)):
        slopes[k] = theta[under] * difference(background, theta, k, steps[k], bounds[k])
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


def difference(
    function: Callable[[Floats], ArrayLike],
    theta: Floats,
    k: int,
    step: float,
    bounds: Sequence[float] | Floats,
) -> Floats:
    """Slope of a function of θ from two of its values.

    Parameters
    ----------
    function : callable
    theta : ndarray, shape (parameter,)
    k : int
        Which parameter moves.
    step : float
        Up and down, as far as the bounds let it.
    bounds : (float, float)

    Returns
    -------
    ndarray, of the shape of the function's values
    """
    above, below = theta.copy(), theta.copy()
    above[k] = min(theta[k] + step, bounds[1])
    below[k] = max(theta[k] - step, bounds[0])
    return np.asarray(np.subtract(function(above), function(below)) / (above[k] - below[k]))
