"""Where a fit starts: the most significant Gaussian on a smooth background, by linear algebra."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hepline.arrays import Floats
from hepline.errors import NothingToFit
from hepline.spectra.backgrounds import Background
from hepline.spectra.mixture import Mixture

__all__ = ["Glimpse", "glimpse", "largest_gain", "start_values"]

_WIDTHS = 12
_DEGREE = 2


@dataclass(frozen=True, eq=False)
class Glimpse:
    """What the histogram of a window looks like before any fit.

    Attributes
    ----------
    mass, sigma : float
        Of the first peak, GeV.
    events : tuple of float
        Of each peak.
    background : float
        Events.
    series : ndarray, shape (3,)
        Chebyshev coefficients of the background, the first scaled to 1.
    rest, edges : ndarray, shape (bin,) and (bin + 1,)
        Counts without the peaks.
    """

    mass: float
    sigma: float
    events: tuple[float, ...]
    background: float
    series: Floats
    rest: Floats
    edges: Floats

    def folds(self, middle: float) -> float:
        """Twice the logarithm of events below over those above; an exponential's e-folds."""
        below = np.interp(middle, self.edges, np.append(0.0, np.cumsum(self.rest)))
        above = self.rest.sum() - below
        return float(2 * np.log(max(below, 1.0) / max(above, 1.0)))


def glimpse(counts: Floats, edges: Floats, masses: tuple[float, ...] | None) -> Glimpse:
    """Look for a Gaussian of any place and width on a parabola, by weighted least squares.

    Parameters
    ----------
    counts : ndarray, shape (bin,)
    edges : ndarray, shape (bin + 1,)
        GeV.
    masses : tuple of float or None
        Where the peaks are expected, GeV; None to look everywhere.

    Returns
    -------
    Glimpse

    Raises
    ------
    NothingToFit
        If a peak is looked for in fewer than three bins.
    """
    middle = 0.5 * (edges[1:] + edges[:-1])
    u = 2 * (middle - edges[0]) / (edges[-1] - edges[0]) - 1
    smooth = np.polynomial.chebyshev.chebvander(u, _DEGREE)
    # Neighbours smooth the weights: a bin that is empty by chance must not pull the curve.
    weight = 1 / np.maximum(np.convolve(np.pad(counts, 2, mode="edge"), np.ones(5) / 5, "valid"), 1)
    places = _places(middle, masses)
    step, span = float(np.diff(edges).mean()), float(edges[-1] - edges[0])
    ladder = [(sigma, places) for sigma in np.geomspace(1.2 * step, span / 6, _WIDTHS)]
    mass, sigma = largest_gain(counts, weight, smooth, middle, ladder)
    offsets = (0.0,) if masses is None else tuple(m - masses[0] for m in masses)
    peaks = np.exp(-0.5 * ((middle[:, None] - mass - np.array(offsets)) / sigma) ** 2)
    return _amplitudes(counts, edges, weight, smooth, peaks, (mass, sigma))


def _places(middle: Floats, masses: tuple[float, ...] | None) -> Floats:
    if masses is None and len(middle) < 3:
        raise NothingToFit(
            f"the window has only {len(middle)} of the bins that were counted",
            why="a peak is told from its background by bins on both of its sides",
            fix="choose a wider window, or count in narrower bins",
        )
    if masses is None:
        return middle[1:-1]
    reach = 0.02 * masses[0]
    if len(masses) > 1:
        reach = min(reach, 0.4 * float(np.diff(masses).min()))
    near = middle[np.abs(middle - masses[0]) < reach]
    return near if len(near) else np.array([masses[0]])


