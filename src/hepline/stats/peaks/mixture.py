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

    def peaks_in(self, edges: Floats, theta: Floats) -> Floats:
        """Share of each peak in each bin.

        Parameters
        ----------
        edges : ndarray, shape (bin + 1,)
            GeV; they cover the window.
        theta : ndarray, shape (parameter,)

        Returns
        -------
        ndarray, shape (peak, bin)
        """
        shapes = [self.shape_of(theta, k) for k in range(len(self.offsets))]
        inside = np.array([self.signal.in_bins(edges, *shape) for shape in shapes])
        return np.asarray(inside / _positive(inside.sum(axis=1))[:, None])

    def peaks_at(self, x: Floats, theta: Floats) -> Floats:
        """Normalised density of each peak, 1/GeV.

        Parameters
        ----------
        x : ndarray, shape (entry,)
            GeV, inside of the window.
        theta : ndarray, shape (parameter,)

        Returns
        -------
        ndarray, shape (peak, entry)
        """
        window = np.array([self.low, self.high])
        if self.signal.cumulative is None:
            window = np.linspace(self.low, self.high, 101)
        shapes = [self.shape_of(theta, k) for k in range(len(self.offsets))]
        areas = np.array([self.signal.in_bins(window, *shape).sum() for shape in shapes])
        heights = np.array([self.signal.density(x, *shape) for shape in shapes])
        return np.asarray(heights / _positive(areas)[:, None])

    def background_in(self, edges: Floats, theta: Floats) -> Floats:
        """Share of the background in each bin.

        Parameters
        ----------
        edges : ndarray, shape (bin + 1,)
            GeV.
        theta : ndarray, shape (parameter,)

        Returns
        -------
        ndarray, shape (bin,)
        """
        slopes = self._parts(theta)[3]
        return np.diff(self.background.cumulative(edges, self.low, self.high, *slopes))

    def background_at(self, x: Floats, theta: Floats) -> Floats:
        """Normalised density of the background, 1/GeV.

        Parameters
        ----------
        x : ndarray, shape (entry,)
            GeV, inside of the window.
        theta : ndarray, shape (parameter,)

        Returns
        -------
        ndarray, shape (entry,)
        """
        slopes = self._parts(theta)[3]
        return self.background.density(x, self.low, self.high, *slopes)

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
        _, events, under, _ = self._parts(theta)
        below = under * self.background_at(x, theta)
        return np.asarray(below + events @ self.peaks_at(x, theta))

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
        below = self.expected_background(edges, theta)
        return np.asarray(below + events @ self.peaks_in(edges, theta))

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
        return self._parts(theta)[2] * self.background_in(edges, theta)

    def total(self, theta: Floats) -> float:
        """Expected events of the window."""
        _, events, under, _ = self._parts(theta)
        return float(events.sum() + under)


def _positive(areas: Floats) -> Floats:
    # A peak that has left its window must not be divided by zero.
    return np.asarray(np.maximum(areas, 1e-12))
