"""The profile likelihood: how deep the minimum is where parameters are held, along one or two."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from hepline.arrays import Floats
from hepline.errors import FitError
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.neighborhood import Neighborhood, from_deepest
from hepline.stats.inference.results import Scan, Surface
from hepline.stats.results import FitResult

__all__ = ["scan", "scan2d"]

_REACH = 3.0  # errors to both sides of the best value


def scan(
    model: HistFactory,
    name: str,
    *,
    values: ArrayLike | None = None,
    data: ArrayLike | None = None,
    fit: FitResult | None = None,
) -> Scan:
    """Profile the likelihood along one parameter.

    Parameters
    ----------
    model : HistFactory
    name : str
    values : array_like, shape (point,), optional
        41 within three errors of the best value and within the bounds by default.
    data : array_like, shape (bin,) or (bin + auxdata,), optional
        The observed data by default.
    fit : FitResult, optional
        Of this model to these data: saves a fit.

    Returns
    -------
    Scan
        Infinite where the data are impossible; in the order of `values`.

    Raises
    ------
    FitError
        If the name is unknown, if a value lies outside of the bounds, if a point has no minimum
        or a deeper one than the fit.
    """
    return from_deepest(lambda neighborhood: _scan(neighborhood, name, values), model, data, fit)


def _scan(neighborhood: Neighborhood, name: str, values: ArrayLike | None) -> Scan:
    index = neighborhood.position(name)
    parameter = neighborhood.fit.parameters[index]
    points = _points(neighborhood, index, values, 41)
    rises = np.empty(len(points))
    # From the best value outward, on either side, each point starts near its neighbor.
    order = np.argsort(np.abs(points - parameter.value), kind="stable")
    for side in (points[order] >= parameter.value, points[order] < parameter.value):
        near = None
        for at in order[side].tolist():
            found = neighborhood.at({name: float(points[at])}, near=near)
            near = found.theta if found.converged else None
            rises[at] = max(0.0, found.value - neighborhood.fit.twice_nll)
    return Scan(name, parameter.value, parameter.error, points, rises)


def scan2d(
    model: HistFactory,
    x: str,
    y: str,
    *,
    x_values: ArrayLike | None = None,
    y_values: ArrayLike | None = None,
    data: ArrayLike | None = None,
    fit: FitResult | None = None,
) -> Surface:
    """Profile the likelihood over two parameters.

    Parameters
    ----------
    model : HistFactory
    x, y : str
    x_values, y_values : array_like, shape (x,) and (y,), optional
        21 each within three errors of the best value and within the bounds by default.
    data : array_like, shape (bin,) or (bin + auxdata,), optional
        The observed data by default.
    fit : FitResult, optional
        Of this model to these data: saves a fit.

    Returns
    -------
    Surface
        Infinite where the data are impossible.

    Raises
    ------
    FitError
        As for `scan`; also if both names are the same.
    """
    given = (x_values, y_values)
    return from_deepest(lambda neighborhood: _surface(neighborhood, x, y, given), model, data, fit)


def _surface(
    neighborhood: Neighborhood, x: str, y: str, given: tuple[ArrayLike | None, ArrayLike | None]
) -> Surface:
    columns, rows = (neighborhood.position(name) for name in (x, y))
    if columns == rows:
        raise FitError(
            f"the surface is to have '{x}' on both axes.",
            why="one parameter cannot be held at two values.",
            fix="name two parameters, or use scan() for one.",
        )
    x_points = _points(neighborhood, columns, given[0], 21)
    y_points = _points(neighborhood, rows, given[1], 21)
    rises = np.empty((len(y_points), len(x_points)))
    near = None
    for row, y_point in enumerate(y_points.tolist()):
        # Back and forth like a snake, so that each point starts near its neighbor.
        there = range(len(x_points))
        for column in there if row % 2 == 0 else reversed(there):
            found = neighborhood.at({x: float(x_points[column]), y: y_point}, near=near)
            near = found.theta if found.converged else None
            rises[row, column] = max(0.0, found.value - neighborhood.fit.twice_nll)
    best = (float(neighborhood.best[columns]), float(neighborhood.best[rows]))
    return Surface(x, y, best, x_points, y_points, rises)


def _points(
    neighborhood: Neighborhood, index: int, values: ArrayLike | None, number: int
) -> Floats:
    parameter = neighborhood.fit.parameters[index]
    lower, upper = parameter.bounds
    if values is None:
        reach = _REACH * parameter.error
        if not reach > 0:
            raise FitError(
                f"parameter '{parameter.name}' has no error after the fit.",
                why=f"it stands at {parameter.value:g}, a bound, so that no range is known.",
                fix="give the values to scan.",
            )
        ends = (max(lower, parameter.value - reach), min(upper, parameter.value + reach))
        return np.linspace(*ends, number)
    points = np.asarray(values, dtype=np.float64)
    if points.ndim != 1 or not points.size:
        raise FitError(
            f"cannot scan '{parameter.name}' at values of the shape {points.shape}.",
            why="a scan takes a list of numbers, at least one.",
            fix="give for example values=numpy.linspace(0, 2, 41).",
        )
    for value in points.tolist():
        neighborhood.check_inside(parameter.name, value)
    return points
