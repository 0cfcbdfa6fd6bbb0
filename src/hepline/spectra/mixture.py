"""Peaks on a background: the expected events as a function of the parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepline.arrays import Floats
from hepline.spectra.backgrounds import Background, background_named
from hepline.spectra.results import PeakFit
from hepline.spectra.shapes import Signal, signal_named

__all__ = ["Mixture", "mixture_of"]


@dataclass(frozen=True)
class Mixture:
    """Peaks of one shape on a background.

    The parameters are the mass of the first peak, or of each, those of its shape, the events of
    each peak, the events of the background and its shape. Both kinds are normalised in the window,
    so that events are those inside of it.

    Attributes
    ----------
    signal : Signal
    background : Background
    low, high : float
        Window, GeV.
    offsets : tuple of float
        Mass of each peak above the first, GeV; the first is 0.
    tied : bool
        Whether these differences are known; otherwise each mass is a parameter, and they are where
        a fit starts.
    within : tuple of (float, float) or None
        Where the first mass may lie, GeV; None for anywhere in the window.
    """

    signal: Signal
    background: Background
    low: float
    high: float
    offsets: tuple[float, ...] = (0.0,)
    tied: bool = True
    within: tuple[float, float] | None = None

    @property
    def masses(self) -> tuple[str, ...]:
        """Names of the masses: one, unless those of several peaks float."""
        if self.tied or len(self.offsets) == 1:
            return ("mass",)
        return tuple(f"mass {k + 1}" for k in range(len(self.offsets)))

    @property
    def yields(self) -> tuple[str, ...]:
        """Names of the numbers of signal events, one per peak."""
        if len(self.offsets) == 1:
            return ("events",)
        return tuple(f"events {k + 1}" for k in range(len(self.offsets)))

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names, in the order of θ."""
        shape = (*self.masses, *self.signal.parameters)
        return (*shape, *self.yields, "background", *self.background.parameters)

    @property
    def layout(self) -> tuple[slice, slice, int]:
        """Where θ holds the shape parameters, the yields, and the events of the background."""
        first = len(self.masses)
        peaks = first + len(self.signal.parameters)
        under = peaks + len(self.offsets)
        return slice(first, peaks), slice(peaks, under), under

    def bounds(self, entries: float) -> tuple[tuple[float, float], ...]:
        """Limits of the parameters; signal yields may be negative, as a fluctuation can be."""
        most = 2 * entries + 10
        span = self.high - self.low
        single = len(self.masses) == 1
        highest = self.high - self.offsets[-1] if single else self.high
        masses = (self.within or (self.low, highest),) * len(self.masses)
        peaks = ((-most, most),) * len(self.offsets)
        shape = self.signal.bounds(span)
        return (*masses, *shape, *peaks, (0.0, most), *self.background.bounds)

    def mass_of(self, theta: Floats, peak: int) -> float:
        """Mass of one of the peaks, GeV."""
        if len(self.masses) > 1:
            return float(theta[peak])
        return float(theta[0]) + self.offsets[peak]

    def shape_of(self, theta: Floats, peak: int) -> tuple[float, ...]:
        """Mass and shape parameters of one of the peaks."""
        first, there = float(theta[0]), self.mass_of(theta, peak)
        # A resolution in percent of the mass is common to the peaks, not one in GeV.
        grown = (
            float(value) * there / first if is_length else float(value)
            for value, is_length in zip(theta[self.layout[0]], self.signal.lengths, strict=True)
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
        slopes = theta[self.layout[2] + 1 :]
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
        slopes = theta[self.layout[2] + 1 :]
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
        _, events, under = self.layout
        below = theta[under] * self.background_at(x, theta)
        return np.asarray(below + theta[events] @ self.peaks_at(x, theta))

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
        events = theta[self.layout[1]]
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
        return float(theta[self.layout[2]]) * self.background_in(edges, theta)

    def total(self, theta: Floats) -> float:
        """Expected events of the window."""
        _, events, under = self.layout
        return float(theta[events].sum() + theta[under])


def mixture_of(fit: PeakFit) -> Mixture:
    """The model of a fit, to be evaluated at its values."""
    offsets = tuple(peak.mass - fit.peaks[0].mass for peak in fit.peaks)
    shapes = signal_named(fit.signal), background_named(fit.background)
    return Mixture(*shapes, fit.low, fit.high, offsets, tied="mass" in fit.parameters)


def _positive(areas: Floats) -> Floats:
    # A peak that has left its window must not be divided by zero.
    return np.asarray(np.maximum(areas, 1e-12))
