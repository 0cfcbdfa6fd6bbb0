"""Toy data: what the experiment could have measured, drawn from the model.

Toy 7 of a seed is the same data whatever the number of toys, of workers or of bytes drawn before:
its random numbers are a counter-based stream of their own. They become counts by inverting the
distribution, so that toys of neighboring hypotheses are neighbors: curves over toys are smooth.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri, pdtr, pdtrik

from hepline.arrays import Floats
from hepline.errors import FitError
from hepline.stats.histfactory import HistFactory
from hepline.stats.minimum import find_minimum

__all__ = ["toy_data", "true_values"]

# Above, the inversion of the distribution function costs microseconds and, later, fails.
_MANY_EVENTS = 1e4
_BLOCK = 4  # numbers that Philox makes of one value of its counter


def toy_data(
    model: HistFactory,
    count: int,
    *,
    seed: int,
    values: ArrayLike | None = None,
    first: int = 0,
    stream: int = 0,
) -> Floats:
    """Draw toy data.

    Parameters
    ----------
    model : HistFactory
    count : int
    seed : int
        From 0 to 2⁶⁴ − 1.
    values : array_like, shape (parameter,), optional
        True parameters; those of the best fit to the observed data by default.
    first : int
        Number of the first toy.
    stream : int
        Series of toys of this seed; all series are independent.

    Returns
    -------
    ndarray, shape (toy, bin + auxdata)
        Auxiliary data fluctuate as the main data do, in pyhf's order; those of parameters that the
        measurement holds stay as observed. A bin that expects less than nothing is empty.

    Raises
    ------
    FitError
        If the numbers make no sense, or if the fit for `values` has no result.
    """
    _check_numbers(count, seed, first, stream)
    theta = true_values(model, values)
    bins = len(model.data)
    uniform = _uniform(seed, stream, first, count, bins + len(model.auxdata))
    data = np.tile(np.concatenate([model.data, model.auxdata]), (count, 1))
    data[:, :bins] = _poisson(uniform[:, :bins], model.expected(theta))
    terms = model.constraints
    mean, varies = theta[terms.parameter], ~model.fixed[terms.parameter]
    normal = np.flatnonzero(varies & terms.is_normal)
    counted = np.flatnonzero(varies & ~terms.is_normal)
    data[:, bins + normal] = mean[normal] + terms.scale[normal] * ndtri(uniform[:, bins + normal])
    data[:, bins + counted] = _poisson(
        uniform[:, bins + counted], mean[counted] * terms.scale[counted]
    )
    return data


def true_values(model: HistFactory, values: ArrayLike | None) -> Floats:
    """Check given parameters, or find those of the best fit; shape (parameter,)."""
    if values is None:
        return find_minimum(model, model.likelihood()).minimum.theta
    theta = np.asarray(values, dtype=np.float64)
    if theta.shape != model.initial.shape or not np.all(np.isfinite(model.expected(theta))):
        raise FitError(
            f"no toys can be drawn with true values of shape {theta.shape}."
            if theta.shape != model.initial.shape
            else "the true values lead to infinite expectations.",
            why=f"the model needs {len(model.initial)} finite numbers, one for each parameter.",
            fix="start from model.initial.copy(), or leave values out for those of the best fit.",
        )
    return theta


def _check_numbers(count: int, seed: int, first: int, stream: int) -> None:
    if count < 1:
        raise FitError(
            f"{count} toys tell nothing.",
            why="distributions are filled by at least one toy.",
            fix="ask for 1000 or more; errors fall with the square root.",
        )
    for name, number in (("seed", seed), ("first", first), ("stream", stream)):
        if not 0 <= number < 2**64:
            raise FitError(
                f"{name} is {number}.",
                why="the counter of the random numbers is an unsigned integer of 64 bits.",
                fix="choose a number from 0 to 2⁶⁴ − 1.",
            )


def _uniform(seed: int, stream: int, first: int, count: int, size: int) -> Floats:
    """Numbers inside of (0, 1), shape (toy, size): neither end occurs."""
    blocks = -(-size // _BLOCK)
    generator = np.random.Philox(key=[seed, stream], counter=first * blocks)
    raw = generator.random_raw(count * blocks * _BLOCK).reshape(count, -1)[:, :size]
    return np.asarray(((raw >> np.uint64(12)) + 0.5) * 2.0**-52)


def _poisson(uniform: Floats, rate: Floats) -> Floats:
    """Counts with the given rates, shape (toy, rate)."""
    counts = np.zeros_like(uniform)
    few = (rate > 0) & (rate < _MANY_EVENTS)
    counts[:, few] = _smallest_count(uniform[:, few], rate[few])
    # Cornish and Fisher's expansion: off by one in less than a thousandth of the draws.
    many = rate >= _MANY_EVENTS
    deviate = ndtri(uniform[:, many])
    quantile = rate[many] + np.sqrt(rate[many]) * deviate + (deviate**2 - 1) / 6
    counts[:, many] = np.ceil(quantile - 0.5)
    return counts


def _smallest_count(uniform: Floats, rate: Floats) -> Floats:
    """Find the smallest counts whose distribution functions reach the numbers."""
    counts = np.ceil(pdtrik(uniform, rate))
    # The inverse is a real number with an error of its own: whole ones can come out on either side.
    counts += pdtr(counts, rate) < uniform
    counts -= (counts > 0) & (pdtr(np.maximum(counts - 1, 0), rate) >= uniform)
    return np.asarray(counts, dtype=np.float64)
