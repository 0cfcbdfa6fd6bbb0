"""A window to be fitted, with all that does not depend on the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from hepline.arrays import Floats
from hepline.errors import AnalysisError, NothingToFit
from hepline.spectra.backgrounds import background_named
from hepline.spectra.extended import Data
from hepline.spectra.mixture import Mixture
from hepline.spectra.shapes import Signal, signal_named
from hepline.spectra.spectrum import Spectrum
from hepline.spectra.start import Glimpse, glimpse, start_values

__all__ = ["Task", "task_of"]

_UNBINNED = 50_000
_UNBINNED_NUMERICAL = 2_000
_LEAST_ENTRIES = 20
_PER_SIGMA = 6


@dataclass(frozen=True, eq=False)
class Task:
    """A window, what is seen in it before any fit, and what is given.

    Attributes
    ----------
    data : Data
    shown : tuple of (ndarray, ndarray)
        Counts and edges of the bins that are shown.
    low, high : float
        GeV.
    seen : Glimpse
    offsets : tuple of float
        Mass of each peak above the first, GeV.
    tied : bool
        Whether these differences are known.
    binned : bool or "auto"
    resolution, natural_width : float or None
        Held fixed, GeV.
    within : tuple of (float, float) or None
        Where the first mass may lie, GeV.
    """

    data: Data
    shown: tuple[Floats, Floats]
    low: float
    high: float
    seen: Glimpse
    offsets: tuple[float, ...]
    tied: bool
    binned: bool | Literal["auto"]
    resolution: float | None
    natural_width: float | None
    within: tuple[float, float] | None

    def mixture(self, signal: str | Signal, background: str) -> Mixture:
        """Model of the peaks of this window."""
        peak = signal_named(signal) if isinstance(signal, str) else signal
        under = background_named(background)
        if under.name == "power law" and self.low <= 0:
            raise AnalysisError(
                f"a power law between {self.low:g} and {self.high:g} GeV",
                why="it is infinite at zero",
                fix="choose a window above zero, or another background",
            )
        return Mixture(peak, under, self.low, self.high, self.offsets, self.tied, self.within)

    def start(self, mixture: Mixture) -> tuple[Floats, tuple[str, ...]]:
        """Start values, and the names of what is held there."""
        theta = start_values(mixture, self.seen)
        given = {"width": self.resolution}
        if mixture.signal.natural:
            given = {"width": self.natural_width, "resolution": self.resolution}
        fixed = {name: value for name, value in given.items() if value is not None}
        for name, value in fixed.items():
            theta[mixture.parameters.index(name)] = value
        return theta, tuple(fixed)

    def final(self, mixture: Mixture) -> Data:
        """Single values or bins, as asked for or as there is time for."""
        most = _UNBINNED if mixture.signal.cumulative is not None else _UNBINNED_NUMERICAL
        few = self.data.entries <= most if self.binned == "auto" else not self.binned
        return self.data if few else self.data.binned()


def task_of(
    spectrum: Spectrum,
    low: float,
    high: float,
    *,
    masses: Sequence[float] | None = None,
    tied: bool = True,
    resolution: float | None = None,
    natural_width: float | None = None,
    binned: bool | Literal["auto"] = "auto",
    bins: int | ArrayLike | None = None,
    within: tuple[float, float] | None = None,
) -> Task:
    """Cut a spectrum to a window, and look at it.

    Parameters
    ----------
    spectrum, low, high, masses, tied, resolution, natural_width, binned, bins, within
        As for `hepline.spectra.fitting.fit_peaks`.

    Returns
    -------
    Task

    Raises
    ------
    AnalysisError
        If the window, a mass, a width or the bins make no sense.
    NothingToFit
        If the window has too few entries.
    """
    inside = spectrum.window(low, high)
    if inside.values is None:
        low, high = inside.span
    places = None if masses is None else tuple(sorted(float(mass) for mass in masses))
    _check(inside, low, high, places, {"resolution": resolution, "natural_width": natural_width})
    seen = glimpse(*_histogram(inside, low, high, 100), places)
    shown = _histogram(inside, low, high, _shown_bins(seen.sigma, high - low, bins))
    fine = int(np.clip(np.ceil(_PER_SIGMA * (high - low) / seen.sigma), 120, 1200))
    data = Data(inside.values, *_histogram(inside, low, high, fine))
    if places is not None and not tied:
        # Where each peak is was said; a common shift would put them between each other.
        gap = min(np.diff(places), default=high - low)
        seen = replace(seen, mass=places[0], sigma=min(seen.sigma, 0.5 * gap))
    offsets = (0.0,) if places is None else tuple(mass - places[0] for mass in places)
    given = (resolution, natural_width, within)
    return Task(data, shown, low, high, seen, offsets, tied, binned, *given)


def _shown_bins(sigma: float, span: float, bins: int | ArrayLike | None) -> int | ArrayLike:
    return int(np.clip(3 * span / sigma, 40, 120)) if bins is None else bins


def _histogram(
    inside: Spectrum, low: float, high: float, bins: int | ArrayLike
) -> tuple[Floats, Floats]:
    own = inside.edges
    if own is not None and isinstance(bins, int) and bins >= len(own) - 1:
        # Finer bins than were counted do not exist.
        return inside.histogram(own)
    edges = np.linspace(low, high, bins + 1) if isinstance(bins, int) else np.asarray(bins)
    if not (np.isclose(edges[0], low) and np.isclose(edges[-1], high)):
        raise AnalysisError(
            f"the bins reach from {edges[0]:g} to {edges[-1]:g} GeV, the window from {low:g} to "
            f"{high:g} GeV",
            why="the fitted curve is normalised in its window",
            fix="let both ends agree, or give a number of bins",
        )
    return inside.histogram(edges)


def _check(
    inside: Spectrum,
    low: float,
    high: float,
    masses: Sequence[float] | None,
    widths: Mapping[str, float | None],
) -> None:
    if inside.entries < _LEAST_ENTRIES:
        raise NothingToFit(
            f"only {inside.entries} entries lie between {low:g} and {high:g} GeV",
            why="mass, width, yield and background cannot be told apart with so few",
            fix="choose a wider window, or read more events",
        )
    inside.check_spread()
    strange = [mass for mass in masses or () if not low < mass < high]
    if strange or (masses is not None and not len(masses)):
        raise AnalysisError(
            f"the masses {strange} GeV lie outside of the window {low:g} to {high:g} GeV",
            why="a peak is fitted with the background on both of its sides",
            fix="give masses inside of the window, in GeV, or none",
        )
    for name, width in widths.items():
        if width is not None and not 0 < width < 0.5 * (high - low):
            raise AnalysisError(
                f"{name} is {width} GeV in a window of {high - low:g} GeV",
                why="a width is positive and smaller than half of its window",
                fix="give it in GeV",
            )
