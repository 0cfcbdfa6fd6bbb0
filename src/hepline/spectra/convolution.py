"""A relativistic Breit–Wigner seen by a detector, and integrals over bins.

The width of the Breit–Wigner 1 / ((m² − M²)² + m⁴Γ²/M²) grows with m²: that is how LEP and the PDG
quote the mass of the Z. The same curve with a constant width has its M 34 MeV lower, and four
simple poles, ±μ and ±μ̄ with μ² = M² + iMΓ. The convolution of a simple pole with a Gaussian is the
Faddeeva function w, so that no grid is needed:

    (G ∗ 1/(m − μ))(x) = i √(π/2) w((μ − x) / √2σ) / σ          for Im μ > 0

The poles at negative masses lie many resolutions away; there the convolution is a series in
σ / (x + μ), of which two terms leave an error below (σ/2M)⁴. A resolution with tails has no such
form; there the Breit–Wigner is integrated exactly over the cells of a grid and convolved by FFT.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import wofz

from hepline.arrays import Floats

__all__ = ["breit_wigner", "convolved_with", "integrals"]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(4)
_MOST_SEGMENTS = 400
_CELLS = 1024


def breit_wigner(x: Floats, mass: float, width: float, resolution: float) -> Floats:
    """Relativistic Breit–Wigner convolved with a Gaussian.

    Parameters
    ----------
    x : ndarray
        Measured masses, GeV.
    mass, width : float
        M and full width Γ, GeV, of a width that grows with m².
    resolution : float
        Standard deviation of the Gaussian, GeV; positive.

    Returns
    -------
    ndarray
        Density, 1/GeV; normalised over all masses to about Γ/M.
    """
    mass, width = _constant(mass, width)
    pole = np.sqrt(complex(mass * mass, mass * width))
    near = 1j * np.sqrt(np.pi / 2) / resolution * wofz((pole - x) / (np.sqrt(2) * resolution))
    far = 1 / (x + pole)
    far = far * (1 + (resolution * far) ** 2)
    # MΓ cancels between 1 / (m² − μ²)'s imaginary part and the area π / (2M²Γ) of the peak.
    return np.asarray(((near - far) / (2 * pole)).imag * 2 * mass / np.pi)


def _constant(mass: float, width: float) -> tuple[float, float]:
    """M and Γ of the same curve, had it a constant width."""
    shrunk = float(np.hypot(1.0, width / mass))
    return mass / shrunk, width / shrunk


def convolved_with(
    kernel: Callable[[Floats], Floats], x: Floats, mass: float, width: float, reach: float
) -> Floats:
    """Relativistic Breit–Wigner convolved with any resolution.

    Parameters
    ----------
    kernel : callable
        Density of measured − true mass, 1/GeV; wider than a few thousandths of the span of `x`.
    x : ndarray
        Measured masses, GeV.
    mass, width : float
        M and full width Γ, GeV, of a width that grows with m².
    reach : float
        Least half width of the grid around `x`, GeV.

    Returns
    -------
    ndarray
        Density, 1/GeV.
    """
    low, high = float(x.min()), float(x.max())
    margin = max(0.5 * (high - low), reach)
    step = (high - low + 2 * margin) / (2 * _CELLS)
    edges = low - margin + step * np.arange(2 * _CELLS + 1)
    # Integrals over cells lose nothing of a peak that is narrower than a cell.
    mass, width = _constant(mass, max(width, 1e-9 * mass))
    pole = np.sqrt(complex(mass * mass, mass * width))
    below = ((np.log(edges - pole) - np.log(edges + pole)) / (2 * pole)).imag * 2 * mass / np.pi
    shifts: Floats = np.asarray(step * np.arange(-_CELLS, _CELLS + 1), dtype=np.float64)
    size = 4 * _CELLS
    product = np.fft.rfft(np.diff(below), size) * np.fft.rfft(kernel(shifts), size)
    # The kernel's center is its cell number `_CELLS`.
    seen = np.fft.irfft(product, size)[_CELLS : 3 * _CELLS]
    return _between(seen, (x - edges[0]) / step - 0.5)


def _between(values: Floats, places: Floats) -> Floats:
    """Cubic through the four nearest of equally spaced values; a spline costs more than the FFT."""
    cell = np.floor(places).astype(np.int64)
    t = places - cell
    before, first, second, after = (values[cell + k] for k in (-1, 0, 1, 2))
    return np.asarray(
        -t * (t - 1) * (t - 2) / 6 * before
        + (t + 1) * (t - 1) * (t - 2) / 2 * first
        - (t + 1) * t * (t - 2) / 2 * second
        + (t + 1) * t * (t - 1) / 6 * after
    )


def integrals(density: Callable[[Floats], Floats], edges: Floats, scale: float) -> Floats:
    """Integral of a density over each bin by Gauss–Legendre quadrature.

    Parameters
    ----------
    density : callable
        Of an array of masses.
    edges : ndarray, shape (bin + 1,)
        GeV.
    scale : float
        Length on which the density changes, GeV; bins wider than half of it are divided.

    Returns
    -------
    ndarray, shape (bin,)
    """
    widest = float(np.diff(edges).max())
    parts = int(np.clip(np.ceil(2 * widest / scale), 1, _MOST_SEGMENTS))
    inner = np.arange(parts) / parts
    starts = (edges[:-1, None] + np.diff(edges)[:, None] * inner).ravel()
    half = np.repeat(np.diff(edges) / (2 * parts), parts)
    points = (starts + half)[:, None] + half[:, None] * _NODES
    heights = density(points.ravel()).reshape(points.shape)
    return np.asarray((heights @ _WEIGHTS * half).reshape(-1, parts).sum(axis=1))
