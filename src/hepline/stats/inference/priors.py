"""Prior densities of unconstrained parameters, with their derivatives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from hepline.errors import FitError
from hepline.stats.histfactory import HistFactory

__all__ = ["GammaPrior", "LogNormalPrior", "NormalPrior", "Prior", "priors_by_index"]


class Prior(Protocol):
    """Density of a parameter before the data; it need not be normalized."""

    def log_density(self, value: float) -> float:
        """Logarithm, up to a constant; minus infinity where the parameter cannot be."""
        ...

    def slope(self, value: float) -> float:
        """Derivative of `log_density`."""
        ...


@dataclass(frozen=True)
class NormalPrior:
    """Normal distribution."""

    mean: float
    width: float

    def log_density(self, value: float) -> float:
        """−(value − mean)² / (2 width²)."""
        return -0.5 * ((value - self.mean) / self.width) ** 2

    def slope(self, value: float) -> float:
        """Derivative of `log_density`."""
        return (self.mean - value) / self.width**2


@dataclass(frozen=True)
class LogNormalPrior:
    """The logarithm is normal: ``factor`` 1.1 stands for 10 %."""

    median: float
    factor: float

    def log_density(self, value: float) -> float:
        """Density of the value, not of its logarithm."""
        if value <= 0:
            return -np.inf
        distance = np.log(value / self.median) / np.log(self.factor)
        return float(-0.5 * distance**2 - np.log(value))

    def slope(self, value: float) -> float:
        """Derivative of `log_density`."""
        relative = np.log(value / self.median) / np.log(self.factor) ** 2
        return float(-(relative + 1) / value)


@dataclass(frozen=True)
class GammaPrior:
    """Gamma distribution; ``shape`` 0.5 with ``rate`` 0 is Jeffreys' prior of a Poisson mean."""

    shape: float
    rate: float

    def log_density(self, value: float) -> float:
        """(shape − 1) ln value − rate × value."""
        if value <= 0:
            return -np.inf
        return float((self.shape - 1) * np.log(value) - self.rate * value)

    def slope(self, value: float) -> float:
        """Derivative of `log_density`."""
        return (self.shape - 1) / value - self.rate


def priors_by_index(model: HistFactory, priors: Mapping[str, Prior]) -> dict[int, Prior]:
    """Place priors among the parameters; that of a vector holds for each of its elements.

    Raises
    ------
    FitError
        If there is no such parameter, or its auxiliary measurement is its prior already.
    """
    placed = {}
    for name, prior in priors.items():
        for index in model.indices(name):
            if not np.isnan(model.prior_width[index]):
                raise FitError(
                    f"a prior for '{name}', which has a constraint term.",
                    why="the constraint term is its prior; a second one would count knowledge "
                    "twice.",
                    fix="leave this prior out, or change the width of the uncertainty in the "
                    "workspace.",
                )
            placed[index] = prior
    return placed
