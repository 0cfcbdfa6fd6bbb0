"""Asimov data: counts that are exactly what the model expects, as if nothing ever fluctuated."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from hepline.arrays import Floats
from hepline.errors import FitError
from hepline.stats.histfactory import HistFactory
from hepline.stats.minimum import find_minimum, starting_point

__all__ = ["asimov_data", "expected_data", "free_poi", "required_poi"]


def asimov_data(
    model: HistFactory,
    *,
    values: Mapping[str, float] | None = None,
    mu: float | None = None,
    data: ArrayLike | None = None,
) -> Floats:
    """Compute the data that the model expects.

    Parameters
    ----------
    model : HistFactory
    values : mapping of str to float, optional
        Values of parameters; the name of a vector stands for all its elements.
    mu : float, optional
        Value of the parameter of interest.
    data : array_like, shape (bin,) or (bin + auxdata,), optional
        Parameters that neither `values` nor `mu` name are fitted to these data, such as
        ``model.data``. Where not given, they stay at their initial values.

    Returns
    -------
    ndarray, shape (bin + auxdata,)
        Main and auxiliary data in pyhf's order. The likelihood of these data is largest at the
        parameters that made them.

    Raises
    ------
    FitError
        If a name is unknown, if `mu` is given and the workspace names no parameter of interest,
        if the fit fails, or if a bin is expected to have less than no events.

    References
    ----------
    G. Cowan, K. Cranmer, E. Gross, O. Vitells, Eur. Phys. J. C 71 (2011) 1554, section 3.2,
    arXiv:1007.1727.
    """
    held = dict(values or {})
    if mu is not None:
        held[required_poi(model)] = mu
    if data is None:
        theta, _ = starting_point(model, fixed=held)
    else:
        theta = find_minimum(model, model.likelihood(data), fixed=held).minimum.theta
    return expected_data(model, theta)


def expected_data(model: HistFactory, theta: Floats) -> Floats:
    """Compute expected main and auxiliary data.

    Parameters
    ----------
    model : HistFactory
    theta : ndarray, shape (parameter,)

    Returns
    -------
    ndarray, shape (bin + auxdata,)

    Raises
    ------
    FitError
        If a bin is expected to have less than no events and ``clip_bin_data`` is None: nothing can
        be counted there.

    References
    ----------
    K. Cranmer et al., "HistFactory", CERN-OPEN-2012-016, section 4 (constraint terms).
    """
    bins = model.expected(theta)
    lowest = int(np.argmin(bins))
    if bins[lowest] < 0:
        raise FitError(
            f"there are no Asimov data: {model.bin_name(lowest)} is expected to have "
            f"{bins[lowest]:.3g} events.",
            why="data are counts, which are never negative.",
            fix="leave clip_bin_data at its default of zero, merge this bin with its neighbors, or "
            "look for a negative template or variation.",
        )
    return np.concatenate([bins, model.expected_auxdata(theta)])


def required_poi(model: HistFactory) -> str:
    """Name of the parameter of interest, for questions that have no meaning without one.

    Parameters
    ----------
    model : HistFactory

    Raises
    ------
    FitError
        If the workspace names none.
    """
    if model.poi:
        return model.poi
    raise FitError(
        f"the measurement '{model.measurement}' has no parameter of interest.",
        why="a hypothesis, a limit or a significance is a statement about one parameter.",
        fix='name it in the workspace: {"config": {"poi": "mu", …}} in "measurements".',
    )


def free_poi(model: HistFactory) -> str:
    """Name of the parameter of interest, for questions about its value.

    Parameters
    ----------
    model : HistFactory

    Raises
    ------
    FitError
        If the workspace names none, or if the measurement holds it.
    """
    poi = required_poi(model)
    at = model.indices(poi)[0]
    if model.fixed[at] and poi not in model.idle:
        raise FitError(
            f"the measurement holds the parameter of interest '{poi}' at {model.initial[at]:g}.",
            why="a test, a limit or a significance compares different values of it.",
            fix='remove "fixed" from its setting in the measurement, or name another parameter of '
            "interest (poi='…').",
        )
    return poi
