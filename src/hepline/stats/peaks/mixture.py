"""Peaks on a background: the expected events as a function of the parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepline.stats.peaks.backgrounds import Background
from hepline.stats.peaks.shapes import Signal
from hepline.stats.results import Floats

__all__ = ["Mixture"]


@dataclass(frozen=True)
class Mixture:
    """Peaks of one shape, tied by known differences of their masses, on a background.

    The parameters are the mass of the first peak, those of its shape, the events of each peak,
    the events of the background and its shape. Both kinds are normalised in the window, so that
    events are those inside of it.

    Attributes
    ----------
    signal : Signal
    background : Background
    low, high : float
        Window, GeV.
    offsets : tuple of float
        Mass of each peak above the first, GeV; the first is 0.
    """

    signal: Signal
    background: Background
    low: float
    high: float
    offsets: tuple[float, ...] = (0.0,)

    @property
    def yields(self) -> tuple[str, ...]:
        """Names of the numbers of signal events, one per peak."""
        if len(self.offsets) == 1:
            return ("events",)
        return tuple(f"events {k + 1}" for k in range(len(self.offsets)))

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names, in the order of θ."""
        shape = ("mass", *self.signal.parameters)
        return (*shape, *self.yields, "background", *self.background.parameters)

    def bounds(self, entries: float) -> tuple[tuple[float, float], ...]:
        """Limits of the parameters; signal yields may be negative, as a fluctuation can be."""
        most = 2 * entries + 10
        span = self.high - self.low
        masses = (self.low, self.high - self.offsets[-1])
        peaks = ((-most, most),) * len(self.offsets)
        shape = self.signal.bounds(span)
        return (masses, *shape, *peaks, (0.0, most), *self.background.bounds)

    def _parts(self, theta: Floats) -> tuple[Floats, Floats, float, Floats]:
        first = 1 + len(self.signal.parameters)
        peaks = first + len(self.offsets)
        return theta[:first], theta[first:peaks], float(theta[peaks]), theta[peaks + 1 :]

    def shape_of(self, theta: Floats, peak: int) -> tuple[float, ...]:
        """Mass and shape parameters of one of the peaks."""
        mass, *shape = (float(value) for value in self._parts(theta)[0])
        there = mass + self.offsets[peak]
        # A resolution in percent of the mass is common to the peaks, not one in GeV.
        grown = (
            value * there / mass if is_length else value
            for value, is_length in zip(shape, self.signal.lengths, strict=True)
        )
        return (there, *grown)

    def _areas(self, theta: Floats) -> list[float]:
        window = self._window
        shapes = (self.shape_of(theta, k) for k in range(len(self.offsets)))
        # A peak that has left its window must not be divided by zero.
        return [max(float(self.signal.in_bins(window, *s).sum()), 1e-12) for s in shapes]

    @property
    def _window(self) -> Floats:
        if self.signal.cumulative is not None:
            return np.array([self.low, self.high])
        return np.linspace(self.low, self.high, 101)

    def density(self, x: Floats, theta: Floats) -> Floats:
        """Expected events per GeV.

        Parameters
        ----------
        x : ndarray, shape (entry,)
            GeV, inside of the window.
        theta : ndarray, shape (parameter,)

        Returns
        -------
        ndarray, shape (entry,)
        """
        _, events, under, slopes = self._parts(theta)
        total = under * self.background.density(x, self.low, self.high, *slopes)
        for k, area in enumerate(self._areas(theta)):
            total = total + events[k] / area * self.signal.density(x, *self.shape_of(theta, k))
        return total

    def total(self, theta: Floats) -> float:
        """Expected events of the window."""
        _, events, under, _ = self._parts(theta)
        return float(events.sum() + under)

    def expected_background(self, edges: Floats, theta: Floats) -> Floats:
        """Background events of each bin.

        Parameters
        ----------
        edges : ndarray, shape (bin + 1,)
            GeV.
        theta : ndarray, shape (parameter,)

        Returns
        -------
        ndarray, shape (bin,)
        """
        _, _, under, slopes = self._parts(theta)
        below = self.background.cumulative(edges, self.low, self.high, *slopes)
        return np.asarray(under * np.diff(below))

    def expected(self, edges: Floats, theta: Floats) -> Floats:
        """Events of each bin.

        Parameters
        ----------
        edges : ndarray, shape (bin + 1,)
            GeV; they cover the window.
        theta : ndarray, shape (parameter,)

        Returns
        -------
        ndarray, shape (bin,)
        """
        events = self._parts(theta)[1]
        total = self.expected_background(edges, theta)
        for k, number in enumerate(events):
            inside = self.signal.in_bins(edges, *self.shape_of(theta, k))
            total = total + number * inside / max(float(inside.sum()), 1e-12)
        return np.asarray(total)
