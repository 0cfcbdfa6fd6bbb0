"""Normalisation of channels, fitted on one sample and applied to others."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hepline.errors import DataError, DataWarning, checked_keywords
from hepline.jsonfile import write_json
from hepline.timeseries.series import Aligned

__all__ = ["Normalization", "Scale", "normalization"]

Method = Literal["standard", "robust", "range"]


@dataclass(frozen=True)
class Scale:
    """The numbers of one channel.

    Attributes
    ----------
    center, scale : float
        Normalised values are (value − center) / scale.
    samples : int
        That the fit has seen.
    mean, deviation, lowest, highest : float
        Of these samples, in the unit of the channel.
    unit : str
    """

    center: float
    scale: float
    samples: int
    mean: float
    deviation: float
    lowest: float
    highest: float
    unit: str = ""


@dataclass(frozen=True)
class Normalization:
    """A fitted normalisation.

    Attributes
    ----------
    method : str
    start, stop, rate : float
        Time and rate of the sample that it was fitted on; s, Hz.
    scales : mapping of str to Scale
        By channel.
    """

    method: str
    start: float
    stop: float
    rate: float
    scales: Mapping[str, Scale]

    def __call__(self, series: Aligned) -> Aligned:
        """Normalise channels.

        Raises
        ------
        DataError
            If it was not fitted for one of them.
        """
        center, scale = self._numbers(series.names)
        return replace(
            series, values=(series.values - center) / scale, units=("",) * len(series.names)
        )

    def undone(self, values: NDArray[np.floating], names: tuple[str, ...]) -> NDArray[np.floating]:
        """Give values their units back, such as the predictions of a model.

        Parameters
        ----------
        values : ndarray, shape (…, channel, sample)
        names : tuple of str
            Of the channels.
        """
        center, scale = self._numbers(names)
        restored: NDArray[np.floating] = values * scale + center
        return restored

    def save(self, path: str | Path) -> Path:
        """Write all its numbers as JSON."""
        return write_json(asdict(self), path, what="normalisation")

    @classmethod
    def load(cls, path: str | Path) -> Normalization:
        """Read what `save` has written."""
        content = json.loads(Path(path).read_text("utf-8"))
        scales = {name: Scale(**numbers) for name, numbers in content.pop("scales").items()}
        return cls(**content, scales=scales)

    def _numbers(self, names: tuple[str, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        absent = [name for name in names if name not in self.scales]
        if absent:
            raise DataError(
                f"the normalisation has no numbers for '{absent[0]}'.",
                why=f"it was fitted on {', '.join(self.scales)}.",
                fix="fit it on a sample with the same channels.",
            )
        center = np.array([[self.scales[name].center] for name in names])
        scale = np.array([[self.scales[name].scale] for name in names])
        return center, scale


@checked_keywords
def normalization(series: Aligned, *, method: Method = "standard") -> Normalization:
    """Fit a normalisation on a sample, such as the one for training.

    Parameters
    ----------
    series : Aligned
        Samples in gaps are left out.
    method : {"standard", "robust", "range"}
        By mean and standard deviation; by median and half the width of the central 68.27 %, which
        outliers do not move; or from lowest and highest to 0 and 1.

    Returns
    -------
    Normalization

    Warns
    -----
    DataWarning
        For a constant channel, whose scale is 1.

    Raises
    ------
    DataError
        If a channel has nothing but gaps, or the method is unknown.
    """
    if method not in ("standard", "robust", "range"):
        raise DataError(
            f"normalization(…, method={method!r}).",
            why="there are three methods.",
            fix="say 'standard', 'robust' or 'range'.",
        )
    scales = {}
    for row, name in enumerate(series.names):
        values = series.values[row][series.valid[row]]
        if not len(values):
            raise DataError(
                f"'{name}' has no sample to fit a normalisation on.",
                why=f"from {series.start} to {series.stop} s it is a gap.",
                fix="fit it on another time, or leave the channel out.",
            )
        scales[name] = _fitted(name, values, method, series.units[row] if series.units else "")
    return Normalization(method, series.start, series.stop, series.rate, scales)


def _fitted(name: str, values: NDArray[np.float64], method: str, unit: str) -> Scale:
    mean, deviation = float(values.mean()), float(values.std())
    lowest, highest = float(values.min()), float(values.max())
    center, scale = mean, deviation
    if method == "robust":
        low, center, high = map(float, np.quantile(values, [0.15865, 0.5, 0.84135]))
        scale = (high - low) / 2
    elif method == "range":
        center, scale = lowest, highest - lowest
    # The deviation of equal numbers may be their rounding.
    if lowest == highest or not scale > 0:
        warnings.warn(
            f"'{name}' is constant ({lowest:.6g} {unit}): it is centered, and not scaled.".replace(
                " )", ")"
            ),
            DataWarning,
            stacklevel=3,
        )
        scale = 1.0
    return Scale(center, scale, len(values), mean, deviation, lowest, highest, unit)
