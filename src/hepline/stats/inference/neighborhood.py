"""Fits that hold parameters, compared with the best fit: for scans, intervals and impacts.

A neighborhood belongs to a fit, which is a result already: it starts along its covariance, and a
deeper minimum is an error, since the fit was none. `hepline.stats.inference.profile` tests values
of the parameter of interest far away, some impossible, of many toys: it starts from the best of all
points that it knows, and moves to a deeper minimum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from hepline.arrays import Floats
from hepline.errors import FitError
from hepline.stats.fit import fit as best_fit
from hepline.stats.histfactory import HistFactory
from hepline.stats.likelihood import Likelihood
from hepline.stats.minimum import find_minimum
from hepline.stats.newton import Minimum
from hepline.stats.results import FitResult
from hepline.stats.spread import Covariance

__all__ = ["DeeperMinimum", "Neighborhood", "from_deepest"]

_MOST_RESTARTS = 5

Answer = TypeVar("Answer")


class DeeperMinimum(FitError):
    """A fit with parameters held ended below the best fit, which lies in another valley.

    Attributes
    ----------
    start : mapping of str to float
        Where to start the best fit again.
    """

    start: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Neighborhood:
    """The likelihood around its maximum, maximized again wherever parameters are held.

    Attributes
    ----------
    model : HistFactory
    likelihood : Likelihood
    fit : FitResult
        The minimum that all others are compared with.
    best : ndarray, shape (parameter,)
        Its parameters.
    """

    model: HistFactory
    likelihood: Likelihood
    fit: FitResult
    best: Floats

    @classmethod
    def around(
        cls, model: HistFactory, data: ArrayLike | None = None, fit: FitResult | None = None
    ) -> Neighborhood:
        """Start from a fit, which is made where it is not given.

        Parameters
        ----------
        model : HistFactory
        data : array_like, shape (bin,) or (bin + auxdata,), optional
            The observed data by default.
        fit : FitResult, optional
            Of this model to these data; parameters that it held stay held.

        Raises
        ------
        FitError
            If the fit fails, or if the given one is of another model or of other data.
        """
        likelihood = model.likelihood(data)
        result = best_fit(model, data=data) if fit is None else fit
        if tuple(each.name for each in result.parameters) != model.parameter_names:
            raise FitError(
                f"the given fit has {len(result.parameters)} parameters of another model.",
                why=f"this model has {len(model.parameter_names)}, and the names differ.",
                fix="give the fit of this model, or none.",
            )
        best = np.array([each.value for each in result.parameters])
        found = likelihood.value(best)
        if not abs(found - result.twice_nll) <= _tolerance(result.twice_nll):
            raise FitError(
                f"the given fit says {result.twice_nll:.6f} of its minimum, these data say "
                f"{found:.6f} of the same point.",
                why="the fit was made to other data, or with another model.",
                fix="give the data that were fitted (data=...), or no fit.",
            )
        return cls(model, likelihood, result, best)

    def position(self, name: str) -> int:
        """Find a single parameter that the fit has moved.

        Raises
        ------
        FitError
            If there is none of this name, if it is a vector, if the fit held it, or if the data do
            not determine it.
        """
        found = self.model.indices(name)
        if len(found) > 1:
            raise FitError(
                f"'{name}' is a vector of {len(found)} parameters.",
                why="a profile is that of single parameters.",
                fix=f"name an element, such as '{self.model.parameter_names[found[0]]}'.",
            )
        parameter = self.fit.parameters[found[0]]
        if parameter.fixed:
            raise FitError(
                f"parameter '{name}' was held at {parameter.value:g} in the fit.",
                why="what is held has no best value, and no uncertainty.",
                fix="leave it free in the fit and in the measurement, or ask for another.",
            )
        if not parameter.determined:
            raise FitError(
                f"parameter '{name}' is not determined by the data.",
                why=f"the fit is {self.fit.covariance_quality}.",
                fix="hold one of these parameters (fixed={...}), constrain it, or ask for a "
                "parameter that has an error.",
            )
        return found[0]

    def check_inside(self, name: str, value: float) -> None:
        """Refuse to hold a parameter outside of its bounds.

        Raises
        ------
        FitError
            If the value lies there, or is not a number.
        """
        lower, upper = self.fit.parameters[self.position(name)].bounds
        if not lower <= value <= upper:
            raise FitError(
                f"cannot hold the parameter '{name}' at {value:g}.",
                why=f"its bounds are {lower:g} and {upper:g}.",
                fix="give a value inside, or widen the bounds in the measurement.",
            )

    def at(self, values: Mapping[str, float], *, near: Floats | None = None) -> Minimum:
        """Find the minimum with these parameters held.

        Parameters
        ----------
        values : mapping of str to float
            Single parameters, not vectors.
        near : ndarray, shape (parameter,), optional
            The minimum of a neighboring point; the best fit by default. The search starts
            from there, shifted along the covariance.

        Returns
        -------
        Minimum
            Infinite where the data are impossible for these values.

        Raises
        ------
        FitError
            If there is no minimum.
        DeeperMinimum
            If it lies below that of the fit, which then is none.
        """
        start = self._start(values, near)
        if start is None:
            return Minimum(self.best, np.inf, False, "the data are impossible there")
        found = self._deepest(values, start)
        if found.value < self.fit.twice_nll - _tolerance(self.fit.twice_nll):
            self._refuse_deeper(found, values)
        return found

    def rise(self, values: Mapping[str, float]) -> float:
        """Twice the log-likelihood ratio of the best fit and of the fit with these values held."""
        return max(0.0, self.at(values).value - self.fit.twice_nll)

    def follows(self, index: int) -> bool:
        """Whether a parameter moved in the fit and has a value that the data determine."""
        parameter = self.fit.parameters[index]
        return not parameter.fixed and parameter.determined

    def _start(self, values: Mapping[str, float], near: Floats | None) -> Floats | None:
        """Find a point with these values where the likelihood is not zero."""
        held = [self.position(name) for name in values]
        wanted = np.array(list(values.values()), dtype=np.float64)
        origin = self.best if near is None else near
        degenerate = self.fit.pseudo_inverse
        spread = self.fit.spread if degenerate is None else Covariance.of(degenerate)
        follows = spread.part(range(len(origin)), held)
        slope = follows @ np.linalg.pinv(follows[held], hermitian=True)
        shifted = np.clip(
            origin + slope @ (wanted - origin[held]), self.model.lower, self.model.upper
        )
        fixed = np.array([each.fixed for each in self.fit.parameters])
        for candidate in (shifted, origin, self.best, self.model.initial):
            start = np.where(fixed, self.best, candidate)
            start[held] = wanted
            if np.isfinite(self.likelihood.value(start)):
                return start
        return None

    def _deepest(self, values: Mapping[str, float], start: Floats) -> Minimum:
        held = {each.name: each.value for each in self.fit.parameters if each.fixed}
        try:
            return find_minimum(
                self.model,
                self.likelihood,
                fixed={**held, **values},
                near=start,
                valleys=self._valleys,
            ).minimum
        except FitError as error:
            raise FitError(
                f"no minimum with {_listed(values.items())}: {error.what}",
                why=error.why,
                fix=error.fix,
            ) from error

    @property
    def _valleys(self) -> list[Floats]:
        """Points in all valleys, if there are several."""
        others = [np.array(each.values) for each in self.fit.other_minima]
        return [self.best, *others] if others else []

    def _refuse_deeper(self, found: Minimum, values: Mapping[str, float]) -> None:
        width = np.array([each.error for each in self.fit.parameters])
        moved = np.abs(found.theta - self.best) / np.where(width > 0, width, np.inf)
        most = [i for i in np.argsort(-moved)[:3].tolist() if moved[i] > 0]
        there = ", ".join(f"'{self.model.parameter_names[i]}': {found.theta[i]:.4g}" for i in most)
        error = DeeperMinimum(
            f"a deeper minimum turned up with {_listed(values.items())}.",
            why=f"twice the negative log-likelihood is lower by "
            f"{self.fit.twice_nll - found.value:.3g} than in the fit, which ended in another "
            "valley.",
            fix=f"fit again from there (init={{{there}}}), and give that fit (fit=...), or none.",
        )
        error.start = dict(zip(self.model.parameter_names, found.theta.tolist(), strict=True))
        raise error


def from_deepest(
    question: Callable[[Neighborhood], Answer],
    model: HistFactory,
    data: ArrayLike | None,
    fit: FitResult | None,
) -> Answer:
    """Answer a question around the best fit, anew from a deeper minimum that turns up on the way.

    Parameters
    ----------
    question : callable
    model, data, fit
        As for `Neighborhood.around`. A fit that is given is not replaced: its user would compare
        the answer with it.

    Raises
    ------
    DeeperMinimum
        If the given fit is none, or if minima keep turning up.
    """
    neighborhood = Neighborhood.around(model, data, fit)
    for _ in range(_MOST_RESTARTS):
        try:
            return question(neighborhood)
        except DeeperMinimum as deeper:
            if fit is not None:
                raise
            again = best_fit(model, data=data, init=deeper.start)
            neighborhood = Neighborhood.around(model, data, again)
    return question(neighborhood)


def _tolerance(twice_nll: float) -> float:
    return 1e-6 + 1e-12 * abs(twice_nll)


def _listed(values: Iterable[tuple[str, float]]) -> str:
    return ", ".join(f"'{name}' = {value:.4g}" for name, value in values)