def largest_gain(
    counts: Floats,
    weight: Floats,
    smooth: Floats,
    middle: Floats,
    ladder: Sequence[tuple[float, Floats]],
) -> tuple[float, float]:
    """Place and width of the Gaussian that improves χ² most.

    Parameters
    ----------
    counts, weight : ndarray, shape (bin,)
        What is fitted, and the inverse of its variance.
    smooth : ndarray, shape (bin, term)
        What the background is a sum of.
    middle : ndarray, shape (bin,)
        GeV.
    ladder : sequence of (float, ndarray)
        Widths, and the places of each where a peak may stand, GeV; at least one.

    Returns
    -------
    place, width : float
        GeV.
    """
    best = []
    for width, places in ladder:
        peaks = np.exp(-0.5 * ((middle[:, None] - places) / width) ** 2)
        gains = _gain(counts, weight, smooth, peaks)
        k = int(np.argmax(gains))
        best.append((float(gains[k]), float(places[k]), float(width)))
    return max(best)[1:]


def _gain(counts: Floats, weight: Floats, smooth: Floats, peaks: Floats) -> Floats:
    """Decrease of χ² by a peak of positive height, for each column of `peaks`."""
    root = np.sqrt(weight)[:, None]
    q, _ = np.linalg.qr(root * smooth)
    data = root[:, 0] * counts
    data = data - q @ (q.T @ data)
    bumps = root * peaks
    bumps = bumps - q @ (q.T @ bumps)
    length = np.sqrt(np.maximum((bumps**2).sum(axis=0), 1e-12))
    return np.asarray(np.maximum(bumps.T @ data / length, 0) ** 2)


def _amplitudes(
    counts: Floats,
    edges: Floats,
    weight: Floats,
    smooth: Floats,
    peaks: Floats,
    found: tuple[float, float],
) -> Glimpse:
    mass, sigma = found
    root = np.sqrt(weight)[:, None]
    design = np.hstack([smooth, peaks])
    solution = np.linalg.lstsq(root * design, root[:, 0] * counts, rcond=None)[0]
    entries = float(counts.sum())
    heights = solution[_DEGREE + 1 :]
    events = np.maximum(heights * peaks.sum(axis=0), 0.01 * entries)
    # The parabola may take the whole of a broad peak for itself: leave room for both.
    events *= min(1.0, 0.95 * entries / events.sum())
    series = np.asarray(solution[: _DEGREE + 1], dtype=np.float64)
    series = series / series[0] if series[0] > 0 else np.array([1.0, 0.0, 0.0])
    numbers = tuple(float(n) for n in events)
    rest = np.maximum(counts - peaks @ np.maximum(heights, 0.0), 0.0)
    return Glimpse(mass, sigma, numbers, entries - float(events.sum()), series, rest, edges)


def start_values(mixture: Mixture, seen: Glimpse) -> Floats:
    """Parameters of a mixture that describe what was seen.

    Parameters
    ----------
    mixture : Mixture
    seen : Glimpse

    Returns
    -------
    ndarray, shape (parameter,)
    """
    entries = sum(seen.events) + seen.background
    under = max(seen.background, 0.02 * entries)
    shape = mixture.signal.start(seen.sigma)
    slopes = _slopes(mixture.background, seen)
    masses = [seen.mass + offset for offset in mixture.offsets[: len(mixture.masses)]]
    theta = np.array([*masses, *shape, *seen.events, under, *slopes])
    lower, upper = np.array(mixture.bounds(entries)).T
    margin = 0.01 * (upper - lower)
    return np.asarray(
        np.clip(theta, lower + np.minimum(margin, theta * 0.1 + 1e-12), upper - margin)
    )


def _slopes(background: Background, seen: Glimpse) -> tuple[float, ...]:
    low, high = float(seen.edges[0]), float(seen.edges[-1])
    linear, curved = (float(np.clip(c, -0.9, 0.9)) for c in seen.series[1:])
    # A start that is negative somewhere would begin outside of the physical region.
    if abs(linear) + abs(curved) > 0.95:
        linear, curved = linear / 2, curved / 2
    if background.name.startswith("chebyshev"):
        return (linear, curved, 0.0, 0.0)[: len(background.parameters)]
    if background.name == "exponential":
        return (seen.folds(0.5 * (low + high)),)
    if background.name == "power law":
        # An exponential in the logarithm of the mass.
        return (1 + seen.folds(float(np.sqrt(low * high))) / float(np.log(high / low)),)
    return background.start
