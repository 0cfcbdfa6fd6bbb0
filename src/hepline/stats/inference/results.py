"""What inference returns: frozen numbers that `show` draws and JSON stores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepline.arrays import Floats
from hepline.errors import FitError, nearest
from hepline.notebook import html_table

__all__ = [
    "Breakdown",
    "Component",
    "HypothesisTest",
    "Impact",
    "Interval",
    "Ranking",
    "Scan",
    "Significance",
    "Surface",
    "ToyStudy",
    "UpperLimit",
]

Five = tuple[float, float, float, float, float]


@dataclass(frozen=True)
class Interval:
    """Profile-likelihood (MINOS) interval of one parameter.

    Attributes
    ----------
    parameter : str
    value : float
        Maximum-likelihood estimate.
    lower, upper : float
        Ends of the interval; a bound of the parameter where the likelihood has not risen enough
        there, see `open_lower` and `open_upper`.
    level : float
        Confidence level, such as 0.6827.
    open_lower, open_upper : bool
        Whether that end is a bound of the parameter and not a crossing.
    """

    parameter: str
    value: float
    lower: float
    upper: float
    level: float
    open_lower: bool = False
    open_upper: bool = False

    @property
    def errors(self) -> tuple[float, float]:
        """Distances to both ends, the lower one negative."""
        return self.lower - self.value, self.upper - self.value


@dataclass(frozen=True)
class Impact:
    """How far the parameter of interest moves with one nuisance parameter.

    Attributes
    ----------
    parameter, kind : str
    value, error : float
        Of the nuisance parameter after the fit.
    pull, constraint : float or None
        None where it has no constraint term.
    up, down : float
        Shift of the parameter of interest in a fit that holds the nuisance parameter one post-fit
        error above, below its best value.
    prefit_up, prefit_down : float or None
        The same with the width of its constraint term; None where it has none.
    """

    parameter: str
    kind: str
    value: float
    error: float
    pull: float | None
    constraint: float | None
    up: float
    down: float
    prefit_up: float | None
    prefit_down: float | None

    @property
    def size(self) -> float:
        """The larger of both post-fit shifts, without sign."""
        return max(abs(self.up), abs(self.down))


@dataclass(frozen=True)
class Ranking:
    """Impacts on the parameter of interest, largest first.

    Attributes
    ----------
    poi : str
    value, error : float
    impacts : tuple of Impact
    """

    poi: str
    value: float
    error: float
    impacts: tuple[Impact, ...]


@dataclass(frozen=True)
class Component:
    """Part of an uncertainty that a group of parameters causes.

    Attributes
    ----------
    name : str
    parameters : tuple of str
    error : float
        Root of the difference of squares: total error, and error with the group held.
    """

    name: str
    parameters: tuple[str, ...]
    error: float


@dataclass(frozen=True)
class Breakdown:
    """Where the uncertainty of the parameter of interest comes from.

    Attributes
    ----------
    poi : str
    value, error : float
    components : tuple of Component
        Largest first. Correlations between groups keep their squares from adding up.
    statistical : float
        Error with all constrained parameters held.
    systematic : float
        Root of the difference of squares of total and statistical error.
    """

    poi: str
    value: float
    error: float
    components: tuple[Component, ...]
    statistical: float
    systematic: float


@dataclass(frozen=True, eq=False)
class Scan:
    """Profile likelihood along one parameter.

    Attributes
    ----------
    parameter : str
    value, error : float
        Best value with its error from the Hessian.
    values : ndarray, shape (point,)
    twice_delta_nll : ndarray, shape (point,)
        Above the minimum.
    """

    parameter: str
    value: float
    error: float
    values: Floats
    twice_delta_nll: Floats


@dataclass(frozen=True, eq=False)
class Surface:
    """Profile likelihood over two parameters.

    Attributes
    ----------
    x, y : str
        Names of the parameters.
    best : tuple of (float, float)
    x_values, y_values : ndarray, shape (x,) and (y,)
    twice_delta_nll : ndarray, shape (y, x)
        Above the minimum; 2.30 and 5.99 enclose 68 % and 95 %.
    """

    x: str
    y: str
    best: tuple[float, float]
    x_values: Floats
    y_values: Floats
    twice_delta_nll: Floats


@dataclass(frozen=True)
class HypothesisTest:
    """Is a value of the parameter of interest excluded?

    Attributes
    ----------
    poi : str
    mu : float
        Tested value.
    statistic : float
        Observed value of the test statistic q̃(mu).
    clsb, clb, cls : float
        p-values of signal plus background and of background, and their ratio.
    expected : tuple of five floats
        CLs for backgrounds that fluctuate by −2, −1, 0, 1 and 2 standard deviations.
    method : str
        ``asymptotic`` or ``toys``.
    toys : int
        How many of each hypothesis; zero for ``asymptotic``.
    error : float
        Standard error of `cls`: binomial, and what toys without a fit could change; zero for
        ``asymptotic``.
    failed : int
        Toys of both hypotheses whose fit has no result; they are left out.
    """

    poi: str
    mu: float
    statistic: float
    clsb: float
    clb: float
    cls: float
    expected: Five
    method: str = "asymptotic"
    toys: int = 0
    error: float = 0.0
    failed: int = 0


@dataclass(frozen=True)
class UpperLimit:
    """Upper limit on the parameter of interest from CLs.

    Attributes
    ----------
    poi : str
    level : float
        Confidence level, such as 0.95.
    observed : float
    expected : tuple of five floats
        For backgrounds that fluctuate by −2, −1, 0, 1 and 2 standard deviations.
    tests : tuple of HypothesisTest
        That were computed on the way, sorted by mu.
    method : str
        ``asymptotic`` or ``toys``.
    error : float
        Standard error of `observed` from the number of toys; zero for ``asymptotic``.
    """

    poi: str
    level: float
    observed: float
    expected: Five
    tests: tuple[HypothesisTest, ...]
    method: str = "asymptotic"
    error: float = 0.0

    @property
    def failed(self) -> int:
        """Toys of all tests whose fit has no result."""
        return sum(test.failed for test in self.tests)

    def __repr__(self) -> str:
        low, middle, high = self.expected[1:4]
        error = f" ± {self.error:.2g}" if self.error else ""
        return (
            f"<UpperLimit: {self.poi} < {self.observed:.4g}{error} observed, {middle:.4g} expected "
            f"({low:.4g} to {high:.4g} in two of three cases), {100 * self.level:g} % CL, "
            f"{self.method}>"
        )

    def _repr_html_(self) -> str:
        sides = ("−2σ", "−1σ", "expected", "+1σ", "+2σ")
        numbers = [f"{value:.4g}" for value in (self.observed, *self.expected)]
        return html_table(("observed", *sides), [numbers], caption=repr(self)[1:-1])


@dataclass(frozen=True)
class Significance:
    """How improbable the data are without a signal.

    Attributes
    ----------
    poi : str
    observed : float
        In standard deviations; zero where the data lie below the background.
    p_value : float
    expected : float
        Median for a signal of one (the nominal signal), in standard deviations.
    method : str
        ``asymptotic`` or ``toys``.
    toys : int
    error : float
        Standard error of `p_value`: binomial, and what toys without a fit could change; zero for
        ``asymptotic``.
    failed : int
        Toys whose fit has no result; they are left out.
    """

    poi: str
    observed: float
    p_value: float
    expected: float
    method: str = "asymptotic"
    toys: int = 0
    error: float = 0.0
    failed: int = 0


@dataclass(frozen=True, eq=False)
class ToyStudy:
    """Fits of toy data that were drawn from the best fit.

    Attributes
    ----------
    parameters : tuple of str
    truth : ndarray, shape (parameter,)
        Values that the toys were drawn with.
    values, errors : ndarray, shape (toy, parameter)
    statistics : ndarray, shape (toy,)
        Goodness of fit of each toy: twice the log-likelihood ratio to the saturated model.
    observed : float
        The same of the data.
    failed : int
        Toys whose fit has no result; they are in no array.
    seed : int
    """

    parameters: tuple[str, ...]
    truth: Floats
    values: Floats
    errors: Floats
    statistics: Floats
    observed: float
    failed: int
    seed: int

    def pulls(self, parameter: str) -> Floats:
        """(value − truth) / error of a parameter, shape (toy with an error,).

        Raises
        ------
        FitError
            If there is no such parameter.
        """
        if parameter not in self.parameters:
            raise FitError(
                f"there is no parameter '{parameter}' in these toys.",
                why=f"fitted were: {', '.join(self.parameters)}.",
                fix=nearest(parameter, self.parameters),
            )
        index = self.parameters.index(parameter)
        known = self.errors[:, index] > 0
        distance = self.values[known, index] - self.truth[index]
        return np.asarray(distance / self.errors[known, index])
