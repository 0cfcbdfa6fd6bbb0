"""What a grid of signals shows: limits, significances and exclusion against its parameters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hepline.arrays import Floats
from hepline.errors import OutputError
from hepline.stats.exclusion import ExcludedRange, excluded_ranges, ratio_to_theory

__all__ = [
    "ExclusionContent",
    "ExclusionPoint",
    "GridContent",
    "LimitCurve",
    "LimitPoint",
    "SignificanceCurve",
    "SignificancePoint",
    "Theory",
]

Five = tuple[float, float, float, float, float]


@dataclass(frozen=True)
class LimitPoint:
    """Upper limits for one value of a parameter of the signal.

    Attributes
    ----------
    at : float
        The value: a mass, say.
    expected : tuple of five floats
        For backgrounds that fluctuate by −2, −1, 0, 1 and 2 standard deviations.
    observed : float
        NaN is hidden.
    """

    at: float
    expected: Five
    observed: float = math.nan


@dataclass(frozen=True, eq=False)
class Theory:
    """What a model predicts, in the unit of the limits.

    Attributes
    ----------
    label : str
        Of the model, for the legend.
    at, values : ndarray, shape (point,)
        Values of the parameter, ascending, and predictions; interpolated in their logarithm.
    low, high : ndarray, shape (point,), or None
        At ∓1 standard deviation of the prediction, drawn as a band.
    """

    label: str
    at: Floats
    values: Floats
    low: Floats | None = None
    high: Floats | None = None


@dataclass(frozen=True, eq=False)
class LimitCurve:
    """Upper limits against a parameter of the signal.

    Attributes
    ----------
    name : str
        Unique among the figures of a report.
    axis_label : str
        The parameter with its unit in square brackets: ``$m$(Z′) [GeV]``.
    limit_label : str
        What is limited, with its unit: ``σ × B [pb]``, or ``signal strength``.
    points : tuple of LimitPoint
        In any order.
    theory : Theory or None
        Where limits fall below it, the signal is excluded.
    reference : float or None
        A constant in place of a theory: one, for limits on a signal strength.
    level : float
        Confidence level.
    log : bool or None
        Logarithmic scale of the limits; None chooses it where they differ by much.
    """

    name: str
    axis_label: str
    limit_label: str
    points: tuple[LimitPoint, ...]
    theory: Theory | None = None
    reference: float | None = None
    level: float = 0.95
    log: bool | None = None

    def __post_init__(self) -> None:
        if not self.points:
            raise OutputError(
                f"there are no limits for the figure '{self.name}'.",
                why="a curve of limits needs at least one point.",
                fix="leave the figure out, or compute a limit.",
            )

    @property
    def ordered(self) -> tuple[LimitPoint, ...]:
        """The points, ascending."""
        return tuple(sorted(self.points, key=lambda point: point.at))

    def excluded(self, *, observed: bool) -> tuple[ExcludedRange, ...]:
        """Ranges of the parameter in which the signal as predicted is excluded.

        Parameters
        ----------
        observed : bool
            By the observed limits, or by the median of the expected ones.

        Returns
        -------
        tuple of ExcludedRange
            Their ends that are not ends of the scan are the crossings with the theory.

        Raises
        ------
        FitError
            If a limit or a prediction is not above zero.
        """
        at = np.array([point.at for point in self.ordered])
        limits = [point.observed if observed else point.expected[2] for point in self.ordered]
        if self.theory is not None:
            return excluded_ranges(*ratio_to_theory(at, limits, self.theory.at, self.theory.values))
        if self.reference is None:
            return ()
        ends = [at[0], at[-1]]
        return excluded_ranges(*ratio_to_theory(at, limits, ends, [self.reference] * 2))

    def numbers(self) -> dict[str, object]:
        """Write down everything that is drawn, for the file beside the figure."""
        theory = self.theory
        return {
            "axis": self.axis_label,
            "limit": self.limit_label,
            "level": self.level,
            "points": [
                {"at": point.at, "observed": point.observed, "expected": point.expected}
                for point in self.ordered
            ],
            "theory": None
            if theory is None
            else {
                "label": theory.label,
                "at": theory.at,
                "values": theory.values,
                "low": theory.low,
                "high": theory.high,
            },
            "reference": self.reference,
            "excluded": {
                kind: [_range(part) for part in self.excluded(observed=kind == "observed")]
                for kind in ("observed", "expected")
            },
        }


def _range(excluded: ExcludedRange) -> dict[str, object]:
    return {
        "low": excluded.low,
        "high": excluded.high,
        "open_low": excluded.open_low,
        "open_high": excluded.open_high,
    }


@dataclass(frozen=True)
class SignificancePoint:
    """Local significance for one value of a parameter of the signal.

    Attributes
    ----------
    at : float
    observed, expected : float
        Standard deviations; of the signal as predicted for the second. NaN is not drawn.
    """

    at: float
    observed: float = math.nan
    expected: float = math.nan


@dataclass(frozen=True, eq=False)
class SignificanceCurve:
    """Local significance against a parameter of the signal.

    Attributes
    ----------
    name, axis_label : str
        See `LimitCurve`.
    points : tuple of SignificancePoint
        In any order.
    global_significance : float or None
        Of the largest excess, corrected for looking elsewhere.
    """

    name: str
    axis_label: str
    points: tuple[SignificancePoint, ...]
    global_significance: float | None = None

    @property
    def ordered(self) -> tuple[SignificancePoint, ...]:
        """The points, ascending."""
        return tuple(sorted(self.points, key=lambda point: point.at))

    def numbers(self) -> dict[str, object]:
        """Write down everything that is drawn, for the file beside the figure."""
        return {
            "axis": self.axis_label,
            "points": [
                {"at": point.at, "observed": point.observed, "expected": point.expected}
                for point in self.ordered
            ],
            "global_significance": self.global_significance,
        }


@dataclass(frozen=True)
class ExclusionPoint:
    """One signal of a grid of two parameters.

    Attributes
    ----------
    x, y : float
        Its parameters.
    expected : tuple of five floats
        Upper limit divided by theory, or CLs, for backgrounds that fluctuate by −2, −1, 0, 1 and 2
        standard deviations.
    observed : float
        NaN is hidden.
    """

    x: float
    y: float
    expected: Five
    observed: float = math.nan


@dataclass(frozen=True, eq=False)
class ExclusionContent:
    """Excluded signals in the plane of two parameters.

    Attributes
    ----------
    name : str
        Unique among the figures of a report.
    x_label, y_label : str
        Parameters with their units in square brackets.
    points : tuple of ExclusionPoint
        In any order, on any grid.
    threshold : float
        A point is excluded below it: 1 for limits divided by theory, 0.05 for CLs.
    level : float
        Confidence level.
    label : str
        The signal: written into the figure; may hold mathtext.
    """

    name: str
    x_label: str
    y_label: str
    points: tuple[ExclusionPoint, ...]
    threshold: float = 1.0
    level: float = 0.95
    label: str = ""

    def heights(self, which: str | int) -> Floats:
        """Logarithm of value over threshold at each point: negative where it is excluded.

        Parameters
        ----------
        which : str or int
            ``observed``, or the place of an expected quantile: 2 for the median.
        """
        values = np.array(
            [point.observed if which == "observed" else point.expected[int(which)]
             for point in self.points], dtype=float,
        )  # fmt: skip
        # CLs of a signal that is excluded many times over may be zero.
        heights: Floats = np.log(np.maximum(values, 1e-6 * self.threshold) / self.threshold)
        return heights

    def numbers(self) -> dict[str, object]:
        """Write down the points; the figure adds its contours."""
        return {
            "x": self.x_label,
            "y": self.y_label,
            "threshold": self.threshold,
            "level": self.level,
            "points": [
                {
                    "x": point.x,
                    "y": point.y,
                    "observed": point.observed,
                    "expected": point.expected,
                }
                for point in self.points
            ],
        }


@dataclass(frozen=True, eq=False)
class GridContent:
    """All that a report shows of a grid of signals.

    Attributes
    ----------
    limits : tuple of LimitCurve
    significances : tuple of SignificanceCurve
    exclusions : tuple of ExclusionContent
    """

    limits: tuple[LimitCurve, ...] = ()
    significances: tuple[SignificanceCurve, ...] = ()
    exclusions: tuple[ExclusionContent, ...] = ()

    @property
    def contents(self) -> Sequence[LimitCurve | SignificanceCurve | ExclusionContent]:
        """All of them, in the order of the page."""
        return (*self.limits, *self.significances, *self.exclusions)
