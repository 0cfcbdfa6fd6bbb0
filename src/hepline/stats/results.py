"""What statistical inference returns: frozen numbers that `show` draws and JSON stores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hepline.arrays import Floats
from hepline.errors import ModelError, nearest
from hepline.notebook import html_table
from hepline.stats.spread import Covariance

__all__ = ["ChannelPrediction", "FitResult", "GoodnessOfFit", "OtherMinimum", "Parameter"]


@dataclass(frozen=True)
class Parameter:
    """One parameter of the likelihood after a fit.

    Attributes
    ----------
    name : str
        As in the workspace; elements of a vector parameter carry an index: ``staterror_SR[3]``.
    kind : str
        ``normfactor``, ``normsys``, ``histosys``, ``normsys+histosys``, ``staterror``, ``lumi``,
        ``shapefactor`` or ``shapesys``.
    value, error : float
        Maximum-likelihood estimate; uncertainty from the inverse of the exact Hessian: zero for a
        parameter that is fixed or stands at a bound without curvature, not a number for one that
        the data do not determine.
    initial : float
        Where the fit began.
    center : float or None
        What the auxiliary measurement found, in the parameter's own units: the nominal value; None
        if unconstrained.
    prior_width : float or None
        Width of the constraint term in the parameter's own units; None if unconstrained.
    bounds : tuple of (float, float)
    fixed : bool
        Held constant in this fit.
    """

    name: str
    kind: str
    value: float
    error: float
    initial: float
    center: float | None
    prior_width: float | None
    bounds: tuple[float, float]
    fixed: bool = False

    @property
    def pull(self) -> float | None:
        """(value − center) / prior width; None for an unconstrained parameter."""
        return self.deviation(self.value)

    @property
    def constraint(self) -> float | None:
        """Error / prior width: below one where the data know more than the prior."""
        return self.error / self.prior_width if self.prior_width else None

    @property
    def determined(self) -> bool:
        """Whether the data, or a constraint, say anything about its value."""
        return not math.isnan(self.error)

    def deviation(self, value: float) -> float | None:
        """Distance of a value from the center in prior widths; None if unconstrained."""
        if self.center is None or not self.prior_width:
            return None
        return (value - self.center) / self.prior_width


@dataclass(frozen=True)
class GoodnessOfFit:
    """Comparison with the saturated model.

    Attributes
    ----------
    statistic : float
        Twice the log-likelihood ratio of the saturated and the fitted model.
    degrees_of_freedom : int
        Bins minus unconstrained free parameters.
    p_value : float
        Upper tail of the chi-square distribution.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float


@dataclass(frozen=True)
class OtherMinimum:
    """A minimum that is less deep than that of the fit.

    Attributes
    ----------
    twice_nll : float
        Twice the negative log-likelihood there.
    values : tuple of float
        Of all parameters, in the order of the fit.
    """

    twice_nll: float
    values: tuple[float, ...]


@dataclass(frozen=True)
class FitResult:
    """The minimum of a likelihood.

    Attributes
    ----------
    poi : str
        Name of the parameter of interest.
    parameters : tuple of Parameter
        In the order of the covariance matrix.
    spread : Covariance
        Covariances of the parameters, any part of which can be had; all of them are `covariance`.
    twice_nll : float
        Twice the negative log-likelihood at the minimum, constants included as in pyhf.
    method : str
        The step of the ladder that converged.
    covariance_quality : str
        ``exact``, or in words what is not: which parameters stand at a bound, and which
        combination of them the data leave open (``degenerate``).
    goodness_of_fit : GoodnessOfFit or None
    seconds : float
    pseudo_inverse : ndarray, shape (parameter, parameter), or None
        Of a degenerate fit only: a covariance without gaps. It gives the variance of any quantity
        that the data determine, such as events after the fit, and has no other meaning.
    other_minima : tuple of OtherMinimum
        Less deep ones that were seen on the way, the deepest first: with them, the likelihood is no
        parabola, and other programs may end there.
    """

    poi: str
    parameters: tuple[Parameter, ...]
    spread: Covariance
    twice_nll: float
    method: str
    covariance_quality: str
    goodness_of_fit: GoodnessOfFit | None
    seconds: float
    pseudo_inverse: Floats | None = None
    other_minima: tuple[OtherMinimum, ...] = ()

    def __getitem__(self, name: str) -> Parameter:
        """Return the parameter of this name."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        raise ModelError(
            f"the fit has no parameter '{name}'.",
            why=f"it has {len(self.parameters)} parameters; this is the name of none.",
            fix=nearest(name, [parameter.name for parameter in self.parameters]),
        )

    def __contains__(self, name: object) -> bool:
        return any(parameter.name == name for parameter in self.parameters)

    def __repr__(self) -> str:
        poi = self[self.poi]
        return (
            f"<FitResult: {poi.name} = {poi.value:.4g} ± {poi.error:.2g}, {len(self.parameters)} "
            f"parameters, −2 ln L = {self.twice_nll:.4f}, covariance {self.covariance_quality}>"
        )

    def _repr_html_(self) -> str:
        rows = [
            (
                one.name,
                f"{one.value:.4g}",
                "fixed" if one.fixed else f"{one.error:.2g}",
                "" if one.pull is None else f"{one.pull:+.2f}",
            )
            for one in self.parameters
        ]
        head = ("parameter", "value", "error", "pull")
        return html_table(head, rows, caption=repr(self)[1:-1])

    @property
    def undetermined(self) -> tuple[str, ...]:
        """Parameters that the data do not determine; their values are one choice of many."""
        return tuple(each.name for each in self.parameters if not each.determined)

    @property
    def covariance(self) -> Floats:
        """Covariance matrix, shape (parameter, parameter).

        Zero rows and columns for fixed parameters; not a number for those that the data do not
        determine.
        """
        return self.spread.matrix

    @property
    def correlation(self) -> Floats:
        """Correlation matrix, shape (parameter, parameter); zero where there is no error."""
        every = range(len(self.spread))
        return self.correlations(every, every)

    def correlations(self, rows: Sequence[int], columns: Sequence[int]) -> Floats:
        """Correlations of some parameters with others, shape (row, column).

        Parameters
        ----------
        rows, columns : sequence of int
            Positions of parameters.
        """
        width = np.sqrt(self.spread.variances)
        scale = np.where(width > 0, 1 / np.where(width > 0, width, 1), 0.0)
        both = np.outer(scale[list(rows)], scale[list(columns)])
        return np.asarray(np.nan_to_num(self.spread.part(rows, columns)) * both)


@dataclass(frozen=True)
class ChannelPrediction:
    """What a model expects in one channel for given parameters.

    Attributes
    ----------
    channel : str
    samples : tuple of (str, ndarray of shape (bin,))
        Expected events of each sample.
    total : ndarray, shape (bin,)
    uncertainty : ndarray, shape (bin,)
        One standard deviation of `total`, all parameters and their correlations propagated.
    yield_uncertainty : float
        One standard deviation of the sum of `total`.
    data : ndarray, shape (bin,)
    """

    channel: str
    samples: tuple[tuple[str, Floats], ...]
    total: Floats
    uncertainty: Floats
    yield_uncertainty: float
    data: Floats
