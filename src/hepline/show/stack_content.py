"""What a stack shows: samples on top of each other, data, signals, and how they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from hepline.arrays import Floats, Mask
from hepline.errors import OutputError
from hepline.stats.results import GoodnessOfFit

__all__ = ["Cut", "StackContent", "StackLook", "StackSample"]

PANELS = ("ratio", "pull", "none")


@dataclass(frozen=True, eq=False)
class StackSample:
    """One sample of a stack.

    Attributes
    ----------
    name : str
        Key, as in the model; fixes the color together with the list of all samples.
    label : str
        As written in the legend; may hold mathtext between dollar signs.
    values : ndarray, shape (bin,)
        Expected events.
    errors : ndarray, shape (bin,), or None
        Statistical standard deviation; None where it is not known.
    color : str or None
        Any matplotlib color; None takes the next one of the palette.
    signal : bool
        A signal lies on top of the stack and is never merged into "other".
    overlay : float or None
        None for a part of the stack. A number draws a line over it instead, multiplied by this
        factor, which the legend states; its events are then not in the total.
    """

    name: str
    label: str
    values: Floats
    errors: Floats | None = None
    color: str | None = None
    signal: bool = False
    overlay: float | None = None

    @property
    def events(self) -> float:
        """Sum over the bins."""
        return float(self.values.sum())


@dataclass(frozen=True)
class Cut:
    """A requirement on the quantity of the axis, as an N−1 figure marks it.

    Attributes
    ----------
    value : float
        In the unit of the axis.
    keeps : str
        ``above`` or ``below``: the side that passes.
    """

    value: float
    keeps: str = "above"

    def __post_init__(self) -> None:
        if self.keeps not in ("above", "below"):
            raise OutputError(
                f"a cut at {self.value:g} that keeps '{self.keeps}'.",
                why="the arrow of a cut points to what passes.",
                fix="say keeps='above' or keeps='below'.",
            )


@dataclass(frozen=True)
class StackLook:
    """How a stack is drawn.

    Attributes
    ----------
    log, log_x : bool
        Logarithmic scale of events, of the quantity.
    panel : str
        Below the distribution: ``ratio`` of data to prediction, ``pull`` (their difference in
        standard deviations), or ``none``. Without data there is never one.
    per : str
        What events are counted in: a unit as in the axis label (``GeV``), with a number if not one
        (``10 GeV``). Empty for events per bin.
    merge_below : float
        Samples with less than this share of all events become "other", if there are at least two.
        One percent is less than two points of a figure that is 450 points high: as thin as the
        line around the stack. A sample that makes up a tenth of any bin is kept, since it decides
        what is seen there.
    most : int
        Layers with a color of their own; the smallest of the rest become "other".
    """

    log: bool = False
    log_x: bool = False
    panel: str = "ratio"
    per: str = ""
    merge_below: float = 0.01
    most: int = 9

    def __post_init__(self) -> None:
        if self.panel not in PANELS:
            raise OutputError(
                f"there is no panel '{self.panel}'.",
                why=f"known are {', '.join(PANELS)}.",
                fix="choose one of them.",
            )


@dataclass(frozen=True, eq=False)
class StackContent:
    """Samples and data in the bins of one observable, in one region.

    All arrays have one entry for each bin, and one more in front, at the end, where `underflow`,
    `overflow` is set: what lies outside of the edges.

    Attributes
    ----------
    name : str
        Unique among the plots of a report: ``SR__mu_pt``.
    axis_label : str
        Quantity with its unit in square brackets: ``$m_{bjj}$ [GeV]``.
    edges : ndarray, shape (bin + 1,), in the unit of the axis label
    samples : tuple of StackSample
        In any order: the stack is ordered by events.
    data : ndarray, shape (bin,), or None
        None draws the prediction alone. NaN is hidden.
    total : ndarray, shape (bin,), or None
        The prediction; by default the sum of what is stacked.
    statistical : ndarray, shape (bin,), or None
        Standard deviation of the prediction from the finite number of simulated events; by default
        the errors of the samples, added in quadrature.
    uncertainty : ndarray, shape (bin,), or None
        With all systematic uncertainties and their correlations. None if only the statistical one
        is known.
    region : str
        Label of the region; may hold mathtext.
    stage : str
        ``Pre-fit``, ``Post-fit``, or empty where there is no fit.
    data_label : str
        ``Data`` or ``Pseudo-data``.
    goodness : GoodnessOfFit or None
        χ² of data and prediction, degrees of freedom and p-value.
    blinded : ndarray of bool, shape (bin,), or None
        Bins whose data are hidden, and NaN.
    underflow, overflow : bool
        Whether the first, last entry is what lies below, above the edges.
    holds_underflow, holds_overflow : bool
        Whether the first, last bin also holds what lies below, above it.
    cuts : tuple of Cut
        Marked with a line and an arrow.
    palette : tuple of str
        Names of all samples of the report, so that each has the same color everywhere; by default
        those of this plot.
    conditions : str
        Luminosity and energy where they are not those of the report: of one era.
    look : StackLook

    Raises
    ------
    OutputError
        If shapes differ, or a blinded bin has data.
    """

    name: str
    axis_label: str
    edges: Floats
    samples: tuple[StackSample, ...] = ()
    data: Floats | None = None
    total: Floats | None = None
    statistical: Floats | None = None
    uncertainty: Floats | None = None
    region: str = ""
    stage: str = ""
    data_label: str = "Data"
    goodness: GoodnessOfFit | None = None
    blinded: Mask | None = None
    underflow: bool = False
    overflow: bool = False
    holds_underflow: bool = False
    holds_overflow: bool = False
    cuts: tuple[Cut, ...] = ()
    palette: tuple[str, ...] = ()
    conditions: str = ""
    look: StackLook = field(default_factory=StackLook)

    def __post_init__(self) -> None:
        for what, values in self._arrays():
            if values is not None and len(values) != self.bins:
                raise OutputError(
                    f"{what} of plot '{self.name}' has {len(values)} bins instead of {self.bins}.",
                    why=f"there are {len(self.edges)} edges, underflow={self.underflow} and "
                    f"overflow={self.overflow}.",
                    fix="give one entry for each bin, and one for each of both flows that is set.",
                )
        if self.blinded is not None and np.isfinite(self.counts[self.blinded]).any():
            raise OutputError(
                f"plot '{self.name}' has data in a blinded bin.",
                why="what is hidden must not reach a figure or the file beside it.",
                fix="set these data to NaN.",
            )

    @property
    def bins(self) -> int:
        """How many entries each array has."""
        return len(self.edges) - 1 + self.underflow + self.overflow

    @property
    def stacked(self) -> tuple[StackSample, ...]:
        """What adds up to the prediction, from the top: signals, then by events."""
        layers = [sample for sample in self.samples if sample.overlay is None]
        return tuple(sorted(layers, key=lambda layer: (not layer.signal, -layer.events)))

    @property
    def overlaid(self) -> tuple[StackSample, ...]:
        """Lines over the stack."""
        return tuple(sample for sample in self.samples if sample.overlay is not None)

    @property
    def expected(self) -> Floats:
        """The prediction."""
        if self.total is not None:
            return self.total
        return _sum([sample.values for sample in self.stacked], self.bins)

    @property
    def statistical_error(self) -> Floats:
        """Statistical standard deviation of the prediction; zero where it is not known."""
        if self.statistical is not None:
            return self.statistical
        errors = [sample.errors**2 for sample in self.stacked if sample.errors is not None]
        return np.sqrt(_sum(errors, self.bins))

    @property
    def error(self) -> Floats:
        """All of the uncertainty of the prediction that is known."""
        return self.statistical_error if self.uncertainty is None else self.uncertainty

    @property
    def counts(self) -> Floats:
        """Data; NaN where there are none."""
        return np.full(self.bins, np.nan) if self.data is None else self.data

    def ordered_like(self, others: Sequence[StackContent]) -> tuple[StackSample, ...]:
        """What is stacked, from the top, by events of this plot and others beside it."""
        events = {sample.name: sample.events for sample in self.stacked}
        for other in others:
            for sample in other.stacked:
                if sample.name in events:
                    events[sample.name] += sample.events
        ranked = sorted(self.stacked, key=lambda layer: -events[layer.name])
        return tuple(sorted(ranked, key=lambda layer: not layer.signal))

    def numbers(self) -> dict[str, object]:
        """Write down everything that is drawn, for the file beside the figure."""
        written: dict[str, object] = {
            "region": self.region,
            "stage": self.stage,
            "axis": self.axis_label,
            "edges": self.edges,
            "underflow": self.underflow,
            "overflow": self.overflow,
            "samples": [
                {
                    "name": sample.name,
                    "label": sample.label,
                    "signal": sample.signal,
                    "overlay": sample.overlay,
                    "values": sample.values,
                    "errors": sample.errors,
                }
                for sample in (*self.stacked, *self.overlaid)
            ],
            "total": self.expected,
            "statistical": self.statistical_error,
            "uncertainty": self.uncertainty,
            "data": self.data,
            "blinded": self.blinded,
            "cuts": [{"value": cut.value, "keeps": cut.keeps} for cut in self.cuts],
        }
        if self.goodness is not None:
            written["goodness"] = {
                "chi2": self.goodness.statistic,
                "degrees_of_freedom": self.goodness.degrees_of_freedom,
                "p_value": self.goodness.p_value,
            }
        return written

    def _arrays(self) -> list[tuple[str, Floats | Mask | None]]:
        arrays: list[tuple[str, Floats | Mask | None]] = [
            ("data", self.data),
            ("total", self.total),
            ("statistical", self.statistical),
            ("uncertainty", self.uncertainty),
            ("blinded", self.blinded),
        ]
        for sample in self.samples:
            arrays.append((f"sample '{sample.name}'", sample.values))
            arrays.append((f"the error of '{sample.name}'", sample.errors))
        return arrays


def _sum(parts: Sequence[Floats], bins: int) -> Floats:
    return np.sum(parts, axis=0) if len(parts) else np.zeros(bins)
