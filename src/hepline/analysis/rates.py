"""Uncertainties of rates: how well the normalization of a process is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hepline.analysis.settings import is_finite
from hepline.errors import AnalysisError

__all__ = ["Rate", "RateUncertainty", "checked_bounds", "checked_uncertainty"]

RateUncertainty = float | tuple[float, float]
"""Relative: 0.06, or (0.05, 0.08) for downwards and upwards."""


@dataclass(frozen=True)
class Rate:
    """A parameter of the fit that scales processes.

    Attributes
    ----------
    name : str
    high, low : float or None
        Factors at plus and minus one standard deviation; None if the parameter is free.
    bounds : (float, float)
        Of a free parameter.
    samples : tuple of str or None
        The samples and estimates that it scales; None for all simulated samples.
    regions, eras : tuple of str or None
        Where it does; None for all.
    per_bin : bool
        Whether each bin has a free parameter of its own, which all regions share.
    """

    name: str
    high: float | None = None
    low: float | None = None
    bounds: tuple[float, float] = (0.0, 10.0)
    samples: tuple[str, ...] | None = None
    regions: tuple[str, ...] | None = None
    eras: tuple[str, ...] | None = None
    per_bin: bool = False

    @property
    def is_free(self) -> bool:
        """Whether nothing but the data constrains it."""
        return self.high is None

    def acts_on(self, sample: str, region: str, era: str, *, simulated: bool) -> bool:
        """Whether it scales a sample or an estimate in a region of an era."""
        scales = simulated if self.samples is None else sample in self.samples
        return (
            scales
            and (self.regions is None or region in self.regions)
            and (self.eras is None or era in self.eras)
        )


def checked_uncertainty(owner: str, value: RateUncertainty) -> tuple[float, float]:
    """Factors at plus and minus one standard deviation.

    Parameters
    ----------
    owner : str
        For the message.
    value : float or (float, float)
        Relative: one number, or downwards and upwards.

    Raises
    ------
    AnalysisError
        If it is not positive, or the factor downwards would not be.
    """
    down, up = value if isinstance(value, tuple) and len(value) == 2 else (value, value)
    if not (is_finite(down) and is_finite(up) and down > 0 and up > 0 and down <= 1):
        raise AnalysisError(
            f"uncertainty={value!r} of {owner}.",
            why="it is relative: a fraction of the normalization, downwards at most all of it.",
            fix="give 0.06 for 6 %, or (0.05, 0.08) for 5 % downwards and 8 % upwards.",
        )
    return 1.0 + float(up), 1.0 - float(down)


def checked_bounds(owner: str, bounds: Iterable[float]) -> tuple[float, float]:
    """The lower and upper bound of a free normalization.

    Raises
    ------
    AnalysisError
        If they do not enclose 1, where a normalization starts.
    """
    given = tuple(bounds)
    sound = len(given) == 2 and all(map(is_finite, given))
    if not (sound and given[0] < given[1] and given[0] <= 1 <= given[1]):
        raise AnalysisError(
            f"bounds={given!r} of {owner}.",
            why="a normalization starts at 1, where the prediction stands.",
            fix="give a lower and an upper bound around 1: bounds=(0, 10).",
        )
    return float(given[0]), float(given[1])
